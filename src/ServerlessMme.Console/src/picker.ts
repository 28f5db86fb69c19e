import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { plural } from "./lib/format.js";
import { store } from "./lib/store.js";
import type { ModelItem } from "./lib/types.js";
import { push, state as urlState } from "./lib/url.js";
import { icon } from "./parts/icons.js";
import { base } from "./styles/base.js";

const most = 100;

/** Selects the model whose images the views show, with type-ahead over all names. */
@customElement("mme-picker")
export class Picker extends LitElement {
  static override styles = [base, css`
    .trigger {
      display: flex; align-items: center; gap: var(--s2); width: 100%; height: 40px; padding: 0 10px;
      border: 1px solid var(--line-strong); border-radius: var(--r2); background: var(--surface); text-align: left;
    }
    .trigger:hover { background: var(--hover); }
    .trigger bdi { font: var(--font-strong); }
    .initial { display: none; }
    .panel {
      position: fixed; inset: auto; margin: 0; width: 320px; padding: var(--s2); border: 1px solid var(--line);
      border-radius: var(--r3); background: var(--raised); color: var(--text); box-shadow: var(--shadow);
    }
    .field { width: 100%; margin-bottom: var(--s2); }
    [role="listbox"] { max-height: min(380px, 60vh); overflow: auto; scrollbar-width: thin; }
    [role="option"] { display: flex; align-items: center; gap: var(--s2); height: 34px; padding: 0 var(--s2);
      border-radius: var(--r2); cursor: pointer; }
    [role="option"].at { background: var(--hover); }
    [role="option"][aria-selected="true"] bdi { font-weight: 600; color: var(--accent-strong); }
    .none { padding: var(--s3) var(--s2); color: var(--soft); }
    @media (max-width: 1000px) {
      .trigger { justify-content: center; padding: 0; }
      .trigger .full, .trigger svg { display: none; }
      .initial { display: block; font: var(--font-strong); }
    }
  `];

  @property() model = "";
  @state() private text = "";
  @state() private at = 0;
  @state() private isOpen = false;
  @query(".panel") private panel!: HTMLElement;
  @query("input") private input!: HTMLInputElement;
  @query(".trigger") private trigger!: HTMLElement;

  private readonly changed = (): void => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    store.addEventListener("change", this.changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    store.removeEventListener("change", this.changed);
  }

  open(): void {
    this.panel.showPopover();
  }

  override render(): unknown {
    const found = this.found();
    const shown = found.slice(0, most);
    return html`
      <button class="trigger" popovertarget="panel" aria-haspopup="listbox" aria-expanded=${this.isOpen}
        aria-label=${`Model: ${this.model.slice(0, 120) || "none"}`} title=${this.model.slice(0, 300)}>
        <span class="initial">${[...this.model][0]?.toUpperCase() ?? "?"}</span>
        <bdi class="cut grow full">${this.model || "Pick a model"}</bdi>${icon("down", 14)}
      </button>
      <div id="panel" class="panel" popover @toggle=${this.toggled}>
        <input class="field" type="text" role="combobox" aria-expanded="true" aria-controls="names" autocomplete="off"
          aria-label="Find a model" placeholder="Find a model" spellcheck="false" .value=${this.text}
          aria-activedescendant=${shown.length > 0 ? `name${this.at}` : nothing} @input=${this.typed}
            @keydown=${this.key}>
        <div id="names" role="listbox" aria-label="Models">
          ${shown.map((m, i) => html`<div role="option" id=${`name${i}`} class=${i === this.at ? "at" : ""}
            aria-selected=${m.name === this.model} @click=${() => this.pick(m)} @pointermove=${() => this.at = i}>
            <bdi class="cut grow">${m.name}</bdi>${m.kind === "model" ? nothing
              : html`<span class="tag">${m.kind}</span>`}
          </div>`)}
        </div>
        ${shown.length === 0 ? html`<p class="none small">${store.modelsComplete
          ? "No name contains this text." : "Loading names…"}</p>`
          : found.length > most
            ? html`<p class="none small">${plural(found.length - most, "more name")}. Type to narrow the list.</p>`
              : nothing}
      </div>`;
  }

  private found(): readonly ModelItem[] {
    const text = this.text.trim().toLowerCase();
    return store.models
      .filter(m => m.name.toLowerCase().includes(text))
      .sort((a, b) => Number(b.hasDrops) - Number(a.hasDrops) || a.name.localeCompare(b.name));
  }

  private toggled(e: ToggleEvent): void {
    this.isOpen = e.newState === "open";
    if (this.isOpen) {
      const { bottom, left } = this.trigger.getBoundingClientRect();
      this.panel.style.top = `${bottom + 6}px`;
      this.panel.style.left = `${left}px`;
      this.text = "";
      this.at = Math.max(0, this.found().slice(0, most).findIndex(m => m.name === this.model));
      this.input.focus();
    }
  }

  private typed(): void {
    this.text = this.input.value;
    this.at = 0;
  }

  private key(e: KeyboardEvent): void {
    const shown = this.found().slice(0, most);
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      this.at = Math.max(0, Math.min(shown.length - 1, this.at + (e.key === "ArrowDown" ? 1 : -1)));
      void this.updateComplete.then(() => this.renderRoot.querySelector(".at")?.scrollIntoView({ block: "nearest" }));
    } else if (e.key === "Enter" && shown[this.at]) {
      this.pick(shown[this.at]!);
    } else {
      return;
    }
    e.preventDefault();
  }

  private pick(m: ModelItem): void {
    const { view = "gallery" } = urlState();
    const stays = ["gallery", "review", "compare", "drop"].includes(view);
    // Focus returns to where it was, so the view's keys work.
    this.panel.hidePopover();
    push({ view: stays ? view : "gallery", model: m.name }, {});
  }
}
