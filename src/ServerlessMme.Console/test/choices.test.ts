import assert from "node:assert/strict";
import { test } from "node:test";
import { choicesOf, labelsOf } from "../src/lib/choices.js";
import type { ModelDetail } from "../src/lib/types.js";

const keys = (choices: readonly { label: string; key: string }[]): string[] =>
  choices.map(c => `${c.key}=${c.label}`);
const model = (labels: readonly string[] | null): ModelDetail =>
  ({ name: "m", kind: "model", labels, hasDrops: true });

test("The keys of a model's labels are the same for every image", () => {
  const labels = ["cat", "dog", "ship"];
  assert.deepEqual(keys(choicesOf(labels, ["ship", "cat"], "")), ["1=cat", "2=dog", "3=ship"]);
  assert.deepEqual(keys(choicesOf(labels, ["dog"], "")), ["1=cat", "2=dog", "3=ship"]);
});

test("Labels that are keys have themselves as keys", () => {
  assert.deepEqual(keys(choicesOf(["0", "1", "9"], [], "")), ["0=0", "1=1", "9=9"]);
  assert.deepEqual(keys(choicesOf(["0", "1", "ten"], [], "")), ["1=0", "2=1", "3=ten"]);
});

test("No label has a key until the labels are known", () => {
  assert.equal(labelsOf(null, true), "unknown");
  assert.deepEqual(keys(choicesOf("unknown", ["ship", "cat"], "")), ["=ship", "=cat"]);
});

test("Where there is no list of labels the best classes can be picked, but have no keys", () => {
  assert.equal(labelsOf(null, false), "none");
  assert.equal(labelsOf(model(null), false), "none");
  assert.deepEqual(keys(choicesOf("none", ["ship"], "")), ["=ship"]);
});

test("Of many labels the best classes have the first keys, and typing finds any", () => {
  const labels = Array.from({ length: 1_000 }, (_, i) => `label ${i}`);
  assert.deepEqual(labelsOf(model(labels), false), labels);
  assert.deepEqual(keys(choicesOf(labels, ["label 7", "label 3"], "")), ["1=label 7", "2=label 3"]);
  assert.deepEqual(keys(choicesOf(labels, [], "LABEL 999")), ["↵=label 999"]);
});

test("The label with exactly the typed name comes first", () => {
  const labels = [...Array.from({ length: 60 }, (_, i) => `car ${i}`), "car"];
  assert.equal(choicesOf(labels, [], "car")[0]?.label, "car");
});
