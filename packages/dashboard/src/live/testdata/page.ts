// page.ts — a page as live sees it: collects what is written to it, and may be full.

import type { LiveEvent } from "../../contract/contract.ts";
import type { Live, LiveClient, LiveMessage, LiveRequest, LiveSink } from "../live.ts";

type EventData<Type> = Extract<LiveEvent, { type: Type }>["data"];

export class TestPage implements LiveSink {
  readonly messages: LiveMessage[] = [];
  /** Room for so many messages more. */
  room = Number.POSITIVE_INFINITY;

  write(message: LiveMessage): boolean {
    this.messages.push(message);
    this.room--;
    return this.room > 0;
  }

  get lastId(): string {
    return this.messages.at(-1)?.id ?? "";
  }

  /** The data of the events of a type so far. */
  events<Type extends LiveEvent["type"]>(type: Type): EventData<Type>[] {
    const ofType = this.messages.filter(({ event }) => event === type);
    return ofType.map(({ data }) => JSON.parse(data) as EventData<Type>);
  }

  /** Types of all events so far. */
  get types(): string[] {
    return this.messages.map(({ event }) => event);
  }
}

export function openPage(
  live: Live,
  request: LiveRequest,
): { page: TestPage; client: LiveClient } {
  const page = new TestPage();
  return { page, client: live.subscribe(request, page) };
}
