// find-command.ts — where the `telemetry` command of @telemetry/dashboard is, if this machine can run it.
//
// The package is an optional peer: it is looked for where Node would look, starting from the app and then
// from this package, and never imported. So a bundler does not follow it, and without it nothing breaks.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const PACKAGE = "@telemetry/dashboard";
const SOURCE_CONDITION = "--conditions=@telemetry/source";
/** The dashboard runs on newer versions of Node than the SDK. */
const NODE_MIN = { major: 22, minor: 18 } as const;

export interface DashboardCommand {
  readonly path: string;
  /** For the Node that runs it. */
  readonly execArgv: readonly string[];
}

/** Throws an Error with a sentence for a person when the dashboard is not installed, or this Node is too old. */
export function findCommand(
  places: readonly string[] = [join(process.cwd(), "app.js"), import.meta.url],
  nodeVersion: string = process.versions.node,
): DashboardCommand {
  if (!isRecent(nodeVersion)) {
    throw new Error(
      `Cannot start the dashboard: Node ${NODE_MIN.major}.${NODE_MIN.minor} or newer is needed, this is ${nodeVersion}; start it with a newer Node in another terminal`,
    );
  }
  const directory = packageDirectory(places);
  if (directory === undefined) {
    throw new Error(
      `Cannot start the dashboard: the package "${PACKAGE}" is not installed here; add it to the app, or start a dashboard elsewhere and set its address with the option "endpoint"`,
    );
  }
  const source = join(directory, "src", "command", "command.ts");
  // A workspace runs its sources; a published package has none.
  return existsSync(source)
    ? { path: source, execArgv: [SOURCE_CONDITION] }
    : { path: join(directory, "bin", "telemetry.mjs"), execArgv: [] };
}

function packageDirectory(places: readonly string[]): string | undefined {
  const folders = places.flatMap((place) => createRequire(place).resolve.paths(PACKAGE) ?? []);
  return folders
    .map((folder) => join(folder, PACKAGE))
    .find((directory) => existsSync(join(directory, "package.json")));
}

function isRecent(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  return major > NODE_MIN.major || (major === NODE_MIN.major && minor >= NODE_MIN.minor);
}
