/** Puts the widget into a container; both hosts use this. */

import { createRoot } from "react-dom/client";
import { createController } from "./controller";
import type { Edits } from "./model";
import { Widget } from "./Widget";
import css from "./widget.css?inline";
import { type Look, parse } from "./wire";

/**
 * Totals of widgets that may leave the page and come back, by the widget's id. A popover unmounts
 * what it hides, and in a form its edits are not in Python yet.
 */
export interface Memory {
  readonly get: (id: string) => Edits | undefined;
  readonly set: (id: string, edits: Edits) => unknown;
}

export interface Mounted {
  /** Take what Python has sent; throws when it is not what Python sends. */
  readonly update: (data: unknown, override?: Partial<Look>) => void;
  readonly unmount: () => void;
}

let sheet: CSSStyleSheet | undefined;

/** The widget's style, made once per page however many widgets share it. */
export const styleSheet = (): CSSStyleSheet => {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
};

import.meta.hot?.accept("./widget.css?inline", (changed) => {
  sheet?.replaceSync(changed?.default);
});

export const mount = (
  container: HTMLElement,
  initial: unknown,
  memory: Memory,
  send: (edits: Edits) => void,
): Mounted => {
  const props = parse(initial);
  const remember = (edits: Edits) => {
    memory.set(props.id, edits);
    send(edits);
  };
  const controller = createController(props, remember, memory.get(props.id));
  const root = createRoot(container);
  return {
    update: (data, override) => {
      const { look, pushed, bounds } = parse(data);
      controller.dispatch({ kind: "push", pushed, bounds });
      root.render(<Widget look={{ ...look, ...override }} controller={controller} />);
    },
    unmount: () => root.unmount(),
  };
};
