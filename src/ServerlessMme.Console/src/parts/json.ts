import { css, html, type TemplateResult } from "lit";
import { icon } from "./icons.js";
import { attempt, toast } from "./toast.js";

/** Maximum number of characters to show. Copying copies everything. */
const mostShown = 60_000;

export const jsonStyles = css`
  details.json { border: 1px solid var(--line); border-radius: var(--r2); flex: none; }
  details.json > summary { padding: var(--s2) var(--s3); cursor: pointer; font: 500 13px/18px var(--family);
    border-radius: var(--r2); }
  details.json > div { position: relative; border-top: 1px solid var(--line); }
  details.json .button { position: absolute; top: var(--s2); right: var(--s4); background: var(--surface); }
  details.json pre {
    margin: 0; padding: var(--s3); max-height: 320px; overflow: auto; font: var(--font-code); white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
`;

/** Shows a value as JSON, folded, with a button that copies it. */
export function json(title: string, value: unknown, open = false): TemplateResult {
  const text = JSON.stringify(value, null, 2);
  return html`<details class="json" ?open=${open}>
    <summary>${title}</summary>
    <div>
      <button class="button quiet icon" aria-label="Copy JSON" title="Copy"
        @click=${() => copy(text)}>${icon("copy")}</button>
      <pre tabindex="0" role="region" aria-label=${title}>${text.slice(0, mostShown)}</pre>
    </div>
  </details>`;
}

async function copy(text: string): Promise<void> {
  if (await attempt(() => navigator.clipboard.writeText(text))) {
    toast("Copied");
  }
}
