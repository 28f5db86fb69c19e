import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { AnswerList } from "../lib/answers.js";
import { count, plural } from "../lib/format.js";
import { hasModifier } from "../lib/keys.js";
import { place } from "../lib/place.js";
import { thumbQueue } from "../lib/thumbs.js";
import { base } from "../styles/base.js";
import { failed, states } from "./states.js";
import { thumbStyles } from "./thumb.js";
import { ghost, tile, tileStyles, type TilePlace } from "./tile.js";

const gap = 16;
const textHeight = 46;
/** Pixels per millisecond of a fast scroll: a screen in a third of a second. */
const fast = 3;

/**
 * A grid of any length. Only the visible tiles, and one screen around them, are in the document. Near the end, it
 * requests more from its list. Arrow keys move, and Enter opens. Fires "open" with an index.
 */
@customElement("mme-grid")
export class Grid extends LitElement {
  static override styles = [base, states, thumbStyles, tileStyles, css`
    :host { position: relative; min-height: 0; flex: 1; }
    .port { position: absolute; inset: 0; overflow: auto; padding: 20px var(--s6); scrollbar-gutter: stable; }
    .sizer { position: relative; }
    .foot { display: flex; align-items: center; justify-content: center; gap: var(--s2); height: 48px;
      color: var(--soft); }
    .tile { margin: 0; }
    @media (max-width: 1180px) { .port { padding-inline: var(--s4); } }
  `];

