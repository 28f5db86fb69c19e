import { labelKeys } from "./keys.js";
import type { ModelDetail } from "./types.js";

/** Labels beyond this number have no key. People find them by typing. */
const mostKeys = labelKeys.length;

/** A label that a person may pick, and its key; "" if it has none. */
export interface Choice {
  readonly label: string;
  readonly key: string;
}

/** The labels of a review's model: "unknown" until they are read, and "none" if there is no list of them. */
export type KnownLabels = readonly string[] | "none" | "unknown";

/** Returns the labels in the model's manifest; "none" for groups, and if the manifest could not be read. */
export function labelsOf(model: ModelDetail | null, isBusy: boolean): KnownLabels {
  return model?.labels && model.labels.length > 0 ? model.labels : isBusy ? "unknown" : "none";
}

/**
 * Returns the labels to show beside an image. If a model has few labels, each label always has the same key. If it has
 * many, keys follow the rank: "1" is the image's best class. Without a list of labels, the best classes have no keys,
 * because a key would mean a different label once the list is available. While the person types, Enter picks the first
 * label: the one with exactly this name, or one that contains it.
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
