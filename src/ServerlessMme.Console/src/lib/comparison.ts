import type { Cell, Comparison } from "./types.js";

/** Returns the pairs of answers that differ, most frequent first. A long list is truncated: see differences. */
export function differing(comparison: Comparison): readonly Cell[] {
  return comparison.cells.filter(c => c.from !== c.to).sort((a, b) => b.count - a.count);
}

/** Returns the number of answers that differ, including those of cells that the list leaves out. */
export const differences = ({ total, same }: Comparison): number => total - same;
