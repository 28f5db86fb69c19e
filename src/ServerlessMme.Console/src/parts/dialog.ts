import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { cover, stopRepeat } from "../lib/keys.js";
import { base } from "../styles/base.js";
import { icon } from "./icons.js";

/** A native modal dialog. It opens when it enters the page and fires "close" with its return value. */
@customElement("mme-dialog")
export class Dialog extends LitElement {
  static override styles = [base, css`
    dialog {
      width: min(480px, calc(100vw - 32px)); max-height: calc(100vh - 64px); padding: 0; border: 1px solid var(--line);
      border-radius: 12px; background: var(--raised); color: var(--text); box-shadow: var(--shadow); overflow: hidden;
    }
    :host([wide]) dialog { width: min(720px, calc(100vw - 32px)); }
    dialog[open] { display: flex; flex-direction: column; }
    dialog::backdrop { background: var(--shade); }
    .head { display: flex; align-items: center; gap: var(--s3); padding: var(--s5) var(--s6) var(--s3); }
    .head h2 { flex: 1; overflow-wrap: anywhere; }
    .body { padding: 0 var(--s6) var(--s6); overflow: auto; }
    ::slotted(footer) {
      display: flex; justify-content: flex-end; gap: var(--s2); padding: var(--s4) var(--s6);
      border-top: 1px solid var(--line);
    }
  `];

  @property() heading = "";
  @query("dialog") private dialog!: HTMLDialogElement;

  private uncover: (() => void) | null = null;

  override firstUpdated(): void {
    this.dialog.showModal();
    this.uncover = cover();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.uncover?.();
  }

  finish(value = ""): void {
    this.dialog.close(value);
  }

  override render(): unknown {
    return html`<dialog aria-labelledby="heading" @close=${this.closed} @keydown=${stopRepeat}>
      <div class="head">
        <h2 id="heading">${this.heading}</h2>
        <button class="button quiet icon" aria-label="Close" @click=${() => this.finish()}>${icon("close")}</button>
      </div>
      <div class="body"><slot></slot></div>
      <slot name="footer"></slot>
    </dialog>`;
  }

  private closed(): void {
    this.uncover?.();
    this.dispatchEvent(new CustomEvent("close", { detail: this.dialog.returnValue }));
  }
}

export interface Question {
  readonly title: string;
  readonly text: string | TemplateResult;
  readonly action: string;
  readonly danger?: boolean;
}

@customElement("mme-confirm")
export class Confirm extends LitElement {
  static override styles = [base, css`p { color: var(--soft); overflow-wrap: anywhere; }`];

  @property({ attribute: false }) question!: Question;
  @query("mme-dialog") private dialog!: Dialog;

  override render(): unknown {
    const { title, text, action, danger } = this.question;
    return html`<mme-dialog .heading=${title} @close=${this.answered}>
      <p>${text}</p>
      <footer slot="footer">
        <button class="button" @click=${() => this.dialog.finish()}>Cancel</button>
        <button class="button primary ${danger ? "danger" : ""}" autofocus
          @click=${() => this.dialog.finish("yes")}>${action}</button>
      </footer>
    </mme-dialog>`;
  }

  private answered(e: CustomEvent<string>): void {
    this.dispatchEvent(new CustomEvent("answer", { detail: e.detail === "yes" }));
  }
}

/** Asks for confirmation of an action that can't be undone. */
export function confirm(question: Question): Promise<boolean> {
  return new Promise(resolve => {
    const element = new Confirm();
    element.question = question;
    element.addEventListener("answer", e => {
      element.remove();
      resolve((e as CustomEvent<boolean>).detail);
    });
    document.body.append(element);
  });
}
