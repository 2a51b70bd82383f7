// command.test.ts — the real command, as a process, the way people and other programs start it.

import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const COMMAND = join(import.meta.dirname, "command.ts");
const EXEC_ARGV = ["--conditions=@telemetry/source"];
const ANY_PORTS = ["--port", "0", "--otlp-http-port", "0", "--otlp-grpc-port", "0"];
/** A ClickHouse that does not answer: starts faster than the one inside, where it does not matter. */
const NO_ENGINE = ["--clickhouse", "http://127.0.0.1:1"];
const FREE = [...ANY_PORTS, ...NO_ENGINE];

let directory: string;
const children: ChildProcess[] = [];
const servers: Server[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-command-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  }
  for (const server of servers.splice(0)) server.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

function watch(child: ChildProcess): Run {
  children.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => (output.stdout += String(chunk)));
  child.stderr?.on("data", (chunk) => (output.stderr += String(chunk)));
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return { child, output, ended };
}

function start(...args: string[]): Run {
  const all = [...EXEC_ARGV, COMMAND, "--data", join(directory, "data"), ...args];
  return watch(spawn(process.execPath, all, { env: { PATH: process.env["PATH"] } }));
}

function startAsChild(...args: string[]): Run {
  const all = ["--data", join(directory, "data"), ...args];
  return watch(
    fork(COMMAND, all, { execArgv: EXEC_ARGV, stdio: ["ignore", "pipe", "pipe", "ipc"] }),
  );
}

