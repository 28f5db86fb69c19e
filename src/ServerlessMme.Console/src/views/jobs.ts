import { css, html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { path, send } from "../lib/api.js";
import { ago, count, duration, short, when } from "../lib/format.js";
import { isRunning, JobList } from "../lib/job-list.js";
import { Load } from "../lib/load.js";
import { store } from "../lib/store.js";
import type { Job } from "../lib/types.js";
import { SidePanel } from "../lib/side.js";
import { onChange } from "../lib/url.js";
import { confirm } from "../parts/dialog.js";
import { icon } from "../parts/icons.js";
import { empty, failed, loading, states, trouble } from "../parts/states.js";
import { attempt, toast } from "../parts/toast.js";
import { base, frame } from "../styles/base.js";
import "./job.js";
import { progress, progressStyles, stateTag } from "./job-progress.js";

/** Submitted and scheduled jobs, newest first, with live progress of running ones. */
@customElement("mme-jobs")
export class Jobs extends LitElement {
  static override styles = [base, frame, states, progressStyles, css`
    td bdi.cut { display: inline-block; max-width: 180px; vertical-align: bottom; }
    .progress { min-width: 180px; }
    .foot { display: flex; justify-content: center; padding: var(--s3); border-top: 1px solid var(--line); }
    .act { width: 88px; }
    .when { white-space: nowrap; }
  `];

  private readonly list = new JobList();
  private readonly side = new SidePanel(this, "job");
  // A refresh must not abort "Show older", nor the other way around.
  private readonly newest = new Load<void>(this);
  private readonly older = new Load<void>(this);
  private timer = 0;
  /** A hidden page doesn't poll; it polls once when it is shown again. */
  private readonly seen = (): void => document.hidden ? undefined : void this.refresh();
  private unlisten: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.unlisten = onChange(() => this.requestUpdate());
    document.addEventListener("visibilitychange", this.seen);
    void this.refresh();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.seen);
    this.unlisten?.();
    clearTimeout(this.timer);
  }

  override render(): unknown {
    const id = this.side.value;
    const running = this.list.items.filter(isRunning).length;
    return html`
      <header class="top">
        <h1>Jobs</h1>
        <span class="soft small">${running > 0 ? `${count(running)} running` : ""}</span>
        <span class="grow"></span>
        <button class="button" @click=${() => void this.refresh()}
          ?disabled=${this.newest.busy}>${icon("retry")}Refresh</button>
      </header>
      <div class="split">
        <div class="main"><div class="page scroll" tabindex="0" role="region"
          aria-label="Jobs">${this.table(id)}</div></div>
        ${id ? html`<aside class="side" tabindex="-1" aria-label="Job ${short(id, 60)}"><mme-job .job=${id}
          @close=${this.side.close}
          @changed=${() => void this.refresh()}></mme-job></aside>` : nothing}
      </div>`;
  }

  private table(id: string): unknown {
    const { items, cursor } = this.list;
    if (items.length === 0) {
      return html`<div class="card">${this.newest.error ? failed(this.newest.error, () => void this.refresh())
        : this.newest.busy ? loading("Loading jobs…")
        : empty("jobs", "No jobs yet", html`<code>mme submit FOLDER --model NAME</code> starts one, and so does
          replacing a model.`)}</div>`;
    }
    return html`<div class="card">
      ${this.newest.error ? trouble(this.newest.error, () => void this.refresh()) : nothing}
      <table>
        <thead><tr><th scope="col">State</th><th scope="col">Model</th><th scope="col" class="wide">Kind</th><th
          scope="col">Progress</th>
          <th scope="col" class="wide">By</th><th scope="col">Started</th><th scope="col" class="act"><span
            class="unseen">Actions</span></th></tr></thead>
        <tbody>${items.map(j => html`<tr class="choose ${j.id === id ? "chosen" : ""}"
          @click=${() => this.side.open(j.id)}>
          <td>${stateTag(j.state)}</td>
          <td><button class="link" data-row=${j.id}><bdi class="cut">${short(j.model, 80)}</bdi></button></td>
          <td class="wide soft">${j.kind}</td>
          <td class="progress">${progress(j)}</td>
          <td class="wide soft"><bdi class="cut">${short(j.by ?? "–", 80)}</bdi></td>
          <td class="soft when" title=${when(j.startedAt)}>${ago(j.startedAt)}<div
            class="small">${duration(j.startedAt, j.endedAt)}</div></td>
          <td class="end act">${isRunning(j) ? html`<button class="button quiet danger" ?disabled=${store.readOnly}
            aria-label=${`Cancel job of ${short(j.model, 60)}`}
              @click=${(e: Event) => { e.stopPropagation(); void this.cancel(j); }}>Cancel</button>` : nothing}</td>
        </tr>`)}</tbody>
      </table>
      ${this.older.error ? trouble(this.older.error, () => void this.more()) : nothing}
      ${cursor ? html`<div class="foot"><button class="button" @click=${() => void this.more()}
        ?disabled=${this.older.busy}>Show older</button></div>` : nothing}
    </div>`;
  }

  private async cancel(job: Job): Promise<void> {
    if (await cancelJob(job)) {
      await this.refresh();
    }
  }

  private async refresh(): Promise<void> {
    clearTimeout(this.timer);
    await this.newest.run(s => this.list.refresh(s), true);
    if (this.isConnected && this.list.items.some(isRunning)) {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(this.seen, 3_000);
    }
  }

  private async more(): Promise<void> {
    await this.older.run(s => this.list.more(s), true);
  }
}

export async function cancelJob(job: Job): Promise<boolean> {
  const sure = await confirm({
    title: "Cancel this job?",
    text: `Answers so far (${count(job.counts.done)}) are kept. Other images keep their current labels.`,
    action: "Cancel the job", danger: true,
  });
  if (sure && await attempt(() => send("POST", path("jobs", job.id, "cancel")))) {
    toast("Canceling the job");
    return true;
  }
  return false;
}
