/** Keyboard functions that the views share. */

let covers = 0;

/** Counts a modal dialog as open until the returned function is called. */
export function cover(): () => void {
  let isOpen = true;
  covers++;
  return () => {
    covers -= isOpen ? 1 : 0;
    isOpen = false;
  };
}

/** Returns true if the key belongs to a field. */
export function isTyping(e: KeyboardEvent): boolean {
  const target = e.composedPath()[0];
  return target instanceof HTMLInputElement && target.type !== "checkbox" && target.type !== "radio"
    || target instanceof HTMLTextAreaElement
    || target instanceof HTMLSelectElement;
}

export function hasModifier(e: KeyboardEvent): boolean {
  return e.ctrlKey || e.metaKey || e.altKey;
}

/**
 * Returns true while a modal dialog is open or a popover has the focus, so the views ignore keys. A click on a dialog's
 * text takes the focus off the dialog, so checking the key's target isn't enough.
 */
export function isCovered(e: KeyboardEvent): boolean {
  return covers > 0 || e.composedPath().some(n => n instanceof HTMLElement && n.matches(":popover-open"));
}

/**
 * Keeps a key that is held down from pressing the focused button repeatedly, because nobody sees what it accepts.
 * Returns true for such a key.
 */
export function stopRepeat(e: KeyboardEvent): boolean {
  if (e.repeat && (e.key === "Enter" || e.key === " ") && !isTyping(e)) {
    e.preventDefault();
  }
  return e.repeat;
}

/** Keys for labels in order: 1 to 9, then the letters that no action uses. */
export const labelKeys = [..."123456789", ..."abcdefghijklmnopqrtvwxyz"];
