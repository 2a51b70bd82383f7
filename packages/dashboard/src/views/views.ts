// views.ts — the views that apps register from code: which metric to show, as what.
//
//   register ──▶ memory, answered and announced at once ──▶ telemetry_views, as soon as ClickHouse answers
//
// An app registers while it starts, often before the engine is ready; so memory is what is asked, and the
// table is where it survives a restart and where several dashboards of one cluster meet. The newer change
// of a view counts, wherever it was made.

import { createHash } from "node:crypto";
import type { View, ViewDefinition } from "../contract/contract.ts";
import type { ClickHouseClient, Engine } from "../engine/engine.ts";

const VIEWS_MAX = 1_000;
/** How long a list may be older than the table: another dashboard may have changed it. */
const REFRESH_MS = 5_000;
const RETRY_MS = 1_000;
/** A list is answered from memory when the table takes longer. */
const EXCHANGE_MS_MAX = 5_000;
const TABLE = "telemetry_views";

/** The newest row of every view, also of deleted ones, which FINAL would leave out. */
const LATEST_SQL = `SELECT Id AS id, Definition AS definition, toString(UpdatedAt) AS version, IsDeleted AS isDeleted
FROM ${TABLE} ORDER BY UpdatedAt DESC LIMIT 1 BY Id LIMIT 10000`;

interface StoredChange {
  readonly id: string;
  readonly definition: string;
  readonly version: string;
  readonly isDeleted: number;
}

/** The list is full. Deleting a view makes room. */
export class TooManyViewsError extends Error {
  override readonly name = "TooManyViewsError";

  constructor() {
    super(`Cannot register the view: ${VIEWS_MAX} are kept at most; delete one first`);
  }
}

export interface ViewsOptions {
  /** Stays its owner's, who closes it after the views. */
  readonly client: ClickHouseClient;
  readonly engine: Pick<Engine, "state" | "onStateChange">;
}

/** A change of a view; `view` is absent when it was deleted. */
interface Change {
  readonly view?: View;
  /** Epoch ns; the larger one of two changes counts. */
  readonly updatedAt: bigint;
  readonly isStored: boolean;
}

export class Views {
  readonly #client: ClickHouseClient;
  readonly #engine: ViewsOptions["engine"];
  readonly #changes = new Map<string, Change>();
  readonly #listeners = new Set<(views: View[]) => void>();
  readonly #stopListening: () => void;
  #lastChangeNs = 0n;
  #refreshedAtMs = 0;
  #syncing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ client, engine }: ViewsOptions) {
    this.#client = client;
    this.#engine = engine;
    this.#stopListening = engine.onStateChange(() => this.#syncSoon());
    this.#syncSoon();
  }

  /** By title. Up to date with the table as of five seconds ago. */
  async list(): Promise<View[]> {
    if (Date.now() - this.#refreshedAtMs > REFRESH_MS) await this.#sync();
    return this.#current();
  }

  /** Keeps the view; one per metric, chart type and title. Throws TooManyViewsError. */
  register(definition: ViewDefinition): View {
    const title = definition.title ?? definition.metricName;
    const id = idOf(definition, title);
    const isNew = this.#changes.get(id)?.view === undefined;
    if (isNew && this.#current().length >= VIEWS_MAX) throw new TooManyViewsError();
    const view: View = { ...definition, title, id };
    this.#change(id, view);
    return view;
  }

  /** Whether there was a view of that id. */
  delete(id: string): boolean {
    if (this.#changes.get(id)?.view === undefined) return false;
    this.#change(id);
    return true;
  }

  /** Calls back with all views after each change, until the returned function is called. */
  onChange(listener: (views: View[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tries once more to store what is not stored yet. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    clearTimeout(this.#retry);
    await this.#syncing;
    await this.#sync();
  }

  #current(): View[] {
    const views = [...this.#changes.values()].flatMap(({ view }) => view ?? []);
    return views.toSorted((a, b) => a.title.localeCompare(b.title) || (a.id < b.id ? -1 : 1));
  }

  #change(id: string, view?: View): void {
    this.#lastChangeNs = later(this.#lastChangeNs);
    this.#changes.set(id, {
      ...(view && { view }),
      updatedAt: this.#lastChangeNs,
      isStored: false,
    });
    this.#announce();
    this.#syncSoon();
  }

  #announce(): void {
    const views = this.#current();
    for (const listener of this.#listeners) listener(views);
  }

  #syncSoon(): void {
    void this.#sync().then(() => {
      const isBehind = [...this.#changes.values()].some(({ isStored }) => !isStored);
      if (!isBehind || this.#isClosed) return;
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#syncSoon(), RETRY_MS).unref();
    });
  }

  /** Never rejects: while ClickHouse does not answer, memory is what there is, and it is tried again. */
  #sync(): Promise<void> {
    this.#syncing ??= this.#exchange()
      .catch(() => undefined)
      .finally(() => (this.#syncing = undefined));
    return this.#syncing;
  }

  /** First reads, so that an older change of ours does not win over a newer one of others. */
  async #exchange(): Promise<void> {
    if (this.#engine.state !== "ready") return;
    const timeout = AbortSignal.timeout(EXCHANGE_MS_MAX);
    await this.#load(timeout);
    await this.#store(timeout);
    this.#refreshedAtMs = Date.now();
  }

  async #load(timeout: AbortSignal): Promise<void> {
    const answer = await this.#client.query({
      query: LATEST_SQL,
      format: "JSONEachRow",
      abort_signal: timeout,
    });
    const rows = await answer.json<StoredChange>();
    let isChanged = false;
    for (const { id, definition, version, isDeleted } of rows) {
      const updatedAt = BigInt(version);
      if ((this.#changes.get(id)?.updatedAt ?? -1n) >= updatedAt) continue;
      const view = { ...(JSON.parse(definition) as View), id };
      this.#changes.set(id, { ...(isDeleted === 0 && { view }), updatedAt, isStored: true });
      isChanged = true;
    }
    if (isChanged) this.#announce();
  }

  async #store(timeout: AbortSignal): Promise<void> {
    const unstored = [...this.#changes].filter(([, { isStored }]) => !isStored);
    if (unstored.length === 0) return;
    await this.#client.insert({
      table: TABLE,
      format: "JSONEachRow",
      abort_signal: timeout,
      values: unstored.map(([Id, { view, updatedAt }]) => ({
        Id,
        Definition: view === undefined ? "{}" : JSON.stringify(view),
        UpdatedAt: String(updatedAt),
        IsDeleted: view === undefined ? 1 : 0,
      })),
    });
    for (const [id, change] of unstored) {
      if (this.#changes.get(id) === change) this.#changes.set(id, { ...change, isStored: true });
    }
  }
}

/** The same view from two processes is one view. */
function idOf({ metricName, chartType }: ViewDefinition, title: string): string {
  const text = JSON.stringify([metricName, chartType, title]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Now in epoch ns, and after the last change of ours even if the clock stands still. */
function later(lastNs: bigint): bigint {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  return nowNs > lastNs ? nowNs : lastNs + 1n;
}
