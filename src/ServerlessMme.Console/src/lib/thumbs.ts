import { path, withQuery } from "./api.js";

export type ThumbSize = 160 | 320 | 1024;

/**
 * The address of a picture. A page shows what it has loaded from an address without asking again, so a replaced image
 * needs another one.
 * @param version Differs once the image is replaced: its version, or the time of its label.
 */
export function thumbUrl(model: string, image: string, size: ThumbSize, version?: string): string {
  return withQuery(path("thumbs", model), { image, size, v: version });
}

/**
 * Loads pictures a few at a time. A browser opens six connections to one host over HTTP/1.1; live streams and calls
 * need some of them. The newest request goes first, because it is what has just scrolled into view.
 */
class ThumbQueue {
  private readonly waiting: Request[] = [];
  private readonly running = new Set<Request>();

  constructor(private readonly limit: number) {}

  /** Starts loading when there is room; the result cancels it, which stops a download that is under way. */
  load(img: HTMLImageElement, url: string): () => void {
    const request: Request = { img, url, done: () => this.finish(request) };
    this.waiting.push(request);
    // A tile that is scrolled past within one frame never asks.
    requestAnimationFrame(() => this.pump());
    return () => this.cancel(request);
  }

  private pump(): void {
    while (this.running.size < this.limit) {
      const request = this.waiting.pop();
      if (!request) {
        return;
      }
      this.running.add(request);
      request.img.addEventListener("load", request.done, { once: true });
      request.img.addEventListener("error", request.done, { once: true });
      request.img.src = request.url;
    }
  }

  private finish(request: Request): void {
    this.running.delete(request);
    this.pump();
  }

  private cancel(request: Request): void {
    const index = this.waiting.indexOf(request);
    if (index >= 0) {
      this.waiting.splice(index, 1);
    } else if (this.running.has(request)) {
      request.img.removeEventListener("load", request.done);
      request.img.removeEventListener("error", request.done);
      request.img.removeAttribute("src");
      this.finish(request);
    }
  }
}

interface Request {
  readonly img: HTMLImageElement;
  readonly url: string;
  readonly done: () => void;
}

export const thumbQueue = new ThumbQueue(4);
