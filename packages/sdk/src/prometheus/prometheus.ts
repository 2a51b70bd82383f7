// prometheus.ts — `@telemetry/sdk/prometheus`: metrics for a Prometheus that scrapes, beside their OTLP export.
//
//   scrape ──▶ ask callbacks ──▶ every stream as text
//
// The endpoint is a reader of its own: its totals begin when it is opened, best before `startTelemetry`, and go on
// whatever the OTLP export does.

import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { MetricReader } from "../metrics/metrics.ts";
import { shared } from "../state/state.ts";
import { prometheusText } from "./text.ts";

export interface PrometheusEndpoint {
  /** The answer to a scrape; in OpenMetrics, with exemplars, when `accept` (the request's header) asks for it. */
  text(accept?: string): Promise<string>;
  /** Answers a request of a server of your own. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Stops collecting for it. */
  close(): void;
}

export interface PrometheusServer {
  /** Address to scrape. */
  readonly url: string;
  readonly port: number;
  /** Resolves when the port is free again. */
  stop(): Promise<void>;
}

const DEFAULT_PORT = 9_464;
const PATH = "/metrics";
const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/**
 * Begins to collect for a scraper, on a route of your own server.
 *
 * @example
 * import { createCounter, startTelemetry } from "@telemetry/sdk";
 * import { openPrometheus } from "@telemetry/sdk/prometheus";
 *
 * const prometheus = openPrometheus();
 * startTelemetry({ serviceName: "checkout" });
 * createCounter("orders.paid").add(1);
 * console.log(await prometheus.text());
 */
export function openPrometheus(): PrometheusEndpoint {
  const reader = new MetricReader({ now: () => performance.timeOrigin + performance.now() });
  shared.metricReaders.add(reader);
  shared.meterProvider?.addReader(reader);
  const text = (accept = ""): Promise<string> => {
    const openMetrics = accept.includes("application/openmetrics-text");
    const resource = shared.running?.wiring.resource.attributes ?? {};
    return reader.collect((scopes) => prometheusText(scopes, { openMetrics, resource }));
  };
  return {
    text,
    handle: (request, response) => void answer(text, request, response),
    close: () => {
      shared.metricReaders.delete(reader);
      shared.meterProvider?.removeReader(reader);
    },
  };
}

/**
 * Serves `/metrics` on a port of its own (default OTEL_EXPORTER_PROMETHEUS_PORT, else 9464; 0 takes any free one) and
 * host (default OTEL_EXPORTER_PROMETHEUS_HOST, else 127.0.0.1). It does not keep the process alive. Rejects with
 * the system's error when the port is taken.
 *
 * @example
 * import { startPrometheusServer } from "@telemetry/sdk/prometheus";
 *
 * const server = await startPrometheusServer(0);
 * console.log(`scrape ${server.url}`);
 * await server.stop();
 */
export async function startPrometheusServer(
  port: number = Number(process.env["OTEL_EXPORTER_PROMETHEUS_PORT"] ?? DEFAULT_PORT),
  host: string = process.env["OTEL_EXPORTER_PROMETHEUS_HOST"] ?? "127.0.0.1",
): Promise<PrometheusServer> {
  const endpoint = openPrometheus();
  const server = createServer((request, response) => {
    if (new URL(request.url ?? "/", "http://host").pathname === PATH) {
      endpoint.handle(request, response);
    } else {
      response.writeHead(404, { "content-type": TEXT_TYPE }).end(`Metrics are at ${PATH}\n`);
    }
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    endpoint.close();
    throw error;
  }
  server.unref();
  const { port: taken } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${taken}${PATH}`,
    port: taken,
    stop: () => {
      endpoint.close();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(
  text: PrometheusEndpoint["text"],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { accept } = request.headers;
  try {
    const body = await text(accept);
    const type = body.endsWith("# EOF\n") ? OPEN_METRICS_TYPE : TEXT_TYPE;
    response.writeHead(200, { "content-type": type }).end(body);
  } catch (error) {
    response
      .writeHead(500, { "content-type": TEXT_TYPE })
      .end(`Cannot collect metrics: ${String(error)}\n`);
  }
}
