// formats.ts — output formats, as far as an HTTP answer needs to know them.
//
// The embedded engine streams an answer as chunks, each of which is a complete text of the format: a CSV
// with names repeats its header, a JSON its braces. So an answer is streamed only where chunks can be
// joined: row formats as they are, formats with header lines after cutting the header off all chunks
// but the first. Every other format is made whole by the engine, within the query's memory limit.

export interface OutputFormat {
  readonly contentType: string;
  /** Lines that each chunk begins with; undefined when chunks cannot be joined. */
  readonly headerLines?: number;
}

const TEXT = "text/plain; charset=UTF-8";
const TSV = "text/tab-separated-values; charset=UTF-8";
const CSV = "text/csv; charset=UTF-8";
const JSON_TYPE = "application/json; charset=UTF-8";
const NDJSON = "application/x-ndjson; charset=UTF-8";
const BYTES = "application/octet-stream";

const FORMATS: Readonly<Record<string, OutputFormat>> = {
  tabseparated: { contentType: TSV, headerLines: 0 },
  tsv: { contentType: TSV, headerLines: 0 },
  tabseparatedraw: { contentType: TSV, headerLines: 0 },
  tsvraw: { contentType: TSV, headerLines: 0 },
  tabseparatedwithnames: { contentType: TSV, headerLines: 1 },
  tsvwithnames: { contentType: TSV, headerLines: 1 },
  tabseparatedwithnamesandtypes: { contentType: TSV, headerLines: 2 },
  tsvwithnamesandtypes: { contentType: TSV, headerLines: 2 },
  csv: { contentType: `${CSV}; header=absent`, headerLines: 0 },
  csvwithnames: { contentType: `${CSV}; header=present` }, // a quoted name may hold a line break
  csvwithnamesandtypes: { contentType: `${CSV}; header=present` },
  jsoneachrow: { contentType: NDJSON, headerLines: 0 },
  ndjson: { contentType: NDJSON, headerLines: 0 },
  jsonl: { contentType: NDJSON, headerLines: 0 },
  jsonlines: { contentType: NDJSON, headerLines: 0 },
  jsonstringseachrow: { contentType: NDJSON, headerLines: 0 },
  jsoncompacteachrow: { contentType: NDJSON, headerLines: 0 },
  jsoncompactstringseachrow: { contentType: NDJSON, headerLines: 0 },
  jsoncompacteachrowwithnames: { contentType: NDJSON, headerLines: 1 },
  jsoncompacteachrowwithnamesandtypes: { contentType: NDJSON, headerLines: 2 },
  jsoncompactstringseachrowwithnames: { contentType: NDJSON, headerLines: 1 },
  jsoncompactstringseachrowwithnamesandtypes: { contentType: NDJSON, headerLines: 2 },
  jsoneachrowwithprogress: { contentType: NDJSON, headerLines: 1 },
  jsonstringseachrowwithprogress: { contentType: NDJSON, headerLines: 1 },
  json: { contentType: JSON_TYPE },
  jsonstrings: { contentType: JSON_TYPE },
  jsoncompact: { contentType: JSON_TYPE },
  jsoncompactstrings: { contentType: JSON_TYPE },
  jsoncolumns: { contentType: JSON_TYPE },
  jsoncolumnswithmetadata: { contentType: JSON_TYPE },
  jsonobjecteachrow: { contentType: JSON_TYPE },
  native: { contentType: BYTES, headerLines: 0 },
  rowbinary: { contentType: BYTES, headerLines: 0 },
  null: { contentType: TEXT, headerLines: 0 },
};

/** An unknown format is made whole and sent as bytes; if it does not exist, ClickHouse says so. */
export function outputFormat(name: string): OutputFormat {
  return FORMATS[name.toLowerCase()] ?? { contentType: BYTES };
}

const LINE_FEED = 0x0a;

/** The chunk without its first lines. */
export function withoutLines(chunk: Uint8Array, lines: number): Uint8Array {
  let start = 0;
  for (let line = 0; line < lines; line++) {
    const end = chunk.indexOf(LINE_FEED, start);
    if (end === -1) return chunk.subarray(chunk.length);
    start = end + 1;
  }
  return chunk.subarray(start);
}
