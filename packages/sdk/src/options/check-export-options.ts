// check-export-options.ts — refuses what an app's code says wrong about the export, before anything is made of it.

import { objectIn, oneOf, parsed, positive, textsIn } from "./checks.ts";
import { checkedHttpUrl } from "./endpoint.ts";
import { COMPRESSIONS, EXPORT_PROTOCOLS } from "./export-options.ts";
import type { ExportOptions } from "./export-options.ts";
import { checkHeaders } from "./headers.ts";

const TLS_TEXTS = ["ca", "cert", "key"];

/** Throws a TypeError or RangeError that names the option; `at` stands before the name of each. */
export function checkExportOptions(given: ExportOptions, at: string): void {
  oneOf(`${at}protocol`, EXPORT_PROTOCOLS, given.protocol);
  oneOf(`${at}compression`, COMPRESSIONS, given.compression);
  positive(`${at}timeoutMs`, given.timeoutMs);
  positive(`${at}requestSizeBytesMax`, given.requestSizeBytesMax);
  checkHeaders(`${at}headers`, given.headers ?? {});
  checkTls(`${at}tls`, given.tls ?? {});
  if (typeof given.httpFallback === "string") {
    parsed(`${at}httpFallback`, given.httpFallback, checkedHttpUrl);
  }
  if (given.protocol === "grpc" && given.transport !== undefined) {
    throw new TypeError("Cannot use option transport with protocol grpc: it takes HTTP requests");
  }
}

function checkTls(name: string, given: unknown): void {
  const { insecure: _, ...texts } = objectIn(name, given);
  const unknown = Object.keys(texts).find((key) => !TLS_TEXTS.includes(key));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot use option ${name}.${unknown}: it has only ${TLS_TEXTS.join(", ")}, insecure`,
    );
  }
  textsIn(name, texts);
}
