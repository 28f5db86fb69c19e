import { type ApiError, asError, get, isAbort, path, send, withQuery } from "./api.js";
import { short } from "./format.js";
import type { Accuracy, Answer } from "./types.js";

export type Order = "unsure" | "least" | "random";

export interface Decision {
  readonly answer: Answer;
  readonly label: string;
}

interface Next {
  readonly items: readonly Answer[];
  readonly next?: string | null;
  readonly accuracy: Accuracy;
}

/** More images are requested if fewer than this number are left. */
const fewest = 10;

/**
 * One review of one model in one order: the next images, and the decisions so far. If a save ends after the page has
 * moved on to another review, it changes only this one.
 */
export class ReviewQueue {
  images: readonly Answer[] = [];
  done: readonly Decision[] = [];
  accuracy: Accuracy | null = null;
  error: ApiError | null = null;
  busy = false;
  private ended = false;
  private cursor: string | null = null;
  private readonly skipped = new Set<string>();
  private readonly controller = new AbortController();
  private saving: Promise<unknown> = Promise.resolve();

  /** @param problem Reports why something was not saved, even if the page shows another review by then. */
  constructor(
    readonly model: string, readonly order: Order, private readonly changed: () => void,
    private readonly problem: (text: string) => void,
  ) {}

  /** The model's accuracy for the images of this session; null before the first decision. */
  get session(): Accuracy | null {
    return this.done.length === 0 ? null
      : proportion(this.done.filter(d => d.label === d.answer.answer).length, this.done.length);
  }

  /** Loads more images until there is one to show, or none are left. */
  async fill(): Promise<void> {
    if (this.busy || this.ended) {
      return;
    }
    this.busy = true;
    this.error = null;
    this.changed();
    try {
      // A page may hold only images that are already here.
      do {
        const query = { order: this.order, count: 50, after: this.cursor };
        const page = await get<Next>(withQuery(path("truth", this.model, "next"), query), this.controller.signal);
        const known = new Set([...this.images, ...this.done.map(d => d.answer)].map(a => a.image));
        const fresh = page.items.filter(a => !known.has(a.image) && !this.skipped.has(a.image));
        this.images = [...this.images, ...fresh];
        this.cursor = page.next ?? null;
        this.ended = this.cursor === null;
        this.accuracy = page.accuracy;
      } while (this.images.length === 0 && !this.ended);
    } catch (e) {
      if (!isAbort(e)) {
        this.error = asError(e);
      }
    } finally {
      this.busy = false;
      this.changed();
    }
  }

  /**
   * Saves the correct label of the first image and shows the next one. A failed save brings the first one back, unless
   * another person has labeled it.
   */
  async decide(label: string): Promise<void> {
    const answer = this.images[0];
    if (!answer || !label) {
      return;
    }
    this.done = [...this.done, { answer, label }];
    this.advance();
    const failed = await this.save("PUT", answer, label);
    // An undo may have come before the failed save; then the image is already in the list.
    if (failed && this.done.some(d => d.answer === answer)) {
      this.done = this.done.filter(d => d.answer !== answer);
      this.images = failed.code === "Exists" ? this.images : [answer, ...this.images];
      this.changed();
    }
  }

  /** Undoes the last decision. Returns it once the server has undone it, or null. */
  async undo(): Promise<Decision | null> {
    const last = this.done.at(-1);
    if (!last) {
      return null;
    }
    this.done = this.done.slice(0, -1);
    this.images = [last.answer, ...this.images];
    this.changed();
    if (!await this.save("DELETE", last.answer, last.label)) {
      return last;
    }
    // The server still has the decision.
    this.done = [...this.done, last];
    this.images = this.images.filter(a => a !== last.answer);
    this.changed();
    return null;
  }

  skip(): void {
    const current = this.images[0];
    if (current) {
      this.skipped.add(current.image);
      this.advance();
    }
  }

  /** Stops requesting images. Decisions are still saved. */
  stop(): void {
    this.controller.abort();
  }

  private advance(): void {
    this.images = this.images.slice(1);
    this.changed();
    if (this.images.length < fewest) {
      void this.fill();
    }
  }

  /** Saves one after another, so an undo never overtakes its decision. Returns the error, or null. */
  private save(method: "PUT" | "DELETE", { image }: Answer, label: string): Promise<ApiError | null> {
    const isNew = method === "PUT";
    const url = withQuery(path("truth", this.model), isNew ? { image } : { image, label });
    const saved = this.saving.then(async () => {
      try {
        this.accuracy = (await send<{ accuracy: Accuracy }>(method, url, isNew ? { label } : undefined)).accuracy;
        this.changed();
        return null;
      } catch (e) {
        const error = asError(e);
        this.problem(error.code === "Exists" ? error.message
          : `${isNew ? `The label “${short(label, 40)}” was not saved for` : "The decision was not undone for"} ${
            short(image, 80)}. ${error.message}`);
        return error;
      }
    });
    this.saving = saved;
    return saved;
  }
}

/** A share with its 95% confidence interval (Wilson), as the server computes it. */
function proportion(right: number, of: number): Accuracy {
  const z = 1.959963984540054;
  const share = right / of;
  const center = (share + z * z / (2 * of)) / (1 + z * z / of);
  const half = z / (1 + z * z / of) * Math.sqrt(share * (1 - share) / of + z * z / (4 * of * of));
  return { right, of, low: Math.max(0, center - half), high: Math.min(1, center + half) };
}
