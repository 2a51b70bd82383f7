// task.ts — what the agents pass among them.

export interface Task {
  /** `1`, `1.2`, `1.2.3`: the place in the tree. */
  readonly id: string;
  readonly run: number;
  readonly title: string;
}

export type Tool = "search_web" | "read_files" | "query_index" | "run_tests";

export interface Plan {
  readonly kind: "atomic" | "composite";
  /** For an atomic task. */
  readonly tool: Tool;
}

export const DEPTH_MAX = 5;

/** The root has depth 1. */
export const depthOf = (task: Task): number => task.id.split(".").length;
