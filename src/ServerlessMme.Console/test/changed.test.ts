import assert from "node:assert/strict";
import { test } from "node:test";
import { isChanged } from "../src/lib/answers.js";
import type { Answer } from "../src/lib/types.js";

const answer = (more: Partial<Answer>): Answer =>
  ({ image: "a.jpg", answer: "ship", score: 1, unsure: false, error: null, previous: null, ...more });

test("An answer that the previous version gave too is not a change", () => {
  assert.equal(isChanged(answer({ previous: "ship" })), false);
  assert.equal(isChanged(answer({ answer: null, error: "NotAnImage", previous: "error:NotAnImage" })), false);
  assert.equal(isChanged(answer({})), false);
});

test("Another answer is a change, and so are a refusal and its end", () => {
  assert.equal(isChanged(answer({ previous: "boat" })), true);
  assert.equal(isChanged(answer({ answer: null, error: "NotAnImage", previous: "ship" })), true);
  assert.equal(isChanged(answer({ previous: "error:NotAnImage" })), true);
});
