import { css, html, type TemplateResult } from "lit";
import { count, percent } from "../lib/format.js";
import { place } from "../lib/place.js";
import type { Job } from "../lib/types.js";

export const progressStyles = css`
  .meter { display: flex; height: 6px; border-radius: var(--round); overflow: hidden; background: var(--sunken); }
  .meter i { height: 100%; transition: width var(--calm); background: var(--line-strong); }
  .meter i.done { background: var(--accent); }
  .meter i.refused { background: var(--bad); }
  .counted {
    display: flex; gap: var(--s2); margin-top: var(--s1); font: var(--font-small); color: var(--soft);
    font-variant-numeric: tabular-nums; white-space: nowrap;
  }
  .counted .bad { color: var(--bad); }
`;

const kinds: Readonly<Record<string, string>> = {
  listing: "accent", running: "accent", completed: "good", cancelled: "warn", failed: "bad",
};

export function stateTag(state: string): TemplateResult {
  return html`<span class="tag ${kinds[state] ?? ""}">${state === "cancelled" ? "canceled" : state}</span>`;
}

/** Number of images without an answer, because their message was given up or the job was stopped first. */
export const lost = ({ counts: c }: Job): number => (c.givenUp ?? 0) + (c.cancelled ?? 0);

/** Shows answered, refused, skipped and remaining images in one bar. The total is unknown while images are listed. */
export function progress(job: Job): TemplateResult {
  const { counts: c } = job;
  const finished = c.done + c.refused + c.skipped;
  const total = Math.max(1, c.total ?? finished);
  const share = (n: number): Record<string, string> => ({ width: `${Math.min(100, n / total * 100)}%` });
  const text = c.total === undefined ? `${count(finished)} so far` : `${count(finished)} of ${count(c.total)}`;
  return html`<div class="meter" role="img" aria-label=${text}>${c.total === undefined ? "" : html`
      <i class="done" ${place(share(c.done))}></i><i class="refused" ${place(share(c.refused))}></i>
      <i ${place(share(c.skipped))}></i>`}</div>
    <div class="counted"><span>${text}</span>
      ${c.total === undefined ? "" : html`<span>${percent(Math.min(1, finished / total), 0)}</span>`}
      ${c.refused > 0 ? html`<span class="bad">${count(c.refused)} refused</span>` : ""}</div>`;
}
