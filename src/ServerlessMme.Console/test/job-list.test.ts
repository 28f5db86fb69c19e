import assert from "node:assert/strict";
import { test } from "node:test";
import { JobList } from "../src/lib/job-list.js";

const { signal } = new AbortController();
const job = (id: string, state: string): unknown =>
  ({ id, model: "m", kind: "submit", state, counts: { done: 0, refused: 0, skipped: 0 }, startedAt: "" });

function answer(pages: Readonly<Record<string, unknown>>): string[] {
  const asked: string[] = [];
  globalThis.dispatchEvent = () => true;
  globalThis.fetch = url => {
    asked.push(String(url));
    const body = pages[String(url)];
    return Promise.resolve(body === undefined
      ? new Response(JSON.stringify({ error: { code: "NotFound", message: "No." } }), { status: 404 })
      : new Response(JSON.stringify(body)));
  };
  return asked;
}

const states = (list: JobList): string[] => list.items.map(j => `${j.id} ${j.state}`);

test("Older jobs that ran are read again, and those that ended are not", async () => {
  const list = new JobList();
  answer({
    "/console/api/jobs": { items: [job("d", "completed")], next: "c" },
    "/console/api/jobs?from=c":
      { items: [job("c", "running"), job("b", "completed"), job("a", "listing")], next: null },
  });
  await list.refresh(signal);
  await list.more(signal);

  const asked = answer({
    "/console/api/jobs": { items: [job("e", "running"), job("d", "completed")], next: "c" },
    "/console/api/jobs/c": job("c", "completed"),
  });
  await list.refresh(signal);

  assert.deepEqual(asked, ["/console/api/jobs", "/console/api/jobs/c", "/console/api/jobs/a"]);
  assert.deepEqual(states(list), ["e running", "d completed", "c completed", "b completed"]);
  assert.equal(list.cursor, null);
});

test("A refresh keeps what “Show older” adds while it reads", async () => {
  const list = new JobList();
  answer({ "/console/api/jobs": { items: [job("b", "completed")], next: "a" } });
  await list.refresh(signal);
  answer({
    "/console/api/jobs": { items: [job("b", "completed")], next: "a" },
    "/console/api/jobs?from=a": { items: [job("a", "completed")], next: null },
  });

  await Promise.all([list.refresh(signal), list.more(signal)]);

  assert.deepEqual(states(list), ["b completed", "a completed"]);
  assert.equal(list.cursor, null);
});
