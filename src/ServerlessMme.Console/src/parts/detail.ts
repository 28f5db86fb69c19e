import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { isChanged } from "../lib/answers.js";
import { type ApiError, asError, get, path, withQuery } from "../lib/api.js";
import { bytes, short, shortVersion, visible, when } from "../lib/format.js";
import { Load } from "../lib/load.js";
import { thumbUrl } from "../lib/thumbs.js";
import type { Answer, Scored, StoredLabel } from "../lib/types.js";
import { base } from "../styles/base.js";
import { bars, barStyles } from "./bars.js";
import { icon } from "./icons.js";
import { json, jsonStyles } from "./json.js";
import { openLightbox } from "./lightbox.js";
import { failed, loading, states } from "./states.js";
import { thumb, thumbStyles } from "./thumb.js";

/** Everything about one image. Fires "close" and, with -1 or 1, "step". */
@customElement("mme-detail")
export class Detail extends LitElement {
  static override styles = [base, states, barStyles, thumbStyles, jsonStyles, css`
    :host { display: flex; flex-direction: column; height: 100%; min-height: 0; }
    header {
      display: flex; align-items: center; gap: var(--s1); padding: var(--s2) var(--s2) var(--s2) var(--s5);
      border-bottom: 1px solid var(--line); min-height: 48px;
    }
    header h2 { font: var(--font-strong); }
    .body { flex: 1; min-height: 0; padding: var(--s5); display: flex; flex-direction: column; gap: var(--s5); }
    .pic { height: min(340px, 38vh); border-radius: var(--r3); border: 1px solid var(--line); flex: none; }
    .pic > img { object-fit: contain; }
    .pic > .button { position: absolute; right: var(--s2); bottom: var(--s2); background: var(--raised); }
    .headline { display: flex; align-items: center; gap: var(--s2); flex-wrap: wrap; }
    .headline strong { font: var(--font-head); overflow-wrap: anywhere; max-height: 84px; overflow: hidden; }
    .why { color: var(--soft); margin-top: var(--s1); overflow-wrap: anywhere; }
    section > h3 { margin-bottom: var(--s2); font: var(--font-small); color: var(--soft); }
    dl { display: grid; grid-template-columns: 104px 1fr; gap: 6px var(--s3); font: var(--font-small); }
    dt { color: var(--soft); }
    dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
    dd.long { max-height: 96px; overflow: auto; }
    .member { padding: var(--s2) 0; border-bottom: 1px solid var(--line); }
    .member > h4 { margin: 0 0 var(--s1); font: var(--font-small); font-weight: 600; }
  `];

  @property() model = "";
  @property({ attribute: false }) answer!: Answer;
  /** "12 of 3,000"; empty if the position in the list is unknown. */
  @property() position = "";
  @state() private broken: ApiError | null = null;
  private readonly stored = new Load<StoredLabel>(this);

