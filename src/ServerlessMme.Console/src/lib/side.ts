import type { LitElement, ReactiveController } from "lit";
import { hasModifier, isCovered, isTyping } from "./keys.js";
import { push, state } from "./url.js";

/**
 * A panel beside a table, opened by a key in the address. It takes the focus when it opens. Escape closes it and
 * returns the focus to the row, which has the value in data-row.
 */
export class SidePanel implements ReactiveController {
  private shown = "";

  constructor(private readonly host: LitElement, private readonly key: string) {
    host.addController(this);
  }

  get value(): string {
    return state()[this.key] ?? "";
  }

  open(value: string): void {
    push({ [this.key]: value });
  }

  readonly close = (): void => {
    const { value } = this;
    push({ [this.key]: null });
    void this.host.updateComplete.then(() =>
      this.host.renderRoot.querySelector<HTMLElement>(`[data-row="${CSS.escape(value)}"]`)?.focus());
  };

  hostConnected(): void {
    addEventListener("keydown", this.listen);
  }

  hostDisconnected(): void {
    removeEventListener("keydown", this.listen);
  }

  hostUpdated(): void {
    if (this.value !== this.shown) {
      this.shown = this.value;
      this.host.renderRoot.querySelector<HTMLElement>("aside.side")?.focus({ preventScroll: true });
    }
  }

  private readonly listen = (e: KeyboardEvent): void => {
    if (e.key === "Escape" && this.value && !hasModifier(e) && !isTyping(e) && !isCovered(e) && !e.defaultPrevented) {
      e.preventDefault();
      this.close();
    }
  };
}
