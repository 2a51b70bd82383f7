// shop.ts — serves the page with its packages bundled by Vite, and the cart that it asks, on a port of its own.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build, type Rollup } from "vite";

const HTML = `<!doctype html><html lang="en"><head><title>shop</title></head>
  <body><button>buy</button><script type="module" src="/page.js"></script></body></html>`;

export interface Shop {
  readonly port: number;
  /** `traceparent` of the requests to the cart. */
  readonly traceParents: readonly (string | undefined)[];
  close(): void;
}

export async function openShop(folder: string): Promise<Shop> {
  const script = await bundle(join(folder, "page.mjs"));
  const traceParents: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://shop");
    if (pathname === "/cart") traceParents.push(request.headers["traceparent"] as string);
    const [type, body, status] =
      pathname === "/page.js"
        ? (["text/javascript", script, 200] as const)
        : pathname === "/cart"
          ? (["text/plain", "sold out", 409] as const)
          : (["text/html", HTML, 200] as const);
    response.writeHead(status, { "content-type": type }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    traceParents,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bundle(entry: string): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, rollupOptions: { input: entry } },
  })) as Rollup.RollupOutput;
  return output.output[0].code;
}
