import { css, html, type TemplateResult } from "lit";

export const segmentedStyles = css`
  .segmented { display: inline-flex; padding: 2px; border: 0; margin: 0; border-radius: var(--r2);
    background: var(--sunken); }
  .segmented label {
    position: relative; display: flex; align-items: center; gap: 6px; height: 28px; padding: 0 var(--s3);
    border-radius: 5px; color: var(--soft); font: 500 13px/18px var(--family); cursor: pointer; white-space: nowrap;
  }
  .segmented input { position: absolute; inset: 0; opacity: 0; margin: 0; cursor: pointer; }
  .segmented label:hover { color: var(--text); }
  .segmented label:has(:checked) { background: var(--raised); color: var(--text);
    box-shadow: 0 1px 2px rgb(0 0 0 / 14%); }
  .segmented label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 1px; }
`;

/** A choice between a few options, as native radio buttons. */
export function segmented<T extends string>(
  legend: string,
  options: readonly (readonly [T, unknown, string?])[],
  value: T,
  pick: (value: T) => void,
): TemplateResult {
  return html`<fieldset class="segmented"><legend class="unseen">${legend}</legend>
    ${options.map(([key, text, title]) => html`<label title=${title ?? ""}>
      <input type="radio" name=${legend} .checked=${key === value} @change=${() => pick(key)}>${text}
    </label>`)}</fieldset>`;
}
