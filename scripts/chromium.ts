// chromium.ts — finds a Chromium for the journey, the screenshots and whoever looks at the page.
//
// In this order: the CHROMIUM_PATH variable, a Chromium or Chrome of the machine, the headless shell
// inside the npm package @sparticuz/chromium. That one brings the libraries that a small Linux lacks;
// they are unpacked only where the browser does not start without them.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser } from "playwright-core";

const MACHINE_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Opens a headless Chromium. The caller closes it. Throws one sentence when no browser starts. */
export async function openBrowser(...args: string[]): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  return chromium.launch({
    executablePath,
    env: { ...process.env, ...env },
    args: [
      "--no-sandbox",
      "--font-render-hinting=none",
      "--disable-gpu",
      "--force-color-profile=srgb",
      ...args,
    ],
  });
}

interface Found {
  executablePath: string;
  env: Record<string, string>;
}

async function findChromium(): Promise<Found> {
  const chosen = process.env["CHROMIUM_PATH"];
  if (chosen !== undefined) return { executablePath: chosen, env: {} };
  const installed = MACHINE_PATHS.find((path) => existsSync(path));
  if (installed !== undefined) return { executablePath: installed, env: {} };
  return unpackPackaged();
}

async function unpackPackaged(): Promise<Found> {
  const packaged = await import("@sparticuz/chromium");
  const executablePath = await packaged.default.executablePath();
  if (hasItsLibraries(executablePath)) return { executablePath, env: {} };

  const bin = join(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))), "../bin");
  await packaged.inflate(join(bin, "al2023.tar.br"));
  const libraries = join(tmpdir(), "al2023", "lib");
  return { executablePath, env: { LD_LIBRARY_PATH: libraries } };
}

function hasItsLibraries(executablePath: string): boolean {
  try {
    return !execFileSync("ldd", [executablePath], { encoding: "utf8" }).includes("not found");
  } catch {
    return true; // no ldd here (macOS): let the launch itself say what is wrong
  }
}
