// stage.ts — what a run of chaos is played on: a dashboard that is started again and again on the same ports and folder,
// its disk, its clock, and what its ClickHouse is.
//
//   embedded   the dashboard's own engine
//   remote     an engine of ours behind a proxy that can be bad, which the dashboard takes for a server by URL

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openEngine } from "../../packages/dashboard/src/engine/engine.ts";
import type { ClickHouseEndpoint, Engine } from "../../packages/dashboard/src/engine/engine.ts";
import { ended, launchDashboard } from "../support/running-dashboard.ts";
import type { LaunchedDashboard, RunningDashboard } from "../support/running-dashboard.ts";
import { BadClickHouse } from "./bad-clickhouse.ts";
import { openSteppedClock, type SteppedClock } from "./clock.ts";
import { openFillableDisk, type FillableDisk } from "./disk.ts";

export type Scene = "embedded" | "remote";

/** What the dashboard is given of everything else; on its disk there must be room for all that is sent. */
export interface StageOptions {
  readonly scene: Scene;
  readonly diskMib: number;
}

export class Stage {
  readonly disk: FillableDisk;
  readonly clock: SteppedClock;
  /** In the remote scene only. */
  readonly clickhouse: BadClickHouse | undefined;
  readonly #server: Engine | undefined;
  #dashboard: RunningDashboard;

  private constructor(
    disk: FillableDisk,
    clock: SteppedClock,
    remote: { engine: Engine; proxy: BadClickHouse } | undefined,
    dashboard: RunningDashboard,
  ) {
    this.disk = disk;
    this.clock = clock;
    this.#server = remote?.engine;
    this.clickhouse = remote?.proxy;
    this.#dashboard = dashboard;
  }

  static async open({ scene, diskMib }: StageOptions): Promise<Stage> {
    const disk = openFillableDisk(diskMib);
    const clock = openSteppedClock(disk.directory);
    const remote = scene === "remote" ? await openRemote(disk.directory) : undefined;
    const args = remote === undefined ? [] : ["--clickhouse", remote.proxy.url];
    const dataDirectory = join(disk.directory, "data");
    const { ready } = launchDashboard({ dataDirectory, args, env: clock.env });
    return new Stage(disk, clock, remote, await ready);
  }

  get dashboard(): RunningDashboard {
    return this.#dashboard;
  }

  /** The engine's process: the dashboard's, or the server's. */
  get enginePid(): number {
    if (this.#server !== undefined) return this.#server.pid ?? 0;
    const log = readFileSync(join(this.dashboard.dataDirectory, "engine/engine.log"), "utf8");
    const pid = [...log.matchAll(/process (\d+) started/g)].at(-1)?.[1];
    if (pid === undefined) throw new Error("Cannot go on: engine.log names no process");
    return Number(pid);
  }

  get dashboardPid(): number {
    return this.dashboard.process.pid ?? 0;
  }

  /** Where ClickHouse itself is asked, past everything that was put before it. */
  get endpoint(): ClickHouseEndpoint {
    if (this.#server !== undefined) return this.#server.endpoint;
    const socketPath = join(this.dashboard.dataDirectory, "engine/engine.sock");
    return { url: "http://localhost", socketPath, database: "default" };
  }

  async killDashboard(): Promise<void> {
    await ended(this.dashboard.process, "SIGKILL");
  }

  /** As whoever supervises it would, on the same ports and folder. The returned process may be killed before it is ready. */
  launch(): LaunchedDashboard {
    const { url, otlpUrl, otlpGrpcUrl, dataDirectory } = this.dashboard;
    const portOf = (of: string) => new URL(of).port;
    const ports = ["--port", portOf(url), "--otlp-http-port", portOf(otlpUrl)];
    const more = ["--otlp-grpc-port", portOf(otlpGrpcUrl)];
    const remote = this.clickhouse === undefined ? [] : ["--clickhouse", this.clickhouse.url];
    const args = [...ports, ...more, ...remote];
    return launchDashboard({ dataDirectory, args, env: this.clock.env });
  }

  async startDashboard(): Promise<void> {
    this.#dashboard = await this.launch().ready;
  }

  async close(): Promise<void> {
    this.clickhouse?.cheerUp();
    await this.dashboard.stop();
    this.clickhouse?.close();
    await this.#server?.close();
    this.disk.close();
  }
}

async function openRemote(directory: string): Promise<{ engine: Engine; proxy: BadClickHouse }> {
  const dataDirectory = join(directory, "server");
  mkdirSync(dataDirectory);
  const engine = await openEngine({ dataDirectory });
  await engine.whenReady();
  return { engine, proxy: await BadClickHouse.open(engine.endpoint) };
}
