// An app that does not know of telemetry: named imports of http, and fetch.

import { createServer, get } from "node:http";

const server = createServer((_request, response) => response.end("ok"));
server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  await new Promise((resolve) => {
    get(url, (response) => response.resume().on("end", resolve));
  });
  await (await fetch(url)).text();
  server.close();
  server.closeAllConnections();
});
