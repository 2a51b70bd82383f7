// new-rows-pill.tsx — what came while the list held still; a click goes on.

import type { JSX } from "preact";
import { formatCount } from "../../core/format/format.ts";
import { Icon } from "./parts.tsx";
import { pause } from "../state/pause.ts";

export function NewRowsPill({ count, what }: { count: number; what: string }): JSX.Element | null {
  if (pause.value === "none" || count === 0) return null;
  const resume = (event: MouseEvent): void => {
    pause.value = "none";
    const card = (event.currentTarget as HTMLElement).closest(".list-card");
    card?.querySelector(".virtual-list")?.scrollTo({ top: 0 });
  };
  return (
    <button type="button" class="new-rows-pill number" onClick={resume}>
      <Icon name="up" size={14} />
      {formatCount(count)} new {what}
      {count === 1 ? "" : "s"}
    </button>
  );
}
