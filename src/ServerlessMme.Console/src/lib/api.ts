/** Calls to the console's API. A failed call throws an ApiError with the server's message. */

export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 if the server could not be reached. */
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Sent with the cookie. Other programs on this machine may get the cookie, because browsers send it to all ports of a
 * host. Stored data belongs to one port.
 */
let csrf = "";
const csrfName = "mme-console";

/** Stores the token for later visits and other tabs. */
export function setCsrf(value: string): void {
  csrf = value;
  try {
    localStorage.setItem(csrfName, value);
  } catch {
    // The browser stores nothing, so a reload asks for the address.
  }
}

/** Restores the token that this tab or another one has stored. */
export function restoreCsrf(): void {
  try {
    csrf = localStorage.getItem(csrfName) ?? csrf;
  } catch {
    // As above.
  }
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * Path segments are encoded, so a name with a slash stays one segment. Browsers resolve "." and ".." even when they are
 * encoded; encoding them twice makes them a name that does not exist.
 */
export function path(...segments: readonly string[]): string {
  const safe = segments.map(s => encodeURIComponent(s === "." || s === ".." ? s.replaceAll(".", "%2E") : s));
  return `/console/api/${safe.join("/")}`;
}

export function withQuery(url: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "" && value !== false) {
      params.set(key, String(value));
    }
  }
  const text = params.toString();
  return text ? `${url}?${text}` : url;
}

export async function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(url, signal ? { signal } : {})).json()) as T;
}

export async function send<T>(method: "POST" | "PUT" | "DELETE", url: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" };
  const json = body === undefined ? null : JSON.stringify(body);
  // Decisions are sent even if the person closes the page. Browsers allow that only for small bodies.
  const keepalive = (json?.length ?? 0) < 10_000;
  const response = await request(url, { method, headers, body: json, keepalive });
  const text = await response.text();
  return (text ? JSON.parse(text) : {}) as T;
}

/** Uploads a file and reports its progress, from 0 to 1. `fetch` cannot report progress. */
export function upload<T>(url: string, file: File, signal: AbortSignal, progress: (part: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open("PUT", url);
    xhr.setRequestHeader("X-Mme-Console", csrf);
    xhr.setRequestHeader("Content-Type", "application/octet-stream");
    xhr.upload.onprogress = e => progress(e.lengthComputable && e.total > 0 ? e.loaded / e.total : 0);
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300) {
        resolve((xhr.responseText ? JSON.parse(xhr.responseText) : {}) as T);
      } else {
        reject(toError(xhr.status, xhr.responseText));
      }
    };
    xhr.onerror = () => reject(unreachable());
    xhr.onabort = () => reject(new DOMException("Aborted", "AbortError"));
    signal.addEventListener("abort", () => xhr.abort(), { once: true });
    xhr.send(file);
  });
}

/** Yields the events of a stream, until the server ends it or the signal aborts. */
export async function* events(url: string, signal: AbortSignal): AsyncGenerator<{ event: string; data: unknown }> {
  const response = await request(url, { signal, headers: { Accept: "text/event-stream" } });
  if (!response.body) {
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const parsed = parseEvent(block);
      if (parsed) {
        yield parsed;
      }
    }
  }
}

export function isAbort(e: unknown): boolean {
  return e instanceof DOMException && e.name === "AbortError";
}

export function asError(e: unknown): ApiError {
  return e instanceof ApiError ? e : new ApiError(0, "Unexpected", e instanceof Error ? e.message : String(e));
}

function parseEvent(block: string): { event: string; data: unknown } | null {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) {
      event = line.slice(6).trim();
    } else if (line.startsWith("data:")) {
      data.push(line.slice(5).trimStart());
    }
  }
  return data.length > 0 ? { event, data: JSON.parse(data.join("\n")) as unknown } : null;
}

async function request(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  const headers = { ...init.headers as Record<string, string> | undefined, "X-Mme-Console": csrf };
  try {
    response = await fetch(url, { credentials: "same-origin", ...init, headers });
  } catch (e) {
    if (isAbort(e)) {
      throw e;
    }
    throw unreachable();
  }
  if (response.ok) {
    return response;
  }
  const error = toError(response.status, await response.text().catch(() => ""));
  if (error.status === 401) {
    dispatchEvent(new CustomEvent("mme-unauthorized"));
  }
  throw error;
}

function unreachable(): ApiError {
  return new ApiError(0, "Unreachable", "The console isn't responding. Check that mme console is still running.");
}

function toError(status: number, text: string): ApiError {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: string; message?: string } };
    if (error?.code) {
      return new ApiError(status, error.code, error.message ?? error.code);
    }
  } catch {
    // Not JSON: a proxy's page, or nothing.
  }
  return new ApiError(status, `Http${status}`, `The console returned status ${status}.`);
}
