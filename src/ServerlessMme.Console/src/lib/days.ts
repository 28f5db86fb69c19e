/** Days of the date filter. They begin and end in this browser's time zone, in which all times are shown. */

/** Returns the first moment of a day such as "2026-11-24", as an ISO time; undefined for any other text. */
export function startOf(day: string | undefined): string | undefined {
  return momentOf(day, 0)?.toISOString();
}

/** Returns the last moment of a day, computed from the next day, because days differ in length where clocks change. */
export function endOf(day: string | undefined): string | undefined {
  const next = momentOf(day, 1);
  return next && new Date(next.getTime() - 1).toISOString();
}

/** Returns the time zone of this browser, such as "Europe/Berlin". */
export const zone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

function momentOf(day: string | undefined, later: number): Date | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day ?? "");
  return parts ? new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + later) : undefined;
}
