import { css } from "lit";

export const reviewStyles = css`
  .desk { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(0, 1fr) 340px; }
  .stage { display: flex; flex-direction: column; gap: var(--s3); padding: var(--s6); min-height: 0; }
  .stage > .pic { flex: 1; min-height: 160px; border-radius: var(--r3); border: 1px solid var(--line); }
  .stage > .pic > img { object-fit: contain; position: absolute; inset: 0; padding: var(--s3); }
  .stage > .pic > img.ahead { visibility: hidden; }
  .caption .button kbd { margin-left: 2px; }
  .trail { display: flex; gap: var(--s2); height: 84px; overflow: hidden; }
  .trail li { width: 72px; flex: none; }
  .trail .pic { height: 60px; border-radius: var(--r2); }
  .trail .row { gap: 3px; margin-top: var(--s1); }
  .trail svg { flex: none; }
  .right svg { color: var(--good); }
  .wrong svg { color: var(--warn); }
  .panel { display: flex; flex-direction: column; min-height: 0; border-left: 1px solid var(--line);
    background: var(--surface); }
  .figures, .said { padding: var(--s5); border-bottom: 1px solid var(--line); }
  .figures { display: flex; flex-direction: column; gap: 6px; min-height: 132px; }
  .figure b { font: var(--font-figure); font-variant-numeric: tabular-nums; }
  .figure { align-items: baseline; }
  div.said { display: flex; flex-direction: column; gap: var(--s2); }
  .said strong { font: var(--font-head); }
  .accept { height: 40px; margin-top: var(--s1); }
  .accept kbd { background: transparent; border-color: currentcolor; color: inherit; opacity: .85; }
  .choices { flex: 1; min-height: 0; display: flex; flex-direction: column; gap: var(--s2);
    padding: var(--s5) var(--s3) var(--s3); }
  .choices h2 { font: var(--font-small); color: var(--soft); padding: 0 var(--s2); }
  .choices > .field { margin: 0 var(--s2); flex: none; }
  .choice kbd:empty { visibility: hidden; height: 20px; }
  .choices .list { display: flex; flex-direction: column; gap: 1px; min-height: 0; }
  .choices .list > p { padding: 0 var(--s2); }
  .choice { display: flex; align-items: center; gap: var(--s3); height: 36px; flex: none; padding: 0 var(--s2);
    border: 0; border-radius: var(--r2); background: none; text-align: left; }
  .choice:hover:not(:disabled) { background: var(--hover); }
  .choice.said { font-weight: 600; }
  .choice.said kbd { border-color: var(--accent); color: var(--accent-strong); }
  @media (max-width: 1000px) { .desk { grid-template-columns: minmax(0, 1fr) 300px; } .stage { padding: var(--s4); } }
`;
