// color.ts — which of the 20 service colours a service gets. The face of `color`.
//
// Colour is the service, never the status. Within one trace (or one page) services take palette places in the
// order of their first appearance, so the same trace looks the same to everybody, and six services never
// share a colour, as they would with a hash of the name.

/** Places in the palette; the values live in the style sheet as `--service-0` … `--service-19`. */
export const SERVICE_COLOR_COUNT = 20;

/** Palette places by service name; grows as services appear and never changes a place. */
export class ServiceColors {
  readonly #places = new Map<string, number>();

  /** Takes the names in their order of appearance. */
  constructor(services: Iterable<string> = []) {
    for (const service of services) this.placeOf(service);
  }

  /** The place of a service, 0 … 19; an unknown one takes the next. */
  placeOf(service: string): number {
    let place = this.#places.get(service);
    if (place === undefined) {
      place = this.#places.size % SERVICE_COLOR_COUNT;
      this.#places.set(service, place);
    }
    return place;
  }

  get services(): string[] {
    return [...this.#places.keys()];
  }
}

/** The CSS variable of a palette place. */
export function serviceColorVariable(place: number): string {
  return `--service-${place % SERVICE_COLOR_COUNT}`;
}
