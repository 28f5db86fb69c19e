import { css } from "lit";

/** Styles that every component uses: boxes, text, buttons, fields, tables. */
export const base = css`
  *, *::before, *::after { box-sizing: border-box; }
  :host { display: block; }
  [hidden] { display: none !important; }

  h1, h2, h3, p, dl, dd, ul, ol, figure { margin: 0; padding: 0; }
  ul, ol { list-style: none; }
  h1 { font: var(--font-head); letter-spacing: -0.01em; }
  h2 { font: var(--font-title); }
  h3 { font: var(--font-strong); }
  a { color: var(--accent); text-underline-offset: 2px; }
  bdi { unicode-bidi: isolate; }
  .small { font: var(--font-small); }
  .soft { color: var(--soft); }
  .num { font-variant-numeric: tabular-nums; }
  .code { font: var(--font-code); }
  .cut { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
  .row { display: flex; align-items: center; gap: var(--s2); min-width: 0; }
  .grow { flex: 1; min-width: 0; }
  .unseen {
    position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
    white-space: nowrap;
  }

  :focus { outline: none; }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

  /* A container takes the focus only from a script; what is inside shows its own ring. */
  [tabindex="-1"]:not([role]):focus-visible { outline: none; }

  button { font: inherit; color: inherit; cursor: pointer; }
  button:disabled { cursor: default; }
  .button {
    display: inline-flex; align-items: center; justify-content: center; gap: 6px;
    min-height: 32px; padding: 0 var(--s3); border: 1px solid var(--line-strong); border-radius: var(--r2);
    background: var(--surface); color: var(--text); font: 500 13px/18px var(--family); text-decoration: none;
    white-space: nowrap; transition: background var(--quick), border-color var(--quick);
  }
  .button:hover:not(:disabled) { background: var(--hover); }
  .button:disabled { color: var(--faint); border-color: var(--line); background: transparent; }
  .button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
  .button.primary:hover:not(:disabled) { background: var(--accent-strong); border-color: var(--accent-strong); }
  .button.primary:disabled { background: var(--sunken); border-color: var(--line); color: var(--faint); }
  .button.danger:not(:disabled) { color: var(--bad); }
  .button.danger.primary:not(:disabled) { background: var(--bad); border-color: var(--bad); color: var(--surface); }
  .button.danger.primary:hover:not(:disabled) { background: var(--bad-strong); border-color: var(--bad-strong); }
  .button.quiet { border-color: transparent; background: transparent; }
  .button.icon { width: 32px; padding: 0; }
  .button.on { background: var(--accent-soft); border-color: var(--accent-line); color: var(--accent-strong); }

  .field {
    height: 32px; padding: 0 10px; border: 1px solid var(--line-strong); border-radius: var(--r2);
    background: var(--surface); color: var(--text); font: var(--font-body); min-width: 0;
  }
  .field::placeholder { color: var(--faint); opacity: 1; }
  .field:focus-visible { outline-offset: -1px; border-color: var(--accent); }
  select.field { padding-right: var(--s2); }

  .tag {
    display: inline-flex; align-items: center; gap: var(--s1); height: 20px; padding: 0 var(--s2);
    border-radius: var(--round); background: var(--sunken); color: var(--soft); font: var(--font-tiny);
    white-space: nowrap;
  }
  .tag.good { background: var(--good-soft); color: var(--good); }
  .tag.warn { background: var(--warn-soft); color: var(--warn); }
  .tag.bad { background: var(--bad-soft); color: var(--bad); }
  .tag.accent { background: var(--accent-soft); color: var(--accent-strong); }

  .card { background: var(--surface); border: 1px solid var(--line); border-radius: var(--r3); }

  kbd {
    display: inline-block; min-width: 20px; padding: 1px 5px; border: 1px solid var(--line-strong);
    border-bottom-width: 2px; border-radius: var(--r1); background: var(--surface); color: var(--soft);
    font: var(--font-tiny); text-align: center;
  }

  table { width: 100%; border-collapse: collapse; }
  th {
    padding: var(--s2) var(--s3); border-bottom: 1px solid var(--line); color: var(--soft); font: var(--font-small);
    text-align: left; white-space: nowrap; position: sticky; top: 0; background: var(--surface); z-index: 1;
  }
  td { height: 48px; padding: 6px var(--s3); border-bottom: 1px solid var(--line); vertical-align: middle; }
  tr:last-child > td { border-bottom: 0; }
  th.end, td.end { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
  tbody tr.choose { cursor: pointer; }
  tbody tr.choose:hover > td { background: var(--hover); }
  tbody tr.chosen > td { background: var(--accent-soft); }
  .link {
    padding: 0; border: 0; background: none; color: inherit; font: inherit; text-align: left; cursor: pointer;
    border-radius: var(--r1);
  }
  .link:hover { text-decoration: underline; text-underline-offset: 2px; }

  .scroll { overflow: auto; scrollbar-width: thin; scrollbar-color: var(--line-strong) transparent; }
`;

/** The frame of a view: a header that stays, and a body that takes the rest of the height. */
export const frame = css`
  :host { display: flex; flex-direction: column; height: 100%; min-height: 0; min-width: 0; }
  header.top {
    display: flex; align-items: center; gap: var(--s3); flex-wrap: wrap; min-height: 64px;
    padding: var(--s3) var(--s6); border-bottom: 1px solid var(--line); background: var(--surface);
  }
  header.top h1 { display: flex; align-items: baseline; gap: var(--s2); min-width: 0; }
  header.top h1 bdi { color: var(--soft); font-weight: 400; max-width: 24ch; }
  .page { flex: 1; min-height: 0; padding: var(--s6); }
  .stack { display: flex; flex-direction: column; gap: var(--s6); }
  .stack > * { flex: none; }
  .split { flex: 1; min-height: 0; display: flex; position: relative; }
  .split > .main { flex: 1; min-width: 0; min-height: 0; display: flex; flex-direction: column;
    container-type: inline-size; }
  @container (max-width: 860px) { .wide { display: none; } }
  .split > .side {
    width: 440px; flex: none; border-left: 1px solid var(--line); background: var(--surface); min-height: 0;
  }
  @media (max-width: 1180px) {
    .split > .side {
      position: absolute; inset: 0 0 0 auto; width: min(440px, 100%); box-shadow: var(--shadow); z-index: 5;
    }
    header.top { padding-inline: var(--s4); }
    .page { padding: var(--s4); }
  }
`;
