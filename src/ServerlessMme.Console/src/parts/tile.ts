import { css, html, nothing, type TemplateResult } from "lit";
import { isChanged } from "../lib/answers.js";
import { fileName, score, short } from "../lib/format.js";
import { place } from "../lib/place.js";
import { thumbUrl } from "../lib/thumbs.js";
import type { Answer } from "../lib/types.js";
import { icon } from "./icons.js";
import { thumb } from "./thumb.js";

export const tileStyles = css`
  .tile {
    position: absolute; top: 0; left: 0; display: flex; flex-direction: column; cursor: pointer; contain: strict;
    border-radius: var(--r2);
  }
  .tile .pic { flex: 1; border-radius: var(--r2); }
  .tile .pic::after {
    content: ""; position: absolute; inset: 0; border-radius: inherit; box-shadow: inset 0 0 0 1px rgb(0 0 0 / 8%);
  }
  .tile:hover .pic::after { box-shadow: inset 0 0 0 1px var(--line-strong), inset 0 0 0 99px rgb(255 255 255 / 6%); }
  .tile .text { flex: none; height: 46px; padding: 6px 2px 0; }
  .tile .line { display: flex; align-items: baseline; gap: var(--s2); }
  .tile .answer { flex: 1; font: 600 13px/18px var(--family); }
  .tile .answer.none { color: var(--bad); font-weight: 500; }
  .tile .score { color: var(--soft); font: var(--font-small); font-variant-numeric: tabular-nums; }
  .tile .name { color: var(--faint); font: var(--font-small); }
  .tile .was { color: var(--soft); font: var(--font-small); }
  .tile .was s { text-decoration-color: var(--faint); }
  .tile .marks { position: absolute; top: 6px; left: 6px; display: flex; gap: var(--s1); z-index: 1; }
  .tile .mark {
    height: 20px; padding: 2px 7px; border-radius: var(--round); background: var(--raised); font: var(--font-tiny);
    box-shadow: 0 1px 3px rgb(0 0 0 / 22%);
  }
  .tile .mark.unsure { color: var(--warn); }
  .tile .mark.changed { color: var(--accent-strong); }
  .tile:focus-visible { outline-offset: 3px; }
  .tile[aria-selected="true"] .pic { outline: 3px solid var(--accent); outline-offset: -3px; }
  .tile.ghost { cursor: default; }
`;

export interface TilePlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface TileOptions {
  readonly model: string;
  readonly index: number;
  readonly total: number;
  readonly selected: boolean;
  readonly active: boolean;
  readonly large: boolean;
  /** Leaves out what all images in the grid share: that they changed, and their previous answer. */
  readonly plain: boolean;
}

/** One image of a grid: picture, answer, score, name. */
export function tile(a: Answer, at: TilePlace, o: TileOptions): TemplateResult {
  const changed = !o.plain && isChanged(a) ? a.previous : null;
  return html`<div class="tile" role="option" data-index=${o.index} tabindex=${o.active ? 0 : -1}
    aria-selected=${o.selected} aria-setsize=${o.total} aria-posinset=${o.index + 1}
    ${place(position(at))}>
    <div class="pic">
      <img alt="" draggable="false" decoding="async"
        ${thumb(thumbUrl(o.model, a.image, o.large ? 320 : 160, a.at))}>
      <span class="gone">${icon("broken", 20)}No preview</span>
      ${a.unsure || changed ? html`<span class="marks">
        ${a.unsure ? html`<span class="mark unsure">unsure</span>` : nothing}
        ${changed ? html`<span class="mark changed">changed</span>` : nothing}
      </span>` : nothing}
    </div>
    <div class="text">
      <div class="line">
        ${a.error ? html`<span class="unseen">refused: </span><span
          class="answer none cut">${short(a.error, 60)}</span>`
          : html`<bdi class="answer cut">${short(a.answer ?? "No answer yet")}</bdi>`}
        ${a.score === null ? nothing : html`<span class="score">${score(a.score)}</span>`}
      </div>
      ${changed ? html`<div class="was cut">was <bdi>${short(changed, 60)}</bdi></div>`
        : html`<div class="name cut"><bdi>${short(fileName(a.image), 60)}</bdi></div>`}
    </div>
  </div>`;
}

export function ghost(at: TilePlace): TemplateResult {
  return html`<div class="tile ghost" aria-hidden="true" ${place(position(at))}><div class="pic"></div>
    <div class="text"></div></div>`;
}

function position(at: TilePlace): Record<string, string> {
  return { transform: `translate(${at.x}px, ${at.y}px)`, width: `${at.width}px`, height: `${at.height}px` };
}
