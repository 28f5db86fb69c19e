import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ThumbQueue } from "../src/lib/thumbs.js";

let frames: (() => void)[] = [];
let started: string[] = [];

beforeEach(() => {
  frames = [];
  started = [];
  globalThis.requestAnimationFrame = callback => frames.push(() => callback(0));
});

function frame(): void {
  frames.splice(0).forEach(callback => callback());
}

/** An image that notes what it is asked to load, and loads when told. */
class Picture extends EventTarget {
  url = "";

  set src(url: string) {
    this.url = url;
    started.push(url);
  }

  removeAttribute(): void {
    this.url = "";
  }

  loaded(): void {
    this.dispatchEvent(new Event("load"));
  }
}

function add(queue: ThumbQueue, ...urls: readonly string[]): { picture: Picture; cancel: () => void }[] {
  return urls.map(url => {
    const picture = new Picture();
    return { picture, cancel: queue.load(picture as unknown as HTMLImageElement, url) };
  });
}

test("The newest frame goes first, and within a frame the order is that of the page", () => {
  const queue = new ThumbQueue(1);
  const [one] = add(queue, "1", "2", "3");
  frame();
  const [four, five] = add(queue, "4", "5");
  frame();
  for (const each of [one, four, five]) {
    each?.picture.loaded();
  }
  assert.deepEqual(started, ["1", "4", "5", "2"]);
});

test("A picture that left before its frame is never asked for, and one that loads is stopped", () => {
  const queue = new ThumbQueue(1);
  const [one, two] = add(queue, "1", "2", "3");
  one?.cancel();
  frame();
  two?.cancel();
  assert.deepEqual(started, ["2", "3"]);
  assert.equal(two?.picture.url, "");
});

test("A picture that comes while its frame's others have started is not lost", () => {
  const queue = new ThumbQueue(2);
  const [one] = add(queue, "1");
  frame();
  add(queue, "2");
  one?.picture.loaded();
  add(queue, "3");
  frame();
  assert.deepEqual(started, ["1", "2", "3"]);
});

test("The queue is quiet when what was asked for has loaded or left, whatever comes later", async () => {
  const queue = new ThumbQueue(1);
  const [one, two] = add(queue, "1", "2");
  let quiet = false;
  const waiting = queue.quiet().then(() => quiet = true);
  frame();
  frame();
  await Promise.resolve();
  add(queue, "later");
  one?.picture.loaded();
  await Promise.resolve();
  assert.equal(quiet, false);
  two?.cancel();
  await waiting;
  assert.equal(quiet, true);
});

test("No picture starts until a fast scroll has rested, and then the newest goes first", t => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const queue = new ThumbQueue(1);
  queue.hold();
  add(queue, "1");
  frame();
  t.mock.timers.tick(60);
  queue.hold();
  add(queue, "2");
  frame();
  t.mock.timers.tick(99);
  assert.deepEqual(started, []);
  t.mock.timers.tick(1);
  assert.deepEqual(started, ["2"]);
});
