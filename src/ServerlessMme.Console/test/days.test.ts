import assert from "node:assert/strict";
import { test } from "node:test";
import { endOf, startOf, zone } from "../src/lib/days.js";

process.env["TZ"] = "Europe/Berlin";
// It takes the zone when it is loaded.
const { when } = await import("../src/lib/format.js");

test("A day begins and ends at local midnight", () => {
  assert.equal(startOf("2026-11-24"), "2026-11-23T23:00:00.000Z");
  assert.equal(endOf("2026-11-24"), "2026-11-24T22:59:59.999Z");
  assert.equal(zone(), "Europe/Berlin");
});

test("The day on which clocks are put forward is an hour shorter", () => {
  assert.equal(startOf("2026-03-29"), "2026-03-28T23:00:00.000Z");
  assert.equal(endOf("2026-03-29"), "2026-03-29T21:59:59.999Z");
});

test("What is no day filters nothing", () => {
  assert.equal(startOf(undefined), undefined);
  assert.equal(endOf("yesterday"), undefined);
});

test("A time that is shown names its zone", () => {
  assert.match(when("2026-11-23T23:30:00Z"), /24 Nov 2026, 00:30 (CET|GMT\+1)/);
});
