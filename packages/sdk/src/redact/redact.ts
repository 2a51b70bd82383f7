// redact.ts — decides by its key whether an attribute's value must not leave the process.
//
// The rule looks at words (split at ".", "_", "-" and where the case changes), not at letters, because the
// field's own keys are full of harmless ones: `gen_ai.token.type`, `llm.token_count.prompt`, `max_tokens`.
//
//   redacted  when the last word is password, passwd, secret, token, apikey, authorization or cookie, or the
//             last two are "api key"; or when any word is authorization, or any two are "set cookie"
//   kept      keys that the semantic conventions define, and those the app names
//
// A decision is made once per key: the caller keeps it with the key's encoded bytes.

export interface RedactOptions {
  /** Further words: a key is redacted when its last word is one of them. */
  words?: readonly string[];
  /** Keys that are never redacted. */
  keep?: readonly string[];
  /** Sees every attribute that is not redacted by its key; what it returns is recorded. */
  value?: (key: string, value: unknown) => unknown;
}

export interface Redaction {
  isRedacted(key: string): boolean;
  /** The app's hook, if there is one. It may throw. */
  readonly value: ((key: string, value: unknown) => unknown) | undefined;
}

const SECRET_LAST_WORDS = [
  "password",
  "passwd",
  "secret",
  "token",
  "apikey",
  "authorization",
  "cookie",
] as const;

/** Keys of `@opentelemetry/semantic-conventions` 1.45 that the rule would hide and that hold no secret. */
const CONVENTION_KEYS: readonly string[] = [
  "aspnetcore.authorization.policy",
  "aspnetcore.authorization.result",
];

const NOTHING: Redaction = { isRedacted: () => false, value: undefined };

/** `false` turns redaction off. */
export function createRedaction(options: RedactOptions | false = {}): Redaction {
  if (options === false) return NOTHING;
  const lastWords = new Set<string>(SECRET_LAST_WORDS);
  for (const word of options.words ?? []) lastWords.add(word.toLowerCase());
  const kept = new Set([...CONVENTION_KEYS, ...(options.keep ?? [])]);
  return {
    isRedacted: (key) => !kept.has(key) && isSecret(wordsOf(key), lastWords),
    value: options.value,
  };
}

function isSecret(words: readonly string[], lastWords: ReadonlySet<string>): boolean {
  const last = words.at(-1);
  if (last === undefined) return false;
  if (lastWords.has(last)) return true;
  if (last === "key" && words.at(-2) === "api") return true;
  if (words.includes("authorization")) return true;
  return words.some((word, i) => word === "set" && words[i + 1] === "cookie");
}

/** "http.request.header.setCookie" → http, request, header, set, cookie. */
function wordsOf(key: string): string[] {
  return key
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}
