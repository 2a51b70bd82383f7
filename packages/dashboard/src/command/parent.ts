// parent.ts — the process that started the dashboard, if it wants to be the one that ends it.
//
// Its end must be noticed whatever it dies of, so the sign is the operating system closing the pipe, not a message.

import type { DataFolderHolder } from "../dashboard.ts";

export type ParentMessage =
  | {
      readonly type: "ready";
      readonly url: string;
      readonly otlpHttpUrl: string;
      readonly otlpGrpcUrl?: string;
      readonly dataDirectory: string;
      readonly version: string;
      readonly pid: number;
    }
  | {
      readonly type: "failed";
      readonly message: string;
      readonly code?: string;
      readonly holder?: DataFolderHolder;
    };

export interface Parent {
  tell(message: ParentMessage): void;
  onGone(listener: () => void): void;
  /** Lets our process end by itself. */
  disconnect(): void;
}

/** The parent over IPC (`fork`), or over our standard streams with --parent-pipe; undefined where a person started us. */
export function connectParent(options: { readonly parentPipe: boolean }): Parent | undefined {
  if (process.send) return overIpc();
  return options.parentPipe ? overPipe() : undefined;
}

function overIpc(): Parent {
  return {
    tell: (message) => void process.send?.(message),
    onGone: (listener) => {
      if (!process.connected) listener();
      process.once("disconnect", listener);
    },
    disconnect: () => {
      if (process.connected) process.disconnect();
    },
  };
}

function overPipe(): Parent {
  process.stdin.resume();
  return {
    tell: (message) => void process.stdout.write(`${JSON.stringify(message)}\n`),
    onGone: (listener) => {
      if (process.stdin.readableEnded) listener();
      process.stdin.once("close", listener);
    },
    disconnect: () => void process.stdin.destroy(),
  };
}
