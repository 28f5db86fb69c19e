import { css, html, nothing, type TemplateResult } from "lit";
import { short } from "../lib/format.js";
import { icon } from "./icons.js";

export interface Chip {
  readonly name: string;
  readonly value: string;
  readonly remove: () => void;
}

export const chipStyles = css`
  .chips { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; min-width: 0; }
  .chip {
    display: inline-flex; align-items: center; gap: var(--s1); max-width: 280px; height: 26px; padding: 0 2px 0 10px;
    border-radius: var(--round); background: var(--accent-soft); color: var(--accent-strong); font: var(--font-small);
  }
  .chip bdi { font-weight: 600; }
  .chip button {
    display: grid; place-items: center; width: 22px; height: 22px; border: 0; border-radius: var(--round);
    background: none; color: inherit; flex: none;
  }
  .chip button:hover { background: var(--accent-line); }
`;

export function chips(items: readonly Chip[], clear: () => void): TemplateResult | typeof nothing {
  return items.length === 0 ? nothing : html`<div class="chips" role="group" aria-label="Active filters">
    ${items.map(c => html`<span class="chip">
      <span>${c.name}</span>${c.value ? html`<bdi class="cut">${short(c.value)}</bdi>` : nothing}
      <button @click=${c.remove} aria-label=${`Remove filter ${c.name} ${short(c.value)}`}>${icon("close", 12)}</button>
    </span>`)}
    <button class="button quiet" @click=${clear}>Clear all</button>
  </div>`;
}
