import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Query } from "../lib/api.js";
import { endOf, startOf, zone } from "../lib/days.js";
import { count, short } from "../lib/format.js";
import { place } from "../lib/place.js";
import { store } from "../lib/store.js";
import type { Summary } from "../lib/types.js";
import { type Patch, push, replace, type State, state as urlState } from "../lib/url.js";
import type { Chip } from "../parts/chips.js";
import { barStyles, track } from "../parts/bars.js";
import { icon } from "../parts/icons.js";
import "../parts/menu.js";
import type { Menu } from "../parts/menu.js";
import { base } from "../styles/base.js";

const keys = ["label", "min", "max", "unsure", "refused", "changed", "prefix", "since", "until"] as const;
const mostLabels = 200;
/** Number of characters of an answer in a listing. */
const mostListed = 200;

export function apiFilters(params: State): Query {
  const { since, until } = params;
  return Object.fromEntries(Object.entries({
    ...Object.fromEntries(keys.map(k => [k, params[k]])), since: startOf(since), until: endOf(until),
  }).filter(([, v]) => v !== undefined));
}

export function clearedFilters(): void {
  push(Object.fromEntries([...keys, "image"].map(k => [k, null])));
}

export function activeChips(params: State): readonly Chip[] {
  const { label, min, max, unsure, refused, changed, prefix, since, until } = params;
  const chip = (name: string, value: string, ...removed: string[]): Chip =>
    ({ name, value, remove: () => push(Object.fromEntries([...removed, "image"].map(k => [k, null]))) });
  return [
    ...(label ? [chip("Label", label, "label")] : []),
    ...(min || max ? [chip("Score", `${min ?? "0"} – ${max ?? "1"}`, "min", "max")] : []),
    ...(unsure ? [chip("Unsure", "", "unsure")] : []),
    ...(refused ? [chip("Refused", refused === "true" ? "" : refused, "refused")] : []),
    ...(changed ? [chip("Changed", "", "changed")] : []),
    ...(prefix ? [chip("Name starts with", prefix, "prefix")] : []),
    ...(since || until ? [chip("Date", `${since ?? "…"} – ${until ?? "today"}`, "since", "until")] : []),
  ];
}

/** The controls that filter the gallery. They only change the address. */
@customElement("mme-filters")
export class Filters extends LitElement {
  static override styles = [base, barStyles, css`
    :host { display: flex; align-items: center; gap: var(--s2); flex-wrap: wrap; min-width: 0; }
    .find { position: relative; flex: 0 1 220px; min-width: 140px; }
    .find svg { position: absolute; left: 10px; top: 8px; color: var(--faint); pointer-events: none; }
    .find .field { width: 100%; padding-left: 32px; }
    .labels { width: 300px; }
    .labels .field { width: 100%; margin-bottom: var(--s2); }
    .labels .list { max-height: 320px; overflow: auto; scrollbar-width: thin; margin: 0 -8px; }
    .pick { display: grid; grid-template-columns: minmax(0, 1fr) 84px 52px; gap: var(--s2); align-items: center;
      width: 100%; height: 30px; padding: 0 var(--s2); border: 0; border-radius: var(--r2); background: none;
        text-align: left; }
    .pick:hover { background: var(--hover); }
    .pick.on { background: var(--accent-soft); color: var(--accent-strong); font-weight: 600; }
    .pick .num { text-align: right; color: var(--soft); font: var(--font-small); }
    .hist { display: flex; align-items: flex-end; gap: 2px; height: 72px; width: 300px;
      border-bottom: 1px solid var(--line); }
    .hist i { flex: 1; min-height: 1px; background: var(--line-strong); border-radius: 2px 2px 0 0; }
    .hist i.in { background: var(--accent); }
    .labels > p { margin-top: var(--s2); }
    .axis { display: flex; justify-content: space-between; font: var(--font-tiny); color: var(--soft); margin-top: 2px;
      }
    .pair { display: grid; grid-template-columns: 1fr 1fr; gap: var(--s3); margin-top: var(--s3); }
    .pair label { font: var(--font-small); color: var(--soft); }
    .pair .field { display: block; width: 100%; margin-top: var(--s1); }
    .status { display: flex; flex-direction: column; width: 320px; margin: calc(-1 * var(--s2)); }
    .status .pick { grid-template-columns: minmax(0, 1fr) 64px; }
    .status hr { width: 100%; border: 0; border-top: 1px solid var(--line); margin: 6px 0; }
    .zone { margin-top: var(--s3); }
    .apply { display: flex; justify-content: flex-end; gap: var(--s2); margin-top: var(--s4); }
  `];

  @property() model = "";
  @property({ attribute: false }) summary: Summary | null = null;
  @state() private text = "";
  @query("input[type=search]") private search!: HTMLInputElement;
  private timer = 0;
  private readonly changed = (): void => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    store.addEventListener("change", this.changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    store.removeEventListener("change", this.changed);
  }

  focusSearch(): void {
    this.search.focus();
    this.search.select();
  }

  override render(): unknown {
    const p = urlState();
    const status = p["unsure"] || p["refused"] || p["changed"];
    return html`
      <div class="find">${icon("search")}<input class="field" type="search" aria-label="Name starts with"
        placeholder="Name starts with…"
        spellcheck="false" .value=${p["prefix"] ?? ""} @input=${this.typed} @keydown=${this.key}></div>
      <mme-menu id="label" label="Label" .active=${!!p["label"]}>${this.labels(p["label"])}</mme-menu>
      <mme-menu id="score" label="Score" .active=${!!(p["min"] || p["max"])}>${this.scores(p)}</mme-menu>
      <mme-menu id="status" label="Status" .active=${!!status}>${this.statuses(p)}</mme-menu>
      <mme-menu id="date" label="Date" .active=${!!(p["since"] || p["until"])}>${this.dates(p)}</mme-menu>`;
  }

