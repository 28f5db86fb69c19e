import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { AnswerList } from "../lib/answers.js";
import { path, withQuery } from "../lib/api.js";
import { count, plural } from "../lib/format.js";
import { hasModifier, isCovered, isTyping } from "../lib/keys.js";
import { Load } from "../lib/load.js";
import { thumbQueue } from "../lib/thumbs.js";
import type { Answer, Summary } from "../lib/types.js";
import { href, onChange, push, replace, state as urlState } from "../lib/url.js";
import { chips, chipStyles } from "../parts/chips.js";
import "../parts/detail.js";
import type { Detail } from "../parts/detail.js";
import "../parts/grid.js";
import type { Grid } from "../parts/grid.js";
import { icon } from "../parts/icons.js";
import { segmented, segmentedStyles } from "../parts/segmented.js";
import { empty, states } from "../parts/states.js";
import { base, frame } from "../styles/base.js";
import { activeChips, apiFilters, clearedFilters } from "./filters.js";
import "./filters.js";
import type { Filters } from "./filters.js";

/** Counting waits for the pictures, but no longer than this many milliseconds. */
const patience = 10_000;
const sizes = { s: 112, m: 152, l: 232 } as const;
type Size = keyof typeof sizes;
const sizeNames = [["s", "S", "Small tiles"], ["m", "M", "Medium tiles"], ["l", "L", "Large tiles"]] as const;

/** The images of a model with their answers. */
@customElement("mme-gallery")
export class Gallery extends LitElement {
  static override styles = [base, frame, states, chipStyles, segmentedStyles, css`
    header.top { row-gap: var(--s2); }
    .figures { display: flex; gap: var(--s4); color: var(--soft); align-items: center; min-height: 20px; }
    .figures b { color: var(--text); font-weight: 600; font-variant-numeric: tabular-nums; }
    .figures .link { color: inherit; }
    .tools { display: flex; align-items: center; gap: var(--s3); padding: 10px var(--s6);
      border-bottom: 1px solid var(--line); background: var(--surface); flex-wrap: wrap; }
    .chosen { padding: var(--s2) var(--s6); border-bottom: 1px solid var(--line); background: var(--surface); }
    mme-grid { flex: 1; }
    @media (max-width: 1180px) { .tools, .chosen { padding-inline: var(--s4); } }
  `];

  @property() model = "";
  @state() private list: AnswerList = new AnswerList("");
  @state() private index = -1;
  @query("mme-grid") private grid!: Grid | null;
  @query("mme-detail") private detail!: Detail | null;
  @query("mme-filters") private filters!: Filters | null;
  private readonly summary = new Load<Summary>(this);
  private key = "";
  private unlisten: (() => void) | null = null;
  private readonly listen = (e: KeyboardEvent): void => this.pressed(e);

  override connectedCallback(): void {
    super.connectedCallback();
    this.unlisten = onChange(() => this.requestUpdate());
    addEventListener("keydown", this.listen);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unlisten?.();
    this.list.stop();
    removeEventListener("keydown", this.listen);
  }

  override willUpdate(changes: PropertyValues<this>): void {
    const filters = apiFilters(urlState());
    const key = JSON.stringify([this.model, filters]);
    if (key !== this.key) {
      this.key = key;
      this.list.stop();
      this.list = new AnswerList(path("answers", this.model), filters);
      this.list.addEventListener("change", () => this.locate());
      this.index = -1;
      this.summary.stop();
      this.summary.value = null;
      void this.fill(this.list, withQuery(path("answers", this.model, "summary"), filters));
    }
    if (changes.has("model") || this.index < 0 || this.list.items[this.index]?.image !== urlState()["image"]) {
      this.locate();
    }
  }

  override render(): unknown {
    const params = urlState();
    const size = (params["size"] ?? "m") as Size;
    const open = this.list.items[this.index] ?? unlisted(params["image"]);
    const none = this.list.complete && this.list.items.length === 0;
    const active = activeChips(params);
    return html`
      <header class="top">
        <h1>Gallery <bdi class="cut">${this.model}</bdi></h1>
        <span class="grow"></span>
        ${this.figures()}
      </header>
      <div class="tools">
        <mme-filters class="grow" .model=${this.model} .summary=${this.summary.value}></mme-filters>
        <button class="button quiet icon" aria-label="Refresh" title="Refresh"
          @click=${this.refresh}>${icon("retry")}</button>
        ${segmented<Size>("Tile size", sizeNames,
          size in sizes ? size : "m", s => replace({ size: s === "m" ? null : s }))}
      </div>
      ${active.length > 0 ? html`<div class="chosen">${chips(active, clearedFilters)}</div>` : nothing}
      <div class="split">
        <div class="main">${none ? this.nothingFound(active.length > 0)
          : html`<mme-grid .list=${this.list} .model=${this.model} .size=${sizes[size] ?? sizes.m}
            .selected=${this.index}
              label="Images of ${this.model.slice(0, 100)}"
                @open=${(e: CustomEvent<number>) => this.open(e.detail)}></mme-grid>`}</div>
        ${open ? html`<aside class="side" aria-label="Image details">
          <mme-detail .model=${this.model} .answer=${open}
            .position=${this.index < 0 ? "" : `${count(this.index + 1)} of ${this.total}`}
            @close=${this.close} @step=${(e: CustomEvent<number>) => this.step(e.detail)}></mme-detail>
        </aside>` : nothing}
      </div>`;
  }

