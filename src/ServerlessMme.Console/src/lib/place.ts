import { noChange } from "lit";
import { directive, Directive, type ElementPart, type PartInfo, PartType } from "lit/directive.js";

/**
 * Sets style properties through the CSSOM. The page's content security policy refuses style attributes, which Lit's
 * own styleMap writes on the first render.
 */
class PlaceDirective extends Directive {
  private before: Readonly<Record<string, string>> = {};

  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT) {
      throw new Error("place() belongs on an element.");
    }
  }

  render(_values: Readonly<Record<string, string>>): unknown {
    return noChange;
  }

  override update(part: ElementPart, [values]: [Readonly<Record<string, string>>]): unknown {
    const { style } = part.element as HTMLElement;
    for (const [name, value] of Object.entries(values)) {
      if (this.before[name] !== value) {
        style.setProperty(name, value);
      }
    }
    this.before = values;
    return noChange;
  }
}

export const place = directive(PlaceDirective);
