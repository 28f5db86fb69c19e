import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { askBeforeLeaving, filesOf, UploadQueue, uploadsOf } from "../src/views/uploads.js";

const file = (name: string): { name: string; file: File } => ({ name, file: new File(["x"], name) });
const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) {
    await new Promise(setImmediate);
  }
};

/** Uploads that end when the test says so. */
class Xhr {
  static sent: Xhr[] = [];
  status = 0;
  responseText = "";
  readonly upload = {};
  onload: (() => void) | null = null;
  open(): void { /* Nothing is sent. */ }
  setRequestHeader(): void { /* Nothing is sent. */ }
  abort(): void { /* Nothing is sent. */ }
  send(): void {
    Xhr.sent.push(this);
  }
  end(): void {
    this.status = 200;
    this.responseText = "{\"image\":\"x\",\"etag\":\"e7\"}";
    this.onload?.();
  }
}
Object.assign(globalThis, { XMLHttpRequest: Xhr });

test("Labels are asked for while further files are uploaded", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    Xhr.sent = [];
    const asked: string[] = [];
    globalThis.fetch = url => {
      asked.push(String(url));
      return Promise.resolve(new Response(JSON.stringify({
        items: [{ image: "0.jpg", answer: "ship", score: 1, unsure: false, error: null, previous: null }], next: null,
      })));
    };
    const queue = new UploadQueue("m");
    queue.watch(() => undefined);
    queue.add(Array.from({ length: 20 }, (_, i) => file(`${i}.jpg`)), "");
    for (let i = 0; i < 5; i++) {
      Xhr.sent[i]!.end();
      await settle();
      mock.timers.tick(500);
      await settle();
    }

    assert.ok(asked.length > 0);
    assert.equal(queue.items.find(i => i.image === "0.jpg")?.state, "answered");
    assert.equal(queue.items.find(i => i.image === "0.jpg")?.etag, "e7");
  } finally {
    mock.timers.reset();
  }
});

test("Uploads go on when the view is left, and the browser asks before the page is closed", async () => {
  Xhr.sent = [];
  const queue = uploadsOf("kept");
  const leave = queue.watch(() => undefined);
  queue.add([file("a.jpg"), file("b.jpg"), file("c.jpg")], "");
  leave();
  let prevented = 0;
  const event = { preventDefault: () => prevented++ } as unknown as BeforeUnloadEvent;
  askBeforeLeaving(event);
  assert.equal(prevented, 1);

  for (let i = 0; i < 3; i++) {
    Xhr.sent[i]!.end();
    await settle();
  }

  assert.deepEqual(uploadsOf("kept").items.map(i => i.state), ["waiting", "waiting", "waiting"]);
  askBeforeLeaving(event);
  assert.equal(prevented, 1);
});

const entry = (name: string, read?: () => File): unknown => ({
  name, fullPath: `/dir/${name}`, isFile: true,
  file: (resolve: (f: File) => void, reject: (e: Error) => void) =>
    read ? resolve(read()) : reject(new DOMException("No.", "NotReadableError")),
});

function drag(children: readonly unknown[]): DataTransfer {
  let left = [...children];
  const folder = {
    name: "dir", fullPath: "/dir", isFile: false,
    createReader: () => ({
      readEntries(resolve: (e: unknown[]) => void) {
        const batch = left.slice(0, 100);
        left = left.slice(100);
        resolve(batch);
      },
    }),
  };
  return { items: [{ webkitGetAsEntry: () => folder }], files: [] } as unknown as DataTransfer;
}

test("A file that can't be read is named, and the others are taken", async () => {
  const good = new File(["x"], "good.jpg");
  const dragged = await filesOf(drag([entry("secret.jpg"), entry("good.jpg", () => good)]));
  assert.deepEqual(dragged.files.map(f => f.name), ["dir/good.jpg"]);
  assert.deepEqual(dragged.unreadable, ["dir/secret.jpg"]);
  assert.equal(dragged.isCut, false);
});

test("A drag of too many files says that it is cut", async () => {
  const good = new File(["x"], "good.jpg");
  const dragged = await filesOf(drag(Array.from({ length: 20_001 }, (_, i) => entry(`${i}.jpg`, () => good))));
  assert.equal(dragged.files.length, 20_000);
  assert.equal(dragged.isCut, true);
});
