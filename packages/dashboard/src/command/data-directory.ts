// data-directory.ts — where a person's data goes when nobody says otherwise, by the custom of the platform.

import { homedir } from "node:os";
import { join, posix, win32 } from "node:path";

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Linux and others: `$XDG_DATA_HOME/telemetry`, or `~/.local/share/telemetry` (XDG Base Directory Specification,
 * which ignores relative paths). macOS: `~/Library/Application Support/telemetry`. Windows: `%LOCALAPPDATA%\telemetry`.
 */
export function defaultDataDirectory(surroundings: Surroundings = ownSurroundings()): string {
  const { platform, home, env } = surroundings;
  if (platform === "darwin") return join(home, "Library", "Application Support", "telemetry");
  if (platform === "win32") {
    return win32.join(env["LOCALAPPDATA"] ?? win32.join(home, "AppData", "Local"), "telemetry");
  }
  const xdgDataHome = env["XDG_DATA_HOME"] ?? "";
  const base = posix.isAbsolute(xdgDataHome) ? xdgDataHome : posix.join(home, ".local", "share");
  return posix.join(base, "telemetry");
}

function ownSurroundings(): Surroundings {
  return { platform: process.platform, home: homedir(), env: process.env };
}
