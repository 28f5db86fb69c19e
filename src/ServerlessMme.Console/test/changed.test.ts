import assert from "node:assert/strict";
import { test } from "node:test";
import { changedFrom } from "../src/lib/changed.js";
import type { Answer } from "../src/lib/types.js";

const answer = (more: Partial<Answer>): Answer =>
  ({ image: "a.jpg", answer: "ship", score: 1, unsure: false, error: null, previous: null, ...more });

test("An answer that the previous version gave too is not a change", () => {
  assert.equal(changedFrom(answer({ previous: "ship" })), null);
  assert.equal(changedFrom(answer({ answer: null, error: "NotAnImage", previous: "error:NotAnImage" })), null);
});

test("Another answer is a change, and so are a refusal and its end", () => {
  assert.equal(changedFrom(answer({ previous: "boat" })), "boat");
  assert.equal(changedFrom(answer({ answer: null, error: "NotAnImage", previous: "ship" })), "ship");
  assert.equal(changedFrom(answer({ previous: "error:NotAnImage" })), "error:NotAnImage");
});

test("Without a previous answer or a current one nothing has changed", () => {
  assert.equal(changedFrom(answer({})), null);
  assert.equal(changedFrom(answer({ answer: null, previous: "ship" })), null);
});
