/** The page's state, which is the query string. Views read and change it with these functions. */

export type State = Readonly<Record<string, string>>;
export type Patch = Readonly<Record<string, string | null | undefined>>;

const changed = new EventTarget();

export function state(): State {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/** Returns the address with the patch applied. Null removes a key. */
export function href(patch: Patch, base: State = state()): string {
  const params = new URLSearchParams(base as Record<string, string>);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined || value === "") {
      params.delete(key);
    } else {
      params.set(key, value);
    }
  }
  const query = params.toString();
  return query ? `/console?${query}` : "/console";
}

/** Adds an entry to the browser's history. */
export function push(patch: Patch, base?: State): void {
  go(href(patch, base), false);
}

/** Replaces the current history entry, for changes that "back" should skip. */
export function replace(patch: Patch, base?: State): void {
  go(href(patch, base), true);
}

export function onChange(listener: () => void): () => void {
  changed.addEventListener("change", listener);
  return () => changed.removeEventListener("change", listener);
}

/** Follows a plain click on one of our own links without loading the page again. */
export function follow(e: MouseEvent): void {
  const link = e.currentTarget as HTMLAnchorElement;
  if (e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) {
    return;
  }
  e.preventDefault();
  if (e.detail > 0) {
    // After a click, keys belong to the view that opens; Enter would follow the link again.
    link.blur();
  }
  go(link.getAttribute("href") ?? "/console", false);
}

function go(url: string, replacing: boolean): void {
  if (url === location.pathname + location.search) {
    return;
  }
  if (replacing) {
    history.replaceState(null, "", url);
  } else {
    history.pushState(null, "", url);
  }
  changed.dispatchEvent(new Event("change"));
}

addEventListener("popstate", () => changed.dispatchEvent(new Event("change")));
