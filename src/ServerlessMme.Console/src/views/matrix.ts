import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { count, short } from "../lib/format.js";
import { place } from "../lib/place.js";
import type { Cell, Comparison } from "../lib/types.js";
import { base } from "../styles/base.js";

/** Number of rows and columns that fit on a screen. The list beside the matrix has the rest. */
const most = 30;

/** A matrix of counts, from → to. Arrow keys move between cells. Fires "pick" with a cell. */
@customElement("mme-matrix")
export class Matrix extends LitElement {
  static override styles = [base, css`
    :host { position: relative; display: flex; flex-direction: column; min-width: 0; }
    .port { overflow: auto; min-height: 0; }
    .edge { position: absolute; z-index: 4; pointer-events: none; opacity: 0; transition: opacity var(--quick);
      --shade: color-mix(in srgb, var(--text) 16%, transparent); }
    .edge.right { inset: 0 0 0 auto; width: 20px; background: linear-gradient(to right, transparent, var(--shade)); }
    .edge.below { inset: auto 0 0 0; height: 16px; background: linear-gradient(transparent, var(--shade)); }
    .edge.on { opacity: 1; }
    table { width: auto; border-collapse: separate; border-spacing: 2px; }
    th { position: sticky; background: var(--ground); border: 0; padding: 0; font: var(--font-small);
      color: var(--soft); }
    thead th { top: 0; z-index: 2; vertical-align: bottom; height: 92px; }
    .corner { position: sticky; top: 0; left: 0; z-index: 3; width: auto; min-width: 96px; vertical-align: bottom;
      background: var(--ground); }
    .corner span { display: block; padding: 0 var(--s3) var(--s1) 0; text-align: right; white-space: nowrap; }
    thead .name { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 84px; margin: 0 auto;
      padding-top: var(--s1); }
    tbody th { left: 0; z-index: 1; text-align: right; padding-right: var(--s3); max-width: 140px; height: 40px; }
    td {
      width: 52px; min-width: 52px; height: 40px; padding: 0; border: 0; border-radius: var(--r1); text-align: center;
      font: var(--font-small); font-variant-numeric: tabular-nums; background: var(--surface); color: var(--soft);
    }
    td.some { cursor: pointer; color: var(--text); font-weight: 600;
      background: color-mix(in srgb, var(--accent) var(--heat), var(--surface)); }
    td.some:hover { box-shadow: inset 0 0 0 2px var(--accent); }
    td:empty:not(.same)::before { content: "·"; }
    td.same { background: var(--sunken); color: var(--soft); font-weight: 400; }
    td.chosen { box-shadow: inset 0 0 0 2px var(--accent); }
    @media (max-width: 1180px) { td { width: 44px; min-width: 44px; } }
    .note { padding: var(--s3) 0 0; }
  `];

  @property({ attribute: false }) comparison!: Comparison;
  @property({ attribute: false }) chosen: { from: string; to: string } | null = null;
  @property() fromName = "From";
  @property() toName = "To";
  @state() private row = 0;
  @state() private column = 0;
  /** Whether cells are hidden beyond an edge, because some systems hide scroll bars. */
  @state() private moreRight = false;
  @state() private moreBelow = false;
  @query(".port") private port!: HTMLElement;
  private readonly observer = new ResizeObserver(() => this.measure());

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) {
      this.observer.observe(this.port);
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
  }

  override firstUpdated(): void {
    this.observer.observe(this.port);
  }

  override updated(): void {
    this.measure();
  }

  override render(): unknown {
    const labels = shownLabels(this.comparison);
    const cells = new Map(this.comparison.cells.map(c => [`${c.from}\n${c.to}`, c.count]));
    const hottest = Math.max(1, ...this.comparison.cells.filter(c => c.from !== c.to).map(c => c.count));
    return html`<div class="port scroll" @scroll=${this.measure}>
    <table role="grid" aria-label="${this.fromName} by row, ${this.toName} by column" @keydown=${this.key}>
      <thead><tr><td class="corner"><span>${this.toName} →</span><span>${this.fromName}
        ↓</span></td>${labels.map(l => html`
        <th scope="col" title=${short(l)}><div class="name cut"><bdi>${short(l, 60)}</bdi></div></th>`)}</tr></thead>
      <tbody>${labels.map((from, r) => html`<tr>
        <th scope="row" class="cut" title=${short(from)}><bdi>${short(from, 60)}</bdi></th>
        ${labels.map((to, c) => this.cell({ from, to, count: cells.get(`${from}\n${to}`) ?? 0 }, r, c, hottest))}
      </tr>`)}</tbody>
    </table>
    ${labels.length < this.comparison.labels.length
      ? html`<p class="note small soft">Showing the ${count(labels.length)} of
      ${count(this.comparison.labels.length)} labels with the most differences. The list has all pairs.</p>`
      : nothing}</div>
    <div class="edge right ${this.moreRight ? "on" : ""}"></div>
    <div class="edge below ${this.moreBelow ? "on" : ""}"></div>`;
  }

  private readonly measure = (): void => {
    const { scrollLeft, scrollTop, scrollWidth, scrollHeight, clientWidth, clientHeight } = this.port;
    this.moreRight = scrollLeft + clientWidth < scrollWidth - 1;
    this.moreBelow = scrollTop + clientHeight < scrollHeight - 1;
  };

  private cell(cell: Cell, row: number, column: number, hottest: number): unknown {
    const { from, to } = cell;
    const same = from === to;
    const chosen = this.chosen?.from === from && this.chosen.to === to;
    const heat = Math.round(8 + 40 * Math.sqrt(cell.count / hottest));
    return html`<td role="gridcell" data-at=${`${row} ${column}`}
      tabindex=${row === this.row && column === this.column ? 0 : -1}
      class="${same ? "same" : ""} ${cell.count > 0 ? "some" : ""} ${chosen ? "chosen" : ""}" aria-selected=${chosen}
      aria-label=${`${short(from, 60)} to ${short(to, 60)}: ${count(cell.count)}`}
      ${place({ "--heat": `${Math.min(48, heat)}%` })}
      @click=${() => this.pick(cell, row, column)}>${cell.count === 0 ? "" : count(cell.count)}</td>`;
  }

  private pick(cell: Cell, row: number, column: number): void {
    this.row = row;
    this.column = column;
    if (cell.count > 0) {
      this.dispatchEvent(new CustomEvent("pick", { detail: cell }));
    }
  }

  private key(e: KeyboardEvent): void {
    const size = shownLabels(this.comparison).length - 1;
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0], Home: [0, -size], End: [0, size],
    };
    const step = steps[e.key];
    if (step) {
      this.row = Math.max(0, Math.min(size, this.row + step[0]));
      this.column = Math.max(0, Math.min(size, this.column + step[1]));
      void this.updateComplete.then(() => this.at()?.focus());
    } else if (e.key === "Enter" || e.key === " ") {
      this.at()?.click();
    } else {
      return;
    }
    e.preventDefault();
  }

  private at(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(`[data-at="${this.row} ${this.column}"]`);
  }
}

function shownLabels({ labels, cells }: Comparison): readonly string[] {
  if (labels.length <= most) {
    return labels;
  }
  const weights = new Map<string, number>();
  for (const { from, to, count: n } of cells) {
    if (from !== to) {
      weights.set(from, (weights.get(from) ?? 0) + n);
      weights.set(to, (weights.get(to) ?? 0) + n);
    }
  }
  const heavy = new Set([...labels].sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0)).slice(0, most));
  return labels.filter(l => heavy.has(l));
}
