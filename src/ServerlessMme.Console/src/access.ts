import { css, html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { asError } from "./lib/api.js";
import { store } from "./lib/store.js";
import { icon } from "./parts/icons.js";
import { base } from "./styles/base.js";

/** Asks for the address that the command printed, while there is no valid session. Fires "open". */
@customElement("mme-access")
export class Access extends LitElement {
  static override styles = [base, css`
    form { width: min(440px, calc(100vw - 48px)); display: flex; flex-direction: column; gap: var(--s4);
      padding: var(--s8); }
    .mark { display: grid; place-items: center; width: 44px; height: 44px; border-radius: var(--r3);
      background: var(--accent-soft); color: var(--accent-strong); }
    label { font: 500 13px/18px var(--family); display: block; margin-bottom: 6px; }
    .field { width: 100%; height: 36px; font: var(--font-code); }
    .error { color: var(--bad); margin-top: 6px; }
    h1 { margin-bottom: 6px; }
    code { font: var(--font-code); }
  `];

  @state() private error = "";
  @state() private busy = false;
  @query("input") private input!: HTMLInputElement;

  override firstUpdated(): void {
    this.input.focus();
  }

  override render(): unknown {
    return html`<form class="card" @submit=${this.submit}>
      <span class="mark">${icon("lock", 20)}</span>
      <div>
        <h1>Sign in to the console</h1>
        <p class="soft">The address that <code>mme console</code> printed contains a token. Paste the address here.
          Addresses from earlier runs may no longer work.</p>
      </div>
      <div>
        <label for="address">Address</label>
        <input id="address" class="field" type="text" autocomplete="off" spellcheck="false" required
          placeholder="http://127.0.0.1:5000/console#token=…" aria-describedby="error"
            aria-invalid=${this.error !== ""}>
        <p id="error" class="error small" role="alert">${this.error || nothing}</p>
      </div>
      <button class="button primary" ?disabled=${this.busy}>Open the console</button>
    </form>`;
  }

  private async submit(e: Event): Promise<void> {
    e.preventDefault();
    const text = this.input.value.trim();
    const token = /[#&]token=([^&\s]+)/.exec(text)?.[1] ?? text;
    this.busy = true;
    this.error = "";
    try {
      await store.signIn(decodeURIComponent(token));
      this.dispatchEvent(new Event("open"));
    } catch (problem) {
      const { status, message } = asError(problem);
      this.error = status === 401 ? "This address is invalid or has expired. Copy the latest address from the terminal."
        : message;
    } finally {
      this.busy = false;
    }
  }
}
