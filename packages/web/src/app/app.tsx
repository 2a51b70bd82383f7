// app.tsx — the shell around the page that the URL names.

import type { JSX } from "preact";
import { Empty, Link } from "./parts/parts.tsx";
import { LogsPage } from "./pages/logs/logs.tsx";
import { MetricsPage } from "./pages/metrics/metrics.tsx";
import { OverviewPage } from "./pages/overview/overview.tsx";
import { PipelinePage } from "./pages/pipeline/pipeline.tsx";
import { TracePage } from "./pages/trace/trace.tsx";
import { TracesPage } from "./pages/traces/traces.tsx";
import { Help } from "./shell/help.tsx";
import { OutageBanner } from "./shell/outage-banner.tsx";
import { Palette } from "./shell/palette.tsx";
import { SignIn } from "./shell/sign-in.tsx";
import { TopBar } from "./shell/top-bar.tsx";
import { PAGES, page } from "./state/location.ts";
import { needsToken } from "./state/session.ts";
import { toast } from "./state/toast.ts";

export function App(): JSX.Element {
  if (needsToken.value) return <SignIn />;
  return (
    <>
      <a class="skip-link" href="#content">
        Skip to the content
      </a>
      <TopBar />
      <OutageBanner />
      <CurrentPage />
      <Palette />
      <Help />
      <div class="toast" role="status" hidden={toast.value === ""}>
        {toast.value}
      </div>
    </>
  );
}

function CurrentPage(): JSX.Element {
  const current = page.value;
  switch (current.name) {
    case "overview":
      return <OverviewPage page={current} />;
    case "traces":
      return <TracesPage page={current} />;
    case "trace":
      return <TracePage key={current.traceId} page={current} />;
    case "logs":
      return <LogsPage page={current} />;
    case "metrics":
      return <MetricsPage page={current} />;
    case "pipeline":
      return <PipelinePage />;
    case "unknown":
      return <UnknownPage path={current.path} />;
  }
}

function UnknownPage({ path }: { path: string }): JSX.Element {
  return (
    <main id="content" class="page">
      <Empty title="There is no such page" isPage>
        <p>
          Nothing is at <code>{path}</code>. A trace id has 32 hexadecimal digits.
        </p>
        <p>
          <Link to={{ page: PAGES.overview }}>To the overview</Link>
        </p>
      </Empty>
    </main>
  );
}
