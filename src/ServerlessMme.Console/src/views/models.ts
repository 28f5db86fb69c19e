import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { get, path } from "../lib/api.js";
import { bytes, count, plural, short, shortVersion } from "../lib/format.js";
import { Load } from "../lib/load.js";
import { store } from "../lib/store.js";
import type { ModelDetail, ModelItem } from "../lib/types.js";
import { SidePanel } from "../lib/side.js";
import { follow, href, onChange } from "../lib/url.js";
import { icon } from "../parts/icons.js";
import { json, jsonStyles } from "../parts/json.js";
import { empty, failed, loading, states } from "../parts/states.js";
import { base, frame } from "../styles/base.js";
import { openSwitch } from "./alias.js";
import "./workers.js";

const most = 200;

/** The published models, and the warm ones on this machine. */
@customElement("mme-models")
export class Models extends LitElement {
  static override styles = [base, frame, states, jsonStyles, css`
    .find { width: 220px; }
    .page > section > h2 { margin-bottom: var(--s3); }
    .kind { width: 88px; }
    td bdi.cut { display: inline-block; max-width: 260px; vertical-align: bottom; }
    td .problem { color: var(--bad); font: var(--font-small); }
    .side { display: flex; flex-direction: column; }
    .side > header { display: flex; align-items: center; gap: var(--s2);
      padding: var(--s2) var(--s2) var(--s2) var(--s5); border-bottom: 1px solid var(--line); min-height: 48px; }
    .side > header h2 { font: var(--font-strong); }
    .side .body { flex: 1; min-height: 0; padding: var(--s5); display: flex; flex-direction: column; gap: var(--s5); }
    dl { display: grid; grid-template-columns: 104px 1fr; gap: var(--s2) var(--s3); }
    dt { color: var(--soft); }
    dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
    .links { display: flex; gap: var(--s2); flex-wrap: wrap; }
    .names { display: flex; flex-wrap: wrap; gap: 6px; max-height: 200px; }
    h3 { font: var(--font-small); color: var(--soft); margin-bottom: var(--s2); }
  `];

