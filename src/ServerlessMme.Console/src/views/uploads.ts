import { asError, get, isAbort, path, upload, withQuery } from "../lib/api.js";
import type { Answer, Page } from "../lib/types.js";

export interface Upload {
  readonly id: number;
  readonly image: string;
  readonly file: File;
  state: "queued" | "sending" | "waiting" | "exists" | "failed" | "answered";
  part: number;
  replacing: boolean;
  problem?: string;
  answer?: Answer;
  /** The version of the stored file. */
  etag?: string;
}

interface Named {
  readonly name: string;
  readonly file: File;
}

/** The files of a drag, and those that are missing. */
export interface Dragged {
  readonly files: readonly Named[];
  /** Names of files and folders that the browser can't read. */
  readonly unreadable: readonly string[];
  /** True if there are more files than one drop may have. */
  readonly isCut: boolean;
}

const atOnce = 2;
const askedAtOnce = 100;
/** Maximum number of name characters in one request. A server refuses much longer addresses. */
const longestQuery = 4_000;
export const mostFiles = 20_000;
const pollMilliseconds = 1_200;

/**
 * Uploads files a few at a time, and then polls for their labels. Uploads continue while the page shows another view,
 * but polling only while a view is watching.
 */
export class UploadQueue {
  items: readonly Upload[] = [];
  private last = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private asking = false;
  private watcher: (() => void) | null = null;
  private controller = new AbortController();

  constructor(private readonly model: string) {}

  /** True while files wait to be stored. */
  get isUploading(): boolean {
    return this.items.some(i => i.state === "queued" || i.state === "sending");
  }

  /** Calls the watcher at each change until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.watcher = watcher;
    this.poll();
    return () => {
      this.watcher = this.watcher === watcher ? null : this.watcher;
    };
  }

  add(files: readonly Named[], folder: string): void {
    const prefix = folder.trim().replace(/^\/+|\/+$/g, "");
    const fresh = files.map<Upload>(({ name, file }) => ({
      id: ++this.last, image: prefix ? `${prefix}/${name}` : name, file, state: "queued", part: 0, replacing: false,
    }));
    this.items = [...fresh, ...this.items];
    this.pump();
  }

  replace(item: Upload): void {
    item.replacing = true;
    this.again(item);
  }

  again(item: Upload): void {
    item.state = "queued";
    item.part = 0;
    this.pump();
  }

  forget(item: Upload): void {
    this.items = this.items.filter(i => i !== item);
    this.changed();
  }

  /** Stops pending uploads. Stored files are kept. */
  cancel(): void {
    this.controller.abort();
    this.controller = new AbortController();
    this.items = this.items.filter(i => i.state !== "queued" && i.state !== "sending");
    this.changed();
  }

  private pump(): void {
    const running = this.items.filter(i => i.state === "sending").length;
    const next = this.items.filter(i => i.state === "queued").slice(0, Math.max(0, atOnce - running));
    for (const item of next) {
      void this.send(item);
    }
    this.changed();
  }

  private async send(item: Upload): Promise<void> {
    item.state = "sending";
    const { signal } = this.controller;
    const url = withQuery(path("drops", this.model), { image: item.image, replace: item.replacing });
    try {
      const stored = await upload<{ etag?: string }>(url, item.file, signal, part => {
        item.part = part;
        this.changed();
      });
      item.etag = stored.etag ?? "";
      item.state = "waiting";
      this.poll();
    } catch (e) {
      if (isAbort(e)) {
        return;
      }
      const error = asError(e);
      item.state = error.code === "Exists" ? "exists" : "failed";
      item.problem = error.message;
    }
    if (!signal.aborted) {
      this.pump();
    }
  }

  private changed(): void {
    this.watcher?.();
  }

  /** Polls for labels soon. Uploads that end in the meantime don't delay it. */
  private poll(): void {
    if (this.timer === null && !this.asking && this.watcher && this.items.some(i => i.state === "waiting")) {
      this.timer = setTimeout(() => void this.ask(), pollMilliseconds);
    }
  }

  private async ask(): Promise<void> {
    this.timer = null;
    this.asking = true;
    try {
      await this.readLabels();
    } catch (e) {
      // The next poll may work. Without a session the page asks for its address.
      if (!isAbort(e) && asError(e).status === 401) {
        return;
      }
    } finally {
      this.asking = false;
    }
    this.changed();
    this.poll();
  }

  private async readLabels(): Promise<void> {
    const waiting = this.items.filter(i => i.state === "waiting");
    const asked: Upload[] = [];
    let length = 0;
    for (const item of waiting.slice(0, askedAtOnce)) {
      length += encodeURIComponent(item.image).length * 2;
      if (asked.length > 0 && length > longestQuery) {
        break;
      }
      asked.push(item);
    }
    if (asked.length === 0) {
      return;
    }
    // A name may hold a comma, so each is encoded before they are joined.
    const images = asked.map(i => encodeURIComponent(i.image)).join(",");
    const url = withQuery(path("drops", this.model, "labels"), { images });
    const { items } = await get<Page<Answer>>(url);
    const answers = new Map(items.filter(a => a.answer !== null || a.error !== null).map(a => [a.image, a]));
    for (const item of asked) {
      const answer = answers.get(item.image);
      if (answer) {
        item.answer = answer;
        item.state = "answered";
      }
    }
    // Files without an answer go to the end, so later files are polled too.
    const late = asked.filter(i => i.state === "waiting");
    this.items = [...this.items.filter(i => !late.includes(i)), ...late];
  }
}

const queues = new Map<string, UploadQueue>();

/** The uploads into a model. They outlive the view, so opening the gallery doesn't stop them. */
export function uploadsOf(model: string): UploadQueue {
  let queue = queues.get(model);
  if (!queue) {
    queue = new UploadQueue(model);
    queues.set(model, queue);
  }
  return queue;
}

/** Lets the browser ask before the page is closed while files wait to be stored. */
export function askBeforeLeaving(e: BeforeUnloadEvent): void {
  if ([...queues.values()].some(q => q.isUploading)) {
    e.preventDefault();
  }
}

/** The files of a drag, folders included. */
export async function filesOf(data: DataTransfer): Promise<Dragged> {
  // Both must be read before the first await: after it, the drag's data is gone.
  const entries = [...data.items].map(i => i.webkitGetAsEntry()).filter(e => e !== null);
  const plain = entries.length === 0 ? [...data.files] : [];
  const files: Named[] = plain.slice(0, mostFiles).map(file => ({ name: file.name, file }));
  const unreadable: string[] = [];
  let isCut = plain.length > mostFiles;
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (isCut || entry.name.startsWith(".")) {
      return;
    }
    const name = entry.fullPath.replace(/^\//, "");
    try {
      if (!entry.isFile) {
        await list(entry as FileSystemDirectoryEntry);
      } else if (files.length >= mostFiles) {
        isCut = true;
      } else {
        files.push({ name, file: await new Promise<File>((resolve, reject) =>
          (entry as FileSystemFileEntry).file(resolve, reject)) });
      }
    } catch {
      unreadable.push(name);
    }
  };
  const list = async (folder: FileSystemDirectoryEntry): Promise<void> => {
    const reader = folder.createReader();
    for (;;) {
      const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (batch.length === 0) {
        return;
      }
      for (const child of batch) {
        await walk(child);
      }
    }
  };
  for (const entry of entries) {
    await walk(entry);
  }
  return { files, unreadable, isCut };
}
