import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerList, isChanged } from "../src/lib/answers.js";
import type { Answer } from "../src/lib/types.js";

const item = (image: string): Answer =>
  ({ image, answer: "ship", score: 0.9, unsure: false, error: null, previous: null });

function serve(pages: readonly (readonly Answer[] | number)[]): string[] {
  const urls: string[] = [];
  globalThis.dispatchEvent = () => true;
  globalThis.fetch = url => {
    urls.push(String(url));
    const from = Number(new URL(String(url), "http://x").searchParams.get("from") ?? 0);
    const page = pages[from]!;
    if (typeof page === "number") {
      return Promise.resolve(new Response("", { status: page }));
    }
    const next = from + 1 < pages.length ? String(from + 1) : null;
    return Promise.resolve(Response.json({ items: page, next, seen: 5_000 }));
  };
  return urls;
}

test("Empty pages are passed over until there is enough", async () => {
  const urls = serve([[], [], [item("a"), item("b")], [item("c")]]);
  const list = new AnswerList("/answers", { unsure: "true" });
  await list.want(2);
  assert.deepEqual(list.items.map(a => a.image), ["a", "b"]);
  assert.equal(list.seen, 15_000);
  assert.equal(list.complete, false);
  assert.equal(urls.length, 3);
  await list.want(100);
  assert.equal(list.complete, true);
});

test("A list with enough items asks for nothing and reports no change", async () => {
  const urls = serve([[item("a")], [item("b")]]);
  const list = new AnswerList("/answers");
  await list.want(1);
  let changes = 0;
  list.addEventListener("change", () => changes++);
  await list.want(1);
  assert.equal(urls.length, 1);
  assert.equal(changes, 0);
});

test("A failed page keeps what is there, and is asked for again on retry", async () => {
  const pages: (readonly Answer[] | number)[] = [[item("a")], 503];
  serve(pages);
  const list = new AnswerList("/answers");
  await list.want(5);
  assert.equal(list.error?.status, 503);
  assert.equal(list.items.length, 1);
  pages[1] = [item("b")];
  await list.retry();
  assert.equal(list.error, null);
  assert.deepEqual(list.items.map(a => a.image), ["a", "b"]);
});

test("The first page is short, and each later one is as long as all before it, up to a limit", async () => {
  const urls = serve([[item("a")], [item("b")], [item("c")]]);
  const list = new AnswerList("/answers");
  await list.want(3);
  const counts = urls.map(url => new URL(url, "http://x").searchParams.get("count"));
  assert.deepEqual(counts, ["200", "5000", "5000"]);
});

test("An answer is changed when the previous version gave another one, refusals included", () => {
  assert.equal(isChanged(item("a")), false);
  assert.equal(isChanged({ ...item("a"), previous: "ship" }), false);
  assert.equal(isChanged({ ...item("a"), previous: "boat" }), true);
  assert.equal(isChanged({ ...item("a"), previous: "error:NotAnImage" }), true);
  assert.equal(isChanged({ ...item("a"), answer: null, error: "NotAnImage", previous: "error:NotAnImage" }), false);
});
