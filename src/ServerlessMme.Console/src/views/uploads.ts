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
}

interface Named {
  readonly name: string;
  readonly file: File;
}

const atOnce = 2;
const askedAtOnce = 100;
/** Characters of names in one request; a server refuses much longer addresses. */
const longestQuery = 4_000;
const mostFiles = 20_000;

/** Uploads files a few at a time, then asks for their labels until they are there. */
export class UploadQueue {
  items: readonly Upload[] = [];
  private last = 0;
  private timer = 0;
  private controller = new AbortController();

  constructor(private readonly model: string, private readonly changed: () => void) {}

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

  /** Stops what is not uploaded yet; what is stored stays. */
  cancel(): void {
    this.controller.abort();
    this.controller = new AbortController();
    this.items = this.items.filter(i => i.state !== "queued" && i.state !== "sending");
    this.changed();
  }

  stop(): void {
    this.controller.abort();
    clearTimeout(this.timer);
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
      await upload(url, item.file, signal, part => {
        item.part = part;
        this.changed();
      });
      item.state = "waiting";
      this.poll();
    } catch (e) {
      if (isAbort(e)) {
        return;
      }
      const error = asError(e);
      item.state = error.status === 409 ? "exists" : "failed";
      item.problem = error.message;
    }
    if (!signal.aborted) {
      this.pump();
    }
  }

  private poll(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(), 1_200);
  }

  private async ask(): Promise<void> {
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
    if (asked.length === 0 || this.controller.signal.aborted) {
      return;
    }
    try {
      // A name may hold a comma, so each is encoded before they are joined.
      const images = asked.map(i => encodeURIComponent(i.image)).join(",");
      const url = withQuery(path("drops", this.model, "labels"), { images });
      const { items } = await get<Page<Answer>>(url, this.controller.signal);
      const answers = new Map(items.filter(a => a.answer !== null || a.error !== null).map(a => [a.image, a]));
      for (const item of asked) {
        const answer = answers.get(item.image);
        if (answer) {
          item.answer = answer;
          item.state = "answered";
        }
      }
      // Those without an answer go to the end, so that later files are asked about too.
      const late = asked.filter(i => i.state === "waiting");
      this.items = [...this.items.filter(i => !late.includes(i)), ...late];
    } catch (e) {
      if (isAbort(e)) {
        return;
      }
    }
    this.changed();
    if (this.items.some(i => i.state === "waiting")) {
      this.poll();
    }
  }
}

/** The files of a drag, folders included. */
export async function filesOf(data: DataTransfer): Promise<readonly Named[]> {
  // Both must be read before the first await: after it, the drag's data is gone.
  const entries = [...data.items].map(i => i.webkitGetAsEntry()).filter(e => e !== null);
  const plain = entries.length === 0 ? [...data.files] : [];
  const files: Named[] = plain.map(file => ({ name: file.name, file }));
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (files.length >= mostFiles || entry.name.startsWith(".")) {
      return;
    }
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      files.push({ name: entry.fullPath.replace(/^\//, ""), file });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
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
  return files;
}
