import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { AnswerList } from "../lib/answers.js";
import { path, withQuery } from "../lib/api.js";
import { differences, differing } from "../lib/comparison.js";
import { count, percent, short } from "../lib/format.js";
import { hasModifier, isCovered, isTyping } from "../lib/keys.js";
import { Load } from "../lib/load.js";
import { store } from "../lib/store.js";
import type { Cell, Comparison } from "../lib/types.js";
import { onChange, push, replace, state as urlState } from "../lib/url.js";
import { barStyles, track } from "../parts/bars.js";
import "../parts/detail.js";
import "../parts/grid.js";
import type { Grid } from "../parts/grid.js";
import { icon } from "../parts/icons.js";
import { segmented, segmentedStyles } from "../parts/segmented.js";
import { empty, failed, loading, states } from "../parts/states.js";
import { base, frame } from "../styles/base.js";
import { openSwitch } from "./alias.js";
import "./matrix.js";

type Kind = "previous" | "candidate" | "truth";

const words: Readonly<Record<Kind, { from: string; to: string; none: string; hint: string }>> = {
  previous: {
    from: "Previous", to: "Current", none: "No answer differs from the previous version",
    hint: "When a model is replaced, its images are re-scored, and the differences appear here.",
  },
  candidate: {
    from: "Candidate", to: "Current", none: "The candidate has no answers to compare",
    hint: "There are no images for the candidate to score. Drop some images first.",
  },
  truth: {
    from: "Correct", to: "Answer", none: "No correct labels yet",
    hint: "Review some images, or import labels with mme truth.",
  },
};

const kinds = [["previous", "Previous version"], ["candidate", "Candidate"], ["truth", "Correct labels"]] as const;

/** A confusion matrix whose cells open the images behind them. */
@customElement("mme-compare")
export class Compare extends LitElement {
  static override styles = [base, frame, states, barStyles, segmentedStyles, css`
    .field { max-width: 220px; }
    .body { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(0, 1fr) 300px; gap: var(--s8);
      padding: var(--s6); overflow: hidden; }
    .body.narrow { grid-template-columns: minmax(0, 1fr); }
    .left { display: flex; flex-direction: column; gap: var(--s5); min-height: 0; min-width: 0; }
    .sum { display: flex; align-items: baseline; gap: var(--s3); flex-wrap: wrap; }
    .sum b { font: var(--font-figure); font-variant-numeric: tabular-nums; }
    mme-matrix { min-height: 0; }
    .list { min-height: 0; display: flex; flex-direction: column; }
    .list h2 { font: var(--font-small); color: var(--soft); padding: 0 var(--s2) var(--s2); }
    .list ol { min-height: 0; }
    .pair { display: grid; grid-template-columns: minmax(0, 1fr) 56px 44px; align-items: center; gap: var(--s2);
      width: 100%; min-height: 36px; padding: var(--s1) var(--s2); border: 0; border-radius: var(--r2);
        background: none; text-align: left; }
    .many .pair { grid-template-columns: minmax(0, 1fr) 44px; }
    .many .track { display: none; }
    .pair:hover { background: var(--hover); }
    .pair.on { background: var(--accent-soft); }
    .pair .num { text-align: right; }
    .pair .row { gap: 6px; }
    .pair svg { flex: none; color: var(--faint); }
    .side { display: flex; flex-direction: column; }
    .side > header { display: flex; align-items: center; gap: var(--s2);
      padding: var(--s2) var(--s2) var(--s2) var(--s6); border-bottom: 1px solid var(--line); min-height: 48px; }
    .side h2 { font: var(--font-strong); display: flex; gap: 6px; align-items: center; }
    @media (max-width: 1180px) { .body { grid-template-columns: minmax(0, 1fr) 220px; gap: var(--s5);
      padding: var(--s4); } .pair { grid-template-columns: minmax(0, 1fr) 44px; } .pair .track { display: none; } }
  `];

  @property() model = "";
  @state() private images: AnswerList | null = null;
  @query("mme-grid") private grid!: Grid | null;
  private readonly comparison = new Load<Comparison & { seen?: number }>(this);
  @state() private complete = false;
  private key = "";
  private cellKey = "";
  private unlisten: (() => void) | null = null;
  private readonly listen = (e: KeyboardEvent): void => this.pressed(e);
  private readonly changed = (): void => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    this.unlisten = onChange(() => this.requestUpdate());
    addEventListener("keydown", this.listen);
    store.addEventListener("change", this.changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unlisten?.();
    this.images?.stop();
    removeEventListener("keydown", this.listen);
    store.removeEventListener("change", this.changed);
  }

