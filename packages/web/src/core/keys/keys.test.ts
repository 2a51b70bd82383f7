import { expect, test } from "vitest";
import { ShortcutMatcher, keyName } from "./keys.ts";
import type { KeyPress } from "./keys.ts";

const key = (name: string, modifiers: Partial<KeyPress> = {}): KeyPress => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...modifiers,
});

test("Cmd and Ctrl are one modifier, and Shift counts only where it changes no character", () => {
  expect(keyName(key("K", { metaKey: true, shiftKey: true }))).toBe("Mod+k");
  expect(keyName(key("?", { shiftKey: true }))).toBe("?");
  expect(keyName(key("ArrowLeft", { shiftKey: true }))).toBe("Shift+ArrowLeft");
  expect(keyName(key("x", { altKey: true }))).toBe("Alt+x");
});

test("a sequence completes within its time, and its first key may mean something alone", () => {
  const matcher = new ShortcutMatcher(["g l", "l", "Mod+k"]);
  expect(matcher.press(key("g"), 0)).toBeUndefined();
  expect(matcher.press(key("l"), 500)).toBe("g l");
  expect(matcher.press(key("l"), 600)).toBe("l");
  expect(matcher.press(key("g"), 1_000)).toBeUndefined();
  expect(matcher.press(key("l"), 5_000)).toBe("l");
  expect(matcher.press(key("k", { ctrlKey: true }), 6_000)).toBe("Mod+k");
});