  /** Counts after the first pictures have loaded. Counting lists the whole container and would slow them down. */
  private async fill(list: AnswerList, summary: string): Promise<void> {
    await list.want(60);
    await Promise.race([thumbQueue.quiet(), new Promise(resolve => setTimeout(resolve, patience))]);
    if (list === this.list && this.isConnected) {
      await this.summary.follow(summary);
    }
  }

  private refresh(): void {
    this.key = "";
    this.requestUpdate();
  }

  /** Number of matching images, as far as it is known. */
  private get total(): string {
    const { value, busy } = this.summary;
    return value && !busy ? count(matches(value)) : `${count(this.list.items.length)}${this.list.complete ? "" : "+"}`;
  }

  private figures(): unknown {
    const { value, busy, error } = this.summary;
    if (!value) {
      return error ? html`<span class="small soft" title=${error.message}>Counts aren’t available</span>`
        : html`<span class="figures small"><span class="spin tiny"></span>Counting…</span>`;
    }
    const total = matches(value);
    return html`<div class="figures small" aria-live="off">
      ${busy ? html`<span class="row"><span class="spin tiny"></span>${count(value.seen)} checked
        <button class="link" @click=${() => this.summary.stop()} aria-label="Stop counting">Stop</button></span>`
          : nothing}
      <span><b>${count(total)}</b> ${total === 1 ? "image" : "images"}</span>
      <button class="link" @click=${() => push({ unsure: "true" })}><b>${count(value.unsure)}</b> unsure</button>
      <button class="link" @click=${() => push({ refused: "true" })}><b>${count(value.refused)}</b> refused</button>
    </div>`;
  }

  private nothingFound(filtered: boolean): unknown {
    return filtered
      ? empty("filter", "No images match", html`${plural(this.list.seen, "image")} checked. Remove a filter to
        see more.`,
        html`<button class="button" @click=${clearedFilters}>Clear all filters</button>`)
      : empty("gallery", "No images yet", html`Drop images into this model, and they appear here with their labels.`,
        html`<a class="button primary" href=${href({ view: "drop", model: this.model }, {})}
          @click=${(e: MouseEvent) => { e.preventDefault(); push({ view: "drop", model: this.model }, {}); }}>Drop
            images</a>`);
  }

  /** Finds the image that the address names among the loaded ones. */
  private locate(): void {
    const image = urlState()["image"];
    this.index = image === undefined ? -1 : this.list.items.findIndex(a => a.image === image);
    this.requestUpdate();
  }

  private open(index: number): void {
    const item = this.list.items[index];
    if (item) {
      const wasOpen = this.index >= 0;
      (wasOpen ? replace : push)({ image: item.image });
    }
  }

  private close(): void {
    const last = this.index;
    replace({ image: null });
    void this.updateComplete.then(() => this.grid?.focusTile(Math.max(0, last)));
  }

  private step(by: number): void {
    const to = this.index + by;
    if (to >= 0 && to < this.list.items.length) {
      this.open(to);
    }
  }

  private pressed(e: KeyboardEvent): void {
    if (hasModifier(e) || isTyping(e) || isCovered(e) || e.defaultPrevented) {
      return;
    }
    if (e.key === "/") {
      this.filters?.focusSearch();
    } else if (urlState()["image"] === undefined) {
      return;
    } else if (e.key === "Escape") {
      this.close();
    } else if (e.key === "ArrowRight" || e.key === "ArrowLeft") {
      this.step(e.key === "ArrowRight" ? 1 : -1);
    } else if (e.key === "f") {
      this.detail?.enlarge();
    } else {
      return;
    }
    e.preventDefault();
  }
}

/** An image that the address names, but that is not among the loaded ones. */
function unlisted(image: string | undefined): Answer | undefined {
  return image === undefined ? undefined
    : { image, answer: null, score: null, unsure: false, error: null, previous: null };
}

function matches({ counts, refused }: Summary): number {
  return Object.values(counts).reduce((a, b) => a + b, 0) + refused;
}
