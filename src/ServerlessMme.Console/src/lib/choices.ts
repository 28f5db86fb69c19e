import { labelKeys } from "./keys.js";
import type { ModelDetail } from "./types.js";

/** Labels beyond this have no key of their own; they are found by typing. */
const mostKeys = labelKeys.length;

/** A label that a person may pick, and its key; "" for none. */
export interface Choice {
  readonly label: string;
  readonly key: string;
}

/** The labels of a review's model: not read yet, or none if there is no list of them. */
export type KnownLabels = readonly string[] | "none" | "unknown";

/** The labels that the model's manifest lists. "none" for groups, and where no manifest could be read. */
export function labelsOf(model: ModelDetail | null, isBusy: boolean): KnownLabels {
  return model?.labels && model.labels.length > 0 ? model.labels : isBusy ? "unknown" : "none";
}

/**
 * The labels to show beside an image. Those of a model with few labels always have the same keys. Those of a model with
 * many have keys by rank: "1" is the image's best class. Without a list of labels the best classes have no keys,
 * because a key would mean another label once the list is there. While the person types, Enter picks the first: the
 * label with exactly this name, or one that contains it.
 * @param likely The image's best classes, the best first.
 * @param find The text typed to find a label.
 */
export function choicesOf(labels: KnownLabels, likely: readonly string[], find: string): readonly Choice[] {
  const text = find.trim().toLowerCase();
  const isKnown = labels !== "none" && labels !== "unknown";
  const all = isKnown ? labels : likely;
  if (text) {
    const found = all.filter(l => l.toLowerCase().includes(text));
    const exact = found.filter(l => l.toLowerCase() === text);
    return [...exact, ...found.filter(l => !exact.includes(l))].slice(0, mostKeys)
      .map((label, i) => ({ label, key: i === 0 ? "↵" : "" }));
  }
  // A person who sees the label "9" presses 9, wherever it is in the list.
  const hasOwnKeys = all.every(label => label === "0" || labelKeys.includes(label));
  return (all.length <= mostKeys ? all : likely)
    .map((label, i) => ({ label, key: !isKnown ? "" : hasOwnKeys ? label : labelKeys[i] ?? "" }));
}
