/** Holds the model outside React, so that edits within one JavaScript task all count. */

import { type Edit, type Edits, init, type Model, type Pushed, reduce } from "./model";
import type { Props } from "./wire";

export interface Controller {
  readonly get: () => Model;
  readonly subscribe: (listener: () => void) => () => void;
  readonly dispatch: (edit: Edit) => void;
}

const newMount = (): string =>
  // randomUUID exists on https only; intranet apps run on http.
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");

/** Whether Python, in this session, has heard of no other mount than the one with these totals. */
const isNewest = (edits: Edits, { marks }: Pushed): boolean =>
  marks.length === 0 || marks.some(({ mount }) => mount === edits.mount);

/**
 * `send` gets the totals once per task in which the user has edited. `remembered` are the totals
 * of the same widget before it left the page.
 */
export const createController = (
  { pushed, bounds }: Pick<Props, "pushed" | "bounds">,
  send: (edits: Edits) => void,
  remembered?: Edits,
): Controller => {
  const fresh = init(newMount(), pushed, bounds);
  let model = remembered && isNewest(remembered, pushed) ? { ...fresh, edits: remembered } : fresh;
  let sent = model.edits;
  const listeners = new Set<() => void>();

  const flush = () => {
    if (model.edits !== sent) {
      sent = model.edits;
      send(sent);
    }
  };

  return {
    get: () => model,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispatch: (edit) => {
      const next = reduce(model, edit);
      if (next === model) {
        return;
      }
      queueMicrotask(flush);
      model = next;
      for (const listener of listeners) {
        listener();
      }
    },
  };
};
