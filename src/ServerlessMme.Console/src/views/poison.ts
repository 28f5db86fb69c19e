import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { get, path, send, withQuery } from "../lib/api.js";
import { ago, count, plural, short, when } from "../lib/format.js";
import { Load } from "../lib/load.js";
import { store } from "../lib/store.js";
import type { Page, PoisonMessage } from "../lib/types.js";
import { onChange, replace, state as urlState } from "../lib/url.js";
import { confirm } from "../parts/dialog.js";
import { icon } from "../parts/icons.js";
import { empty, failed, loading, states, trouble } from "../parts/states.js";
import { attempt, toast } from "../parts/toast.js";
import { base, frame } from "../styles/base.js";

type PoisonPage = Page<PoisonMessage> & { readonly count: number };
type Action = "retry" | "drop";

/** Milliseconds between reads of the list. */
const rest = 10_000;
/** Messages per page. A person who has asked for more is reading, so the list isn't refreshed. */
const onePage = 100;

/** Poison messages: their reasons, and the actions on them. */
@customElement("mme-poison")
export class Poison extends LitElement {
  static override styles = [base, frame, states, css`
    .find { position: relative; width: 260px; }
    .find .field { width: 100%; padding-left: 32px; }
    .find svg { position: absolute; left: 10px; top: 8px; color: var(--faint); pointer-events: none; }
    .bar { display: flex; align-items: center; gap: var(--s2); min-height: 48px;
      padding: var(--s2) var(--s3) var(--s2) var(--s4); border-bottom: 1px solid var(--line); }
    .bar .small { min-width: 96px; }
    th.check, td.check { width: 40px; padding-right: 0; }
    input[type="checkbox"] { width: 16px; height: 16px; margin: 0; display: block; accent-color: var(--accent);
      cursor: pointer; }
    input[type="checkbox"]:disabled { cursor: default; opacity: 0.5; }
    td .link:hover { text-decoration: none; }
    td .link:hover .small { text-decoration: underline; }
    td .why { overflow-wrap: anywhere; max-height: 60px; overflow: hidden; margin-top: 2px; }
    .when { white-space: nowrap; }
    td.tries { width: 64px; }
    td.acts, th.acts { width: 150px; white-space: nowrap; }
    .message { padding: 0 var(--s4) var(--s4) 52px; }
    pre { margin: 0; padding: var(--s3); border-radius: var(--r2); background: var(--sunken); max-height: 240px;
      overflow: auto; font: var(--font-code); white-space: pre-wrap; overflow-wrap: anywhere; }
    tr.open > td { border-bottom: 0; }
    td.message { border-bottom: 1px solid var(--line); }
    .foot { display: flex; justify-content: center; padding: var(--s3); border-top: 1px solid var(--line); }
  `];

