import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import { get, path } from "../lib/api.js";
import { differences, differing } from "../lib/comparison.js";
import { count, duration, fileName, percent, short, when } from "../lib/format.js";
import { isRunning } from "../lib/job-list.js";
import { Load } from "../lib/load.js";
import { store } from "../lib/store.js";
import type { Comparison, JobDetail } from "../lib/types.js";
import { follow, href } from "../lib/url.js";
import { barStyles, track } from "../parts/bars.js";
import { icon } from "../parts/icons.js";
import { json, jsonStyles } from "../parts/json.js";
import { failed, loading, states } from "../parts/states.js";
import { base } from "../styles/base.js";
import { lost, progress, progressStyles, stateTag } from "./job-progress.js";
import { cancelJob } from "./jobs.js";

/** One job with live counts, its refusals, and the changes of a re-scoring job. Fires "close" and "changed". */
@customElement("mme-job")
export class JobPanel extends LitElement {
  static override styles = [base, states, barStyles, progressStyles, jsonStyles, css`
    :host { display: flex; flex-direction: column; height: 100%; min-height: 0; }
    header { display: flex; align-items: center; gap: var(--s2); padding: var(--s2) var(--s2) var(--s2) var(--s5);
      border-bottom: 1px solid var(--line); min-height: 48px; }
    header h2 { font: var(--font-strong); }
    .body { flex: 1; min-height: 0; padding: var(--s5); display: flex; flex-direction: column; gap: var(--s5); }
    .figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: var(--s3); }
    .figures b { display: block; font: var(--font-head); font-variant-numeric: tabular-nums; }
    dl { display: grid; grid-template-columns: 104px 1fr; gap: 6px var(--s3); }
    dt, h3 { color: var(--soft); }
    h3 { font: var(--font-small); margin-bottom: var(--s2); }
    dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
    .refusals li { padding: var(--s2) 0; border-bottom: 1px solid var(--line); }
    .refusals li:last-child { border: 0; }
    .refusals .small { overflow-wrap: anywhere; }
    .pairs { display: grid; grid-template-columns: minmax(0, 1fr) 100px 48px; gap: 6px var(--s3); align-items: center; }
    .pairs .row { gap: 6px; }
    .pairs .num { text-align: right; }
    .actions { display: flex; gap: var(--s2); flex-wrap: wrap; }
  `];

  @property() job = "";
  private readonly record = new Load<JobDetail>(this);
  private readonly live = new Load<JobDetail>(this);
  private readonly changes = new Load<Comparison>(this);

