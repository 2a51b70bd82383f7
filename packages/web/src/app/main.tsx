// main.tsx — the page starts here.

import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/shell.css";
import "./pages/overview/overview.css";
import "./pages/traces/traces.css";
import "./pages/trace/trace.css";
import "./pages/logs/logs.css";
import "./pages/metrics/metrics.css";
import "./pages/pipeline/pipeline.css";

import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./app.tsx";
import { titleOf } from "./shell/title.ts";
import { startShortcuts } from "./shell/shortcuts.ts";
import { startLive } from "./state/live.ts";
import { page } from "./state/location.ts";
import { signInFromAddress } from "./state/session.ts";

await signInFromAddress();
startLive();
startShortcuts();
effect(() => {
  document.title = titleOf(page.value);
});
render(<App />, document.getElementById("page")!);
