import assert from "node:assert/strict";
import { test } from "node:test";
import { cover, isCovered, stopRepeat } from "../src/lib/keys.js";

class Element {
  type = "text";
  matches(): boolean {
    return false;
  }
}
class Input extends Element {}
Object.assign(globalThis, {
  HTMLElement: Element, HTMLInputElement: Input, HTMLTextAreaElement: class {}, HTMLSelectElement: class {},
});

function press(key: string, repeat: boolean, target: Element = new Element()): KeyboardEvent & { stopped: boolean } {
  const event = {
    key, repeat, stopped: false, composedPath: () => [target],
    preventDefault() {
      this.stopped = true;
    },
  };
  return event as unknown as KeyboardEvent & { stopped: boolean };
}

test("A key that is held down decides once, and presses no button again", () => {
  const first = press("Enter", false);
  const held = press("Enter", true);
  assert.equal(stopRepeat(first), false);
  assert.equal(first.stopped, false);
  assert.equal(stopRepeat(held), true);
  assert.equal(held.stopped, true);
});

test("A digit that is held down decides once", () => {
  assert.equal(stopRepeat(press("1", true)), true);
});

test("Text can be typed with keys held down, and scrolled through", () => {
  const space = press(" ", true, new Input());
  stopRepeat(space);
  assert.equal(space.stopped, false);
  const arrow = press("ArrowDown", true);
  stopRepeat(arrow);
  assert.equal(arrow.stopped, false);
});

test("Keys rest while a dialog is open, wherever they are pressed", () => {
  const outside = press("1", false);
  assert.equal(isCovered(outside), false);
  const closeFirst = cover();
  const closeSecond = cover();
  closeFirst();
  closeFirst();
  assert.equal(isCovered(outside), true);
  closeSecond();
  assert.equal(isCovered(outside), false);
});