  @state() private items: readonly PoisonMessage[] = [];
  @state() private total = 0;
  @state() private selected: ReadonlySet<string> = new Set();
  @state() private opened = "";
  private cursor: string | null = null;
  private readonly pages = new Load<PoisonPage>(this);
  private search = "";
  /** The search that found the messages shown; an action on all applies to its results. */
  private found = "";
  @state() private isTyping = false;
  private timer = 0;
  private clock = 0;
  private unlisten: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.unlisten = onChange(() => this.searched());
    this.search = urlState()["search"] ?? "";
    void this.read();
    this.clock = window.setInterval(() => this.look(), rest);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.clock);
    this.unlisten?.();
    clearTimeout(this.timer);
  }

  override render(): unknown {
    return html`
      <header class="top">
        <h1>Poison</h1>
        <span class="soft small grow">Messages that failed too often or could not be read</span>
        <div class="find">${icon("search")}<input class="field" type="search" aria-label="Search poison messages"
          placeholder="Search reasons and messages…"
          spellcheck="false" .value=${this.search} @input=${this.typed}></div>
      </header>
      <div class="page scroll" tabindex="0" role="region" aria-label="Poison messages">${this.body()}</div>`;
  }

  private body(): unknown {
    const { error, busy } = this.pages;
    if (this.items.length === 0) {
      return html`<div class="card">${error ? failed(error, () => void this.read()) : busy
        ? loading("Loading messages…")
        : this.search ? empty("search", "No message contains this text", html`The search covers the reasons and the
          text of the messages.`)
        : empty("check", "No poison messages", "No message has failed too often.")}</div>`;
    }
    const all = this.items.every(m => this.selected.has(m.digest));
    return html`<div class="card">
      ${this.actions()}
      <table>
        <thead><tr>
          <th class="check">${store.readOnly ? nothing : html`<input type="checkbox" aria-label="Select all shown"
            .checked=${all} .indeterminate=${!all && this.selected.size > 0}
            @change=${() => this.selected = new Set(all ? [] : this.items.map(m => m.digest))}>`}</th>
          <th scope="col">Reason</th><th scope="col" class="end">Tries</th><th scope="col">Given up</th>
          <th scope="col" class="acts"><span class="unseen">Actions</span></th></tr></thead>
        <tbody>${this.items.map(m => this.row(m))}</tbody>
      </table>
      ${error ? trouble(error, () => void this.read(true)) : nothing}
      ${this.cursor ? html`<div class="foot"><button class="button" ?disabled=${busy}
        @click=${() => void this.read(true)}>Show more</button></div>` : nothing}
    </div>`;
  }

  private actions(): unknown {
    const n = this.selected.size;
    // No actions while the list is about to change.
    const off = store.readOnly || this.isTyping || this.pages.busy || this.found !== this.search;
    const what = n > 0 ? "selected" : this.found ? "all found" : "all";
    return html`<div class="bar" role="group" aria-label="Actions for several messages">
      <span class="small grow">${n > 0 ? `${count(n)} selected`
        : `${count(this.total)} ${this.search ? "found" : "in total"}`}</span>
      <button class="button" ?disabled=${off} @click=${() => void this.act("retry", null)}>${icon("retry")}Retry
        ${what}</button>
      <button class="button danger" ?disabled=${off} @click=${() => void this.act("drop", null)}>${icon("trash")}Drop
        ${what}</button>
    </div>`;
  }

  private row(m: PoisonMessage): unknown {
    const open = this.opened === m.digest;
    const codes = m.reasons.map(r => r.code).join(", ") || "unknown";
    const why = m.reasons.find(r => r.message)?.message;
    return html`<tr class=${open ? "open" : ""}>
      <td class="check">${store.readOnly ? nothing : html`<input type="checkbox"
        aria-label=${`Select message ${short(codes, 60)}`} .checked=${this.selected.has(m.digest)}
        @change=${() => this.toggle(m.digest)}>`}</td>
      <td><button class="link row" aria-expanded=${open} @click=${() => this.opened = open ? "" : m.digest}>
          ${m.reasons.length === 0 ? html`<span class="tag">unknown</span>`
            : m.reasons.slice(0, 4).map(r => html`<span class="tag bad">${r.code}</span>`)}
          <span class="small soft">${open ? "Hide message" : "Show message"}</span></button>
        ${why ? html`<p class="why small soft">${why}</p>` : nothing}</td>
      <td class="end tries">${count(m.tries)}</td>
      <td class="soft when" title=${when(m.givenUpAt)}>${ago(m.givenUpAt)}</td>
      <td class="end acts">
        <button class="button quiet" ?disabled=${store.readOnly}
          @click=${() => void this.act("retry", m)}>Retry</button>
        <button class="button quiet danger" ?disabled=${store.readOnly}
          @click=${() => void this.act("drop", m)}>Drop</button></td>
    </tr>
    ${open ? html`<tr><td class="message" colspan="5"><pre tabindex="0"
      aria-label="Message">${pretty(m.message)}</pre></td></tr>` : nothing}`;
  }

  private async act(action: Action, one: PoisonMessage | null): Promise<void> {
    const digests = one ? [one.digest] : [...this.selected];
    const n = digests.length || this.total;
    const body = digests.length > 0 ? { digests } : { all: true, ...(this.found ? { search: this.found } : {}) };
    const what = plural(n, "message");
    const sure = await confirm(action === "retry"
      ? {
        title: `Retry ${what}?`, text: "Messages return to their queue, and their tries are reset.",
        action: `Retry ${what}`,
      }
      : { title: `Drop ${what}?`, text: "Dropped messages are deleted. Their images keep their "
          + "current labels, if any. This can't be undone.",
        action: `Drop ${what}`, danger: true });
    if (sure && await attempt(async () => {
      const { done } = await send<{ done: readonly string[] }>("POST", path("poison", action), body);
      toast(`${plural(done.length, "message")} ${action === "retry" ? "sent back to the queue" : "dropped"}`);
    })) {
      this.selected = new Set();
      await this.read();
      await store.loadPoisonCount().catch(() => undefined);
    }
  }

  /** Checks for new messages, unless the person is working on those shown. */
  private look(): void {
    if (!document.hidden && !this.pages.busy && !this.isTyping && this.selected.size === 0 && !this.opened
      && this.items.length <= onePage) {
      void this.read();
    }
  }

  private toggle(digest: string): void {
    const next = new Set(this.selected);
    if (!next.delete(digest)) {
      next.add(digest);
    }
    this.selected = next;
  }

  private typed(e: Event): void {
    const { value } = e.target as HTMLInputElement;
    clearTimeout(this.timer);
    this.isTyping = true;
    this.timer = window.setTimeout(() => {
      this.isTyping = false;
      replace({ search: value });
    }, 250);
  }

  private searched(): void {
    const search = urlState()["search"] ?? "";
    if (search !== this.search) {
      this.search = search;
      this.selected = new Set();
      void this.read();
    }
  }

  private async read(more = false): Promise<void> {
    const from = more ? this.cursor : null;
    const { search } = this;
    const url = withQuery(path("poison"), { search, from });
    const page = await this.pages.run(s => get<PoisonPage>(url, s), true);
    if (page) {
      this.items = more ? [...this.items, ...page.items] : page.items;
      this.cursor = page.next;
      this.total = page.count;
      this.found = search;
      if (!search) {
        store.setPoison(page.count);
      }
    } else if (this.pages.error && !more) {
      this.items = [];
    }
  }
}

function pretty(message: string): string {
  try {
    return JSON.stringify(JSON.parse(message), null, 2);
  } catch {
    return message;
  }
}
