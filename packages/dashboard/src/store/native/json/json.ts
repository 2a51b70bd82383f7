// json.ts — a JSON column while it grows, in one of two forms: columns of its paths, or texts.
//
//   some sets ──▶ PathSurvey     which paths are common
//   all sets ──┬▶ PathsColumn    what nearly every set is: cheap for ClickHouse
//              └▶ TextColumn     any set; ClickHouse parses it
//
// A column has one form over all its rows. A block begins with paths; where a set does not fit into them, it
// is encoded again with texts.

import type { AttributeSource } from "../attribute-text.ts";
import type { PathSurvey } from "./path-survey.ts";
import { PathsColumn } from "./paths-column.ts";
import { TextColumn } from "./text-column.ts";

export interface JsonColumn {
  readonly rowCount: number;
  readonly sizeBytes: number;
  /** A set did not fit into this form: the column must not be sent. */
  readonly isUnfit: boolean;
  /**
   * Appends the attributes `[start, end)` of the source to each of the next `times` rows. Returns whether the
   * rows hold them exactly; the rules are at the head of tables/origin.ts.
   */
  appendSet(source: AttributeSource, start: number, end: number, times?: number): boolean;
  /** The column as Native has it, with its state before the rows. */
  take(): Uint8Array[];
  /** Gives the memory to others; what was taken may not be used afterwards. */
  release(): void;
}

/** More columns make an insert dearer than the parsing that they save. */
const DYNAMIC_PATHS_MAX = 64;

/**
 * A column of paths, those that the survey found common as columns of their own. Of texts where there is no survey,
 * and where the table's type, which may be of somebody else's making, declares typed paths.
 */
export function openJsonColumn(type: string, survey: PathSurvey | undefined): JsonColumn {
  const parameters = /^JSON(?:\(([^)]*)\))?$/.exec(type)?.[1] ?? "";
  const hasTypedPaths = parameters !== "" && !/^(max_dynamic_\w+=\d+(, )?)+$/.test(parameters);
  if (survey === undefined || hasTypedPaths) return new TextColumn();
  const declared = Number(/max_dynamic_paths=(\d+)/.exec(parameters)?.[1] ?? DYNAMIC_PATHS_MAX);
  const pathsMax = Math.min(declared, DYNAMIC_PATHS_MAX);
  return new PathsColumn(pathsMax, survey.common(pathsMax));
}
