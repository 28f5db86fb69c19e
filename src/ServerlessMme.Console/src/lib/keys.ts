/** Keyboard help shared by the views. */

/** True when the key belongs to a field, a button with a key of its own, or an open dialog. */
export function isTyping(e: KeyboardEvent): boolean {
  const target = e.composedPath()[0];
  return target instanceof HTMLInputElement && target.type !== "checkbox" && target.type !== "radio"
    || target instanceof HTMLTextAreaElement
    || target instanceof HTMLSelectElement;
}

export function hasModifier(e: KeyboardEvent): boolean {
  return e.ctrlKey || e.metaKey || e.altKey;
}

/** True while a modal dialog or a popover is open anywhere: view keys then rest. */
export function isCovered(e: KeyboardEvent): boolean {
  return e.composedPath().some(n => n instanceof HTMLElement && (n.matches("dialog[open]")
    || n.matches(":popover-open")));
}

/** Keys for labels in order: 1 to 9, then the letters that no action uses. */
export const labelKeys = [..."123456789", ..."abcdefghijklmnopqrtvwxyz"];
