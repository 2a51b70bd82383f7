// vectors.ts — what the W3C conformance suite asks of a service in the middle, as data: the header lines that
// arrive, and what must be sent on. https://www.w3.org/TR/trace-context-2/

export const TRACE_ID = "12345678901234567890123456789012";
export const SPAN_ID = "1234567890123456";
export const VALID = `00-${TRACE_ID}-${SPAN_ID}-01`;

/** A header line: name and value. */
export type Line = readonly [name: string, value: string];

export interface Vector {
  readonly name: string;
  readonly lines: readonly Line[];
  /** What is sent on; undefined where a new trace begins. */
  readonly relayed: { readonly flags: number; readonly tracestate?: string } | undefined;
}

const kept = (name: string, traceparent: string, flags: number): Vector => ({
  name: `traceparent ${name} is kept`,
  lines: [["traceparent", traceparent]],
  relayed: { flags },
});

const refused = (name: string, ...traceparents: string[]): Vector => ({
  name: `traceparent ${name} begins a new trace`,
  lines: [...traceparents.map((value): Line => ["traceparent", value]), ["tracestate", "foo=1"]],
  relayed: undefined,
});

/** `relayed` undefined: the list is discarded, the traceparent stays. */
const state = (name: string, lines: readonly string[], relayed?: string): Vector => ({
  name: `tracestate ${name} is ${relayed === undefined ? "discarded" : "kept"}`,
  lines: [["traceparent", VALID], ...lines.map((value): Line => ["tracestate", value])],
  relayed: { flags: 1, ...(relayed === undefined ? {} : { tracestate: relayed }) },
});

const T = TRACE_ID;
const P = SPAN_ID;
const members = (count: number): string =>
  Array.from({ length: count }, (_, i) => `k${i}=v`).join(",");

export const VECTORS: readonly Vector[] = [
  { name: "no header begins a new trace", lines: [], relayed: undefined },
  {
    name: "tracestate alone begins a new trace",
    lines: [["tracestate", "foo=1"]],
    relayed: undefined,
  },

  kept("as specified", VALID, 1),
  kept("with white space around", ` \t${VALID} \t`, 1),
  kept("not sampled", `00-${T}-${P}-00`, 0),
  kept("with the random flag", `00-${T}-${P}-02`, 2),
  kept("with both flags", `00-${T}-${P}-03`, 3),
  kept("with unknown flags", `00-${T}-${P}-fd`, 1),
  kept("of a later version", `cc-${T}-${P}-01`, 1),
  kept("of a later version with more", `cc-${T}-${P}-01-future`, 1),

  refused("empty", ""),
  refused("with a trailing dot", `${VALID}.`),
  refused("of version 00 with more", `${VALID}-what-the-future-will-be-like`),
  refused("of a later version with more after a dot", `cc-${T}-${P}-01.future`),
  refused("of version ff", `ff-${T}-${P}-01`),
  refused("of version .0", `.0-${T}-${P}-01`),
  refused("of version 0.", `0.-${T}-${P}-01`),
  refused("of version 0", `0-${T}-${P}-01`),
  refused("of version 000", `000-${T}-${P}-01`),
  refused("of version 0000", `0000-${T}-${P}-01`),
  refused("with trace id 0", `00-${"0".repeat(32)}-${P}-01`),
  refused("with a trace id of 31", `00-${T.slice(1)}-${P}-01`),
  refused("with a trace id of 33", `00-${T}1-${P}-01`),
  refused("with a bad trace id", `00-.${T.slice(1)}-${P}-01`),
  refused("with an upper-case trace id", `00-${"A".repeat(32)}-${P}-01`),
  refused("with parent id 0", `00-${T}-${"0".repeat(16)}-01`),
  refused("with a parent id of 15", `00-${T}-${P.slice(1)}-01`),
  refused("with a parent id of 17", `00-${T}-${P}1-01`),
  refused("with a bad parent id", `00-${T}-.${P.slice(1)}-01`),
  refused("with an upper-case parent id", `00-${T}-${"A".repeat(16)}-01`),
  refused("with flags .0", `00-${T}-${P}-.0`),
  refused("with flags 0.", `00-${T}-${P}-0.`),
  refused("with flags 001", `00-${T}-${P}-001`),
  refused("with flags 1", `00-${T}-${P}-1`),
  refused("with upper-case flags", `00-${T}-${P}-0A`),
  refused("sent twice", VALID, VALID),
  refused("sent twice, one of them wrong", VALID, "x"),
  refused("of 64 KB", `cc-${T}-${P}-01${"f".repeat(65_536)}`),

  state("with one member", ["foo=1"], "foo=1"),
  state("with two members", ["foo=1,bar=2"], "foo=1,bar=2"),
  state("in several headers", ["foo=1,bar=2", "rojo=1", "k=v"], "foo=1,bar=2,rojo=1,k=v"),
  state("with empty members", ["foo=1,,bar=2,"], "foo=1,bar=2"),
  state("beside an empty one", ["", "foo=1"], "foo=1"),
  state("with white space around members", ["foo=1 \t,\t bar=2"], "foo=1,bar=2"),
  state("with a repeated key", ["foo=1,foo=2"], "foo=1"),
  state("with every allowed character", ["a1_-*/@=1"], "a1_-*/@=1"),
  state("with a digit first", ["0a=1"], "0a=1"),
  state("with keys of level 2", ["foo@@bar=1,foo@=2"], "foo@@bar=1,foo@=2"),
  state("with a key of 256", [`${"z".repeat(256)}=1`], `${"z".repeat(256)}=1`),
  state("with 32 members", [members(32)], members(32)),
  state("of other vendors and probability", ["ot=th:c;rv:1,foo=1"], "ot=th:c;rv:1,foo=1"),
  state("that is empty", [""]),
  state("with 33 members", [members(33)]),
  state("with 33 members in two headers", [members(32), "last=1"]),
  state("with a key of 257", [`${"z".repeat(257)}=1`]),
  state("with an upper-case key", ["FOO=1"]),
  state("with a dot in the key", ["foo.bar=1"]),
  state("with a space after the key", ["foo =1"]),
  state("with @ first", ["@foo=1,bar=2"]),
  state("without a key", ["=1"]),
  state("without an equals sign", ["foo"]),
  state("with two equals signs", ["foo=bar=baz"]),
  state("with an empty value", ["foo=,bar=3"]),
  state("with a value of 257", [`foo=${"v".repeat(257)}`]),
  state("with a tab in the value", ["foo=a\tb"]),
  state("of 64 KB", [`foo=${"v".repeat(65_536)}`]),
];
