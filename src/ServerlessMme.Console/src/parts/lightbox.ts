import { css, html, LitElement } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { short } from "../lib/format.js";
import { cover } from "../lib/keys.js";
import { thumbUrl } from "../lib/thumbs.js";
import { base } from "../styles/base.js";
import { icon } from "./icons.js";
import { thumb, thumbStyles } from "./thumb.js";

/** The image as large as the window allows, in a native dialog. */
@customElement("mme-lightbox")
export class Lightbox extends LitElement {
  static override styles = [base, thumbStyles, css`
    dialog { width: 100vw; height: 100vh; max-width: none; max-height: none; border: 0; padding: var(--s16);
      background: rgb(14 18 20 / 94%); }
    dialog::backdrop { background: none; }
    .pic { width: 100%; height: 100%; background: none; }
    .pic > img { object-fit: contain; }
    .pic > .gone { color: #c9d2d6; }
    .bar { position: absolute; inset: var(--s3) var(--s4) auto; display: flex; align-items: center; gap: var(--s3);
      color: #e6eaeb; }
    .bar .button { background: none; color: inherit; border-color: transparent; }
    .bar .button:hover { background: rgb(255 255 255 / 14%); }
  `];

  @property() model = "";
  @property() image = "";
  @property() version = "";
  @query("dialog") private dialog!: HTMLDialogElement;

  private uncover: (() => void) | null = null;

  override firstUpdated(): void {
    this.dialog.showModal();
    this.uncover = cover();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.uncover?.();
  }

  override render(): unknown {
    return html`<dialog aria-label=${`Image ${short(this.image)}`} @close=${() => this.remove()}
      @click=${() => this.dialog.close()}>
      <div class="bar">
        <bdi class="cut grow">${short(this.image, 200)}</bdi>
        <button class="button icon" aria-label="Close">${icon("close")}</button>
      </div>
      <div class="pic"><img alt=${short(this.image)} ${thumb(thumbUrl(this.model, this.image, 1024, this.version))}>
        <span class="gone">${icon("broken", 24)}This image can't be shown</span></div>
    </dialog>`;
  }
}

export function openLightbox(model: string, image: string, version = ""): void {
  const box = new Lightbox();
  box.model = model;
  box.image = image;
  box.version = version;
  document.body.append(box);
}
