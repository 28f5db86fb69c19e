import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, bytes, duration, percent, score, short, visible } from "../src/lib/format.js";

test("Sizes use binary units", () => {
  assert.equal(bytes(null), "–");
  assert.equal(bytes(512), "512 B");
  assert.equal(bytes(4_830_112), "4.6 MiB");
  assert.equal(bytes(734_003_200), "700 MiB");
});

test("Small scores keep a digit that tells them from zero", () => {
  assert.equal(score(0.981), "0.98");
  assert.equal(score(0.004), "0.004");
  assert.equal(score(0), "0.00");
});

test("Percentages drop a zero after the point", () => {
  assert.equal(percent(0.5), "50%");
  assert.equal(percent(0.0232), "2.3%");
});

test("Times without a value are a dash", () => {
  assert.equal(ago(null), "–");
  assert.equal(ago("2026-11-26T10:00:00Z", Date.parse("2026-11-26T12:30:00Z")), "2 hours ago");
  assert.equal(duration("2026-11-26T10:00:00Z", "2026-11-26T10:02:05Z"), "2 min 5 s");
});

test("Characters that hide or reorder text are written out", () => {
  assert.equal(visible("\u202Egpj.exe"), "\\u202egpj.exe");
  assert.equal(visible("a\u0000b\u200bc"), "a\\u0000b\\u200bc");
  assert.equal(visible("صورة.jpg"), "صورة.jpg");
});

test("Long names keep their beginning and their end", () => {
  const name = `${"x".repeat(10_000)}.jpg`;
  assert.ok(short(name).length < 120);
  assert.ok(short(name).endsWith(".jpg"));
  assert.equal(short("a.jpg"), "a.jpg");
});
