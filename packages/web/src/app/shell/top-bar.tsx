// top-bar.tsx — where you are, when you look, and whether it is live.

import type { JSX } from "preact";
import { RangePicker } from "../parts/range-picker.tsx";
import { Icon, IconButton, Keys, Link } from "../parts/parts.tsx";
import type { IconName } from "../parts/parts.tsx";
import { PAGES, navigate, page } from "../state/location.ts";
import { liveBadge, togglePause } from "../state/pause.ts";
import { shownTheme, switchTheme } from "../state/settings.ts";
import { DEFAULT_RANGE } from "../../core/time/time.ts";
import { isHelpOpen, isPaletteOpen } from "./shortcuts.ts";

const NAV = [
  { name: "overview", label: "Overview" },
  { name: "traces", label: "Traces" },
  { name: "logs", label: "Logs" },
  { name: "metrics", label: "Metrics" },
  { name: "pipeline", label: "Pipeline" },
] as const satisfies readonly { name: IconName & keyof typeof PAGES; label: string }[];

export function TopBar(): JSX.Element {
  return (
    <header class="top-bar">
      <Link class="brand" to={{ page: PAGES.overview }} aria-label="telemetry, to the overview">
        <Logo />
        <span>telemetry</span>
      </Link>
      <Nav />
      <div class="top-bar-space" />
      <button type="button" class="palette-button" onClick={() => (isPaletteOpen.value = true)}>
        <Icon name="search" size={14} />
        <span>Search or jump to…</span>
        <Keys keys="Mod+K" />
      </button>
      <LiveBadge />
      <RangePicker />
      <div class="top-bar-tools">
        <IconButton
          icon={shownTheme.value === "dark" ? "sun" : "moon"}
          label={shownTheme.value === "dark" ? "Light theme" : "Dark theme"}
          onClick={switchTheme}
        />
        <IconButton
          class="wide-only"
          icon="help"
          label="Keyboard shortcuts"
          shortcut="?"
          onClick={() => (isHelpOpen.value = true)}
        />
      </div>
    </header>
  );
}

/** In the bar on wide screens, at the bottom edge on narrow ones: one list, placed by the style sheet. */
function Nav(): JSX.Element {
  const current = page.value.name === "trace" ? "traces" : page.value.name;
  return (
    <nav class="nav" aria-label="Pages">
      {NAV.map(({ name, label }) => (
        <Link
          key={name}
          to={{ page: PAGES[name] }}
          aria-current={current === name ? "page" : undefined}
        >
          <Icon name={name} />
          <span>{label}</span>
        </Link>
      ))}
    </nav>
  );
}

const BADGES = {
  live: { text: "Live", title: "New data appears as it arrives. Click to pause the view." },
  paused: {
    text: "Paused",
    title: "The view holds still; data is still collected. Click to go on.",
  },
  connecting: { text: "Connecting", title: "Opening the live stream." },
  reconnecting: {
    text: "Reconnecting",
    title: "The live stream broke; it resumes where it stopped.",
  },
  fixed: { text: "Fixed range", title: "A fixed time range does not move. Click to go live." },
} as const;

function LiveBadge(): JSX.Element {
  const state = liveBadge.value;
  const { text, title } = BADGES[state];
  const onClick = (): void => {
    if (state === "fixed") navigate({ range: DEFAULT_RANGE });
    else togglePause();
  };
  return (
    <button type="button" class={`live-badge is-${state}`} title={`${title}  p`} onClick={onClick}>
      <span class="live-dot" aria-hidden="true" />
      <span class="live-text">{text}</span>
    </button>
  );
}

export function Logo(): JSX.Element {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--brand)" />
      <g fill="#fff">
        <rect x="6" y="8" width="20" height="4" rx="2" />
        <rect x="10" y="14" width="11" height="4" rx="2" opacity=".8" />
        <rect x="16" y="20" width="7" height="4" rx="2" opacity=".6" />
      </g>
    </svg>
  );
}
