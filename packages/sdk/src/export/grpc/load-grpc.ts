// load-grpc.ts — the app's @grpc/grpc-js, loaded by the first request that goes by gRPC.
//
// The package is an optional peer: it is looked for where Node would look, starting from this package and then from the
// app, under a name that no bundler follows.

import { createRequire } from "node:module";
import { join } from "node:path";
import type * as Grpc from "@grpc/grpc-js";
import { MissingPackageError } from "../missing-package-error.ts";

const PACKAGE = ["@grpc", "grpc-js"].join("/");

/** Throws a MissingPackageError when it is not installed, and its own error when it is there and broken. */
export function loadGrpc(
  places: readonly string[] = [import.meta.url, join(process.cwd(), "app.js")],
): typeof Grpc {
  let cause: unknown;
  for (const place of places) {
    const require = createRequire(place);
    try {
      require.resolve(PACKAGE);
    } catch (error) {
      cause = error;
      continue;
    }
    return require(PACKAGE) as typeof Grpc;
  }
  throw new MissingPackageError(PACKAGE, "export by gRPC", { cause });
}