  private labels(chosen: string | undefined): unknown {
    // A label may have the name of a member that every object has.
    const counts = new Map(Object.entries(this.summary?.counts ?? {}));
    // A listing has only the beginning of a long label, and the filter compares listed text.
    const cut = [...counts.keys()].filter(name => name.length >= mostListed - 1);
    const names = new Set([...counts.keys(),
      ...(store.model(this.model)?.labels ?? []).filter(label => !cut.some(name => label.startsWith(name)))]);
    const text = this.text.toLowerCase();
    const found = [...names].filter(n => n.toLowerCase().includes(text))
      .sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a.localeCompare(b));
    const most = Math.max(1, ...counts.values());
    return html`<div class="labels">
      <input class="field" aria-label="Find a label" placeholder="Find a label" .value=${this.text}
        @input=${(e: Event) => this.text = (e.target as HTMLInputElement).value}>
      <div class="list">${found.slice(0, mostLabels).map(name => html`
        <button class="pick ${name === chosen ? "on" : ""}" aria-pressed=${name === chosen}
          @click=${() => this.choose("label", { label: name === chosen ? null : name })}>
          <bdi class="cut">${short(name, 300)}</bdi>${track((counts.get(name) ?? 0) / most, name === chosen ? "accent"
            : "")}
          <span class="num">${this.summary ? count(counts.get(name) ?? 0) : ""}</span>
        </button>`)}</div>
      ${found.length > mostLabels
        ? html`<p class="small soft">${count(found.length - mostLabels)} more. Type to narrow the list.</p>` : nothing}
      ${found.length === 0 ? html`<p class="small soft">No label contains this text.</p>` : nothing}
    </div>`;
  }

  private scores(p: State): unknown {
    const bins = this.summary?.scores ?? [];
    const most = Math.max(1, ...bins);
    const low = Number(p["min"] ?? 0);
    const high = Number(p["max"] ?? 1);
    return html`<form @submit=${this.applyScore}>
      <div class="hist" role="img" aria-label="Number of images per score, from 0 to 1">${bins.map((n, i) => {
        const at = (i + 0.5) / bins.length;
        return html`<i class=${at >= low && at <= high ? "in" : ""}
          ${place({ height: `${n === 0 ? 0 : Math.max(2, n / most * 100)}%` })}></i>`;
      })}</div>
      <div class="axis" aria-hidden="true"><span>0</span><span>0.5</span><span>1</span></div>
      <div class="pair">
        <label>From<input class="field" name="min" type="number" min="0" max="1" step="0.01" .value=${p["min"] ?? ""}
          placeholder="0"></label>
        <label>To<input class="field" name="max" type="number" min="0" max="1" step="0.01" .value=${p["max"] ?? ""}
          placeholder="1"></label>
      </div>
      <div class="apply"><button class="button primary">Apply</button></div>
    </form>`;
  }

  private statuses(p: State): unknown {
    const s = this.summary;
    const errors = Object.entries(s?.errors ?? {}).sort((a, b) => b[1] - a[1]);
    const option = (text: unknown, on: boolean, patch: Patch, n?: number): unknown => html`
      <button class="pick ${on ? "on" : ""}" aria-pressed=${on}
        @click=${() => this.choose("status", { unsure: null, refused: null, changed: null, ...(on ? {} : patch) })}>
        <span class="cut">${text}</span><span class="num">${n === undefined ? "" : count(n)}</span></button>`;
    return html`<div class="status">
      ${option("Unsure", p["unsure"] === "true", { unsure: "true" }, s?.unsure)}
      ${option("Changed since the previous version", p["changed"] === "true", { changed: "true" }, s?.changed)}
      <hr>
      ${option("Refused, any reason", p["refused"] === "true", { refused: "true" }, s?.refused)}
      ${errors.map(([code, n]) => option(
        html`<bdi>${short(code, 60)}</bdi>`, p["refused"] === code, { refused: code }, n))}
    </div>`;
  }

  private dates(p: State): unknown {
    return html`<form @submit=${this.applyDates}>
      <div class="pair">
        <label>From<input class="field" name="since" type="date" .value=${p["since"] ?? ""}></label>
        <label>To<input class="field" name="until" type="date" .value=${p["until"] ?? ""}></label>
      </div>
      <p class="small soft zone">Dates are in this browser’s time zone, ${zone()}.</p>
      <div class="apply"><button class="button primary">Apply</button></div>
    </form>`;
  }

  private choose(menu: string, patch: Patch): void {
    this.close(menu);
    push({ ...patch, image: null });
  }

  private close(menu: string): void {
    this.renderRoot.querySelector<Menu>(`#${menu}`)?.close();
  }

  private applyScore(e: SubmitEvent): void {
    this.submit(e, "score", ["min", "max"]);
  }

  private applyDates(e: SubmitEvent): void {
    this.submit(e, "date", ["since", "until"]);
  }

  private submit(e: SubmitEvent, menu: string, names: readonly string[]): void {
    e.preventDefault();
    const data = new FormData(e.target as HTMLFormElement);
    this.choose(menu, Object.fromEntries(names.map(n => [n, String(data.get(n) ?? "")])));
  }

  private typed(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => replace({ prefix: this.search.value, image: null }), 250);
  }

  private key(e: KeyboardEvent): void {
    if (e.key === "Enter") {
      clearTimeout(this.timer);
      push({ prefix: this.search.value, image: null });
    } else if (e.key === "Escape") {
      this.search.blur();
    }
  }
}
