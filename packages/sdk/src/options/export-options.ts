// export-options.ts — where records are sent and how: as an app says it, and with every default filled in.

import type { Transport } from "../export/export.ts";

/** The OTLP signals, as in the paths `/v1/traces`, `/v1/metrics` and `/v1/logs`. */
export const SIGNALS = ["traces", "metrics", "logs"] as const;
export type SignalName = (typeof SIGNALS)[number];

/** OTLP's transports. `grpc` needs the package @grpc/grpc-js in the app. */
export const EXPORT_PROTOCOLS = ["http/protobuf", "http/json", "grpc"] as const;
export type ExportProtocol = (typeof EXPORT_PROTOCOLS)[number];

export const COMPRESSIONS = ["none", "gzip", "zstd"] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** How a receiver is trusted, and how it may trust us. Each a PEM text, or the path of a PEM file. */
export interface TlsOptions {
  /** Authorities to trust instead of the system's. */
  ca?: string;
  /** Our certificate, with `key`, for receivers that ask for one. */
  cert?: string;
  key?: string;
  /** Only gRPC, and only for an endpoint without `http://` or `https://`: no TLS. Default false. */
  insecure?: boolean;
}

/** Where records are sent and how, the same for all signals. */
export interface ExportOptions {
  /** Default "http/protobuf". */
  protocol?: ExportProtocol;
  /**
   * Base address of an OTLP receiver; with gRPC also `host:port` or any name that gRPC knows. Default:
   * OTEL_EXPORTER_OTLP_ENDPOINT, else http://localhost:4318, with gRPC http://localhost:4317.
   */
  endpoint?: string;
  /** Headers of every export request, such as `{ authorization: "Bearer …" }`. Never logged. */
  headers?: Record<string, string>;
  /** For one export request and its retries. Default 10 000 ms. */
  timeoutMs?: number;
  /** Default "none". zstd needs Node 22.15; where it cannot be used, gzip is. */
  compression?: Compression;
  tls?: TlsOptions;
  /** A larger request is not sent, but made smaller or dropped. Before compression. Default 64 MiB. */
  requestSizeBytesMax?: number;
  /**
   * Where to send by HTTP when the package for gRPC is not installed: a base address, or `true` for the same host, with
   * port 4318 in the place of 4317. Default: nowhere.
   */
  httpFallback?: boolean | string;
  /** How HTTP requests leave the process, instead of node:http. For tests, and for an HTTP client of your own. */
  transport?: Transport;
}

/** Where and how one signal is sent. */
export interface ExportTarget {
  protocol: ExportProtocol;
  /** HTTP: where requests are posted. gRPC: `http://host:port`, `https://host:port`, or a name in gRPC's own form. */
  url: string;
  /** Whether gRPC uses TLS; HTTP's address says it. */
  isSecure: boolean;
  /** By lower-case name. */
  headers: Record<string, string>;
  /** For one request and its retries. */
  timeoutMs: number;
  compression: Compression;
  requestSizeBytesMax: number;
  /** PEM texts. */
  tls: TlsTexts;
  /** Where to post when the package for gRPC is missing. */
  fallbackUrl: string | undefined;
  /** Whether somebody chose this address; otherwise it follows a dashboard that the app starts. */
  isExplicit: boolean;
  /** Whether this signal is exported at all (OTEL_TRACES_EXPORTER=none and its like). */
  enabled: boolean;
}

/** PEM texts. */
export interface TlsTexts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}
