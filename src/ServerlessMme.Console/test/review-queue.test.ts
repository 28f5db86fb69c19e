import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ReviewQueue } from "../src/lib/review-queue.js";
import type { Accuracy } from "../src/lib/types.js";

interface Held {
  readonly method: string;
  readonly url: string;
  readonly answer: (status: number, body: unknown) => void;
}
let held: Held[] = [];
let problems: string[] = [];
const accuracy = (right: number, of: number): Accuracy => ({ right, of, low: 0, high: 1 });

beforeEach(() => {
  held = [];
  problems = [];
  globalThis.dispatchEvent = () => true;
  globalThis.fetch = (url, init) => new Promise(resolve => held.push({
    method: init?.method ?? "GET", url: String(url),
    answer: (status, body) => resolve(new Response(JSON.stringify(body), { status })),
  }));
});

async function reviewOf(model: string, images: readonly string[], order: "unsure" | "random" = "unsure") {
  const review = new ReviewQueue(model, order, () => undefined, text => problems.push(text));
  const filled = review.fill();
  held.pop()!.answer(200, {
    items: images.map(image => ({
      image, answer: "ship", score: 1, unsure: false, error: null, previous: null,
    })),
    next: null, accuracy: accuracy(0, 0),
  });
  await filled;
  return review;
}

const failure = { error: { code: "StorageFailed", message: "Storage stopped responding." } };

test("A save that fails after the model was switched changes the review of its own model alone", async () => {
  const first = await reviewOf("one", ["a.jpg"]);
  const saved = first.decide("ship");
  first.stop();
  const second = await reviewOf("two", ["b.jpg"]);
  await Promise.resolve();

  held[0]!.answer(503, failure);
  await saved;

  assert.match(held[0]!.url, /truth\/one\?image=a\.jpg/);
  assert.deepEqual(second.images.map(i => i.image), ["b.jpg"]);
  assert.deepEqual(first.images.map(i => i.image), ["a.jpg"]);
  assert.deepEqual(problems, ["The label “ship” was not saved for a.jpg. Storage stopped responding."]);
});

test("An image that somebody else has labeled meanwhile is not shown again", async () => {
  const review = await reviewOf("one", ["a.jpg", "b.jpg"]);
  const saved = review.decide("ship");
  await Promise.resolve();

  held[0]!.answer(409, { error: { code: "Exists", message: "'ben' labeled 'a.jpg' as 'cat' in the meantime." } });
  await saved;

  assert.deepEqual(review.images.map(i => i.image), ["b.jpg"]);
  assert.deepEqual(review.done, []);
  assert.deepEqual(problems, ["'ben' labeled 'a.jpg' as 'cat' in the meantime."]);
});

test("A failed undo leaves what was decided", async () => {
  const review = await reviewOf("one", ["a.jpg", "b.jpg"]);
  const saved = review.decide("ship");
  await Promise.resolve();
  held[0]!.answer(200, { accuracy: accuracy(1, 1) });
  await saved;

  const undone = review.undo();
  await new Promise(setImmediate);
  assert.match(held[1]!.url, /image=a\.jpg&label=ship/);
  held[1]!.answer(503, failure);

  assert.equal(await undone, null);
  assert.deepEqual(review.images.map(i => i.image), ["b.jpg"]);
  assert.deepEqual(review.done.map(d => d.answer.image), ["a.jpg"]);
});

test("An image whose save fails after it was taken back is there once", async () => {
  const review = await reviewOf("one", ["a.jpg", "b.jpg"]);
  const saved = review.decide("ship");
  const undone = review.undo();
  await Promise.resolve();
  held[0]!.answer(503, failure);
  await saved;
  await new Promise(setImmediate);
  held[1]!.answer(200, { accuracy: accuracy(0, 0) });
  await undone;

  assert.deepEqual(review.images.map(i => i.image), ["a.jpg", "b.jpg"]);
});

test("A save that ends after the model was switched leaves the other model's accuracy", async () => {
  const first = await reviewOf("one", ["a.jpg"]);
  const saved = first.decide("ship");
  const second = await reviewOf("two", ["b.jpg"]);

  held[0]!.answer(200, { accuracy: accuracy(7, 9) });
  await saved;

  assert.deepEqual(first.accuracy, accuracy(7, 9));
  assert.deepEqual(second.accuracy, accuracy(0, 0));
});

test("An undo waits for the save that it takes back", async () => {
  const review = await reviewOf("one", ["a.jpg", "b.jpg"]);
  const saved = review.decide("ship");
  const undone = review.undo();
  await Promise.resolve();
  assert.deepEqual(held.map(h => h.method), ["PUT"]);

  held[0]!.answer(200, { accuracy: accuracy(1, 1) });
  await saved;
  await new Promise(setImmediate);
  held[1]!.answer(200, { accuracy: accuracy(0, 0) });

  assert.equal((await undone)?.answer.image, "a.jpg");
  assert.deepEqual(review.images.map(i => i.image), ["a.jpg", "b.jpg"]);
});

test("The accuracy of a session counts what was decided in it, with its interval", async () => {
  const review = await reviewOf("one", ["a.jpg", "b.jpg", "c.jpg", "d.jpg"], "random");
  assert.equal(review.session, null);
  void review.decide("ship");
  void review.decide("ship");
  void review.decide("ship");
  void review.decide("boat");

  const { right, of, low, high } = review.session!;
  assert.deepEqual([right, of], [3, 4]);
  assert.ok(Math.abs(low - 0.3006) < 1e-4 && Math.abs(high - 0.9544) < 1e-4);
});
