import { ApiError, asError, get, isAbort, type Query, withQuery } from "./api.js";
import type { Answer, AnswerPage } from "./types.js";

/** Answers checked for the first page: a few screens. Each later page checks as many as all earlier pages together. */
const fewest = 200;
const most = 5_000;

/** Returns true if the previous version is known to have answered differently. A refusal is also an answer. */
export function isChanged({ previous, answer, error }: Answer): boolean {
  return previous !== null && previous !== (answer ?? `error:${error}`);
}

/** Answers that arrive page by page. The server filters, so a page may be empty even if more pages follow. */
export class AnswerList extends EventTarget {
  readonly items: Answer[] = [];
  /** Number of images that the server has checked so far. */
  seen = 0;
  busy = false;
  error: ApiError | null = null;
  complete = false;
  private next: string | null = null;
  private wanted = 0;
  private readonly controller = new AbortController();

  constructor(private readonly url: string, private readonly query: Query = {}, private readonly cursor = "from") {
    super();
  }

  /** Loads pages until there are this many items, or no more pages. */
  async want(count: number): Promise<void> {
    this.wanted = Math.max(this.wanted, count);
    if (this.busy || this.error || this.complete || this.items.length >= this.wanted) {
      return;
    }
    this.busy = true;
    this.notify();
    try {
      while (!this.complete && this.items.length < this.wanted) {
        const url = withQuery(this.url, {
          ...this.query, [this.cursor]: this.next, count: Math.min(most, Math.max(fewest, this.seen)),
        });
        const page = await get<AnswerPage>(url, this.controller.signal);
        for (const item of page.items) {
          this.items.push(item);
        }
        this.seen += page.seen ?? page.items.length;
        this.next = page.next;
        this.complete = page.next === null;
        this.notify();
      }
    } catch (e) {
      if (isAbort(e)) {
        return;
      }
      this.error = asError(e);
    } finally {
      this.busy = false;
      if (!this.controller.signal.aborted) {
        this.notify();
      }
    }
  }

  async retry(): Promise<void> {
    this.error = null;
    await this.want(this.wanted);
  }

  stop(): void {
    this.controller.abort();
  }

  private notify(): void {
    this.dispatchEvent(new Event("change"));
  }
}
