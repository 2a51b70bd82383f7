// Decorators of TC39 on everything that they can decorate. Compiled by tsc, run by plain Node: decorators.test.ts.

import { getCurrentSpan, startTelemetry, traced } from "@telemetry/sdk";
import { report } from "./report.ts";

const telemetry = startTelemetry({ serviceName: "tc39" });
const names: (string | undefined)[] = [];
const current = (): string | undefined => getCurrentSpan()?.spanContext().spanId;

class Cart {
  readonly items = [1, 2, 3];

  @traced()
  total(factor: number): number {
    return this.#sum() * factor;
  }

  @traced
  bare(): string {
    return `bare ${this.items.length}`;
  }

  @traced("cart.named", { kind: "fixed" })
  named(): boolean {
    return current() !== undefined;
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
  arrow = (x: number): number => x + this.items.length;

  @traced()
  accessor held = (x: number): number => x * 2;

  @traced()
  *each(): Generator<number> {
    yield* this.items;
  }

  @traced()
  async *stream(): AsyncGenerator<number> {
    for (const item of this.items) yield item;
  }

  @traced()
  fails(): never {
    throw new RangeError("no stock");
  }

  @traced()
  #sum(): number {
    names.push(current());
    return this.items.reduce((a, b) => a + b, 0);
  }
}

const cart = Cart.create();
const streamed: number[] = [];
for await (const item of cart.stream()) streamed.push(item);
let caught = "";
try {
  cart.fails();
} catch (error) {
  caught = (error as Error).message;
}
await report(telemetry, {
  total: cart.total(2),
  bare: cart.bare(),
  named: cart.named(),
  computed: await cart.computed("o-1"),
  size: cart.size,
  arrow: cart.arrow(4),
  held: cart.held(4),
  each: [...cart.each()],
  streamed,
  caught,
  shape: [Cart.prototype.total.name, Cart.prototype.total.length],
});
