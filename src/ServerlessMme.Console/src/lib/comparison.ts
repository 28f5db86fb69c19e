import type { Cell, Comparison } from "./types.js";

/** The pairs of answers that differ, the most frequent first. A long list is cut: see differences. */
export function differing(comparison: Comparison): readonly Cell[] {
  return comparison.cells.filter(c => c.from !== c.to).sort((a, b) => b.count - a.count);
}

/** How many answers differ, including those of cells that the list leaves out. */
export const differences = ({ total, same }: Comparison): number => total - same;
