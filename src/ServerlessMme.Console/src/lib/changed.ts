import type { Answer } from "./types.js";

/** What the previous version answered, where that differs. Null when both agree, or when it is unknown. */
export function changedFrom({ answer, error, previous }: Answer): string | null {
  const now = answer ?? (error === null ? null : `error:${error}`);
  return now === null || previous === now ? null : previous;
}
