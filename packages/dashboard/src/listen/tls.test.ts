// tls.test.ts — ports that speak TLS, with certificates from testdata/ (make-certificates.sh).

import { once } from "node:events";
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Station } from "../self/self.ts";
import { Connections, openListener, type Listener } from "./listen.ts";
import { readTlsFiles, watchTlsFiles, type TlsFiles } from "./tls-files.ts";

const path = (name: string) => join(import.meta.dirname, "testdata", `${name}.pem`);
const pem = (name: string) => readFileSync(path(name));
const SERVER: TlsFiles = { cert: path("server"), key: path("server-key") };

let station: Station;
let listener: Listener | undefined;

beforeEach(() => {
  station = new Station("receive");
});

afterEach(async () => {
  await listener?.close(0);
  listener = undefined;
});

async function listen(tls: TlsFiles): Promise<number> {
  listener = await openListener((_, response) => response.end("hello"), {
    host: "127.0.0.1",
    port: 0,
    option: "--port",
    connections: new Connections(station, 100),
    tls,
  });
  return listener.port;
}

/** The text of an answer, or the code of the error. */
function get(port: number, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    const asked = request(
      { port, host: "127.0.0.1", ca: pem("test-ca"), ...options },
      (response) => {
        let text = "";
        response.on("data", (part) => (text += String(part)));
        response.on("end", () => resolve(text));
      },
    );
    asked.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    asked.end();
  });
}

describe("a port with a certificate", () => {
  test("answers who speaks TLS, and nobody else", async () => {
    const port = await listen(SERVER);
    expect(await get(port)).toBe("hello");
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    await expect.poll(() => station.status().counters["connections_tls"]).toBe(1);
  });

  test("cuts off who speaks an old version", async () => {
    const port = await listen(SERVER);
    const old = {
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
      ciphers: "DEFAULT@SECLEVEL=0",
    } as const;
    expect(await get(port, old)).toMatch(/^EPROTO$|SSL/);
  });
});

describe("a port with an authority for clients", () => {
  const mutual: TlsFiles = { ...SERVER, clientCa: path("test-ca") };

  test("answers whose certificate is of it", async () => {
    const port = await listen(mutual);
    expect(await get(port, { cert: pem("agent-7"), key: pem("agent-7-key") })).toBe("hello");
  });

  test.each([
    ["none", {}],
    ["one of another authority", { cert: pem("stranger"), key: pem("stranger-key") }],
  ])("refuses who has %s", async (_, options) => {
    const port = await listen(mutual);
    expect(await get(port, options)).toMatch(/^(ECONNRESET|EPIPE|ERR_SSL_.*)$/);
    await expect.poll(() => station.status().counters["connections_tls"]).toBe(1);
  });
});

describe("files that cannot be used are one sentence", () => {
  const missing = "/nowhere/cert.pem";

  test.each<[string, TlsFiles, string]>([
    [
      "no certificate",
      { ...SERVER, cert: missing },
      'Cannot read --tls-cert "/nowhere/cert.pem": there is no such file',
    ],
    [
      "no key",
      { ...SERVER, key: missing },
      'Cannot read --tls-key "/nowhere/cert.pem": there is no such file',
    ],
    [
      "a folder",
      { ...SERVER, cert: import.meta.dirname },
      `Cannot read --tls-cert "${import.meta.dirname}": it is a folder`,
    ],
    [
      "a key as certificate",
      { ...SERVER, cert: path("server-key") },
      `Cannot use --tls-cert "${path("server-key")}": it is no certificate in PEM form`,
    ],
    [
      "a certificate as key",
      { ...SERVER, key: path("server") },
      `Cannot use --tls-key "${path("server")}": it is no private key in PEM form`,
    ],
    [
      "the key of another certificate",
      { ...SERVER, key: path("renewed-key") },
      `Cannot use --tls-key "${path("renewed-key")}": it does not belong to the certificate in "${path("server")}"`,
    ],
    [
      "a key with a passphrase",
      { ...SERVER, key: path("server-key-encrypted") },
      `Cannot use --tls-key "${path("server-key-encrypted")}": the key has a passphrase; write it without one`,
    ],
    [
      "an authority that is none",
      { ...SERVER, clientCa: path("server-key") },
      `Cannot use --tls-client-ca "${path("server-key")}": it is no certificate in PEM form`,
    ],
  ])("%s", (_, files, sentence) => {
    expect(() => readTlsFiles(files)).toThrow(sentence);
  });
});

describe("files that are renewed in place", () => {
  let directory: string;
  let files: TlsFiles;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "telemetry-tls-"));
    files = { cert: join(directory, "cert.pem"), key: join(directory, "key.pem") };
    replace("server");
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  let ageSeconds = 1_000;
  function replace(name: string): void {
    copyFileSync(path(name), files.cert);
    copyFileSync(path(`${name}-key`), files.key);
    ageSeconds -= 10; // clocks of file systems are coarse
    const then = Date.now() / 1_000 - ageSeconds;
    for (const file of [files.cert, files.key]) utimesSync(file, then, then);
  }

  test("are taken up without a restart; wrong ones leave the old ones in use, and are said", async () => {
    const taken: string[] = [];
    const said: string[] = [];
    const stop = watchTlsFiles(files, ({ cert }) => taken.push(String(cert)), {
      intervalMs: 10,
      log: (_, message) => said.push(message),
    });
    replace("renewed");
    await expect.poll(() => taken).toEqual([String(pem("renewed"))]);
    writeFileSync(files.cert, "half a file");
    await expect
      .poll(() => said.at(-1))
      .toMatch(
        /^Cannot use --tls-cert ".*": it is no certificate in PEM form; the certificate from before stays in use$/,
      );
    stop();
    expect(taken).toHaveLength(1);
  });

  test("are what the next connection sees", async () => {
    const seen = async (port: number) => {
      const socket: TLSSocket = connectTls({ port, host: "127.0.0.1", ca: pem("test-ca") });
      await once(socket, "secureConnect");
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      return CN;
    };
    const server = await import("node:https").then(({ createServer }) =>
      createServer(readTlsFiles(files)).listen(0, "127.0.0.1"),
    );
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const stop = watchTlsFiles(files, (keys) => server.setSecureContext(keys), { intervalMs: 10 });
    expect(await seen(port)).toBe("server");
    replace("renewed");
    await expect.poll(() => seen(port)).toBe("renewed");
    stop();
    server.close();
  });
});
