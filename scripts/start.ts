// start.ts — `npm start`: builds the page where a source of it has changed, then is the `telemetry` command.

import { buildPage } from "./build-page.ts";

if (await buildPage()) console.log("The page is built.");
await import("../packages/dashboard/src/command/command.ts");
