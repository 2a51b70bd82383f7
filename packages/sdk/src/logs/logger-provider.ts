// logger-provider.ts — the LoggerProvider that is registered with the official api and with api-logs.

import type { Attributes } from "@opentelemetry/api";
import { encodeScope } from "@telemetry/otlp/encode";

import { copyAttributes } from "../attributes/attributes.ts";
import type { BatchQueue } from "../export/export.ts";
import { Logger } from "./logger.ts";
import type { LogCore } from "./logger.ts";

/** Loggers of one provider: a scope name made from data would otherwise grow without bound. */
const LOGGERS_MAX = 1_000;

export class LoggerProvider {
  readonly #core: LogCore;
  readonly #queue: BatchQueue;
  readonly #loggers = new Map<string, Logger>();

  constructor(core: LogCore, queue: BatchQueue) {
    this.#core = core;
    this.#queue = queue;
  }

  /** The logger of a scope. Beyond a thousand scopes, all further ones share one without a name. */
  getLogger(
    name: string,
    version?: string,
    options: { schemaUrl?: string; attributes?: Attributes } = {},
  ): Logger {
    const { attributeCount, valueLimits, keys } = this.#core;
    const attributes = copyAttributes(options.attributes, attributeCount, valueLimits).flat ?? [];
    const scope = encodeScope(
      {
        name: typeof name === "string" ? name : "",
        version: typeof version === "string" ? version : undefined,
        schemaUrl: options.schemaUrl,
        attributes,
      },
      keys,
    );
    const text = this.#loggers.size < LOGGERS_MAX ? Buffer.from(scope).toString("latin1") : "";
    const known = this.#loggers.get(text);
    if (known !== undefined) return known;
    const bytes = text === "" ? encodeScope({ name: "" }, keys) : scope;
    const logger = new Logger(this.#core, this.#queue.openScope(bytes));
    this.#loggers.set(text, logger);
    return logger;
  }
}
