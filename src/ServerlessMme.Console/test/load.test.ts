import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Load } from "../src/lib/load.js";

const host = { addController: () => undefined, requestUpdate: () => undefined };
const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) {
    await new Promise(setImmediate);
  }
};

interface Stream { send(value: unknown): void; end(): void; fail(): void }

function streams(): Stream[] {
  const opened: Stream[] = [];
  globalThis.fetch = (_, init) => Promise.resolve(new Response(new ReadableStream({
    start(controller) {
      init?.signal?.addEventListener("abort", () => controller.error(new DOMException("Aborted", "AbortError")));
      opened.push({
        send: v => controller.enqueue(new TextEncoder().encode(`event: job\ndata: ${JSON.stringify(v)}\n\n`)),
        end: () => controller.close(),
        fail: () => controller.error(new TypeError("network error")),
      });
    },
  })));
  return opened;
}

test("A stream that breaks off is opened again, and says meanwhile that its value is old", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const opened = streams();
    const load = new Load<{ state: string }>(host);
    const over = load.watch("/x", v => v?.state === "completed");
    await settle();
    opened[0]!.send({ state: "running" });
    await settle();
    opened[0]!.fail();
    await settle();
    assert.equal(load.lost, true);
    assert.equal(load.value?.state, "running");

    mock.timers.tick(3_000);
    await settle();
    opened[1]!.send({ state: "completed" });
    await settle();
    assert.equal(load.lost, false);
    opened[1]!.end();

    assert.equal(await over, true);
  } finally {
    mock.timers.reset();
  }
});

test("A stream that its proxy ends early is opened again", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const opened = streams();
    const load = new Load<{ state: string }>(host);
    const over = load.watch("/x", v => v?.state === "completed");
    await settle();
    opened[0]!.send({ state: "running" });
    opened[0]!.end();
    await settle();
    mock.timers.tick(3_000);
    await settle();
    assert.equal(opened.length, 2);

    load.stop();

    assert.equal(await over, false);
  } finally {
    mock.timers.reset();
  }
});

test("A stream that the server refuses is not opened again", async () => {
  globalThis.dispatchEvent = () => true;
  globalThis.fetch = () => Promise.resolve(
    new Response(JSON.stringify({ error: { code: "NotFound", message: "There is no job." } }), { status: 404 }));
  const load = new Load(host);

  assert.equal(await load.watch("/x", () => false), false);
  assert.equal(load.error?.message, "There is no job.");
});
