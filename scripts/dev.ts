// dev.ts — `npm run dev`: the dashboard, and the page with hot reload in front of it.

import { fork } from "node:child_process";
import { resolve } from "node:path";
import { createServer } from "vite";

const root = resolve(import.meta.dirname, "..");
const dashboard = fork(
  resolve(root, "packages/dashboard/src/command/command.ts"),
  process.argv.slice(2),
);
const page = await createServer({
  root: resolve(root, "packages/web"),
  configFile: resolve(root, "packages/web/vite.config.ts"),
});
await page.listen();
page.printUrls();
dashboard.once("exit", (code) => process.exit(code ?? 1));
