// dashboard-link.ts — knows which dashboard this app talks to, and takes its registered views there.
//
//   option `dashboard`  >  the one started last  >  the first destination whose answers say that it is one of ours
//
// Views wait until one of these is known: the app may register them before it starts anything. They are sent
// in the background, again after a failure, and again to a new dashboard. A view is one per metric, chart and
// title, here as there, so sending it twice changes nothing.

import { runSuppressed } from "../context/context.ts";
import { HttpPoster } from "../export/export.ts";
import { followBase } from "../options/options.ts";
import type { ExportTarget, SignalName } from "../options/options.ts";
import { shared } from "../state/state.ts";
import type { Wiring } from "../wiring.ts";
import type { ChartType, ViewAggregate } from "./chart-types.ts";

/** A dashboard's base address, with a slash at the end, and what its requests need. */
export interface DashboardAddress {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is sent to the dashboard: `POST /api/v1/views`. */
export interface ViewDefinition {
  readonly metricName: string;
  readonly chartType: ChartType;
  readonly title?: string;
  readonly aggregate?: ViewAggregate;
  readonly groupBy?: readonly string[];
  readonly unit?: string;
}

interface KnownView {
  readonly definition: ViewDefinition;
  /** Address of the dashboard that has it. */
  sentTo: string | undefined;
}

/** Views that wait for a dashboard. */
const WAITING_MAX = 100;
/** Views altogether: a title made from data would otherwise grow without bound. */
const VIEWS_MAX = 1_000;
const POST_TIMEOUT_MS = 5_000;
const RETRY_MS = { first: 1_000, max: 30_000 };

export class DashboardLink {
  readonly #poster = new HttpPoster();
  readonly #views = new Map<string, KnownView>();
  /** Dashboards that handles of this app stand for, the last one in use. */
  #started: DashboardAddress[] = [];
  #wiring: Wiring | undefined;
  #starting: Promise<unknown> | undefined;
  #sending: Promise<void> | undefined;
  /** A view or a dashboard has come since the sending began. */
  #isAsked = false;
  #retryMs = RETRY_MS.first;
  #timer: NodeJS.Timeout | undefined;

  /** The dashboard to talk to, if one is known. */
  get address(): DashboardAddress | undefined {
    return this.#option ?? this.#started.at(-1) ?? this.#liveEndpoint();
  }

  /** Whether the view is known or there was room for it. */
  addView(definition: ViewDefinition): boolean {
    const { metricName, chartType, title = "" } = definition;
    const key = JSON.stringify([metricName, chartType, title]);
    if (this.#views.has(key)) return true;
    const waiting = [...this.#views.values()].filter(({ sentTo }) => sentTo === undefined).length;
    if (waiting >= WAITING_MAX || this.#views.size >= VIEWS_MAX) {
      this.#wiring?.diagnostics.sayOnce(
        "warn",
        "dashboard.views_dropped",
        `Cannot register view of "${metricName}": ${waiting} views wait for a dashboard already; start one, or set the option "dashboard"`,
      );
      return false;
    }
    this.#views.set(key, { definition, sentTo: undefined });
    void this.sendViews();
    return true;
  }

  /** Telemetry has started: what it sends follows the dashboard, unless an address was chosen. */
  attach(wiring: Wiring): void {
    this.#wiring = wiring;
    if (this.#starting !== undefined) wiring.sender.holdUntil(this.#starting);
    for (const { sender } of wiring.destinations) {
      sender.pace.onChange(() => void this.sendViews());
    }
    this.#follow();
    void this.sendViews();
  }

  /** Telemetry has stopped. */
  detach(wiring: Wiring): void {
    if (this.#wiring === wiring) this.#wiring = undefined;
  }

  /** A dashboard is being started: nothing is sent to where it might not go, until that has ended. */
  expect(starting: Promise<unknown>): void {
    const settled = starting
      .catch(() => undefined)
      .then(() => {
        if (this.#starting === settled) this.#starting = undefined;
      });
    this.#starting = settled;
    this.#wiring?.sender.holdUntil(settled);
  }

  /** A dashboard was started, or found, by this app. */
  use(address: DashboardAddress): void {
    this.#started.push(address);
    this.#follow();
    void this.sendViews();
  }

  /** A handle lets go of its dashboard. */
  leave(address: DashboardAddress): void {
    this.#started = this.#started.filter((started) => started !== address);
    this.#follow();
  }

  /** Nobody answers there any more. */
  forget(url: string): void {
    this.#started = this.#started.filter((started) => started.url !== url);
    this.#follow();
  }

  /** Sends what waits, in the background of whoever calls. Never rejects. */
  sendViews(): Promise<void> {
    this.#isAsked = true;
    return (this.#sending ??= this.#sendWhileAsked());
  }

  /** Posts JSON and returns the parsed answer. Rejects with a sentence when there is none, or it is no success. */
  async post(address: DashboardAddress, path: string, body: unknown): Promise<unknown> {
    const response = await runSuppressed(() =>
      this.#poster.post({
        url: new URL(path, address.url).href,
        headers: { "content-type": "application/json", ...address.headers },
        body: [Buffer.from(JSON.stringify(body))],
        timeoutMs: POST_TIMEOUT_MS,
        tls: this.#wiring?.options.targets.traces.tls ?? {},
      }),
    );
    const answer: unknown = parseJson(response.body);
    if (response.status >= 200 && response.status < 300) return answer;
    const { message } = (answer as { error?: { message?: string } } | undefined)?.error ?? {};
    throw new RefusedError(message ?? `HTTP ${response.status}`, response.status);
  }

  async #sendWhileAsked(): Promise<void> {
    while (this.#isAsked) {
      this.#isAsked = false;
      await this.#sendWaiting();
    }
    this.#sending = undefined;
  }

  async #sendWaiting(): Promise<void> {
    clearTimeout(this.#timer);
    const { address } = this;
    if (address === undefined) return;
    for (const view of this.#views.values()) {
      if (view.sentTo === address.url) continue;
      try {
        await this.post(address, "api/v1/views", view.definition);
        view.sentTo = address.url;
        this.#retryMs = RETRY_MS.first;
      } catch (error) {
        if (!isFinal(error)) return this.#retryLater();
        view.sentTo = address.url;
        this.#wiring?.diagnostics.say(
          "warn",
          `Cannot register view of "${view.definition.metricName}": ${(error as Error).message}`,
        );
      }
    }
  }

  #retryLater(): void {
    this.#timer = setTimeout(() => void this.sendViews(), this.#retryMs);
    this.#timer.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.max);
  }

