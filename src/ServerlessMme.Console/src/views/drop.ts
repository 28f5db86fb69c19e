import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { count, percent, plural, score, short } from "../lib/format.js";
import { place } from "../lib/place.js";
import { store } from "../lib/store.js";
import { thumbUrl } from "../lib/thumbs.js";
import { follow, href } from "../lib/url.js";
import { icon } from "../parts/icons.js";
import { empty, states } from "../parts/states.js";
import { thumb, thumbStyles } from "../parts/thumb.js";
import { toast } from "../parts/toast.js";
import { base, frame } from "../styles/base.js";
import { askBeforeLeaving, filesOf, mostFiles, type Upload, type UploadQueue, uploadsOf } from "./uploads.js";

const shownAtMost = 300;

/** Uploads dragged files and shows their labels as they arrive. */
@customElement("mme-drop")
export class Drop extends LitElement {
  static override styles = [base, frame, states, thumbStyles, css`
    .zone {
      display: flex; flex-direction: column; align-items: center; justify-content: center; gap: var(--s2);
        min-height: 220px;
      padding: var(--s8); border: 1.5px dashed var(--line-strong); border-radius: var(--r3); background: var(--surface);
      text-align: center; transition: background var(--quick), border-color var(--quick);
    }
    .zone.small { min-height: 120px; padding: var(--s5); }
    .zone.over { border-color: var(--accent); background: var(--accent-soft); }
    .zone .mark { display: grid; place-items: center; width: 44px; height: 44px; border-radius: var(--r3);
      background: var(--accent-soft); color: var(--accent-strong); }
    .zone.small .mark { display: none; }
    .zone .actions { display: flex; gap: var(--s2); margin-top: var(--s3); align-items: center; flex-wrap: wrap;
      justify-content: center; }
    .folder { width: 200px; }
    .sum { display: flex; align-items: center; gap: var(--s4); padding: var(--s3) var(--s4);
      border-bottom: 1px solid var(--line); font: var(--font-small); color: var(--soft); }
    .sum b { color: var(--text); }
    .item { display: grid; grid-template-columns: 44px minmax(0, 1fr) minmax(180px, auto); gap: var(--s3);
      align-items: center; padding: var(--s2) var(--s4); border-bottom: 1px solid var(--line); min-height: 60px; }
    .item:last-child { border: 0; }
    .item .pic { width: 44px; height: 44px; border-radius: var(--r2); color: var(--faint); }
    .item .end { display: flex; align-items: center; gap: var(--s2); justify-content: flex-end; min-width: 0; }
    .item .end strong { max-width: 22ch; }
    .meter { width: 120px; height: 6px; border-radius: var(--round); overflow: hidden; background: var(--sunken); }
    .meter i { display: block; height: 100%; background: var(--accent); }
    .bad { color: var(--bad); overflow-wrap: anywhere; }
  `];

  @property() model = "";
  @state() private over = false;
  @state() private folder = "";
  @query("input[type=file]") private input!: HTMLInputElement;
  private queue!: UploadQueue;
  private unwatch: (() => void) | null = null;

