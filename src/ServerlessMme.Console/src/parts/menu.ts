import { css, html, LitElement } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { base } from "../styles/base.js";
import { icon } from "./icons.js";

/** A button that opens a panel below it. The browser closes the panel on Escape and on clicks outside. */
@customElement("mme-menu")
export class Menu extends LitElement {
  static override styles = [base, css`
    :host { display: inline-block; }
    .panel {
      position: fixed; inset: auto; margin: 0; padding: var(--s4); min-width: 260px; max-width: calc(100vw - 32px);
      max-height: min(480px, calc(100vh - 80px)); overflow: auto; border: 1px solid var(--line);
      border-radius: var(--r3); background: var(--raised); color: var(--text); box-shadow: var(--shadow);
    }
  `];

  @property() label = "";
  @property({ type: Boolean }) active = false;
  @state() private open = false;
  @query(".panel") private panel!: HTMLElement;
  @query("button") private button!: HTMLElement;

  close(): void {
    this.panel.hidePopover();
    this.button.focus();
  }

  override render(): unknown {
    return html`
      <button class="button ${this.active ? "on" : ""}" popovertarget="panel" aria-haspopup="dialog"
        aria-expanded=${this.open}>
        ${this.label}${icon("down", 12)}
      </button>
      <div id="panel" class="panel" popover role="dialog" aria-label=${this.label} @toggle=${this.toggled}>
        <slot></slot>
      </div>`;
  }

  private toggled(e: ToggleEvent): void {
    this.open = e.newState === "open";
    if (!this.open) {
      return;
    }
    const anchor = this.button.getBoundingClientRect();
    const width = this.panel.getBoundingClientRect().width;
    this.panel.style.top = `${anchor.bottom + 6}px`;
    this.panel.style.left = `${Math.max(16, Math.min(anchor.left, innerWidth - width - 16))}px`;
    this.querySelector<HTMLElement>("input, select, button, [tabindex='0']")?.focus();
  }
}