  private get kind(): Kind {
    const kind = urlState()["kind"];
    return kind === "candidate" || kind === "truth" ? kind : "previous";
  }

  private get candidate(): string {
    return urlState()["candidate"] ?? "";
  }

  /** Index in the cell's images of the image that the address names; -1 if the image isn't there. */
  private get index(): number {
    const { image } = urlState();
    return image === undefined ? -1 : this.images?.items.findIndex(a => a.image === image) ?? -1;
  }

  override willUpdate(_: PropertyValues): void {
    const { kind, candidate } = this;
    const key = JSON.stringify([this.model, kind, candidate]);
    if (key !== this.key) {
      this.key = key;
      this.reload();
    }
    const { from, to } = urlState();
    const cellKey = from !== undefined && to !== undefined ? JSON.stringify([key, from, to]) : "";
    if (cellKey !== this.cellKey) {
      this.cellKey = cellKey;
      this.images?.stop();
      this.images = cellKey === "" ? null
        : new AnswerList(path("compare", this.model, "cell"), { kind, candidate, from, to }, "cursor");
      this.images?.addEventListener("change", () => this.requestUpdate());
      void this.images?.want(60);
    }
  }

  private reload(): void {
    this.complete = false;
    if (this.kind === "candidate" && this.candidate === "") {
      this.comparison.stop();
      this.comparison.value = null;
      return;
    }
    const url = withQuery(path("compare", this.model), { kind: this.kind, candidate: this.candidate });
    void this.comparison.follow(url, false, event => this.complete ||= event === "done");
  }

  override render(): unknown {
    const { from, to } = urlState();
    return html`
      <header class="top">
        <h1>Compare <bdi class="cut">${this.model}</bdi></h1>
        <span class="grow"></span>
        ${this.kind === "candidate" ? html`${this.candidates()}${this.switching()}` : nothing}
        ${segmented<Kind>("What to compare", kinds,
          this.kind, kind => push({ view: "compare", model: this.model, kind }, {}))}
      </header>
      <div class="split">
        <div class="main">${this.main(from !== undefined)}</div>
        ${this.images && from !== undefined && to !== undefined ? this.side(this.images, from, to) : nothing}
      </div>`;
  }

  private main(narrow: boolean): unknown {
    const { value, error, busy } = this.comparison;
    if (error) {
      return failed(error, () => this.reload());
    }
    if (this.kind === "candidate" && this.candidate === "") {
      return empty("compare", "Pick a candidate",
        "Its answers are compared with the current answers for the same images.");
    }
    if (!value?.cells) {
      return busy ? loading(value?.seen ? `${count(value.seen)} answers compared…` : "Comparing answers…")
        : empty("compare", words[this.kind].none, words[this.kind].hint);
    }
    const pairs = differing(value);
    if (value.cells.length === 0 || pairs.length === 0 && this.kind === "previous") {
      return empty("check", words[this.kind].none, words[this.kind].hint);
    }
    return html`<div class="body ${narrow ? "narrow" : ""}">
      <div class="left">
        ${this.sum(value)}
        <mme-matrix .comparison=${value} .chosen=${chosenCell()} .fromName=${words[this.kind].from}
          .toName=${words[this.kind].to}
          @pick=${(e: CustomEvent<Cell>) => this.pick(e.detail)}></mme-matrix>
      </div>
      ${narrow ? nothing : this.pairs(pairs)}
    </div>`;
  }

  private sum(value: Comparison): unknown {
    const different = differences(value);
    const share = value.total === 0 ? 0 : different / value.total;
    const spinner = this.comparison.busy && !this.complete ? html`<span class="spin tiny"></span>` : nothing;
    return this.kind === "truth"
      ? html`<div class="sum"><b>${percent(1 - share)}</b><span class="soft">correct: ${count(value.same)} of
          ${count(value.total)} images that have an answer and a correct label</span>${spinner}</div>`
      : html`<div class="sum"><b>${percent(share)}</b><span class="soft">${count(different)} of ${count(value.total)}
        answers
          differ</span>${spinner}</div>`;
  }

