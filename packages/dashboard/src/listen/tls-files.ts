// tls-files.ts — certificate and key of our ports, from the files that a person named.
//
// They are read and tried at the start, so that what is wrong is one sentence then and not a failed handshake later.
// Certificates live for weeks and are renewed in place: the files are looked at once a minute, and new ones are taken
// up without a restart. New ones that cannot be used leave the old ones in force, and are said.

import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { Log } from "../self/self.ts";

const LOOK_INTERVAL_MS = 60_000;

/** Paths of PEM files. */
export interface TlsFiles {
  /** The certificate, followed by those between it and the authority. */
  readonly cert: string;
  readonly key: string;
  /** Authorities: clients must show a certificate of one of them. */
  readonly clientCa?: string;
}

/** What `tls.createServer` wants. */
export interface TlsKeys extends Required<Pick<SecureContextOptions, "cert" | "key">> {
  readonly ca?: Buffer;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly minVersion: "TLSv1.2";
}

/** @throws {Error} with a sentence for a person when a file is not what it should be. */
export function readTlsFiles(files: TlsFiles): TlsKeys {
  const cert = readPem("--tls-cert", files.cert);
  const key = readPem("--tls-key", files.key);
  checkPair(files, cert, key);
  const { clientCa } = files;
  const ca = clientCa === undefined ? undefined : readPem("--tls-client-ca", clientCa);
  if (ca !== undefined) parseCertificate("--tls-client-ca", clientCa as string, ca);
  const isMutual = ca !== undefined;
  const keys: TlsKeys = {
    cert,
    key,
    ...(isMutual && { ca }),
    requestCert: isMutual,
    rejectUnauthorized: isMutual,
    minVersion: "TLSv1.2",
  };
  createSecureContext(keys); // whatever else OpenSSL does not like about them
  return keys;
}

/** Calls back with new keys whenever the files change. Returns the function that ends it. */
export function watchTlsFiles(
  files: TlsFiles,
  onChange: (keys: TlsKeys) => void,
  options: { readonly log?: Log | undefined; readonly intervalMs?: number } = {},
): () => void {
  const { log, intervalMs = LOOK_INTERVAL_MS } = options;
  let seen = stampOf(files);
  const look = () => {
    const stamp = stampOf(files);
    if (stamp === seen) return;
    seen = stamp;
    try {
      onChange(readTlsFiles(files));
      log?.("info", `The certificate in "${files.cert}" is in use`);
    } catch (error) {
      log?.("error", `${(error as Error).message}; the certificate from before stays in use`);
    }
  };
  const timer = setInterval(look, intervalMs).unref();
  return () => clearInterval(timer);
}

function readPem(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`Cannot read ${option} "${path}": ${REASONS[code ?? ""] ?? code}`, { cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder",
};

function checkPair(files: TlsFiles, cert: Buffer, key: Buffer): void {
  const certificate = parseCertificate("--tls-cert", files.cert, cert);
  let isPair: boolean;
  try {
    isPair = certificate.checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    const isEncrypted = /ENCRYPTED/.test(key.toString("latin1"));
    const state = isEncrypted
      ? "the key has a passphrase; write it without one"
      : "it is no private key in PEM form";
    throw new Error(`Cannot use --tls-key "${files.key}": ${state}`, { cause });
  }
  if (isPair) return;
  throw new Error(
    `Cannot use --tls-key "${files.key}": it does not belong to the certificate in "${files.cert}"`,
  );
}

function parseCertificate(option: string, path: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`Cannot use ${option} "${path}": it is no certificate in PEM form`, { cause });
  }
}

/** Changes when a file is written or replaced, also through a symbolic link. */
function stampOf({ cert, key, clientCa }: TlsFiles): string {
  const paths = clientCa === undefined ? [cert, key] : [cert, key, clientCa];
  return paths.map((path) => modifiedMs(path)).join(" ");
}

function modifiedMs(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0; // between two files: the next look finds the new one
  }
}
