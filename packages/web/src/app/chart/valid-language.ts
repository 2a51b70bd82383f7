// valid-language.ts — gives `navigator.language` a value that Intl accepts, before uPlot reads it.
//
// A browser in a container without a locale says `en-US@posix`. uPlot makes an Intl.NumberFormat of it while it
// loads, which throws, and then there is no page at all.

try {
  void new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
}
