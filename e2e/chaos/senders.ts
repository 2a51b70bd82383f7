// senders.ts — four senders as processes of their own, each with all three signals:
//
//   our SDK            OTLP/HTTP or OTLP/gRPC   OpenTelemetry JS   OTLP/HTTP, protobuf, unchanged from npm
//   raw HTTP           OTLP/HTTP, JSON          raw gRPC           OTLP/gRPC

import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Signal } from "@telemetry/otlp";
import { installSender, type Sender } from "../senders/support/install.ts";
import type { Counts } from "./send-records.ts";

export interface SenderOptions {
  readonly httpUrl: string;
  readonly grpcUrl: string;
  /** What our SDK speaks. */
  readonly ourProtocol: "http/protobuf" | "grpc";
  readonly otelJs: Sender;
  /** Of all senders together. */
  readonly recordsPerSecond: number;
  /** For a process whose clock is stepped. */
  readonly clockEnv: Readonly<Record<string, string>>;
}

export type SignalCounts = Readonly<Partial<Record<Signal, Counts>>>;

export interface RunningSender {
  readonly name: string;
  /** Whether it repeats a request until it is taken. */
  readonly isPatient: boolean;
  /** Stops making records, flushes, and resolves with what became of them. */
  stop(): Promise<SignalCounts>;
  kill(): void;
}

/** Blocks for as long as npm takes, the first time. */
export function installOtelJs(): Sender {
  return installSender("otel-js-3");
}

/** Of an application, most are spans and logs of an SDK. */
const SHARES = { sdk: 0.4, otelJs: 0.2, raw: 0.2 };

export function startSenders(options: SenderOptions): RunningSender[] {
  const { httpUrl, grpcUrl, ourProtocol, recordsPerSecond, clockEnv } = options;
  const ourUrl = ourProtocol === "grpc" ? grpcUrl : httpUrl;
  const here = (file: string) => join(import.meta.dirname, file);
  const start = (name: string, file: string, url: string, share: number, env = {}) =>
    startSender(name, file, {
      CHAOS_NAME: name,
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      RECORDS_PER_SECOND: String(recordsPerSecond * share),
      ...env,
    });
  const senders = [
    start("ours", here("our-sender.ts"), ourUrl, SHARES.sdk, {
      OTEL_EXPORTER_OTLP_PROTOCOL: ourProtocol,
      OTEL_BSP_MAX_QUEUE_SIZE: "20000",
      OTEL_BLRP_MAX_QUEUE_SIZE: "20000",
      OTEL_METRIC_EXPORT_INTERVAL: "500",
      ...clockEnv,
    }),
    start("raw-http", here("raw-sender.ts"), httpUrl, SHARES.raw),
    start("raw-grpc", here("raw-sender.ts"), grpcUrl, SHARES.raw, {
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    }),
  ];
  const { otelJs } = options;
  if (otelJs.missing !== undefined) return senders;
  return [...senders, start("otel-js", join(otelJs.folder, "chaos.mjs"), httpUrl, SHARES.otelJs)];
}

function startSender(name: string, entry: string, env: Record<string, string>): RunningSender {
  const child = fork(entry, {
    execArgv: ["--conditions=@telemetry/source"],
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "ignore", "ipc"], // they complain about the outages that we make
  });
  return {
    name,
    isPatient: name.startsWith("raw"),
    stop: () => stop(child, name),
    kill: () => void child.kill("SIGKILL"),
  };
}

async function stop(child: ChildProcess, name: string): Promise<SignalCounts> {
  if (child.exitCode !== null) throw new Error(`Cannot go on: the sender "${name}" has ended`);
  const told = once(child, "message") as Promise<[SignalCounts]>;
  child.send("stop");
  const [counts] = await told;
  return counts;
}
