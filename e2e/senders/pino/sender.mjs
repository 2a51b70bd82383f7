// sender.mjs — pino with the OpenTelemetry transport, which sends from a worker thread.

import pino from "pino";

const transport = pino.transport({
  target: "pino-opentelemetry-transport",
  options: {
    loggerName: "shop",
    serviceVersion: "4.5.6",
    resourceAttributes: { "service.name": process.env.SERVICE, "host.cpu.count": 2 },
  },
});
const logger = pino({ level: "trace", base: null }, transport);

logger.info({ "order.id": 42, ratio: 0.5, gift: true, tags: ["a", "b"] }, "order taken");
// As @opentelemetry/instrumentation-pino writes the ids into a line.
const ids = { trace_id: process.env.TRACE_ID, span_id: process.env.SPAN_ID, trace_flags: 1 };
logger.fatal({ ...ids, err: new RangeError("no stock") }, "order lost");
logger.trace({ user: { plan: "free", seats: 2 } }, "");

transport.end(); // the worker flushes before the process ends