  override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("job")) {
      void this.read();
    }
  }

  override render(): unknown {
    const { value, error } = this.record;
    return html`<header>
        <h2 class="grow cut">Job</h2>
        <button class="button quiet icon" aria-label="Close" @click=${this.close}>${icon("close")}</button>
      </header>
      ${error ? failed(error, () => void this.read()) : value ? this.details({ ...value, ...this.live.value })
        : loading("Loading the job…")}`;
  }

  private details(job: JobDetail): unknown {
    const c = job.counts;
    const figure = (name: string, n: number): unknown => html`<div><span
      class="small soft">${name}</span><b>${count(n)}</b></div>`;
    return html`<div class="body scroll" tabindex="0" role="region" aria-label="Job details">
      <div class="row">${stateTag(job.state)}<bdi class="cut grow"><b>${short(job.model)}</b></bdi><span
        class="soft">${job.kind}</span></div>
      <div>${progress(job)}</div>
      ${this.live.lost ? html`<p class="row small soft" role="status"><span class="spin tiny"></span>The live updates
        were interrupted. Reconnecting…</p>` : nothing}
      <div class="figures">
        ${figure("Answered", c.done)}${figure("Refused", c.refused)}
        ${figure("Skipped", c.skipped)}${figure("No answer", lost(job))}</div>
      <div class="actions">
        ${isRunning(job) ? html`<button class="button danger" ?disabled=${store.readOnly}
          @click=${() => void this.cancel(job)}>${icon("stop")}Cancel</button>` : nothing}
        <a class="button" href=${href({ view: "gallery", model: job.model }, {})} @click=${follow}>Gallery</a>
        ${c.refused > 0 ? html`<a class="button"
          href=${href({ view: "gallery", model: job.model, refused: "true" }, {})} @click=${follow}>Refused images</a>`
            : nothing}
      </div>
      <dl class="small">
        <dt>ID</dt><dd class="code">${job.id}</dd>
        <dt>By</dt><dd><bdi>${short(job.by ?? "–")}</bdi></dd>
        <dt>Started</dt><dd>${when(job.startedAt)}</dd>
        <dt>Ended</dt><dd>${job.endedAt ? when(job.endedAt) : "–"}</dd>
        ${asked(job)}
        <dt>Duration</dt><dd>${duration(job.startedAt, job.endedAt)}</dd>
        ${job.stopped ? html`<dt>Stopped</dt><dd>${short(job.stopped.reason, 400)}
          <span class="soft">by <bdi>${short(job.stopped.by)}</bdi>, ${when(job.stopped.at)}</span></dd>` : nothing}
      </dl>
      ${this.changed(job)}
      ${job.refusals && job.refusals.length > 0
        ? html`<section><h3>Refusals</h3><ul class="refusals">${job.refusals.slice(0, 200).map(r => html`<li>
        <div class="row"><span class="tag bad">${r.code}</span><bdi
          class="cut">${short(fileName(r.image), 80)}</bdi></div>
        ${r.message ? html`<p class="small soft">${r.message}</p>` : nothing}</li>`)}</ul></section>` : nothing}
      ${json("Report (JSON)", job)}
    </div>`;
  }

  private changed(job: JobDetail): unknown {
    const { value } = this.changes;
    if (!value) {
      return nothing;
    }
    const pairs = differing(value);
    const different = differences(value);
    return html`<section><h3>Changed answers: ${count(different)} of ${count(value.total)}
        (${percent(value.total ? different / value.total : 0)})</h3>
      <div class="pairs">${pairs.slice(0, 8).map(c => html`
        <span class="row"><bdi class="cut">${short(c.from, 60)}</bdi>${icon("arrow", 12)}<bdi
          class="cut">${short(c.to, 60)}</bdi></span>
        ${track(c.count / pairs[0]!.count)}<span class="num small">${count(c.count)}</span>`)}</div>
      <p class="small"><a href=${href({ view: "compare", model: job.model }, {})} @click=${follow}>Open the
        comparison</a></p>
    </section>`;
  }

  private async read(): Promise<void> {
    const { job } = this;
    this.live.stop();
    this.live.lost = false;
    this.live.value = null;
    this.changes.value = null;
    const record = await this.record.run(s => get<JobDetail>(path("jobs", job), s), this.record.value?.id === job);
    if (!record || job !== this.job) {
      return;
    }
    if (/rescore|re-score/i.test(record.kind)) {
      void this.changes.run(s => get(path("jobs", job, "changes"), s));
    }
    if (isRunning(record) && await this.live.watch(path("jobs", job, "events"), j => !j || !isRunning(j))) {
      this.dispatchEvent(new Event("changed"));
      await this.read();
    }
  }

  private async cancel(job: JobDetail): Promise<void> {
    if (await cancelJob(job)) {
      this.dispatchEvent(new Event("changed"));
      await this.read();
    }
  }

  private close(): void {
    this.dispatchEvent(new Event("close"));
  }
}

function asked({ asked: a }: JobDetail): unknown {
  const row = (name: string, value: string | undefined): unknown =>
    value ? html`<dt>${name}</dt><dd><bdi>${short(value, 300)}</bdi></dd>` : nothing;
  return html`${row("Folder", a?.folder)}${row("Prefix", a?.prefix)}${row("Schedule", a?.schedule)}
    ${row("Images", a?.changedOnly ? "Only those without a current answer" : undefined)}`;
}
