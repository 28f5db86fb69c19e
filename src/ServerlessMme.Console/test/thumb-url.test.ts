import assert from "node:assert/strict";
import { test } from "node:test";
import { thumbUrl } from "../src/lib/thumbs.js";

test("A replaced image has another address, so its page doesn't show the old picture", () => {
  assert.notEqual(thumbUrl("m", "a.jpg", 160, "e1"), thumbUrl("m", "a.jpg", 160, "e2"));
  assert.equal(thumbUrl("m", "a.jpg", 160), "/console/api/thumbs/m?image=a.jpg&size=160");
});
