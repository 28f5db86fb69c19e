import assert from "node:assert/strict";
import { test } from "node:test";
import { differences, differing } from "../src/lib/comparison.js";

test("Answers of cells that were left out are counted as the server says", () => {
  const comparison = {
    labels: ["a", "b"], total: 100, same: 60,
    cells: [{ from: "a", to: "a", count: 50 }, { from: "a", to: "b", count: 1 }, { from: "b", to: "a", count: 3 }],
  };
  assert.equal(differences(comparison), 40);
  assert.deepEqual(differing(comparison).map(c => c.count), [3, 1]);
});
