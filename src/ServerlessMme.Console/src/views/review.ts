import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { get, path, withQuery } from "../lib/api.js";
import { type Choice, choicesOf, labelsOf } from "../lib/choices.js";
import { count, fileName, percent, plural, score, short } from "../lib/format.js";
import { hasModifier, isCovered, isTyping, stopRepeat } from "../lib/keys.js";
import { Load } from "../lib/load.js";
import { type Order, ReviewQueue } from "../lib/review-queue.js";
import { store } from "../lib/store.js";
import { thumbUrl } from "../lib/thumbs.js";
import type { Accuracy, Answer, ModelDetail, StoredLabel } from "../lib/types.js";
import { href, onChange, push, replace, state as urlState } from "../lib/url.js";
import { barStyles, interval } from "../parts/bars.js";
import { icon } from "../parts/icons.js";
import { openLightbox } from "../parts/lightbox.js";
import { segmented, segmentedStyles } from "../parts/segmented.js";
import { empty, failed, loading, states } from "../parts/states.js";
import { thumb, thumbStyles } from "../parts/thumb.js";
import { toast } from "../parts/toast.js";
import { base, frame } from "../styles/base.js";
import { reviewStyles } from "./review-styles.js";

const orders = [["unsure", "Unsure first"], ["least", "Least certain"], ["random", "Random sample"]] as const;

/** Shows one image after another: accept its answer, or pick the right one. The decision becomes the correct label. */
@customElement("mme-review")
export class Review extends LitElement {
  static override styles = [base, frame, states, barStyles, thumbStyles, segmentedStyles, reviewStyles];

