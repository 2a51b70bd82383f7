// literal.ts — text that goes into ClickHouse SQL.

/** A string literal. Bytes that end or bend a literal are escaped; everything else stands for itself. */
export function stringLiteral(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\0", "\\0")}'`;
}

/** An identifier in backquotes, whatever characters its name has. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}