  private pairs(pairs: readonly Cell[]): unknown {
    const most = pairs[0]?.count ?? 1;
    // Models with many labels often have long names, which take the bars' space.
    const many = (this.comparison.value?.labels.length ?? 0) > 40;
    return html`<section class="list ${many ? "many" : ""}" aria-label="Largest differences">
      <h2>Largest differences</h2>
      <ol class="scroll">${pairs.slice(0, 200).map(c => html`<li><button class="pair"
        title=${`${short(c.from)} → ${short(c.to)}`} @click=${() => this.pick(c)}>
        <span class="row"><bdi class="cut">${short(c.from, 60)}</bdi>${icon("arrow", 12)}<span class="unseen"> to
          </span><bdi class="cut">${short(c.to, 60)}</bdi></span>
        ${track(c.count / most)}<span class="num">${count(c.count)}</span></button></li>`)}</ol>
    </section>`;
  }

  private side(images: AnswerList, from: string, to: string): unknown {
    const { index } = this;
    const open = images.items[index];
    return html`<aside class="side" aria-label="Images in the cell">${open
      ? html`<mme-detail .model=${this.model} .answer=${open}
          .position=${`${count(index + 1)} of ${count(images.items.length)}${images.complete ? "" : "+"}`}
          @close=${this.back} @step=${(e: CustomEvent<number>) => this.step(e.detail)}></mme-detail>`
      : html`<header>
          <h2 class="grow"><bdi class="cut">${short(from, 60)}</bdi>${icon("arrow", 14)}<bdi
            class="cut">${short(to, 60)}</bdi></h2>
          <button class="button quiet icon" aria-label="Close the cell" title="Close (Esc)"
            @click=${this.close}>${icon("close")}</button>
        </header>
        ${images.complete && images.items.length === 0
          ? empty("gallery", "No images", "They may have been removed or re-scored.")
          : html`<mme-grid .list=${images} .model=${this.model} .size=${112} plain label="Images in the cell"
              @open=${(e: CustomEvent<number>) => push({ image: images.items[e.detail]?.image })}></mme-grid>`}`}
    </aside>`;
  }

  private candidates(): unknown {
    const names = store.models.filter(m => m.name !== this.model && m.kind !== "group").slice(0, 500);
    return html`<select class="field" aria-label="Candidate" @change=${(e: Event) =>
      replace({ candidate: (e.target as HTMLSelectElement).value, from: null, to: null, image: null })}>
      <option value="" ?selected=${this.candidate === ""}>Pick a candidate…</option>
      ${names.map(m => html`<option value=${m.name} ?selected=${m.name === this.candidate}>${m.name}</option>`)}
    </select>`;
  }

  /** Shows a button that switches an alias to the candidate, next to their differences. */
  private switching(): unknown {
    const { kind, target } = store.model(this.model) ?? {};
    return kind !== "alias" || this.candidate === "" || this.candidate === target ? nothing
      : html`<button class="button primary"
      ?disabled=${store.readOnly}
        @click=${() => openSwitch(this.model, target ?? "", this.candidate)}>Switch…</button>`;
  }

  private pick(c: Cell): void {
    push({ from: c.from, to: c.to, image: null });
    void this.updateComplete.then(() => this.grid?.focusTile(0));
  }

  private readonly close = (): void => {
    push({ from: null, to: null, image: null });
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector("mme-matrix")?.shadowRoot?.querySelector<HTMLElement>("td[tabindex='0']")?.focus());
  };

  private readonly back = (): void => {
    const last = this.index;
    replace({ image: null });
    void this.updateComplete.then(() => this.grid?.focusTile(last));
  };

  private step(by: number): void {
    const to = this.images?.items[this.index + by];
    if (to) {
      replace({ image: to.image });
    }
  }

  private pressed(e: KeyboardEvent): void {
    if (!this.images || hasModifier(e) || isTyping(e) || isCovered(e) || e.defaultPrevented) {
      return;
    }
    if (e.key === "Escape") {
      (this.index >= 0 ? this.back : this.close)();
    } else if (this.index >= 0 && (e.key === "ArrowRight" || e.key === "ArrowLeft")) {
      this.step(e.key === "ArrowRight" ? 1 : -1);
    } else {
      return;
    }
    e.preventDefault();
  }
}

function chosenCell(): { from: string; to: string } | null {
  const { from, to } = urlState();
  return from !== undefined && to !== undefined ? { from, to } : null;
}
