import { css, html, nothing, type TemplateResult } from "lit";
import type { ApiError } from "../lib/api.js";
import { icon, type IconName } from "./icons.js";

/** Styles of the states that a view shows instead of content: empty, loading or failed. */
export const states = css`
  .state {
    display: flex; flex-direction: column; align-items: center; justify-content: center; gap: var(--s2);
    padding: var(--s10) var(--s6); text-align: center; min-height: 220px; height: 100%;
  }
  .state > .mark {
    display: grid; place-items: center; width: 44px; height: 44px; margin-bottom: var(--s2);
    border-radius: var(--r3); background: var(--sunken); color: var(--soft);
  }
  .state.failed > .mark { background: var(--bad-soft); color: var(--bad); }
  .state > p { max-width: 52ch; color: var(--soft); overflow-wrap: anywhere; }
  .state > .actions { margin-top: var(--s3); display: flex; gap: var(--s2); }
  .trouble { display: flex; align-items: center; gap: var(--s3); padding: var(--s2) var(--s4);
    border-bottom: 1px solid var(--line); background: var(--bad-soft); color: var(--bad); overflow-wrap: anywhere; }
  .trouble > span { flex: 1; }
  .spin {
    width: 20px; height: 20px; border-radius: var(--round); border: 2px solid var(--line-strong);
    border-top-color: var(--accent); animation: spin 900ms linear infinite;
  }
  .spin.tiny { width: 12px; height: 12px; border-width: 1.5px; flex: none; }
  @keyframes spin { to { transform: rotate(1turn); } }
  @media (prefers-reduced-motion: reduce) { .spin { animation-duration: 4s; } }
`;

export function empty(
  mark: IconName, title: string, text: unknown = nothing, actions?: TemplateResult,
): TemplateResult {
  return html`<div class="state" data-state="empty">
    <span class="mark">${icon(mark, 20)}</span>
    <h2>${title}</h2>
    <p>${text}</p>
    ${actions ? html`<div class="actions">${actions}</div>` : nothing}
  </div>`;
}

export function loading(text: string): TemplateResult {
  return html`<div class="state" data-state="loading" role="status"><span class="spin"></span><p>${text}</p></div>`;
}

/** Shows one line about a failed call, above the content that is still shown. */
export function trouble(error: ApiError, retry: () => void): TemplateResult {
  return html`<div class="trouble small" role="alert"><span>${error.message}</span>
    <button class="button" @click=${retry}>${icon("retry")}Try again</button></div>`;
}

export function failed(error: ApiError, retry?: () => void): TemplateResult {
  const title = error.status === 0 ? "No connection"
    : error.status === 404 ? "Not found"
    : error.status === 403 ? "Not allowed"
    : "Something went wrong";
  return html`<div class="state failed" data-state="failed" role="alert">
    <span class="mark">${icon("poison", 20)}</span>
    <h2>${title}</h2>
    <p>${error.message}</p>
    ${retry ? html`<div class="actions"><button class="button" @click=${retry}>${icon("retry")}Try again</button></div>`
      : nothing}
  </div>`;
}
