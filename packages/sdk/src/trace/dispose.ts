/** `Symbol.dispose`, also where a runtime does not have it yet: there nothing ever asks for it. */
export const disposeKey: typeof Symbol.dispose =
  Symbol.dispose ?? (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);
