// session.ts — one session of the embedded engine: it runs one statement at a time.
//
// ClickHouse over HTTP has settings, database and parameters per request; the engine has them per session.
// So a session remembers what was set on it and sets only what differs for the next request: a request
// sees exactly what it named, and requests that look alike cost no extra statement.

import type { ChdbQueryStream, Session } from "chdb";
import { quoteIdentifier, stringLiteral } from "./literal.ts";

/** What a request may name besides its statement. Parameters are in ClickHouse's own escaped text, as on the wire. */
export interface SessionState {
  readonly database: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A whole answer. For an INSERT, what was read is what was written. */
export interface WholeAnswer {
  bytes(): Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
  /** Seconds. */
  readonly elapsed: number;
}

export class EngineSession {
  readonly #open: () => Session;
  readonly #baseSettings: ReadonlyMap<string, string>;
  #session: Session;
  #database = "default";
  #settings = new Map<string, string>();
  #parameters = new Map<string, string>();

  /** Base settings hold for every request that does not name them itself. */
  constructor(open: () => Session, baseSettings: ReadonlyMap<string, string>) {
    this.#open = open;
    this.#baseSettings = baseSettings;
    this.#session = this.#opened();
  }

  /**
   * Makes the session see exactly this state.
   * @throws chdb's error when ClickHouse refuses a setting; the session is then as good as new.
   */
  async prepare(state: SessionState, sql: string): Promise<void> {
    if (this.#isLocked() || this.#hasStaleParameterIn(sql, state)) this.renew();
    const changes = this.#changes(state);
    try {
      if (changes.length > 0) await this.#session.queryAsync(`SET ${changes.join(", ")}`);
      if (state.database !== this.#database) {
        await this.#session.queryAsync(`USE ${quoteIdentifier(state.database)}`);
      }
    } catch (error) {
      this.renew();
      throw error;
    }
    this.#database = state.database;
    this.#settings = new Map(state.settings);
    for (const name of this.#parameters.keys()) this.#parameters.set(name, "");
    for (const [name, value] of state.parameters) this.#parameters.set(name, value);
  }

  /** Runs a statement and waits for all of its answer. */
  async run(sql: string, format: string): Promise<WholeAnswer> {
    return await this.#session.queryAsync(sql, { format });
  }

  /** Runs a SELECT; its answer comes in blocks, each a complete text of the format. */
  stream(sql: string, format: string): ChdbQueryStream {
    return this.#session.queryStream(sql, { format });
  }

  /**
   * To be called after a statement that failed or was killed. In chdb 3.4 its half answer stays in the session and
   * would begin the next answer, and a killed stream stays in system.processes, until another statement has run.
   */
  async settle(): Promise<void> {
    try {
      await this.#session.queryAsync("SELECT 1");
    } catch {
      this.renew(); // the request's own settings forbid even this
    }
  }

  /** Forgets everything that was set, known to us or not. */
  renew(): void {
    this.#session.close();
    this.#session = this.#opened();
    this.#database = "default";
    this.#settings.clear();
    this.#parameters.clear();
  }

  close(): void {
    this.#session.close();
  }

  #opened(): Session {
    const session = this.#open();
    const base = [...this.#baseSettings].map(
      ([name, value]) => `${name} = ${stringLiteral(value)}`,
    );
    if (base.length > 0) session.query(`SET ${base.join(", ")}`);
    return session;
  }

  #changes(state: SessionState): string[] {
    const changes: string[] = [];
    for (const name of this.#settings.keys()) {
      if (!state.settings.has(name)) changes.push(`${name} = ${this.#baseOf(name)}`);
    }
    for (const [name, value] of state.settings) {
      if (this.#settings.get(name) !== value) changes.push(`${name} = ${stringLiteral(value)}`);
    }
    for (const [name, value] of this.#parameters) {
      if (value !== "" && !state.parameters.has(name)) changes.push(`param_${name} = ''`);
    }
    for (const [name, value] of state.parameters) {
      if (this.#parameters.get(name) !== value)
        changes.push(`param_${name} = ${stringLiteral(value)}`);
    }
    return changes;
  }

  #baseOf(setting: string): string {
    const base = this.#baseSettings.get(setting);
    return base === undefined ? "DEFAULT" : stringLiteral(base);
  }

  /** Whether a request has set `readonly`, after which nothing can be set any more. A reader's session is born so. */
  #isLocked(): boolean {
    return this.#settings.has("readonly");
  }

  /** A parameter cannot be unset. One that the statement uses and the request forgot must be an error, not empty. */
  #hasStaleParameterIn(sql: string, state: SessionState): boolean {
    for (const name of this.#parameters.keys()) {
      if (!state.parameters.has(name) && new RegExp(`\\{\\s*${name}\\s*:`).test(sql)) return true;
    }
    return false;
  }
}