  override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("answer") || changes.has("model")) {
      if (changes.get("answer")?.image !== this.answer.image || changes.has("model")) {
        this.broken = null;
        const url = withQuery(path("answers", this.model, "label"), { image: this.answer.image });
        void this.stored.run(signal => get(url, signal));
      }
    }
  }

  override render(): unknown {
    const { image, at } = this.answer;
    return html`
      <header>
        <h2 class="grow cut">Image</h2>
        <span class="small soft num">${this.position}</span>
        <button class="button quiet icon" aria-label="Previous image" title="Previous (←)"
          @click=${() => this.step(-1)}>${icon("left")}</button>
        <button class="button quiet icon" aria-label="Next image" title="Next (→)"
          @click=${() => this.step(1)}>${icon("right")}</button>
        <button class="button quiet icon" aria-label="Close details" title="Close (Esc)"
          @click=${this.close}>${icon("close")}</button>
      </header>
      <div class="body scroll" tabindex="0" role="region" aria-label="Image details">
        <div class="pic">
          <img alt=${short(image)} @error=${this.why} ${thumb(thumbUrl(this.model, image, 320, at))}>
          <span class="gone">${icon("broken", 24)}${this.broken?.message ?? "No preview"}</span>
          <button class="button icon" aria-label="Enlarge" title="Enlarge (f)"
            @click=${this.enlarge}>${icon("expand")}</button>
        </div>
        ${this.headline()}
        ${this.stored.error ? failed(this.stored.error) : this.stored.value ? this.facts(this.stored.value)
          : loading("Loading the label…")}
      </div>`;
  }

  enlarge(): void {
    openLightbox(this.model, this.answer.image, this.answer.at);
  }

  private headline(): unknown {
    // An image opened by its address may not be in the list yet; then the stored label has the answer.
    const { value } = this.stored;
    const { previous } = this.answer;
    const answer = this.answer.answer ?? value?.label ?? null;
    const error = this.answer.error ?? value?.error?.code ?? null;
    const unsure = this.answer.unsure || value?.unsure === true;
    if (answer === null && error === null && (this.stored.busy || this.stored.error)) {
      return nothing;
    }
    return html`<div>
      <div class="headline">
        <strong><bdi>${error ?? short(answer ?? "No answer yet", 300)}</bdi></strong>
        ${error ? html`<span class="tag bad">refused</span>` : nothing}
        ${unsure ? html`<span class="tag warn">unsure</span>` : nothing}
      </div>
      ${value?.error?.message ? html`<p class="why">${value.error.message}</p>` : nothing}
      ${previous ? html`<p class="why">The previous version’s answer was ${isChanged(this.answer)
        ? html`<bdi><b>${short(previous)}</b></bdi>` : "the same"}.</p>` : nothing}
    </div>`;
  }

  private facts(label: StoredLabel): unknown {
    const { truth } = label;
    return html`
      ${label.answers ? this.members(label.answers) : label.top && label.top.length > 0
        ? html`<section><h3>Top classes</h3>${bars(label.top)}</section>` : nothing}
      <section>
        <h3>About</h3>
        <dl>
          <dt>Name</dt><dd class="long" tabindex="0"
            aria-label="Full name"><bdi>${visible(this.answer.image)}</bdi></dd>
          ${this.answer.archive ? html`<dt>Archive</dt><dd><bdi>${short(this.answer.archive, 300)}</bdi></dd>`
            : nothing}
          <dt>Correct label</dt>
          <dd>${truth ? html`<bdi>${short(truth.label)}</bdi>${truth.by
            ? html` <span class="soft">by <bdi>${short(truth.by)}</bdi></span>` : nothing}`
            : html`<span class="soft">Not reviewed</span>`}</dd>
          <dt>Classified</dt><dd>${when(label.classifiedAt ?? this.answer.at)}</dd>
          <dt>Model version</dt><dd class="code"
            title=${label.model?.digest ?? ""}>${shortVersion(label.model?.version ?? this.answer.version)}</dd>
          <dt>Image</dt><dd>${bytes(label.image?.bytes)} <span
            class="soft code">${shortVersion(label.image?.etag)}</span></dd>
        </dl>
      </section>
      ${json("Stored label (JSON)", label)}`;
  }

  private members(answers: readonly StoredLabel[]): unknown {
    return html`<section><h3>Answers by member</h3>${answers.map(a => html`<div class="member">
      <h4><bdi>${short(a.model?.name ?? "?")}</bdi></h4>
      ${a.error ? html`<span class="tag bad">${a.error.code}</span>` : bars(best(a))}
    </div>`)}</section>`;
  }

  /** Requests a failed picture again to find out why. */
  private async why(): Promise<void> {
    const { image, at } = this.answer;
    try {
      await fetch(thumbUrl(this.model, image, 320, at)).then(async r => {
        if (!r.ok) {
          const { error } = await r.json() as { error: { message: string } };
          throw new Error(error.message);
        }
      });
    } catch (e) {
      if (image === this.answer.image) {
        this.broken = asError(e);
      }
    }
  }

  private step(by: number): void {
    this.dispatchEvent(new CustomEvent("step", { detail: by }));
  }

  private close(): void {
    this.dispatchEvent(new Event("close"));
  }
}

function best(label: StoredLabel): readonly Scored[] {
  return label.top?.slice(0, 2) ?? (label.label ? [{ label: label.label, score: label.score ?? 0 }] : []);
}
