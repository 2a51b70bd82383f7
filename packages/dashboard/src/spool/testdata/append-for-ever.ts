// append-for-ever.ts <data folder> <round> — appends requests and prints the name of each acknowledged one, until
// it is killed. Run by crash.test.ts. Twenty senders work at once; every round begins with the names that the
// round before it may have written without an answer.

import { openSpool } from "../spool.ts";

const SENDERS = 20;
const spool = await openSpool({ dataDirectory: process.argv[2]! });
const round = Number(process.argv[3]);

async function send(name: string): Promise<void> {
  const body = new TextEncoder().encode(`${name} ${"x".repeat(name.length * 997 % 4_000)}`);
  await spool.append({ signal: "traces", encoding: "protobuf", body, receivedAtMs: Date.now() });
  process.stdout.write(`${name}\n`);
}

async function sendForEver(sender: number): Promise<void> {
  for (let index = 0; round > 0 && index < 100; index++) await send(`${round - 1}/${sender}/${index}`);
  for (let index = 0; index < 1_000_000; index++) await send(`${round}/${sender}/${index}`);
}

await Promise.all(Array.from({ length: SENDERS }, (_, sender) => sendForEver(sender)));
