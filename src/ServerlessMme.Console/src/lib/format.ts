/** Numbers, times and names as people read them. */

const numbers = new Intl.NumberFormat("en-US");
const dates = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "long" });

export const count = (n: number): string => numbers.format(n);

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

export const score = (s: number): string => s.toFixed(s > 0 && s < 0.01 ? 3 : 2);

export function percent(part: number, digits = 1): string {
  return `${(part * 100).toFixed(digits).replace(/\.0$/, "")}%`;
}

export function bytes(n: number | null | undefined): string {
  if (n === null || n === undefined) {
    return "–";
  }
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let value = n;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Formats a time in this browser's time zone, with the zone's name. */
export function when(iso: string | null | undefined): string {
  const time = iso ? Date.parse(iso) : NaN;
  return Number.isNaN(time) ? "–" : dates.format(time);
}

export function ago(iso: string | null | undefined, now = Date.now()): string {
  const time = iso ? Date.parse(iso) : NaN;
  if (Number.isNaN(time)) {
    return "–";
  }
  const seconds = Math.round((time - now) / 1000);
  const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
    ["day", 86_400], ["hour", 3_600], ["minute", 60],
  ];
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) {
      return relative.format(Math.trunc(seconds / size), unit);
    }
  }
  return "just now";
}

export function duration(from: string, to: string | null | undefined): string {
  const seconds = Math.max(0, Math.round(((to ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000));
  if (Number.isNaN(seconds)) {
    return "–";
  }
  return seconds < 60 ? `${seconds} s`
    : seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Control characters, invisible ones, and those that reorder text: with them, a name could pass as another name. */
const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Returns a name with its hidden characters written out, as in the answers of archives. */
export function visible(name: string): string {
  return name.replace(hidden, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Shortens a name for a tooltip or a sentence, and writes out its hidden characters. */
export function short(name: string, max = 120): string {
  return visible(name.length <= max ? name : `${name.slice(0, max / 2)}…${name.slice(-max / 3)}`);
}

/** Shortens a version or digest for display. */
export function shortVersion(version: string | null | undefined): string {
  return version ? version.replace(/^sha256:/, "").replace(/^0x/, "").slice(0, 10) : "–";
}

export const fileName = (image: string): string => image.slice(image.lastIndexOf("/") + 1) || image;
