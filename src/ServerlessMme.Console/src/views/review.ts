import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { get, path, send, withQuery } from "../lib/api.js";
import { count, fileName, percent, score, short } from "../lib/format.js";
import { hasModifier, isCovered, isTyping, labelKeys } from "../lib/keys.js";
import { Load } from "../lib/load.js";
import { store } from "../lib/store.js";
import { thumbUrl } from "../lib/thumbs.js";
import type { Accuracy, Answer, StoredLabel } from "../lib/types.js";
import { href, onChange, push, replace, state as urlState } from "../lib/url.js";
import { barStyles, interval } from "../parts/bars.js";
import { icon } from "../parts/icons.js";
import { openLightbox } from "../parts/lightbox.js";
import { segmented, segmentedStyles } from "../parts/segmented.js";
import { empty, failed, loading, states } from "../parts/states.js";
import { thumb, thumbStyles } from "../parts/thumb.js";
import { attempt, toast } from "../parts/toast.js";
import { base, frame } from "../styles/base.js";
import { reviewStyles } from "./review-styles.js";

const orders = [["unsure", "Unsure first"], ["least", "Least certain"], ["random", "Random sample"]] as const;
type Order = "unsure" | "least" | "random";
interface Next { readonly items: readonly Answer[]; readonly next?: string | null; readonly accuracy: Accuracy }
interface Decision { readonly answer: Answer; readonly label: string }

/** Labels beyond this have no key of their own; they are found by typing. */
const mostKeys = labelKeys.length;

/** One image after the other: accept its answer or give the right one. What is said here is the correct label. */
@customElement("mme-review")
export class Review extends LitElement {
  static override styles = [base, frame, states, barStyles, thumbStyles, segmentedStyles, reviewStyles];

