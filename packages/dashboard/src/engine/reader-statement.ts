// reader-statement.ts — SQL from people for a server of yours, under the rules that the embedded engine's door has
// for readers (door/reader.ts): `readonly = 1` can be lifted in a sub-query there too.

import { ClickHouseError } from "@clickhouse/client";
import type { ClickHouseClient } from "@clickhouse/client";
import { ReaderError, readerStatement, withoutFormat } from "./door/door.ts";

/**
 * What to send instead of a person's statement, together with `readonly = 1` and limits.
 * @throws {ClickHouseError} when the server cannot parse the statement, or when it does more than read (code 164).
 */
export async function planReaderStatement(
  client: ClickHouseClient,
  sql: string,
  rowsMax: number,
): Promise<string> {
  const answer = await client.query({
    query: "SELECT formatQuerySingleLine({sql: String}) AS sql",
    query_params: { sql: withoutFormat(sql) },
    format: "JSONEachRow",
  });
  const [row] = await answer.json<{ sql: string }>();
  try {
    return readerStatement(row?.sql ?? "", rowsMax);
  } catch (error) {
    if (!(error instanceof ReaderError)) throw error;
    const { message, code, type } = error;
    throw new ClickHouseError({ message, code: String(code), type });
  }
}
