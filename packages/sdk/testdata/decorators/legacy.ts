// TypeScript's experimentalDecorators. Compiled by tsc, run by plain Node: decorators.test.ts.

import { getCurrentSpan, startTelemetry, traced } from "@telemetry/sdk";
import { report } from "./report.ts";

const telemetry = startTelemetry({ serviceName: "legacy" });

class Cart {
  readonly items = [1, 2, 3];

  @traced()
  total(factor: number): number {
    return this.items.reduce((a, b) => a + b, 0) * factor;
  }

  @traced
  bare(): string {
    return `bare ${this.items.length}`;
  }

  @traced("cart.named", { kind: "fixed" })
  named(): boolean {
    return getCurrentSpan() !== undefined;
  }

  @traced({ name: "cart.computed", attributes: (id: string) => ({ "order.id": id }) })
  async computed(id: string): Promise<string> {
    await Promise.resolve();
    return id;
  }

  @traced()
  static create(): Cart {
    return new Cart();
  }

  @traced()
  get size(): number {
    return this.items.length;
  }

  @traced()
  *each(): Generator<number> {
    yield* this.items;
  }

  @traced()
  async *stream(): AsyncGenerator<number> {
    for (const item of this.items) yield item;
  }
}

/** What tsc emits for a decorated property: called by hand, because its types refuse it, too. */
function decorateProperty(): string {
  try {
    (traced() as (target: object, key: string, descriptor?: undefined) => void)(
      Cart.prototype,
      "arrow",
      undefined,
    );
    return "nothing";
  } catch (error) {
    return (error as Error).message;
  }
}

const cart = Cart.create();
const streamed: number[] = [];
for await (const item of cart.stream()) streamed.push(item);
await report(telemetry, {
  total: cart.total(2),
  bare: cart.bare(),
  named: cart.named(),
  computed: await cart.computed("o-1"),
  size: cart.size,
  each: [...cart.each()],
  streamed,
  property: decorateProperty(),
  shape: [Cart.prototype.total.name, Cart.prototype.total.length],
});