  @property() model = "";
  @state() private find = "";
  @query("#find") private finder!: HTMLInputElement | null;
  private readonly top = new Load<StoredLabel>(this);
  private readonly detail = new Load<ModelDetail>(this);
  private review: ReviewQueue | null = null;
  private listed: readonly string[] | null = null;
  private shown = "";
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
    this.review?.stop();
    removeEventListener("keydown", this.listen);
    store.removeEventListener("change", this.changed);
  }

  private get order(): Order {
    const order = urlState()["order"];
    return order === "least" || order === "random" ? order : "unsure";
  }

  override willUpdate(_: PropertyValues): void {
    const { model, order, review } = this;
    if (review?.model !== model) {
      // The list of models lacks the labels of large models, and receives those of others during a review. Keys must
      // not change during a review, so the review makes its own request.
      this.listed = store.model(model)?.labels ?? null;
      if (!this.listed) {
        void this.detail.run(s => get(path("models", model), s));
      }
    }
    if (review?.model !== model || review.order !== order) {
      review?.stop();
      this.shown = "";
      this.review = new ReviewQueue(model, order, () => this.requestUpdate(), text => toast(text, true));
      void this.review.fill();
    }
    const current = this.current;
    if (current && current.image !== this.shown) {
      this.shown = current.image;
      void this.top.run(s => get(withQuery(path("answers", this.model, "label"), { image: current.image }), s));
    }
  }

  private get current(): Answer | undefined {
    return this.review?.images[0];
  }

  override render(): unknown {
    const { current, review } = this;
    return html`
      <header class="top">
        <h1>Review <bdi class="cut">${this.model}</bdi></h1>
        <span class="grow"></span>
        ${segmented<Order>("Order", orders,
          this.order, o => replace({ order: o === "unsure" ? null : o }))}
      </header>
      ${!review ? nothing : review.error ? failed(review.error, () => void review.fill())
        : !current ? review.busy ? loading("Looking for images to review…") : this.finished(review)
        : html`<div class="desk">${this.stage(review, current)}${this.panel(review, current)}</div>`}`;
  }

  private stage({ done, images, model }: ReviewQueue, current: Answer): unknown {
    const ahead = images[1];
    return html`<section class="stage" aria-label="Image under review">
      <div class="pic">
        <img alt=${`Under review: ${short(fileName(current.image), 80)}`}
          ${thumb(thumbUrl(model, current.image, 1024, current.at))}>
        <span class="gone">${icon("broken", 28)}This image can't be shown</span>
        ${ahead ? html`<img class="ahead" alt="" aria-hidden="true"
          ${thumb(thumbUrl(model, ahead.image, 1024, ahead.at))}>` : nothing}
      </div>
      <div class="caption row">
        <bdi class="cut grow soft small">${short(current.image, 200)}</bdi>
        <button class="button" ?disabled=${done.length === 0}
          @click=${this.undo}>${icon("undo")}Undo<kbd>u</kbd></button>
        <button class="button" @click=${this.skip}>Skip<kbd>s</kbd></button>
      </div>
      <ol class="trail" aria-label="Reviewed so far">${done.slice(-9).map(d => html`
        <li title=${short(d.label)}>
          <div class="pic"><img alt="" ${thumb(thumbUrl(model, d.answer.image, 160, d.answer.at))}><span
            class="gone"></span></div>
          <span class="small row ${d.label === d.answer.answer ? "right" : "wrong"}">${icon(d.label === d.answer.answer
            ? "check" : "arrow", 12)}
            <bdi class="cut">${short(d.label, 60)}</bdi></span>
        </li>`)}</ol>
    </section>`;
  }

  private panel(review: ReviewQueue, current: Answer): unknown {
    const off = store.readOnly;
    return html`<section class="panel" aria-label="Decision">
      ${this.figures(review)}
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
    const labels = this.labels;
    const shown = this.pickable;
    const scores = new Map(this.top.value?.top?.map(t => [t.label, t.score]));
    return html`<div class="choices">
      <div class="row"><h2 class="grow">Or pick the correct label</h2></div>
      ${labels === "unknown" ? html`<p class="row small soft" role="status"><span class="spin tiny"></span>Loading the
        model’s labels…</p>`
        : labels === "none" ? html`<p class="small soft">${this.detail.error?.message
          ?? "There is no list of this model’s labels."} Only the image’s top classes are shown.</p>` : nothing}
      ${typeof labels !== "string" && labels.length > 9 ? html`<input id="find" class="field" type="text"
        aria-label="Find a label" placeholder="Find a label  ( / )"
        spellcheck="false" .value=${this.find} @input=${this.typed} @keydown=${this.found}>` : nothing}
      <div class="list scroll" tabindex="-1">${shown.map(({ label, key }) => html`
        <button class="choice ${label === current.answer ? "said" : ""}" ?disabled=${off}
          @click=${() => this.decide(label)}>
          <kbd>${key}</kbd><bdi class="cut grow">${short(label, 300)}</bdi>
          <span class="num small soft">${scores.has(label) ? score(scores.get(label)!) : ""}</span>
        </button>`)}
        ${shown.length === 0 && this.find ? html`<p class="small soft">No label contains this text.</p>` : nothing}
      </div>
    </div>`;
  }

  /** A random sample represents the unreviewed images; the other orders, and imports, prefer some images. */
  private figures({ accuracy, order, session }: ReviewQueue): unknown {
    const isSample = order === "random";
    const shown = isSample ? session : accuracy;
    return html`<div class="figures">
      <div class="row"><span class="small soft grow">${isSample ? "Accuracy of this sample" : "Accuracy so far"}</span>
        <span class="small soft num">${shown ? `${count(shown.of)} reviewed` : ""}</span></div>
      ${shown && shown.of > 0 ? this.share(shown) : html`<p class="small soft">${isSample
        ? "Nothing in this sample has been reviewed yet." : "Nothing has been reviewed yet."}</p>`}
      ${isSample ? html`<p class="small soft">Includes only this session’s images, a random sample of unreviewed
          images.${accuracy && accuracy.of > 0 ? ` All ${plural(accuracy.of, "correct label")}, in any order: ${
            percent(accuracy.right / accuracy.of, 0)}.` : ""}</p>`
        : shown && shown.of > 0
          ? html`<p class="small soft">The hardest images come first, so overall accuracy is higher.</p>` : nothing}
    </div>`;
  }

  private share(a: Accuracy): unknown {
    return html`<div class="row figure"><b>${percent(a.right / a.of, 0)}</b>
      <span class="soft small">between ${percent(a.low, 0)} and ${percent(a.high, 0)}</span></div>${interval(a)}`;
  }

  private finished({ done }: ReviewQueue): unknown {
    return empty("check", "All reviewed", done.length > 0
      ? `${count(done.length)} reviewed in this session. No images are left in this order.`
      : "No images without a correct label are left in this order.",
      html`<button class="button"
        @click=${() => push({ view: "compare", kind: "truth", model: this.model }, {})}>Compare with the correct
          labels</button>
        <a class="button" href=${href({ view: "gallery", model: this.model }, {})} @click=${(e: MouseEvent) => {
          e.preventDefault();
          push({ view: "gallery", model: this.model }, {});
        }}>Gallery</a>`);
  }

  private get labels(): ReturnType<typeof labelsOf> {
    return this.listed ?? labelsOf(this.detail.value, this.detail.busy);
  }

  private get pickable(): readonly Choice[] {
    return choicesOf(this.labels, this.top.value?.top?.map(t => t.label) ?? [], this.find);
  }

  private decide(label: string): void {
    if (!store.readOnly && label) {
      this.leave();
      void this.review?.decide(label);
    }
  }

  private readonly undo = async (): Promise<void> => {
    const undone = await this.review?.undo();
    if (undone) {
      toast(`Undid “${short(undone.label, 40)}”`);
    }
  };

  private readonly skip = (): void => {
    this.leave();
    this.review?.skip();
  };

  private leave(): void {
    this.find = "";
    this.finder?.blur();
  }

  private typed(e: Event): void {
    this.find = (e.target as HTMLInputElement).value;
  }

  private found(e: KeyboardEvent): void {
    const label = this.find.trim() ? this.pickable[0]?.label : undefined;
    if (e.key === "Enter" && label && !e.repeat) {
      this.decide(label);
    } else if (e.key === "Escape") {
      this.leave();
    } else {
      return;
    }
    e.preventDefault();
    e.stopPropagation();
  }

  private pressed(e: KeyboardEvent): void {
    const { current } = this;
    // Each key press is one decision: a person who holds a key down has not seen the next images.
    if (!current || isCovered(e) || stopRepeat(e) || hasModifier(e) || isTyping(e) || e.defaultPrevented) {
      return;
    }
    // Enter on a focused control belongs to that control.
    const onControl = e.composedPath()[0] instanceof HTMLButtonElement
      || e.composedPath()[0] instanceof HTMLAnchorElement;
    const choice = this.pickable.find(c => c.key === e.key);
    if (e.key === "Enter" && !onControl) {
      this.decide(current.answer ?? "");
    } else if (e.key === " " && !onControl) {
      openLightbox(this.model, current.image, current.at);
    } else if (e.key === "s") {
      this.skip();
    } else if (e.key === "u") {
      void this.undo();
    } else if (e.key === "/" && this.finder) {
      this.finder.focus();
    } else if (choice) {
      this.decide(choice.label);
    } else {
      return;
    }
    e.preventDefault();
  }
}
