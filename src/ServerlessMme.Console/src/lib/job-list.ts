import { ApiError, get, path, withQuery } from "./api.js";
import type { Job, Page } from "./types.js";

/** Maximum number of older running jobs that are read one by one. */
const mostReads = 20;

export const isRunning = (job: Job): boolean => job.state === "listing" || job.state === "running";

/** The newest jobs, which are polled, and the older ones that the person asked for. */
export class JobList {
  items: readonly Job[] = [];
  /** Position of the next older jobs; null if all are loaded. */
  cursor: string | null = null;

  /** Reads the first page again, and the older jobs that were still running when they were read. */
  async refresh(signal: AbortSignal): Promise<void> {
    const page = await get<Page<Job>>(path("jobs"), signal);
    const newest = new Set(page.items.map(j => j.id));
    const running = this.items.filter(j => isRunning(j) && !newest.has(j.id)).slice(0, mostReads);
    const read = new Map(await Promise.all(running.map(async j => [j.id, await find(j.id, signal)] as const)));
    // "Show older" may have added some in the meantime.
    const older = this.items.filter(j => !newest.has(j.id))
      .flatMap(j => read.has(j.id) ? read.get(j.id) ?? [] : j);
    this.items = [...page.items, ...older];
    this.cursor = older.length > 0 ? this.cursor : page.next;
  }

  /** Reads the next older page. */
  async more(signal: AbortSignal): Promise<void> {
    const page = await get<Page<Job>>(withQuery(path("jobs"), { from: this.cursor }), signal);
    const known = new Set(this.items.map(j => j.id));
    this.items = [...this.items, ...page.items.filter(j => !known.has(j.id))];
    this.cursor = page.next;
  }
}

/** Returns the current job; null if it was removed. */
async function find(id: string, signal: AbortSignal): Promise<Job | null> {
  try {
    return await get<Job>(path("jobs", id), signal);
  } catch (e) {
    if (e instanceof ApiError && e.status === 404) {
      return null;
    }
    throw e;
  }
}
