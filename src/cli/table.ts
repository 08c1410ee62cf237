/** Rows for people: a heading, columns as wide as they need to be. Times (`...Ms`) become dates. */
export function table(rows: readonly Record<string, unknown>[], columns: readonly string[]): string {
  const cell = (row: Record<string, unknown>, column: string): string => {
    const value = row[column];
    if (value === undefined || value === null) return "-";
    return column.endsWith("Ms") && typeof value === "number" ? new Date(value).toISOString() : String(value);
  };
  const heading = columns.map((column) => column.replace(/Ms$/, "").toUpperCase());
  const lines = [heading, ...rows.map((row) => columns.map((column) => cell(row, column)))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] as string).length)));
  return `${lines
    .map((line) =>
      line
        .map((text, index) => text.padEnd(widths[index] as number))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")}\n`;
}
