import { css, html, LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import "./parts/dialog.js";
import { base } from "./styles/base.js";

const groups: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  ["Everywhere", [["?", "Show these shortcuts"], ["Shift M", "Pick a model"], ["Tab", "Next control"]]],
  ["Gallery", [
    ["← ↑ ↓ →", "Move between images"], ["Enter", "Open the image"],
    ["← →", "Previous or next image, while one is open"],
    ["f", "Enlarge"], ["Esc", "Close"], ["/", "Search by name"],
  ]],
  ["Review", [
    ["Enter", "Accept the answer"], ["1–9 a–z", "Pick the label with this key"], ["/", "Find a label"],
    ["s", "Skip"], ["u", "Undo"], ["Space", "Enlarge"],
  ]],
  ["Compare", [["← ↑ ↓ →", "Move between cells"], ["Enter", "Show the cell's images"], ["Esc", "Close"]]],
];

@customElement("mme-help")
export class Help extends LitElement {
  static override styles = [base, css`
    .groups { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: var(--s6) var(--s8); }
    h3 { margin-bottom: var(--s2); }
    dl { display: grid; grid-template-columns: 88px 1fr; gap: 6px var(--s3); }
    dd { margin: 0; color: var(--soft); }
  `];

  override render(): unknown {
    return html`<mme-dialog wide heading="Keyboard shortcuts" @close=${() => this.remove()}>
      <div class="groups">${groups.map(([name, keys]) => html`<section>
        <h3>${name}</h3>
        <dl>${keys.map(([key, text]) => html`<dt><kbd>${key}</kbd></dt><dd>${text}</dd>`)}</dl>
      </section>`)}</div>
    </mme-dialog>`;
  }
}

export function showHelp(): void {
  document.body.append(new Help());
}