  @state() private text = "";
  private readonly detail = new Load<ModelDetail>(this);
  private readonly panel = new SidePanel(this, "about");
  private shown = "";
  private unlisten: (() => void) | null = null;
  private state = "";
  private readonly changed = (): void => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    this.unlisten = onChange(this.changed);
    store.addEventListener("change", this.changed);
    void store.loadModels();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unlisten?.();
    store.removeEventListener("change", this.changed);
  }

  override willUpdate(): void {
    const name = this.panel.value;
    const item = store.model(name);
    // Show a switched alias or a new version again.
    const state = [name, item?.version, item?.target].join("\n");
    if (name !== this.shown || state !== this.state) {
      this.shown = name;
      this.state = state;
      if (name) {
        void this.detail.run(s => get(path("models", name), s));
      }
    }
  }

  override render(): unknown {
    const text = this.text.trim().toLowerCase();
    const found = store.models.filter(m => m.name.toLowerCase().includes(text));
    return html`
      <header class="top">
        <h1>Models</h1>
        <span class="soft small">${store.models.length > 0 ? plural(store.models.length, "name") : ""}</span>
        <span class="grow"></span>
        <input class="field find" type="search" aria-label="Find a model"
          placeholder="Find a model…" spellcheck="false"
          .value=${this.text} @input=${(e: Event) => this.text = (e.target as HTMLInputElement).value}>
      </header>
      <div class="split">
        <div class="main"><div class="page stack scroll" tabindex="0" role="region" aria-label="Models and workers">
          <section><h2>Published</h2>${this.published(found)}</section>
          <section><h2>Warm on this machine</h2><mme-workers></mme-workers></section>
        </div></div>
        ${this.shown ? this.side() : nothing}
      </div>`;
  }

  private published(found: readonly ModelItem[]): unknown {
    if (store.models.length === 0) {
      return html`<div class="card">${store.modelsError ? failed(store.modelsError, () => void store.loadModels())
        : !store.modelsComplete ? loading("Looking for models…")
        : empty("models", "No models yet", html`Publish one with <code>mme models push FOLDER</code>.`)}</div>`;
    }
    return html`<div class="card"><table>
      <thead><tr><th scope="col">Name</th><th scope="col" class="kind">Kind</th><th scope="col">Version</th><th
        scope="col" class="end">Size</th>
        <th scope="col" class="end wide">Labels</th><th scope="col"><span class="unseen">Views</span></th></tr></thead>
      <tbody>${found.slice(0, most).map(m => this.row(m))}</tbody></table>
      ${found.length > most
        ? html`<p class="state small">${count(found.length - most)} more. Search to narrow the list.</p>` : nothing}
      ${found.length === 0 ? empty("search", "No name contains this text") : nothing}</div>`;
  }

  private row(m: ModelItem): unknown {
    const what = m.kind === "alias"
      ? html`<span class="soft">→</span> <bdi class="cut">${short(m.target ?? "?")}</bdi>`
      : m.kind === "group"
        ? html`<span class="soft">${plural(m.members ?? 0, "member")}${m.missing ? `, ${count(m.missing)} missing`
          : ""}</span>`
      : html`<span class="code">${shortVersion(m.version)}</span>`;
    return html`<tr class="choose ${m.name === this.shown ? "chosen" : ""}" @click=${() => this.panel.open(m.name)}>
      <td><button class="link" data-row=${m.name}><bdi class="cut"
        title=${short(m.name, 300)}>${short(m.name)}</bdi></button>
        ${m.problem ? html`<div class="problem">${m.problem}</div>` : nothing}</td>
      <td><span class="tag ${m.kind === "model" ? "" : "accent"}">${m.kind}</span></td>
      <td>${what}</td>
      <td class="end">${m.kind === "model" ? bytes(m.bytes) : "–"}</td>
      <td class="end wide">${m.labels ? count(m.labels.length) : "–"}</td>
      <td class="end">${m.hasDrops ? html`<a class="button quiet" href=${href({ view: "gallery", model: m.name }, {})}
        @click=${(e: MouseEvent) => { e.stopPropagation(); follow(e); }}
          aria-label=${`Gallery of ${short(m.name, 80)}`}>Gallery</a>`
        : html`<span class="small soft">no images</span>`}</td>
    </tr>`;
  }

  private side(): unknown {
    const { value, error } = this.detail;
    return html`<aside class="side" tabindex="-1" aria-label="About ${short(this.shown, 80)}">
      <header><h2 class="grow cut"><bdi>${short(this.shown)}</bdi></h2>
        <button class="button quiet icon" aria-label="Close" title="Close (Esc)"
          @click=${this.panel.close}>${icon("close")}</button></header>
      ${error ? failed(error) : value?.name === this.shown ? this.about(value) : loading("Loading the manifest…")}
    </aside>`;
  }

  private about(m: ModelDetail): unknown {
    const link = (view: string, text: string): unknown =>
      html`<a class="button" href=${href({ view, model: m.name }, {})} @click=${follow}>${text}</a>`;
    const names = (title: string, list: readonly string[] | undefined): unknown => list && list.length > 0 ? html`
      <section><h3>${title}</h3><div class="names scroll" tabindex="0" role="group"
        aria-label=${title}>${list.slice(0, 500).map(n => html`<span class="tag">
        <bdi>${short(n, 60)}</bdi></span>`)}${list.length > 500
          ? html`<span class="small soft">${count(list.length - 500)} more</span>` : nothing}
      </div></section>` : nothing;
    return html`<div class="body scroll" tabindex="0" role="region" aria-label="Details">
      <div class="links">
        ${m.hasDrops ? html`${link("gallery", "Gallery")}${link("review", "Review")}${link("compare", "Compare")}`
          : nothing}
        ${link("drop", "Drop images")}
        ${m.kind === "alias"
          ? html`<button class="button primary" ?disabled=${store.readOnly}
            @click=${() => openSwitch(m.name, m.target ?? "")}>
          Switch…</button>` : nothing}
      </div>
      <dl>
        <dt>Kind</dt><dd>${m.kind}</dd>
        ${m.target ? html`<dt>Points to</dt><dd><bdi>${short(m.target)}</bdi></dd>` : nothing}
        ${m.version ? html`<dt>Version</dt><dd class="code">${m.version}</dd>` : nothing}
        ${m.digest ? html`<dt>Digest</dt><dd class="code">${m.digest}</dd>` : nothing}
        ${m.kind === "model" ? html`<dt>Size</dt><dd>${bytes(m.bytes)}</dd>` : nothing}
        ${m.trunk ? html`<dt>Trunk</dt><dd class="code">${shortVersion(m.trunk)}</dd>` : nothing}
      </dl>
      ${names("Shares its trunk with", m.sharedWith)}
      ${names("Members", m.memberNames)}
      ${names("Labels", m.labels ?? undefined)}
      ${m.manifest ? json("Manifest (JSON)", m.manifest, true) : nothing}
    </div>`;
  }
}
