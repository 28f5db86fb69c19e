import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type ApiError, asError, events, isAbort } from "./api.js";

/** How long to wait before reconnecting a broken stream. */
const pauseMilliseconds = 3_000;

/** One call at a time for a component. A new call aborts the previous one, and so does removing the component. */
export class Load<T> implements ReactiveController {
  value: T | null = null;
  error: ApiError | null = null;
  busy = false;
  /** True while a watched stream is broken, so its last value may be outdated. */
  lost = false;
  private controller: AbortController | null = null;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  async run(call: (signal: AbortSignal) => Promise<T>, keep = false): Promise<T | null> {
    const controller = this.begin(keep);
    try {
      const value = await call(controller.signal);
      if (controller.signal.aborted) {
        return null;
      }
      this.value = value;
      this.error = null;
      return value;
    } catch (e) {
      if (!controller.signal.aborted && !isAbort(e)) {
        this.error = asError(e);
      }
      return null;
    } finally {
      this.end(controller);
    }
  }

  /** Shows each event's data as the value until the stream ends. Returns true if the stream ended by itself. */
  async follow(url: string, keep = false, each?: (event: string) => void): Promise<boolean> {
    const controller = this.begin(keep);
    try {
      for await (const { event, data } of events(url, controller.signal)) {
        // An event that only marks the end of the stream may carry an empty object.
        if (Array.isArray(data) || data !== null && typeof data === "object" && Object.keys(data).length > 0) {
          this.value = data as T;
        }
        this.error = null;
        each?.(event);
        this.host.requestUpdate();
      }
      return !controller.signal.aborted;
    } catch (e) {
      if (!controller.signal.aborted && !isAbort(e)) {
        this.error = asError(e);
      }
      return false;
    } finally {
      this.end(controller);
    }
  }

  /**
   * Follows a stream until its last value shows that it is complete, and reconnects a few seconds after it breaks.
   * Returns true if the stream completed, and false if it was stopped or the server refused it.
   */
  async watch(url: string, isOver: (value: T | null) => boolean): Promise<boolean> {
    this.lost = false;
    for (;;) {
      const closed = await this.follow(url, true, () => this.lost = false);
      if (closed && isOver(this.value)) {
        return true;
      }
      const { status } = this.error ?? {};
      if (!closed && status === undefined || status !== undefined && status >= 400 && status < 500) {
        return false;
      }
      const pause = new AbortController();
      this.controller = pause;
      this.lost = true;
      this.host.requestUpdate();
      await new Promise(resolve => {
        pause.signal.addEventListener("abort", resolve);
        setTimeout(resolve, pauseMilliseconds);
      });
      if (pause.signal.aborted) {
        return false;
      }
    }
  }

  stop(): void {
    this.controller?.abort();
    this.controller = null;
    this.busy = false;
  }

  hostDisconnected(): void {
    this.stop();
  }

  private begin(keep: boolean): AbortController {
    this.stop();
    const controller = new AbortController();
    this.controller = controller;
    this.busy = true;
    this.error = null;
    if (!keep) {
      this.value = null;
    }
    this.host.requestUpdate();
    return controller;
  }

  private end(controller: AbortController): void {
    if (this.controller === controller) {
      this.controller = null;
      this.busy = false;
    }
    this.host.requestUpdate();
  }
}