  /** Sends to the dashboard in use, where no address was chosen; without one to the default again. */
  #follow(): void {
    if (this.#wiring === undefined) return;
    const { sender, options } = this.#wiring;
    const address = this.#started.at(-1);
    const { targets } = options;
    sender.retarget(address === undefined ? targets : targetsAt(address, targets));
  }

  /** The option `dashboard`. Headers of the exporter are for its own receiver: another one must not see them. */
  get #option(): DashboardAddress | undefined {
    const option = this.#wiring?.options.given.dashboard;
    if (this.#wiring === undefined || option === undefined) return undefined;
    const url = new URL(option.endsWith("/") || option.includes("#") ? option : `${option}/`);
    const token = /^#token=(.+)$/u.exec(url.hash)?.[1];
    url.hash = "";
    const { traces } = this.#wiring.options.targets;
    const isReceiver = new URL(traces.url).origin === url.origin;
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return { url: url.href, headers: { ...(isReceiver ? traces.headers : {}), ...authorization } };
  }

  #liveEndpoint(): DashboardAddress | undefined {
    // Behind the port of gRPC there is no page, and nobody said where it is.
    const live = this.#wiring?.destinations.find(
      ({ sender }) => sender.pace.isLive && sender.targets.traces.protocol !== "grpc",
    );
    if (live === undefined) return undefined;
    const { url, headers } = live.sender.targets.traces;
    return { url: `${new URL(url).origin}/`, headers };
  }
}

/** The targets with their addresses at a dashboard, where nobody chose another one. */
function targetsAt(
  { url, headers }: DashboardAddress,
  targets: Readonly<Record<SignalName, ExportTarget>>,
): Record<SignalName, ExportTarget> {
  const followed = followBase(targets, url);
  for (const signal of Object.keys(followed) as SignalName[]) {
    if (targets[signal].isExplicit) continue;
    followed[signal] = { ...followed[signal], headers: { ...targets[signal].headers, ...headers } };
  }
  return followed;
}

/** The link of this process, also for a second copy of this package. */
export function dashboardLink(): DashboardLink {
  return (shared.dashboardLink ??= new DashboardLink());
}

/** The dashboard has answered, and does not want it. */
class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Whether asking again is no use. A dashboard that is starting answers 503, a wrong token may be set right. */
function isFinal(error: unknown): boolean {
  return error instanceof RefusedError && (error.status === 400 || error.status === 422);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined; // a wrong server answers with a page
  }
}