  @property() model = "";
  @state() private queue: readonly Answer[] = [];
  @state() private done: readonly Decision[] = [];
  @state() private accuracy: Accuracy | null = null;
  @state() private find = "";
  @query("#find") private finder!: HTMLInputElement | null;
  private readonly next = new Load<Next>(this);
  private readonly top = new Load<StoredLabel>(this);
  private shown = "";
  private skipped = new Set<string>();
  private ended = false;
  private saving: Promise<unknown> = Promise.resolve();
  private cursor: string | null = null;
  private unlisten: (() => void) | null = null;
  private key = "";
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
    removeEventListener("keydown", this.listen);
    store.removeEventListener("change", this.changed);
  }

  private get order(): Order {
    return (urlState()["order"] as Order | undefined) ?? "unsure";
  }

  override willUpdate(_: PropertyValues): void {
    const key = `${this.model} ${this.order}`;
    if (key !== this.key) {
      this.key = key;
      this.queue = [];
      this.done = [];
      this.skipped = new Set();
      this.ended = false;
      this.cursor = null;
      this.accuracy = null;
      void this.fill();
    }
    const current = this.queue[0];
    if (current && current.image !== this.shown) {
      this.shown = current.image;
      void this.top.run(s => get(withQuery(path("answers", this.model, "label"), { image: current.image }), s));
    }
  }

  override render(): unknown {
    const current = this.queue[0];
    return html`
      <header class="top">
        <h1>Review <bdi class="cut">${this.model}</bdi></h1>
        <span class="grow"></span>
        ${segmented<Order>("Order", orders,
          this.order, o => replace({ order: o === "unsure" ? null : o }))}
      </header>
      ${this.next.error ? failed(this.next.error, () => void this.fill())
        : !current ? this.next.busy ? loading("Looking for images to review…") : this.finished()
        : html`<div class="desk">${this.stage(current)}${this.panel(current)}</div>`}`;
  }

  private stage(current: Answer): unknown {
    const ahead = this.queue[1];
    return html`<section class="stage" aria-label="Image under review">
      <div class="pic">
        <img alt=${`Under review: ${short(fileName(current.image), 80)}`}
          ${thumb(thumbUrl(this.model, current.image, 1024))}>
        <span class="gone">${icon("broken", 28)}This image can't be shown</span>
        ${ahead ? html`<img class="ahead" alt="" aria-hidden="true" ${thumb(thumbUrl(this.model, ahead.image, 1024))}>`
          : nothing}
      </div>
      <div class="caption row">
        <bdi class="cut grow soft small">${short(current.image, 200)}</bdi>
        <button class="button" ?disabled=${this.done.length === 0}
          @click=${this.undo}>${icon("undo")}Undo<kbd>u</kbd></button>
        <button class="button" @click=${this.skip}>Skip<kbd>s</kbd></button>
      </div>
      <ol class="trail" aria-label="Reviewed so far">${this.done.slice(-9).map(d => html`
        <li title=${short(d.label)}>
          <div class="pic"><img alt="" ${thumb(thumbUrl(this.model, d.answer.image, 160))}><span
            class="gone"></span></div>
          <span class="small row ${d.label === d.answer.answer ? "right" : "wrong"}">${icon(d.label === d.answer.answer
            ? "check" : "arrow", 12)}
            <bdi class="cut">${short(d.label, 60)}</bdi></span>
        </li>`)}</ol>
    </section>`;
  }

  private panel(current: Answer): unknown {
    const off = store.readOnly;
    return html`<section class="panel" aria-label="Decision">
      ${this.figures()}
      <div class="said">
        <span class="small soft">The model says</span>
        <div class="row">
          <strong class="cut"><bdi>${short(current.answer ?? current.error ?? "–")}</bdi></strong>
          ${current.score === null ? nothing : html`<span class="soft num">${score(current.score)}</span>`}
          ${current.unsure ? html`<span class="tag warn">unsure</span>` : nothing}
        </div>
        <button class="button primary accept" ?disabled=${off || !current.answer}
          @click=${() => this.decide(current.answer ?? "")}>
          ${icon("check")}Accept<kbd>Enter</kbd></button>
        ${off ? html`<p class="small soft">This console is read-only, so nothing can be saved.</p>` : nothing}
      </div>
      ${this.choices(current, off)}
    </section>`;
  }

  private choices(current: Answer, off: boolean): unknown {
    const all = this.labels;
    const text = this.find.trim().toLowerCase();
    const few = all.length <= mostKeys;
    const likely = this.top.value?.top?.map(t => t.label) ?? [];
    const shown = text ? all.filter(l => l.toLowerCase().includes(text)).slice(0, mostKeys) : few ? all : likely;
    const scores = new Map(this.top.value?.top?.map(t => [t.label, t.score]));
    return html`<div class="choices">
      <div class="row"><h2 class="grow">Or pick the right label</h2></div>
      ${all.length > 9 ? html`<input id="find" class="field" type="text" aria-label="Find a label"
        placeholder="Find a label  ( / )"
        spellcheck="false" .value=${this.find} @input=${this.typed} @keydown=${this.found}>` : nothing}
      <div class="list scroll" tabindex="-1">${shown.map((label, i) => html`
        <button class="choice ${label === current.answer ? "said" : ""}" ?disabled=${off}
          @click=${() => this.decide(label)}>
          <kbd>${text ? i === 0 ? "↵" : "" : labelKeys[i]}</kbd><bdi class="cut grow">${short(label, 300)}</bdi>
          <span class="num small soft">${scores.has(label) ? score(scores.get(label)!) : ""}</span>
        </button>`)}
        ${shown.length === 0 && text ? html`<p class="small soft">No label contains this text.</p>` : nothing}
      </div>
    </div>`;
  }

  private figures(): unknown {
    const a = this.accuracy;
    return html`<div class="figures">
      <div class="row"><span class="small soft grow">Accuracy so far</span>
        <span class="small soft num">${a ? `${count(a.of)} reviewed` : ""}</span></div>
      ${a && a.of > 0 ? html`<div class="row figure"><b>${percent(a.right / a.of, 0)}</b>
          <span class="soft small">between ${percent(a.low, 0)} and ${percent(a.high, 0)}</span></div>${interval(a)}
          ${this.order === "random" ? nothing
            : html`<p class="small soft">The hardest images come first, so all images do better than this.</p>`}`
        : html`<p class="small soft">Nothing reviewed yet.</p>`}
    </div>`;
  }

  private finished(): unknown {
    return empty("check", "All reviewed", this.done.length > 0
      ? `${count(this.done.length)} in this session. Nothing is left in this order.`
      : "No image without a correct label is left in this order.",
      html`<button class="button"
        @click=${() => push({ view: "compare", kind: "truth", model: this.model }, {})}>Compare with the correct
          labels</button>
        <a class="button" href=${href({ view: "gallery", model: this.model }, {})} @click=${(e: MouseEvent) => {
          e.preventDefault();
          push({ view: "gallery", model: this.model }, {});
        }}>Gallery</a>`);
  }

  private get labels(): readonly string[] {
    return store.model(this.model)?.labels ?? this.top.value?.top?.map(t => t.label) ?? [];
  }

  private async fill(): Promise<void> {
    const query = { order: this.order, count: 50, after: this.cursor };
    const page = await this.next.run(s => get<Next>(withQuery(path("truth", this.model, "next"), query), s));
    if (page) {
      const known = new Set([...this.queue, ...this.done.map(d => d.answer)].map(a => a.image));
      const fresh = page.items.filter(a => !known.has(a.image) && !this.skipped.has(a.image));
      this.queue = [...this.queue, ...fresh];
      this.cursor = page.next ?? null;
      this.ended = this.cursor === null;
      this.accuracy = page.accuracy;
      // A page may hold nothing but what is here already.
      if (this.queue.length === 0 && !this.ended) {
        await this.fill();
      }
    }
  }

  private async decide(label: string): Promise<void> {
    const answer = this.queue[0];
    if (!answer || !label || store.readOnly) {
      return;
    }
    // The next image shows at once; a failed save brings this one back.
    this.advance();
    this.done = [...this.done, { answer, label }];
    const saved = await this.save("PUT", answer, { label });
    if (!saved) {
      this.done = this.done.filter(d => d.answer !== answer);
      this.queue = [answer, ...this.queue];
    }
  }

  private readonly undo = async (): Promise<void> => {
    const last = this.done.at(-1);
    if (!last) {
      return;
    }
    this.done = this.done.slice(0, -1);
    this.queue = [last.answer, ...this.queue];
    if (await this.save("DELETE", last.answer)) {
      toast(`Took back “${short(last.label, 40)}”`);
    }
  };

  private readonly skip = (): void => {
    const current = this.queue[0];
    if (current) {
      this.skipped.add(current.image);
      this.advance();
    }
  };

  private advance(): void {
    this.queue = this.queue.slice(1);
    this.find = "";
    this.finder?.blur();
    if (this.queue.length < 10 && !this.ended && !this.next.busy) {
      void this.fill();
    }
  }

  /** Saves one after the other, so that an undo never overtakes what it undoes. */
  private save(method: "PUT" | "DELETE", { image }: Answer, body?: unknown): Promise<boolean> {
    const url = withQuery(path("truth", this.model), { image });
    const saved = this.saving.then(() => attempt(async () => {
      this.accuracy = (await send<{ accuracy: Accuracy }>(method, url, body)).accuracy;
    }));
    this.saving = saved;
    return saved;
  }

  private typed(e: Event): void {
    this.find = (e.target as HTMLInputElement).value;
  }

  private found(e: KeyboardEvent): void {
    const text = this.find.trim().toLowerCase();
    const found = text ? this.labels.filter(l => l.toLowerCase().includes(text)) : [];
    const label = found.find(l => l.toLowerCase() === text) ?? found[0];
    if (e.key === "Enter" && label) {
      void this.decide(label);
    } else if (e.key === "Escape") {
      this.find = "";
      this.finder?.blur();
    } else {
      return;
    }
    e.preventDefault();
    e.stopPropagation();
  }

  private pressed(e: KeyboardEvent): void {
    const current = this.queue[0];
    if (!current || hasModifier(e) || isTyping(e) || isCovered(e) || e.defaultPrevented) {
      return;
    }
    // Enter on a focused control belongs to that control.
    const onControl = e.composedPath()[0] instanceof HTMLButtonElement
      || e.composedPath()[0] instanceof HTMLAnchorElement;
    const few = this.labels.length <= mostKeys;
    const keyed = few ? this.labels : this.top.value?.top?.map(t => t.label) ?? [];
    const label = keyed[labelKeys.indexOf(e.key)];
    if (e.key === "Enter" && !onControl) {
      void this.decide(current.answer ?? "");
    } else if (e.key === " " && !onControl) {
      openLightbox(this.model, current.image);
    } else if (e.key === "s") {
      this.skip();
    } else if (e.key === "u") {
      void this.undo();
    } else if (e.key === "/" && this.finder) {
      this.finder.focus();
    } else if (label !== undefined) {
      void this.decide(label);
    } else {
      return;
    }
    e.preventDefault();
  }
}
