// describe-sender.ts — a suite that is left out, with the reason in its name, where its sender cannot run.

import { describe } from "vitest";
import type { Sender } from "./install.ts";

export function describeSender(title: string, { missing }: Sender, tests: () => void): void {
  if (missing === undefined) describe(title, tests);
  else describe.skip(`${title} (${missing})`, tests);
}
