// agents.ts — kept connections, one set of them per set of certificates: a client certificate for one signal's receiver
// must never be shown to another's.

import http from "node:http";
import https from "node:https";
import type { TlsTexts } from "../../options/options.ts";

export class Agents {
  readonly #http = new http.Agent({ keepAlive: true });
  /** At most one per signal and destination. */
  readonly #https = new Map<string, https.Agent>();

  /** The agent for an address. */
  agentFor(url: string, tls: TlsTexts): http.Agent {
    if (!isSecure(url)) return this.#http;
    const key = JSON.stringify([tls.ca, tls.cert, tls.key]);
    let agent = this.#https.get(key);
    if (agent === undefined) {
      agent = new https.Agent({ keepAlive: true, ...tls });
      this.#https.set(key, agent);
    }
    return agent;
  }

  close(): void {
    this.#http.destroy();
    for (const agent of this.#https.values()) agent.destroy();
  }
}

export function isSecure(url: string): boolean {
  return /^https:/iu.test(url);
}
