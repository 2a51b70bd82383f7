// conformance.ts — what tests compare this package with: an independent decoder, real payloads, made-up requests.

export { plain, viewBatch } from "./batch-view.ts";
export type { Tree } from "./batch-view.ts";
export { jsonOf, jsonStyles, requests } from "./generated.ts";
export type { JsonStyle } from "./generated.ts";
export {
  encodeOfficial,
  OFFICIAL,
  OFFICIAL_RESPONSES,
  viewOfficial,
  viewOfficialJson,
} from "./official.ts";
export { corpusFiles, equalFiles, invalidFiles, MISSING_PAYLOADS } from "./payload-files.ts";
export type { PayloadFile } from "./payload-files.ts";
