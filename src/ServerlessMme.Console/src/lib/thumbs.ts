import { path, withQuery } from "./api.js";

export type ThumbSize = 160 | 320 | 1024;

/**
 * Returns the address of a picture. A browser doesn't reload an address that it has already shown, so a replaced image
 * needs a different one.
 * @param version Changes when the image is replaced: its version, or the time of its label.
 */
export function thumbUrl(model: string, image: string, size: ThumbSize, version?: string): string {
  return withQuery(path("thumbs", model), { image, size, v: version });
}

/** Milliseconds that scrolling must pause before pictures load again. */
const rest = 100;

/**
 * Loads pictures a few at a time. A browser opens six connections to one host over HTTP/1.1, and live streams and calls
 * need some of them. Pictures of the newest frame go first, because they have just scrolled into view. Within a frame,
 * pictures load in page order, so visible pictures precede those below.
 */
export class ThumbQueue {
  /** The requests of each frame, newest last. */
  private readonly waiting: Request[][] = [];
  private readonly running = new Set<Request>();
  private frame: Request[] | null = null;
  private resting: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly limit: number) {}

  /** Starts loading when there is room. The returned function cancels it, which also stops a running download. */
  load(img: HTMLImageElement, url: string): () => void {
    let settle = (): void => undefined;
    const settled = new Promise<void>(resolve => settle = resolve);
    const request: Request = { img, url, settled, settle, done: () => this.finish(request) };
    if (this.frame) {
      this.frame.push(request);
    } else {
      this.frame = [request];
      this.waiting.push(this.frame);
      // A tile that is scrolled past within one frame requests nothing.
      requestAnimationFrame(() => {
        this.frame = null;
        this.pump();
      });
    }
    return () => this.cancel(request);
  }

  /**
   * Pauses loading for a moment. Pictures that pass in a fast scroll are gone before they have loaded, and decoding
   * them would slow down the frames.
   */
  hold(): void {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.resting = undefined;
      this.pump();
    }, rest);
  }

  /** Resolves when all pictures that were requested before the next frame have loaded or left the page. */
  async quiet(): Promise<void> {
    await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    await Promise.all([...this.running, ...this.waiting.flat()].map(request => request.settled));
  }

  private pump(): void {
    while (this.resting === undefined && this.running.size < this.limit) {
      const request = this.newest();
      if (!request) {
        return;
      }
      this.running.add(request);
      request.img.addEventListener("load", request.done, { once: true });
      request.img.addEventListener("error", request.done, { once: true });
      request.img.src = request.url;
    }
  }

  private newest(): Request | undefined {
    for (let batch = this.waiting.at(-1); batch; batch = this.waiting.at(-1)) {
      const request = batch.shift();
      if (request) {
        return request;
      }
      this.waiting.pop();
      if (batch === this.frame) {
        this.frame = null;
      }
    }
    return undefined;
  }

  private finish(request: Request): void {
    this.running.delete(request);
    request.settle();
    this.pump();
  }

  private cancel(request: Request): void {
    const batch = this.waiting.find(b => b.includes(request));
    if (batch) {
      batch.splice(batch.indexOf(request), 1);
      request.settle();
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
  /** Resolves when the picture has loaded, failed or left the page. */
  readonly settled: Promise<void>;
  readonly settle: () => void;
  readonly done: () => void;
}

export const thumbQueue = new ThumbQueue(4);
