import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ApiError, events, get, path, restoreCsrf, send, setCsrf, withQuery } from "../src/lib/api.js";

interface Call { readonly url: string; readonly init: RequestInit }
let calls: Call[] = [];

function answer(body: BodyInit | null, status = 200): void {
  calls = [];
  globalThis.fetch = (url, init) => {
    calls.push({ url: String(url), init: init ?? {} });
    return Promise.resolve(new Response(body, { status }));
  };
}

beforeEach(() => {
  globalThis.dispatchEvent = () => true;
});

test("A name with slashes and dots stays one segment of the path", () => {
  assert.equal(path("models", "a/../b"), "/console/api/models/a%2F..%2Fb");
  const resolved = new URL(path("models", "..", "label"), "http://127.0.0.1");
  assert.equal(resolved.pathname, "/console/api/models/%252E%252E/label");
});

test("Queries leave out what is not set and encode the rest", () => {
  assert.equal(withQuery("/x", { a: "", b: null, c: false, d: undefined }), "/x");
  assert.equal(withQuery("/x", { image: "<a&b>.jpg", size: 160 }), "/x?image=%3Ca%26b%3E.jpg&size=160");
});

test("An error has the server's code and words", async () => {
  answer(JSON.stringify({ error: { code: "ReadOnly", message: "This console is read-only." } }), 403);
  await assert.rejects(get("/x"), (e: ApiError) =>
    e.status === 403 && e.code === "ReadOnly" && e.message === "This console is read-only.");
});

test("An error that is not JSON names its status", async () => {
  answer("<html>Bad gateway</html>", 502);
  await assert.rejects(get("/x"), (e: ApiError) => e.code === "Http502" && !e.message.includes("<"));
});

test("A server that is gone is reported as unreachable", async () => {
  globalThis.fetch = () => Promise.reject(new TypeError("fetch failed"));
  await assert.rejects(get("/x"), (e: ApiError) => e.status === 0 && e.code === "Unreachable");
});

test("Actions carry the header that other sites cannot send", async () => {
  setCsrf("secret");
  answer("{}");
  await send("DELETE", "/x");
  assert.equal(new Headers(calls[0]!.init.headers).get("X-Mme-Console"), "secret");
});

test("Reads carry it too, also after a reload and in another tab", async () => {
  const stored = new Map<string, string>();
  Object.assign(globalThis, { localStorage: {
    getItem: (k: string) => stored.get(k) ?? null, setItem: (k: string, v: string) => stored.set(k, v),
  } });
  setCsrf("first");
  stored.forEach((_, k) => stored.set(k, "of the other tab"));
  restoreCsrf();
  answer("{}");
  await get("/x");
  assert.equal(new Headers(calls[0]!.init.headers).get("X-Mme-Console"), "of the other tab");
  answer("event: a\ndata: {}\n\n");
  for await (const _ of events("/x", new AbortController().signal)) { /* One event. */ }
  assert.equal(new Headers(calls[0]!.init.headers).get("X-Mme-Console"), "of the other tab");
});

test("Events are read across chunks, whatever the line ends are", async () => {
  const text = 'event: progress\r\ndata: {"seen":1}\r\n\r\n: comment\n\nevent: done\ndata: {"seen":\ndata: 2}\n\n';
  const bytes = new TextEncoder().encode(text);
  answer(new ReadableStream({
    start(controller) {
      for (const byte of bytes) {
        controller.enqueue(Uint8Array.of(byte));
      }
      controller.close();
    },
  }));
  const seen = [];
  for await (const event of events("/x", new AbortController().signal)) {
    seen.push(event);
  }
  assert.deepEqual(seen, [{ event: "progress", data: { seen: 1 } }, { event: "done", data: { seen: 2 } }]);
});
