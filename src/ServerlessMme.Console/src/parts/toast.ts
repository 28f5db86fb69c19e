import { css, html, LitElement } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { asError } from "../lib/api.js";
import { base } from "../styles/base.js";
import { icon } from "./icons.js";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly bad: boolean;
}

/** Short messages at the bottom of the page. They disappear by themselves, errors later than other messages. */
@customElement("mme-toasts")
export class Toasts extends LitElement {
  static override styles = [base, css`
    :host {
      position: fixed; inset: auto 0 var(--s6) 0; width: auto; margin: 0; padding: 0; border: 0; background: none;
      overflow: visible; pointer-events: none;
    }
    div[role] { display: flex; flex-direction: column; gap: var(--s2); align-items: center; }
    .toast {
      display: flex; align-items: center; gap: var(--s3); max-width: min(560px, calc(100vw - 32px));
      padding: 10px 10px 10px var(--s4); border-radius: var(--r3); background: var(--text); color: var(--ground);
      box-shadow: var(--shadow); pointer-events: auto; animation: rise var(--calm);
    }
    .toast > span { overflow-wrap: anywhere; max-height: 120px; overflow: hidden; }
    .toast.bad { background: var(--bad-soft); color: var(--bad); border: 1px solid currentcolor; }
    .toast button { border: 0; background: none; width: 28px; height: 28px; display: grid; place-items: center; }
    @keyframes rise { from { transform: translateY(8px); opacity: 0; } }
  `];

  @state() private toasts: readonly Toast[] = [];
  private last = 0;

  show(text: string, bad: boolean): void {
    const toast = { id: ++this.last, text, bad };
    this.toasts = [...this.toasts.slice(-2), toast];
    // A popover that opens now lies above every dialog that is open.
    this.popover = "manual";
    this.hidePopover();
    this.showPopover();
    setTimeout(() => this.drop(toast.id), bad ? 10_000 : 4_000);
  }

  override render(): unknown {
    return html`<div role="status" aria-live="polite">${repeat(this.toasts, t => t.id, t => html`
      <div class="toast ${t.bad ? "bad" : ""}">
        <span>${t.text}</span>
        <button aria-label="Dismiss" @click=${() => this.drop(t.id)}>${icon("close", 14)}</button>
      </div>`)}</div>`;
  }

  private drop(id: number): void {
    this.toasts = this.toasts.filter(t => t.id !== id);
  }
}

export function toast(text: string, bad = false): void {
  document.querySelector<Toasts>("mme-app")?.shadowRoot?.querySelector<Toasts>("mme-toasts")?.show(text, bad);
}

/** Runs an action and reports its failure. Returns true if it succeeded. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (e) {
    toast(asError(e).message, true);
    return false;
  }
}
