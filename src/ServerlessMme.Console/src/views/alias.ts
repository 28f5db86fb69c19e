import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { path, send, withQuery } from "../lib/api.js";
import { differences, differing } from "../lib/comparison.js";
import { count, percent, short } from "../lib/format.js";
import { Load } from "../lib/load.js";
import { store } from "../lib/store.js";
import type { Comparison } from "../lib/types.js";
import { follow, href } from "../lib/url.js";
import { barStyles, track } from "../parts/bars.js";
import "../parts/dialog.js";
import type { Dialog } from "../parts/dialog.js";
import { icon } from "../parts/icons.js";
import { states } from "../parts/states.js";
import { attempt, toast } from "../parts/toast.js";
import { base } from "../styles/base.js";

/** Points an alias at another model, after showing which answers would differ. */
@customElement("mme-switch")
export class SwitchAlias extends LitElement {
  static override styles = [base, states, barStyles, css`
    .form { display: flex; flex-direction: column; gap: var(--s4); }
    label { font: 500 13px/18px var(--family); }
    .field { display: block; width: 100%; margin-top: 6px; }
    .compare { padding: var(--s4); background: var(--sunken); border-radius: var(--r2); display: flex;
      flex-direction: column; gap: var(--s3); min-height: 96px; }
    .sum { display: flex; align-items: baseline; gap: var(--s3); }
    .sum b { font: var(--font-head); }
    .pairs { display: grid; grid-template-columns: minmax(0, 1fr) 120px 56px; gap: 6px var(--s3); align-items: center; }
    .pairs .track { background: var(--line); }
    .pairs .row { gap: 6px; }
    .pairs .num { text-align: right; }
    .warn { color: var(--warn); }
  `];

  @property() alias = "";
  @property() target = "";
  @state() private chosen = "";
  @query("mme-dialog") private dialog!: Dialog;
  private readonly comparison = new Load<Comparison & { readonly seen?: number }>(this);

  override render(): unknown {
    const names = store.models.filter(m => m.kind === "model" && m.name !== this.target).slice(0, 1_000);
    return html`<mme-dialog wide .heading=${`Switch ${short(this.alias, 60)}`} @close=${() => this.remove()}>
      <div class="form">
        <p class="soft"><bdi>${short(this.alias)}</bdi> points to <bdi><b>${short(this.target)}</b></bdi>. After the
          switch, the new model labels new images and re-scores existing ones.</p>
        <label>New model<select class="field"
          @change=${(e: Event) => this.choose((e.target as HTMLSelectElement).value)}>
          <option value="">Pick a model…</option>
          ${names.map(m => html`<option value=${m.name} ?selected=${m.name === this.chosen}>${m.name}</option>`)}
        </select></label>
        ${this.chosen ? this.difference() : nothing}
      </div>
      <footer slot="footer">
        <button class="button" @click=${() => this.dialog.finish()}>Cancel</button>
        <button class="button primary" ?disabled=${!this.chosen || this.comparison.busy} @click=${this.apply}>
          Switch${this.chosen ? html` to <bdi>${short(this.chosen, 40)}</bdi>` : nothing}</button>
      </footer>
    </mme-dialog>`;
  }

  private difference(): unknown {
    const { value, error, busy } = this.comparison;
    if (error) {
      return html`<div class="compare"><p class="warn">The answers could not be compared. ${error.message}</p>
        <p class="small soft">You can still switch.</p></div>`;
    }
    if (!value?.cells) {
      return html`<div class="compare">${busy
        ? html`<p class="row soft"><span class="spin tiny"></span>${value?.seen
          ? `${count(value.seen)} answers compared…` : "Comparing answers…"}</p>`
        : html`<p class="warn">This model has no answers for the same images, so the effect of the switch is
          unknown.</p>`}</div>`;
    }
    const pairs = differing(value);
    const different = differences(value);
    return html`<div class="compare">
      <div class="sum"><b>${percent(value.total ? different / value.total : 0)}</b><span
        class="soft grow">${count(different)} of
        ${count(value.total)} answers would differ</span>
        <a href=${href({ view: "compare", model: this.alias, kind: "candidate", candidate: this.chosen }, {})}
          @click=${(e: MouseEvent) => { this.dialog.finish(); follow(e); }}>See the images</a></div>
      <div class="pairs">${pairs.slice(0, 5).map(c => html`
        <span class="row"><bdi class="cut">${short(c.to, 60)}</bdi>${icon("arrow", 12)}<bdi
          class="cut">${short(c.from, 60)}</bdi></span>
        ${track(c.count / pairs[0]!.count)}<span class="num small">${count(c.count)}</span>`)}</div>
    </div>`;
  }

  choose(name: string): void {
    this.chosen = name;
    this.comparison.stop();
    if (this.chosen) {
      const query = { kind: "candidate", candidate: this.chosen };
      void this.comparison.follow(withQuery(path("compare", this.alias), query));
    }
  }

  private async apply(): Promise<void> {
    if (await attempt(() => send("PUT", path("aliases", this.alias), { model: this.chosen }))) {
      toast(`${short(this.alias, 60)} now points to ${short(this.chosen, 60)}`);
      this.dialog.finish();
      await store.loadModels();
    }
  }
}

export function openSwitch(alias: string, target: string, chosen = ""): void {
  const element = new SwitchAlias();
  element.alias = alias;
  element.target = target;
  element.choose(chosen);
  document.body.append(element);
}
