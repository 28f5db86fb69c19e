import { css, html, LitElement, nothing } from "lit";
import { customElement, query } from "lit/decorators.js";
import { count } from "./lib/format.js";
import { store } from "./lib/store.js";
import { follow, href, onChange, state } from "./lib/url.js";
import { showHelp } from "./help.js";
import { icon, type IconName } from "./parts/icons.js";
import "./picker.js";
import type { Picker } from "./picker.js";
import { base } from "./styles/base.js";

const ofModel: readonly (readonly [string, IconName, string])[] = [
  ["gallery", "gallery", "Gallery"], ["review", "review", "Review"],
  ["compare", "compare", "Compare"], ["drop", "drop", "Drop"],
];
const ofStorage: readonly (readonly [string, IconName, string])[] = [
  ["models", "models", "Models"], ["jobs", "jobs", "Jobs"], ["poison", "poison", "Poison"],
];

/** The navigation on the left: the storage account, the model and the views. */
@customElement("mme-nav")
export class Nav extends LitElement {
  static override styles = [base, css`
    :host { display: flex; flex-direction: column; min-height: 0; border-right: 1px solid var(--line);
      padding: var(--s4) var(--s3); gap: var(--s5); }
    .brand { display: flex; align-items: center; gap: 10px; padding: 0 var(--s2); }
    .brand .mark { flex: none; display: grid; place-items: center; width: 28px; height: 28px; border-radius: 8px;
      background: var(--accent); color: var(--on-accent); }
    .brand div { min-width: 0; }
    .brand b { display: block; font: var(--font-strong); }
    .brand .small { display: block; color: var(--soft); }
    nav { display: flex; flex-direction: column; gap: 2px; }
    nav h2 { padding: 0 var(--s2) var(--s1); font: var(--font-small); color: var(--soft); }
    nav a {
      display: flex; align-items: center; gap: 10px; height: 34px; padding: 0 var(--s2); border-radius: var(--r2);
      color: var(--soft); text-decoration: none; font: 500 14px/20px var(--family); transition: background var(--quick);
    }
    nav a:hover { background: var(--hover); color: var(--text); }
    nav a[aria-current] { background: var(--accent-soft); color: var(--accent-strong); }
    nav a > span:first-of-type { flex: 1; }
    .foot { margin-top: auto; display: flex; flex-direction: column; gap: var(--s2); align-items: flex-start; }
    .foot .button { color: var(--soft); width: 100%; justify-content: flex-start; padding: 0 var(--s2); gap: 10px; }
    .foot .small { padding: 0 var(--s2); }
    @media (max-width: 1000px) {
      :host { padding-inline: var(--s2); align-items: stretch; }
      .brand { justify-content: center; padding: 0; }
      .brand div, nav h2, .foot .words, .foot .small { display: none; }
      nav a > span:first-of-type { position: absolute; clip-path: inset(50%); }
      nav a, .foot .button { justify-content: center; padding: 0; position: relative; }
      nav a > .tag.bad { display: block; position: absolute; top: 2px; right: 2px; width: 8px; height: 8px; padding: 0;
        font-size: 0; background: var(--bad); }
      .foot .tag { font-size: 0; padding: 0 var(--s2); align-self: center; }
    }
  `];

  @query("mme-picker") private picker!: Picker;
  private unlisten: (() => void) | null = null;
  private readonly changed = (): void => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    this.unlisten = onChange(this.changed);
    store.addEventListener("change", this.changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unlisten?.();
    store.removeEventListener("change", this.changed);
  }

  openPicker(): void {
    this.picker.open();
  }

  override render(): unknown {
    const model = state()["model"] ?? store.lastModel ?? "";
    return html`
      <div class="brand">
        <span class="mark">${icon("gallery")}</span>
        <div><b>Console</b><bdi class="small cut"
          title=${store.info?.account ?? ""}>${store.info?.account ?? ""}</bdi></div>
      </div>
      <mme-picker .model=${model}></mme-picker>
      <nav aria-label="Model">${ofModel.map(([view, mark, text]) => this.link(view, mark, text))}</nav>
      <nav aria-label="Storage"><h2>Storage</h2>
        ${ofStorage.map(([view, mark, text]) => this.link(view, mark, text))}</nav>
      <div class="foot">
        ${store.readOnly ? html`<span class="tag" title="Started with --read-only">${icon("lock", 12)}<span
          class="words">Read-only</span></span>` : nothing}
        <button class="button quiet" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)"
          @click=${showHelp}>${icon("keyboard")}<span class="words">Shortcuts</span></button>
        <span class="small soft">Version ${store.info?.version ?? ""}</span>
      </div>`;
  }

  private link(view: string, mark: IconName, text: string): unknown {
    const { view: current = "gallery", model = store.lastModel } = state();
    const badge = view === "poison" && store.poison ? html`<span class="tag bad">${count(store.poison)}</span>`
      : nothing;
    return html`<a href=${href({ view, model }, {})} title=${text} aria-current=${current === view ? "page" : nothing}
      @click=${follow}>${icon(mark)}<span>${text}</span>${badge}</a>`;
  }
}
