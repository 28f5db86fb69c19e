import { css, noChange } from "lit";
import { AsyncDirective, directive } from "lit/async-directive.js";
import type { ElementPart } from "lit/directive.js";
import { thumbQueue } from "../lib/thumbs.js";

export const thumbStyles = css`
  .pic { position: relative; display: grid; grid-template: 100% / 100%; place-items: center; overflow: hidden;
    background: var(--checker); }
  .pic > img { width: 100%; height: 100%; object-fit: cover; display: block; transition: opacity var(--quick); }
  .pic > img[data-state="loading"] { opacity: 0; }
  .pic > img[data-state="broken"] { visibility: hidden; }
  .pic > .gone {
    position: absolute; inset: 0; display: none; flex-direction: column; align-items: center; justify-content: center;
    gap: var(--s1); color: var(--faint); font: var(--font-small);
  }
  .pic > img[data-state="broken"] + .gone { display: flex; }
`;

/** Loads an image through the queue while its element is in the page, and stops when the element leaves. */
class ThumbDirective extends AsyncDirective {
  private url = "";
  private img: HTMLImageElement | null = null;
  private cancel: (() => void) | null = null;

  render(_url: string): unknown {
    return noChange;
  }

  override update(part: ElementPart, [url]: [string]): unknown {
    const img = part.element as HTMLImageElement;
    if (img !== this.img) {
      img.addEventListener("load", () => img.setAttribute("data-state", "shown"));
      img.addEventListener("error", () => img.setAttribute("data-state", "broken"));
      this.img = img;
    }
    if (url !== this.url) {
      this.url = url;
      this.start();
    }
    return noChange;
  }

  protected override disconnected(): void {
    this.cancel?.();
    this.cancel = null;
  }

  protected override reconnected(): void {
    this.start();
  }

  private start(): void {
    this.cancel?.();
    const img = this.img;
    if (img) {
      img.setAttribute("data-state", "loading");
      this.cancel = thumbQueue.load(img, this.url);
    }
  }
}

export const thumb = directive(ThumbDirective);
