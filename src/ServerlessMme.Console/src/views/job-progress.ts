import { css, html, type TemplateResult } from "lit";
import { count, percent } from "../lib/format.js";
import { place } from "../lib/place.js";
import type { Job } from "../lib/types.js";

export const progressStyles = css`
  .meter { display: flex; height: 6px; border-radius: var(--round); overflow: hidden; background: var(--sunken); }
  .meter i { height: 100%; transition: width var(--calm); background: var(--line-strong); }
  .meter i.done { background: var(--accent); }
  .meter i.refused { background: var(--bad); }
  .counted { display: flex; gap: var(--s2); margin-top: var(--s1); font: var(--font-small); color: var(--soft);
    font-variant-numeric: tabular-nums; white-space: nowrap; }
  .counted .bad { color: var(--bad); }
`;

const running = new Set(["running", "sending", "pending", "cancelling", "canceling", "started"]);

export const isRunning = (job: Job): boolean => running.has(job.state.toLowerCase());

export function stateTag(state: string): TemplateResult {
  const s = state.toLowerCase();
  const kind = running.has(s) ? "accent" : /fail|expired/.test(s) ? "bad" : /cancel/.test(s) ? "warn" : "good";
  return html`<span class="tag ${kind}">${state}</span>`;
}

/** One bar: answered, refused, skipped, and what is still open. */
export function progress({ counts: c }: Job): TemplateResult {
  const total = Math.max(1, c.total);
  const share = (n: number): Record<string, string> => ({ width: `${Math.min(100, n / total * 100)}%` });
  const finished = c.done + c.refused + c.skipped + c.other;
  return html`<div class="meter" role="img" aria-label=${`${count(finished)} of ${count(c.total)}`}>
      <i class="done" ${place(share(c.done))}></i><i class="refused" ${place(share(c.refused))}></i>
      <i ${place(share(c.skipped + c.other))}></i></div>
    <div class="counted"><span>${count(finished)} of ${count(c.total)}</span>
      <span>${percent(Math.min(1, finished / total), 0)}</span>
      ${c.refused > 0 ? html`<span class="bad">${count(c.refused)} refused</span>` : ""}</div>`;
}
