// protocols.ts — the implementations of OTLP's transports. gRPC's code, ours and the library, is loaded when the first
// request goes that way.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { ExportProtocol } from "../options/options.ts";
import { HttpProtocol } from "./http/http.ts";
import type { Transport } from "./http/post.ts";
import type { Protocol } from "./protocol.ts";

export class Protocols {
  readonly #diagnostics: Diagnostics;
  readonly #http: HttpProtocol;
  #grpc: Promise<Protocol> | undefined;

  constructor(transport: Transport | undefined, diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
    this.#http = new HttpProtocol(transport);
  }

  /** Rejects with a MissingPackageError when the app has no package for it. */
  open(name: ExportProtocol): Promise<Protocol> {
    return name === "grpc" ? (this.#grpc ??= this.#openGrpc()) : Promise.resolve(this.#http);
  }

  close(): void {
    this.#http.close();
    this.#grpc?.then(
      (grpc) => grpc.close(),
      () => {}, // it never opened
    );
  }

  async #openGrpc(): Promise<Protocol> {
    const { GrpcProtocol } = await import("./grpc/grpc.ts");
    return new GrpcProtocol(this.#diagnostics);
  }
}
