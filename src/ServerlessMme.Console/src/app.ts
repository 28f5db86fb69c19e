import { css, html, LitElement } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { ApiError, asError } from "./lib/api.js";
import { short } from "./lib/format.js";
import { hasModifier, isCovered, isTyping } from "./lib/keys.js";
import { store } from "./lib/store.js";
import { onChange, replace, state as urlState } from "./lib/url.js";
import "./access.js";
import { showHelp } from "./help.js";
import "./nav.js";
import type { Nav } from "./nav.js";
import { empty, failed, loading, states } from "./parts/states.js";
import "./parts/toast.js";
import { base } from "./styles/base.js";
import "./views/compare.js";
import "./views/drop.js";
import "./views/gallery.js";
import "./views/jobs.js";
import "./views/models.js";
import "./views/poison.js";
import "./views/review.js";

/** Views that show one model, and therefore need a name in the address. */
const modelViews = new Set(["gallery", "review", "compare", "drop"]);

@customElement("mme-app")
export class App extends LitElement {
  static override styles = [base, states, css`
    :host { display: grid; grid-template-columns: 232px minmax(0, 1fr); height: 100vh; height: 100dvh; }
    header { display: grid; grid-template-columns: minmax(0, 1fr); min-height: 0; }
    main { min-width: 0; min-height: 0; position: relative; }
    .whole { grid-column: 1 / -1; display: grid; place-items: center; }
    .skip {
      position: absolute; left: var(--s3); top: -60px; z-index: 20;
    }
    .skip:focus { top: var(--s3); }
    @media (max-width: 1000px) { :host { grid-template-columns: 60px minmax(0, 1fr); } }
  `];

  @state() private phase: "starting" | "closed" | "failed" | "open" = "starting";
  @state() private error: ApiError | null = null;
  @query("mme-nav") private nav!: Nav | null;
  @query("main") private main!: HTMLElement | null;
  private unlisten: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.unlisten = onChange(() => this.requestUpdate());
    store.addEventListener("change", () => this.requestUpdate());
    addEventListener("mme-unauthorized", () => this.phase = "closed");
    addEventListener("keydown", e => this.key(e));
    addEventListener("hashchange", () => void this.start());
    // A file dropped beside the drop zone would otherwise replace the page.
    addEventListener("dragover", e => e.preventDefault());
    addEventListener("drop", e => e.preventDefault());
    void this.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unlisten?.();
  }

  override updated(): void {
    const { view = "gallery", model } = urlState();
    store.remember(model ?? "");
    const title = view.slice(0, 1).toUpperCase() + view.slice(1, 20);
    const name = modelViews.has(view) ? short(model ?? "", 60) : "";
    document.title = [title, name, "ServerlessMme"].filter(Boolean).join(" · ");
  }

  override render(): unknown {
    if (this.phase !== "open") {
      return html`<main class="whole">${this.phase === "starting" ? loading("Opening the console…")
        : this.phase === "failed" ? failed(this.error!, () => void this.start())
        : html`<mme-access @open=${() => void this.open()}></mme-access>`}</main>`;
    }
    const { view } = urlState();
    return html`
      <header>
        <button class="button skip" @click=${() => this.main?.focus()}>Skip to content</button>
        <mme-nav></mme-nav>
      </header>
      <main tabindex="-1" aria-label=${view ?? "Console"}>${this.view()}</main>
      <mme-toasts></mme-toasts>`;
  }

  private view(): unknown {
    const { view = "gallery", model = "" } = urlState();
    if (modelViews.has(view) && model === "") {
      return store.modelsComplete && store.models.length === 0
        ? empty("models", "No models yet", html`Publish one with <code>mme models push FOLDER</code>, then drop images
          into its container. <code>mme demo --console</code> opens a console with sample data.`)
        : store.modelsError ? failed(store.modelsError, () => void this.findModels())
        : loading("Looking for models…");
    }
    switch (view) {
      case "gallery": return html`<mme-gallery .model=${model}></mme-gallery>`;
      case "review": return html`<mme-review .model=${model}></mme-review>`;
      case "compare": return html`<mme-compare .model=${model}></mme-compare>`;
      case "drop": return html`<mme-drop .model=${model}></mme-drop>`;
      case "models": return html`<mme-models></mme-models>`;
      case "jobs": return html`<mme-jobs></mme-jobs>`;
      case "poison": return html`<mme-poison></mme-poison>`;
      default: return empty("search", "Page not found", "Choose a page on the left.");
    }
  }

  private async start(): Promise<void> {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    this.phase = "starting";
    try {
      if (token) {
        // The token must not stay in the address bar, in the history or in a bookmark.
        history.replaceState(null, "", location.pathname + location.search);
        await store.signIn(token);
      }
      await this.open();
    } catch (e) {
      this.fail(e);
    }
  }

  private async open(): Promise<void> {
    try {
      await store.loadInfo();
    } catch (e) {
      this.fail(e);
      return;
    }
    this.phase = "open";
    void store.loadPoisonCount().catch(() => undefined);
    await this.findModels();
  }

  private fail(e: unknown): void {
    const error = asError(e);
    this.error = error;
    this.phase = error.status === 401 || error.code === "WrongToken" ? "closed" : "failed";
  }

  private async findModels(): Promise<void> {
    await store.loadModels();
    this.pickModel();
  }

  /** Without a name in the address, a view of one model shows the first model that has images. */
  private pickModel(): void {
    const { view = "gallery", model } = urlState();
    const first = store.models.find(m => m.hasDrops) ?? store.models[0];
    store.remember(store.lastModel ?? first?.name ?? "");
    if (!model && first && modelViews.has(view)) {
      replace({ view, model: first.name });
    }
  }

  private key(e: KeyboardEvent): void {
    if (this.phase !== "open" || e.defaultPrevented || hasModifier(e) || isTyping(e) || isCovered(e)) {
      return;
    }
    if (e.key === "?") {
      showHelp();
    } else if (e.key === "M" && e.shiftKey) {
      this.nav?.openPicker();
    } else {
      return;
    }
    e.preventDefault();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "mme-app": App;
  }
}
