// Somebody else registered a context manager and a tracer provider before us.

import { AsyncLocalStorage } from "node:async_hooks";
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { doctor, getCurrentSpan, shutdown, startTelemetry, withSpan } from "@telemetry/sdk";

class ForeignContextManager {
  #storage = new AsyncLocalStorage();
  active() {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }
  with(held, fn, thisArg, ...args) {
    return this.#storage.run(held, () => fn.apply(thisArg, args));
  }
  bind(_held, target) {
    return target;
  }
  enable() {
    return this;
  }
  disable() {
    return this;
  }
}
context.setGlobalContextManager(new ForeignContextManager());
startTelemetry({ serviceName: "foreign" });

const visible = withSpan("ours", (span) => ({
  toTheApi: trace.getActiveSpan() === span,
  toUs: getCurrentSpan() === span,
  child: trace.getTracer("x").startSpan("child").parentSpanContext?.spanId === span.spanContext().spanId,
}));
const { notOurs } = await doctor();
await shutdown();
console.log(JSON.stringify({ visible, notOurs }));
