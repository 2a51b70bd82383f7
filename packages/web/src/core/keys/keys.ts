// keys.ts — keyboard shortcuts, also of two keys (`g l`). The face of `keys`.

/** What a key event must tell; a DOM KeyboardEvent fits. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** `/`, `?`, `Shift+ArrowLeft`, `Mod+k` (Cmd or Ctrl), `g l`. */
export type Shortcut = string;

/** Time between the two keys of a sequence. */
const SEQUENCE_MS = 900;

/** Matches key presses against shortcuts; keeps the first key of a sequence for a moment. */
export class ShortcutMatcher {
  readonly #shortcuts: ReadonlySet<Shortcut>;
  readonly #prefixes: ReadonlySet<string>;
  #pending: { key: string; atMs: number } | undefined;

  constructor(shortcuts: Iterable<Shortcut>) {
    this.#shortcuts = new Set(shortcuts);
    this.#prefixes = new Set(
      [...this.#shortcuts]
        .filter((shortcut) => shortcut.includes(" "))
        .map((shortcut) => shortcut.split(" ")[0]!),
    );
  }

  /** The shortcut that this press completes. */
  press(event: KeyPress, nowMs: number): Shortcut | undefined {
    const key = keyName(event);
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined && nowMs - pending.atMs <= SEQUENCE_MS) {
      const sequence = `${pending.key} ${key}`;
      if (this.#shortcuts.has(sequence)) return sequence;
    }
    if (this.#prefixes.has(key)) this.#pending = { key, atMs: nowMs };
    return this.#shortcuts.has(key) ? key : undefined;
  }
}

/** The name of a press: modifiers, then the key; Shift only where it does not already change the character. */
export function keyName(event: KeyPress): string {
  const mod = event.ctrlKey || event.metaKey ? "Mod+" : "";
  const alt = event.altKey ? "Alt+" : "";
  const shift = event.shiftKey && event.key.length > 1 ? "Shift+" : "";
  return `${mod}${alt}${shift}${mod === "" ? event.key : event.key.toLowerCase()}`;
}
