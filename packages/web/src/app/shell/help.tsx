// help.tsx — `?`: every key of the page.

import type { JSX } from "preact";
import { IconButton, Keys } from "../parts/parts.tsx";
import { Modal } from "./modal.tsx";
import { GLOBAL_ACTIONS, LIST_KEYS, TRACE_KEYS, isHelpOpen } from "./shortcuts.ts";

export function Help(): JSX.Element | null {
  if (!isHelpOpen.value) return null;
  const close = (): void => {
    isHelpOpen.value = false;
  };
  return (
    <Modal label="Keyboard shortcuts" class="help" onClose={close}>
      <header class="modal-head">
        <h2>Keyboard shortcuts</h2>
        <IconButton icon="close" label="Close" onClick={close} />
      </header>
      <div class="help-columns">
        <KeyList
          title="Everywhere"
          rows={GLOBAL_ACTIONS.map((action) => [action.keys.join(" or "), action.label])}
        />
        <div>
          <KeyList title="Lists" rows={LIST_KEYS} />
          <KeyList title="Trace" rows={TRACE_KEYS} />
        </div>
      </div>
    </Modal>
  );
}

function KeyList({
  title,
  rows,
}: {
  title: string;
  rows: readonly (readonly [string, string])[];
}): JSX.Element {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {rows.map(([keys, label]) => (
          <div key={label}>
            <dt>
              {keys.split(" or ").map((way, place) => (
                <span key={way}>
                  {place > 0 && <span class="faint"> or </span>}
                  <Keys keys={way} />
                </span>
              ))}
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