  @property({ attribute: false }) list!: AnswerList;
  @property() model = "";
  /** Preferred width of a tile in pixels. */
  @property({ type: Number }) size = 152;
  /** Index of the opened image; -1 for none. */
  @property({ type: Number }) selected = -1;
  @property() label = "Images";
  @property({ type: Boolean }) plain = false;
  @state() private active = 0;
  @state() private width = 0;
  @state() private first = 0;
  @state() private last = 0;
  @query(".port") private port!: HTMLElement;
  private height = 0;
  private moved = { top: 0, at: 0 };
  /** The active tile gets the focus as soon as it is in the document. */
  private takesFocus = false;
  private readonly changed = (): void => this.requestUpdate();
  private readonly observer = new ResizeObserver(() => this.measure());

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    this.list?.removeEventListener("change", this.changed);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.list?.addEventListener("change", this.changed);
    if (this.hasUpdated) {
      this.observer.observe(this.port);
    }
  }

  override firstUpdated(): void {
    this.observer.observe(this.port);
  }

  override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("list")) {
      changes.get("list")?.removeEventListener("change", this.changed);
      this.list.addEventListener("change", this.changed);
      this.active = 0;
      if (this.port) {
        this.port.scrollTop = 0;
        this.range();
      }
    }
    if (changes.has("selected") && this.selected >= 0) {
      this.active = this.selected;
    }
  }

  override updated(changes: PropertyValues<this>): void {
    if (changes.has("selected") && this.selected >= 0) {
      this.reveal(this.selected);
    }
    if (changes.has("size") || changes.has("list")) {
      this.range();
    }
    if (this.takesFocus) {
      const tile = this.renderRoot.querySelector<HTMLElement>(`[data-index="${this.active}"]`);
      tile?.focus({ preventScroll: true });
      this.takesFocus = !tile;
    }
    this.ask();
  }

  /** Moves the keyboard focus to an image, and shows the image. */
  focusTile(index = this.active): void {
    this.active = Math.max(0, Math.min(this.list.items.length - 1, index));
    this.reveal(this.active);
    this.takesFocus = true;
    this.requestUpdate();
  }

  override render(): unknown {
    const { items, complete, error, busy } = this.list;
    const rows = Math.ceil(items.length / this.columns);
    const ghosts = !complete && !error && items.length === 0 ? this.columns * 4 : 0;
    const shown: number[] = [];
    const end = Math.min(items.length, this.last);
    if (this.active < this.first && this.active < items.length) {
      shown.push(this.active);
    }
    for (let i = this.first; i < end; i++) {
      shown.push(i);
    }
    if (this.active >= end && this.active < items.length) {
      shown.push(this.active);
    }
    return html`<div class="port" @scroll=${this.scrolled} aria-busy=${busy}>
      <div class="sizer" role=${items.length > 0 ? "listbox" : nothing}
        aria-label=${items.length > 0 ? this.label : nothing}
        aria-orientation=${items.length > 0 ? "horizontal" : nothing}
        @keydown=${this.key} @click=${this.clicked} ${place({ height: `${rows * this.rowHeight}px` })}>
        ${this.width === 0 ? nothing : repeat(shown, i => i, i => tile(items[i]!, this.at(i), {
          model: this.model, index: i, total: complete ? items.length : -1, selected: i === this.selected,
          active: i === this.active, large: this.size > 170, plain: this.plain,
        }))}
        ${this.width === 0 ? nothing : Array.from({ length: ghosts }, (_, i) => ghost(this.at(i)))}
      </div>
      ${this.foot(items.length)}
    </div>`;
  }

  private foot(length: number): unknown {
    const { error, complete, busy, seen } = this.list;
    if (error) {
      return failed(error, () => void this.list.retry());
    }
    if (busy && !complete && length > 0) {
      return html`<div class="foot small" role="status"><span class="spin tiny"></span>${count(length)} shown,
        ${count(seen)} checked</div>`;
    }
    return complete && length > 0 ? html`<div class="foot small">${plural(length, "image")}</div>` : nothing;
  }

  private get columns(): number {
    return Math.max(1, Math.floor((this.width + gap) / (this.size + gap)));
  }

  private get tileWidth(): number {
    return Math.floor((this.width + gap) / this.columns) - gap;
  }

  private get rowHeight(): number {
    return this.tileWidth + textHeight + gap;
  }

  private at(index: number): TilePlace {
    const column = index % this.columns;
    const row = Math.floor(index / this.columns);
    return {
      x: column * (this.tileWidth + gap), y: row * this.rowHeight, width: this.tileWidth,
      height: this.tileWidth + textHeight,
    };
  }

  private measure(): void {
    const style = getComputedStyle(this.port);
    this.width = this.port.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    this.height = this.port.clientHeight;
    this.range();
  }

  private readonly scrolled = (e: Event): void => {
    const { scrollTop: top } = this.port;
    const at = e.timeStamp;
    if (Math.abs(top - this.moved.top) > fast * (at - this.moved.at)) {
      thumbQueue.hold();
    }
    this.moved = { top, at };
    this.range();
  };

  private readonly range = (): void => {
    const margin = this.height * 0.5;
    const { scrollTop } = this.port;
    this.first = Math.max(0, Math.floor((scrollTop - margin) / this.rowHeight)) * this.columns;
    this.last = (Math.ceil((scrollTop + this.height + margin) / this.rowHeight)) * this.columns;
  };

  /** Keeps two screens of items loaded below the visible ones. */
  private ask(): void {
    if (this.width > 0 && !this.list.complete) {
      const screen = Math.ceil(this.height / this.rowHeight) * this.columns;
      void this.list.want(this.last + 2 * screen);
    }
  }

  private reveal(index: number): void {
    if (this.width === 0) {
      return;
    }
    const top = this.at(index).y + 20;
    const { scrollTop } = this.port;
    if (top < scrollTop + 8) {
      this.port.scrollTop = Math.max(0, top - 20);
    } else if (top + this.rowHeight > scrollTop + this.height) {
      this.port.scrollTop = top + this.rowHeight - this.height + 8;
    }
    this.range();
  }

  private clicked(e: MouseEvent): void {
    const target = (e.target as HTMLElement).closest<HTMLElement>("[data-index]");
    if (target) {
      this.open(Number(target.dataset["index"]));
    }
  }

  private open(index: number): void {
    this.active = index;
    this.dispatchEvent(new CustomEvent("open", { detail: index }));
  }

  private key(e: KeyboardEvent): void {
    if (hasModifier(e)) {
      return;
    }
    const screen = Math.max(1, Math.floor(this.height / this.rowHeight)) * this.columns;
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, PageDown: screen, PageUp: -screen,
      Home: -this.active, End: this.list.items.length - 1 - this.active,
    };
    const step = steps[e.key];
    if (step !== undefined) {
      const to = this.active + step;
      if (to >= 0 && to < this.list.items.length || Math.abs(step) > this.columns) {
        this.focusTile(to);
        // While an image is open, the arrows open its neighbors.
        if (this.selected >= 0) {
          this.open(this.active);
        }
      }
    } else if (e.key === "Enter" || e.key === " ") {
      this.open(this.active);
    } else {
      return;
    }
    e.preventDefault();
    e.stopPropagation();
  }
}
