import { css, html, type TemplateResult } from "lit";
import { count, percent, score, short } from "../lib/format.js";
import { place } from "../lib/place.js";
import type { Accuracy } from "../lib/types.js";

export const barStyles = css`
  .bars { display: grid; grid-template-columns: minmax(64px, 34%) 1fr auto; gap: 6px var(--s3); align-items: center; }
  .bars > li { display: contents; }
  .bars .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .bars .value { text-align: right; color: var(--soft); font-variant-numeric: tabular-nums; }
  .track { height: 6px; border-radius: var(--round); background: var(--sunken); overflow: hidden; position: relative; }
  .track > i { display: block; height: 100%; border-radius: inherit; background: var(--line-strong); }
  .first > .track > i, .track > i.accent { background: var(--accent); }
  .first > .name { font-weight: 600; }
  .track > i.warn { background: var(--warn-mark); }
  .interval { position: relative; height: 10px; }
  .interval::before {
    content: ""; position: absolute; inset: 4px 0; border-radius: var(--round); background: var(--line);
  }
  .interval > i {
    position: absolute; top: 2px; bottom: 2px; min-width: 4px; border-radius: var(--round);
      background: var(--accent-line);
  }
  .interval > b { position: absolute; top: 0; bottom: 0; width: 3px; border-radius: 2px; background: var(--accent); }
`;

/** Shows the best classes with their scores, and highlights the best one. */
export function bars(items: readonly { readonly label: string; readonly score: number }[]): TemplateResult {
  return html`<ol class="bars">${items.map((item, i) => html`
    <li class=${i === 0 ? "first" : ""}>
      <bdi class="name" title=${short(item.label, 300)}>${short(item.label)}</bdi>
      <span class="track"><i ${place({ width: `${Math.max(0, Math.min(1, item.score)) * 100}%` })}></i></span>
      <span class="value">${score(item.score)}</span>
    </li>`)}</ol>`;
}

export function track(part: number, kind: "accent" | "warn" | "" = "accent"): TemplateResult {
  return html`<span class="track"><i class=${kind} ${place({ width: `${Math.min(1, part) * 100}%` })}></i></span>`;
}

/** Shows a share with its confidence interval, which depends on the number of reviewed images. */
export function interval(a: Accuracy): TemplateResult {
  const share = a.of === 0 ? 0 : a.right / a.of;
  const text = `${count(a.right)} of ${count(a.of)} correct, between ${percent(a.low)} and ${percent(a.high)}`;
  return html`<div class="interval" role="img" aria-label=${text}>
    <i ${place({ left: `${a.low * 100}%`, width: `${(a.high - a.low) * 100}%` })}></i>
    <b ${place({ left: `calc(${share * 100}% - 1px)` })}></b>
  </div>`;
}
