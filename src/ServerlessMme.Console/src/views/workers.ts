import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { path } from "../lib/api.js";
import { ago, bytes, count, plural, short, shortVersion } from "../lib/format.js";
import { Load } from "../lib/load.js";
import { place } from "../lib/place.js";
import type { Worker } from "../lib/types.js";
import { icon } from "../parts/icons.js";
import { empty, failed, loading, states } from "../parts/states.js";
import { base } from "../styles/base.js";

const stateKinds: Readonly<Record<string, string>> = { ready: "good", loading: "accent", failed: "bad" };

function warmth(name: string): unknown {
  const text = name.toLowerCase();
  return html`<span class="tag ${stateKinds[text] ?? ""}">${text}</span>`;
}

/** The models that the workers on this machine keep in memory, live. Paused while the page is hidden. */
@customElement("mme-workers")
export class Workers extends LitElement {
  static override styles = [base, states, css`
    :host { display: flex; flex-direction: column; gap: var(--s4); }
    .top { display: grid; grid-template-columns: minmax(200px, 1.4fr) repeat(4, minmax(72px, 1fr)); gap: var(--s5);
      padding: var(--s5); border-bottom: 1px solid var(--line); align-items: end; }
    .figure b { display: block; font: var(--font-head); font-variant-numeric: tabular-nums; }
    .memory { height: 8px; border-radius: var(--round); background: var(--sunken); overflow: hidden;
      margin-top: var(--s2); }
    .memory i { display: block; height: 100%; background: var(--accent); border-radius: inherit;
      transition: width var(--calm); }
    td bdi.cut { display: inline-block; max-width: 240px; vertical-align: bottom; }
    @media (max-width: 1000px) { .top { grid-template-columns: repeat(4, 1fr); } .top > :first-child {
      grid-column: 1 / -1; } }
  `];

  private readonly live = new Load<readonly Worker[]>(this);
  @state() private lost = false;
  private timer = 0;
  private readonly visible = (): void => document.hidden ? this.live.stop() : void this.listen();

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.visible);
    void this.listen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.visible);
    clearTimeout(this.timer);
  }

  override render(): unknown {
    const { value, error } = this.live;
    if (!value) {
      return html`<div class="card">${error ? failed(error, () => void this.listen())
        : loading("Looking for workers…")}</div>`;
    }
    return html`
      ${this.lost ? html`<p class="row small soft" role="status"><span class="spin tiny"></span>The live updates
        were interrupted. Reconnecting…</p>` : nothing}
      ${value.length === 0 ? html`<div class="card">${empty("clock", "No worker is running on this machine",
        html`Start one with <code>mme worker</code> to see which models it keeps warm.`)}</div>`
          : value.map(w => this.worker(w))}`;
  }

  private worker(w: Worker): unknown {
    const figure = (name: string, n: number): unknown => html`<div class="figure"><span
      class="small soft">${name}</span><b>${count(n)}</b></div>`;
    return html`<section class="card" aria-label="Worker ${w.processId}">
      <div class="top">
        <div>
          <h3>Process ${w.processId}</h3>
          <p class="small soft num">${bytes(w.residentBytes)} of ${bytes(w.budgetBytes)} in use</p>
          <div class="memory" role="img" aria-label="Memory: ${bytes(w.residentBytes)} of ${bytes(w.budgetBytes)}">
            <i ${place({ width: `${w.budgetBytes > 0 ? Math.min(100, w.residentBytes / w.budgetBytes * 100)
              : 0}%` })}></i></div>
        </div>
        ${figure("Cache hits", w.hits)}${figure("Misses", w.misses)}
        ${figure("Loads", w.loads)}${figure("Evictions", w.evictions)}
      </div>
      ${w.models.length === 0 ? html`<p class="state soft">No models are warm.</p>` : html`<table>
        <thead><tr><th scope="col">Model</th><th scope="col">State</th><th scope="col" class="end">Private</th><th
          scope="col" class="end">Leases</th>
          <th scope="col">Trunk</th><th scope="col" class="end">Last used</th></tr></thead>
        <tbody>${w.models.slice(0, 200).map(m => html`<tr>
          <td><bdi class="cut">${short(m.name)}</bdi></td>
          <td>${warmth(m.state)}</td>
          <td class="end">${bytes(m.bytes)}</td><td class="end">${count(m.leases)}</td>
          <td>${m.trunk ? html`<span class="code">${shortVersion(m.trunk)}</span>`
            : html`<span class="soft">–</span>`}</td>
          <td class="end soft">${ago(m.lastUsed)}</td></tr>`)}
          ${w.trunks.map(t => html`<tr>
            <td class="row">${icon("models")}<span>Trunk <span class="code">${shortVersion(t.id)}</span></span></td>
            <td><span class="tag accent">shared</span></td><td class="end">${bytes(t.bytes)}</td>
            <td class="end">–</td><td class="soft">${plural(t.heads, "head")}</td>
            <td class="end soft">–</td></tr>`)}
        </tbody></table>`}
    </section>`;
  }

  private async listen(): Promise<void> {
    clearTimeout(this.timer);
    await this.live.follow(path("workers"), true, () => this.lost = false);
    if (this.isConnected && !document.hidden && this.live.value) {
      this.lost = true;
      this.timer = window.setTimeout(() => void this.listen(), 3_000);
    }
  }
}
