// durable.ts — the two steps between a write and a promise: the bytes, and the folder entry that names them.

import { closeSync, fdatasyncSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Waits until a file's bytes, or a folder's entries, would survive a power cut. */
export function syncFile(path: string): void {
  if (process.platform === "win32") return; // folders cannot be opened there, and entries are journalled
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Replaces a file as a whole: after a crash it holds either the old bytes or the new ones. */
export function replaceFile(path: string, bytes: Uint8Array | string): void {
  const temporary = `${path}.tmp`;
  const descriptor = openSync(temporary, "w", 0o600);
  try {
    writeFileSync(descriptor, bytes);
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path);
  syncFile(dirname(path));
}