async function occupyPort(port = 0): Promise<number> {
  const server = createServer().listen(port, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function readyText(run: Run): Promise<string> {
  await expect
    .poll(() => run.output.stdout + run.output.stderr, { timeout: 15_000 })
    .toMatch(/Ctrl-C|Cannot/);
  return run.output.stdout;
}

describe("a person", () => {
  test("is told where to look and where to send, and Ctrl-C ends it cleanly", async () => {
    const run = start(...ANY_PORTS);
    const text = await readyText(run);
    expect(text).toMatch(
      /^\ntelemetry \d+\.\d+\.\d+\n\n {2}Page +http:\/\/127\.0\.0\.1:\d+\/\n {2}OTLP\/HTTP +http:\/\/127/,
    );
    expect(text).toContain(join(directory, "data"));

    run.child.kill("SIGINT");
    expect(await run.ended).toBe(0);
    expect(run.output.stderr).toBe("");
  });

  test("gets the token in the page's address, where no server sees it", async () => {
    const run = start(...FREE, "--token", "s3cret");
    expect(await readyText(run)).toMatch(/Page +http:\/\/127\.0\.0\.1:\d+\/#token=s3cret\n/);
  });

  test("is shown https where the ports speak TLS", async () => {
    const pem = (name: string) => join(import.meta.dirname, "../listen/testdata", `${name}.pem`);
    const run = start(...FREE, "--tls-cert", pem("server"), "--tls-key", pem("server-key"));
    const text = await readyText(run);
    for (const name of ["Page", "OTLP/HTTP", "OTLP/gRPC"]) {
      expect(text).toMatch(new RegExp(`${name} +https://127\\.0\\.0\\.1:\\d+`));
    }
  });

  test("gets help and version on standard output", async () => {
    const help = start("--help");
    const version = start("--version");
    expect(await Promise.all([help.ended, version.ended])).toEqual([0, 0]);
    expect(help.output.stdout).toMatch(/^Usage: telemetry \[options\]/);
    expect(version.output.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("gets JSON lines with --json-logs", async () => {
    const run = start(...FREE, "--json-logs");
    await expect.poll(() => run.output.stderr, { timeout: 15_000 }).toMatch(/\n/);
    expect(JSON.parse(run.output.stderr.split("\n", 1)[0]!)).toMatchObject({
      level: "info",
      message: "ready",
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
      pid: run.child.pid,
    });
    run.child.kill("SIGTERM");
    expect(await run.ended).toBe(0);
  });
});

test("a ClickHouse that does not answer is said, and waited for", async () => {
  const run = start(...FREE);
  await expect
    .poll(() => run.output.stderr, { timeout: 15_000 })
    .toMatch(
      /^\d\d:\d\d:\d\d warn {2}Cannot reach ClickHouse at http:\/\/127\.0\.0\.1:1: .*; check the address, user and password of --clickhouse\n$/,
    );
  run.child.kill("SIGTERM");
  expect(await run.ended).toBe(0);
});

describe("each error is one sentence and a non-zero exit", () => {
  async function sentenceOf(run: Run): Promise<string> {
    expect(await run.ended).toBe(1);
    expect(run.output.stdout).toBe("");
    return run.output.stderr;
  }

  test("a port that was asked for and is taken", async () => {
    const port = await occupyPort();
    const sentence = `Cannot listen on 127.0.0.1:${port}: the port is in use by another program; choose another with`;
    expect(await sentenceOf(start(...FREE, "--port", `${port}`))).toBe(`${sentence} --port\n`);
    expect(await sentenceOf(start(...FREE, "--otlp-http-port", `${port}`))).toBe(
      `${sentence} --otlp-http-port\n`,
    );
  });

  test("a data folder that is in use, with the page of whoever uses it", async () => {
    const holder = start(...FREE);
    const url = /Page +(\S+)/.exec(await readyText(holder))![1]!;
    expect(await sentenceOf(start(...FREE))).toBe(
      `Cannot open data folder "${join(directory, "data")}": it is in use by process ${holder.child.pid}, which serves ${url}; open that page, stop that process, or choose another folder with --data\n`,
    );
  });

  test("a data folder that is none", async () => {
    writeFileSync(join(directory, "data"), "a file");
    expect(await sentenceOf(start(...FREE))).toBe(
      `Cannot open data folder "${join(directory, "data")}": it is not a writable folder (EEXIST); choose another with --data\n`,
    );
  });

  test("an address that others can reach, without a token", async () => {
    expect(await sentenceOf(start(...FREE, "--host", "0.0.0.0"))).toBe(
      'Cannot listen on "0.0.0.0": whoever reaches that address could read and write everything; set --token\n',
    );
  });

  test("a certificate that cannot be read", async () => {
    const files = ["--tls-cert", "/nowhere/cert.pem", "--tls-key", "/nowhere/key.pem"];
    expect(await sentenceOf(start(...FREE, ...files))).toBe(
      'Cannot read --tls-cert "/nowhere/cert.pem": there is no such file\n',
    );
  });

  test("an option that cannot be read", async () => {
    expect(await sentenceOf(start("--retention", "soon"))).toBe(
      'Cannot read --retention "soon": it must be a value such as 12h or 7d, at most 18000d\n',
    );
  });

  test("a Node that is too old is refused by the published command", async () => {
    const bin = join(import.meta.dirname, "../../bin/telemetry.mjs");
    const old = 'Object.defineProperty(process.versions, "node", { value: "20.20.0" });';
    const preload = `data:text/javascript,${encodeURIComponent(old)}`;
    const run = watch(spawn(process.execPath, ["--import", preload, bin]));
    expect(await sentenceOf(run)).toMatch(
      /^Cannot start telemetry: Node 22\.18 or newer is needed, this is 20\.20\.0; /,
    );
  });
});

describe("another process", () => {
  test("hears over IPC where it is, and takes it down by going away", async () => {
    const run = startAsChild(...FREE);
    const [message] = (await once(run.child, "message")) as [Record<string, unknown>];
    expect(message).toMatchObject({
      type: "ready",
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
      otlpHttpUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      dataDirectory: join(directory, "data"),
      pid: run.child.pid,
    });

    const exit = once(run.child, "exit"); // Node gives no "close" after a disconnect from this side
    run.child.disconnect();
    expect(await exit).toEqual([0, null]);
  });

  test("hears over IPC why it failed, and who holds the data folder", async () => {
    const holder = startAsChild(...FREE);
    const [ready] = (await once(holder.child, "message")) as [{ url: string }];
    const second = startAsChild(...FREE);
    const [failed] = (await once(second.child, "message")) as [Record<string, unknown>];
    expect(failed).toEqual({
      type: "failed",
      message: expect.stringMatching(/^Cannot open data folder /),
      holder: { pid: holder.child.pid, url: ready.url },
    });
    expect(await second.ended).toBe(1);
  });

  test("with --parent-pipe reads one line of JSON, and ends it by closing the pipe", async () => {
    const run = start(...FREE, "--parent-pipe");
    await expect.poll(() => run.output.stdout, { timeout: 15_000 }).toMatch(/\n/);
    expect(JSON.parse(run.output.stdout)).toMatchObject({ type: "ready", pid: run.child.pid });

    run.child.stdin!.end();
    expect(await run.ended).toBe(0);
  });

  test("that is killed takes it down too", async () => {
    const script = `
      const { fork } = require("node:child_process");
      const args = ${JSON.stringify(["--data", join(directory, "data"), ...FREE])};
      const child = fork(${JSON.stringify(COMMAND)}, args, { execArgv: ${JSON.stringify(EXEC_ARGV)} , stdio: ["ignore", "ignore", "inherit", "ipc"] });
      child.on("message", ({ pid }) => console.log(pid));`;
    const parent = watch(spawn(process.execPath, ["-e", script]));
    await expect.poll(() => parent.output.stdout, { timeout: 15_000 }).toMatch(/\n/);
    const pid = Number(parent.output.stdout);

    parent.child.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
