import { type ApiError, asError, get, path, restoreCsrf, send, setCsrf, withQuery } from "./api.js";
import type { Info, ModelItem, Page } from "./types.js";

/** Maximum number of names to load: more than anyone scrolls through. */
const mostModels = 20_000;

/** State that the whole page shares: the session, and the published names. */
class Store extends EventTarget {
  info: Info | null = null;
  models: readonly ModelItem[] = [];
  modelsComplete = false;
  modelsError: ApiError | null = null;
  poison: number | null = null;
  /** The model in the last view of a single model. The navigation leads back to it. */
  lastModel: string | null = null;

  get readOnly(): boolean {
    return this.info?.readOnly ?? true;
  }

  model(name: string | undefined): ModelItem | undefined {
    return this.models.find(m => m.name === name);
  }

  /** Exchanges the token for a cookie. Later requests don't contain the token. */
  async signIn(token: string): Promise<void> {
    const { csrf } = await send<{ csrf: string }>("POST", path("session"), { token });
    setCsrf(csrf);
  }

  async loadInfo(): Promise<void> {
    restoreCsrf();
    this.info = await get<Info>(path("info"));
    setCsrf(this.info.csrf);
    this.notify();
  }

  /** Loads every published name, page by page; the views show what is there so far. Never throws: see modelsError. */
  async loadModels(): Promise<void> {
    let from: string | null = null;
    const items: ModelItem[] = [];
    this.modelsError = null;
    try {
      do {
        const page: Page<ModelItem> = await get(withQuery(path("models"), { from }));
        items.push(...page.items);
        from = page.next;
        // A reload shows its result in one step, not the names as they trickle in.
        if (!this.modelsComplete || from === null) {
          this.models = [...items];
        }
        this.modelsComplete ||= from === null;
        this.notify();
      } while (from !== null && items.length < mostModels);
    } catch (e) {
      this.modelsError = asError(e);
      this.notify();
    }
  }

  async loadPoisonCount(): Promise<void> {
    const { count } = await get<{ count: number }>(path("poison"));
    this.setPoison(count);
  }

  remember(model: string): void {
    if (model !== "" && model !== this.lastModel) {
      this.lastModel = model;
      this.notify();
    }
  }

  setPoison(count: number): void {
    this.poison = count;
    this.notify();
  }

  private notify(): void {
    this.dispatchEvent(new Event("change"));
  }
}

export const store = new Store();
