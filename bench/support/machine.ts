// machine.ts — where a number was made. A figure without its machine and date says nothing.

import { cpus, totalmem } from "node:os";

export interface Machine {
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
}

export function describeMachine(): Machine {
  const cores = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: cores[0]?.model.trim() ?? "unknown",
    cores: cores.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
  };
}