  override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("model")) {
      this.unwatch?.();
      this.queue = uploadsOf(this.model);
      this.unwatch = this.queue.watch(() => this.requestUpdate());
    }
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Uploads continue while another view is shown, so this stays. Adding it again changes nothing.
    addEventListener("beforeunload", askBeforeLeaving);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unwatch?.();
  }

  override render(): unknown {
    const items = this.queue.items;
    return html`
      <header class="top">
        <h1>Drop images into <bdi class="cut">${this.model}</bdi></h1>
        <span class="grow"></span>
        <a class="button" href=${href({ view: "gallery", model: this.model }, {})} @click=${follow}>Gallery</a>
      </header>
      <div class="page stack scroll" tabindex="0" role="region" aria-label="Drop images"
        @dragover=${this.dragged} @dragleave=${() => this.over = false} @drop=${this.dropped}>
        ${store.readOnly ? html`<div class="card">${empty("lock", "This console is read-only", html`Start it without
          <code>--read-only</code> to drop images.`)}</div>` : this.zone(items.length > 0)}
        ${items.length > 0 ? this.list(items) : nothing}
      </div>`;
  }

  private zone(some: boolean): unknown {
    return html`<div class="zone ${this.over ? "over" : ""} ${some ? "small" : ""}">
      <span class="mark">${icon("drop", 20)}</span>
      <h2>Drag images here</h2>
      <p class="soft small">Files, folders, or archives (.zip, .tar.gz). The worker labels them as they arrive.</p>
      <div class="actions">
        <button class="button primary" @click=${() => this.input.click()}>Choose files…</button>
        <input class="field folder" aria-label="Destination folder (optional)" placeholder="Folder (optional)"
          spellcheck="false"
          maxlength="400" .value=${this.folder}
            @input=${(e: Event) => this.folder = (e.target as HTMLInputElement).value}>
      </div>
      <input type="file" multiple hidden tabindex="-1" aria-hidden="true" @change=${this.chosen}>
    </div>`;
  }

  private list(items: readonly Upload[]): unknown {
    const n = (...states: readonly Upload["state"][]): number => items.filter(i => states.includes(i.state)).length;
    const conflicts = items.filter(i => i.state === "exists");
    return html`<section class="card" aria-label="Uploads">
      <div class="sum" role="status">
        <span><b>${count(n("answered"))}</b> answered</span>
        <span><b>${count(n("waiting"))}</b> waiting for an answer</span>
        <span><b>${count(n("queued", "sending"))}</b> to upload</span>
        ${n("failed") > 0 ? html`<span class="bad"><b class="bad">${count(n("failed"))}</b> failed</span>` : nothing}
        <span class="grow"></span>
        ${conflicts.length > 1
          ? html`<button class="button" @click=${() => conflicts.forEach(c => this.queue.replace(c))}>Replace all
          ${count(conflicts.length)}</button>` : nothing}
        ${n("queued", "sending") > 0
          ? html`<button class="button" @click=${() => this.queue.cancel()}>Stop uploads</button>` : nothing}
      </div>
      ${repeat(items.slice(0, shownAtMost), i => i.id, i => this.item(i))}
      ${items.length > shownAtMost ? html`<p class="state small">${count(items.length - shownAtMost)} more</p>`
        : nothing}
    </section>`;
  }

  private item(i: Upload): unknown {
    const stored = i.state === "waiting" || i.state === "answered";
    return html`<div class="item">
      <div class="pic">${stored
        ? html`<img alt="" ${thumb(thumbUrl(this.model, i.image, 160, i.etag))}><span
          class="gone">${icon("broken")}</span>`
          : icon("gallery")}</div>
      <div class="cut"><bdi title=${short(i.image, 300)}>${short(i.image, 160)}</bdi></div>
      <div class="end">${this.outcome(i)}</div>
    </div>`;
  }

  private outcome(i: Upload): unknown {
    switch (i.state) {
      case "queued": return html`<span class="small soft">Queued</span>`;
      case "sending": return html`<span class="small soft num">${percent(i.part, 0)}</span>
        <span class="meter" role="progressbar" aria-label="Upload" aria-valuenow=${Math.round(i.part * 100)}
          aria-valuemin="0" aria-valuemax="100">
          <i ${place({ width: `${i.part * 100}%` })}></i></span>`;
      case "waiting": return html`<span class="spin tiny"></span><span class="small soft">Waiting for an answer</span>`;
      case "exists": return html`<span class="small soft">A file with this name already exists</span>
        <button class="button" @click=${() => this.queue.replace(i)}>Replace</button>
        <button class="button quiet" @click=${() => this.queue.forget(i)}>Keep the existing file</button>`;
      case "failed": return html`<span class="small bad">${short(i.problem ?? "", 160)}</span>
        <button class="button quiet" @click=${() => this.queue.again(i)}>${icon("retry")}Retry</button>`;
      case "answered": return i.answer?.error ? html`<span class="tag bad">${i.answer.error}</span>`
        : html`${i.answer?.unsure ? html`<span class="tag warn">unsure</span>` : nothing}
          <strong class="cut"><bdi>${i.answer?.answer ?? "–"}</bdi></strong>
          <span class="soft num">${i.answer?.score === null || i.answer?.score === undefined ? ""
            : score(i.answer.score)}</span>`;
    }
  }

  private dragged(e: DragEvent): void {
    if (!store.readOnly) {
      e.preventDefault();
      this.over = true;
    }
  }

  private async dropped(e: DragEvent): Promise<void> {
    e.preventDefault();
    this.over = false;
    if (e.dataTransfer && !store.readOnly) {
      // Another model may be picked while a large folder is read.
      const { queue, folder } = this;
      const { files, unreadable, isCut } = await filesOf(e.dataTransfer);
      queue.add(files, folder);
      if (unreadable.length > 0) {
        const names = unreadable.slice(0, 3).map(n => short(n, 60)).join(", ");
        const what = plural(unreadable.length, "file or folder", "files and folders");
        toast(`${what} can’t be read and won’t be uploaded: ${names}${unreadable.length > 3 ? "…" : ""}`, true);
      }
      if (isCut) {
        toast(`Only the first ${count(mostFiles)} files are uploaded. Drop the others once these are done.`, true);
      }
    }
  }

  private chosen(): void {
    this.queue.add([...this.input.files ?? []].map(file => ({ name: file.name, file })), this.folder);
    this.input.value = "";
  }
}
