/** Tables of measurements, and the growth that fits them. */

/** Lays out rows of cells in columns; the first column to the left, the others to the right. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => (row[column] ?? "").length))
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
    ).join("  ").trimEnd();
  return [line(heads), ...rows.map(line)].join("\n");
}

/**
 * The factor by which a quantity grows from N to N + 1: least squares on its logarithm.
 * @param points pairs of N and the quantity, which must be above 0
 * @returns null for fewer than two points
 */
export function growth(points: readonly (readonly [size: number, value: number])[]): number | null {
  if (points.length < 2) return null;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const sizes = points.map(([size]) => size), logs = points.map(([, value]) => Math.log(value));
  const atSize = mean(sizes), atLog = mean(logs);
  let above = 0, below = 0;
  for (const [index, size] of sizes.entries()) {
    above += (size - atSize) * ((logs[index] as number) - atLog);
    below += (size - atSize) ** 2;
  }
  return below === 0 ? null : Math.exp(above / below);
}

/** A whole number with a space at each thousand. */
export function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** Seconds, to the millisecond. */
export function seconds(value: number): string {
  return value.toFixed(3);
}
