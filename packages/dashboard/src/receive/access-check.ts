// access-check.ts — what a door asks before it takes a request: who comes, from which page, with which token.

/** A request as far as its right to be here is concerned; header names are lower-case. */
export interface Visitor {
  readonly method: string;
  readonly path: string;
  readonly header: (name: string) => string | undefined;
}

/** Undefined when the visitor may send. */
export type AccessCheck = (
  visitor: Visitor,
) => { readonly status: 401 | 403; readonly message: string } | undefined;

/** Whether the page that asks, if it is one, may read the answer. */
export type ReadCheck = (visitor: Visitor) => boolean;
