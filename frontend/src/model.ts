/**
 * The widget's state and every way it changes, as pure functions.
 *
 * One mount (the life of one React root) keeps the running totals of its own edits. Python pushes
 * the value together with marks, the totals it has applied so far. What is on the screen is
 * the pushed value plus what lies between the mark and the totals, so a message that is late,
 * repeated or overtaken changes nothing, and the number never moves backwards.
 */

export interface Value {
  readonly counter: number;
  readonly text: string;
}

/** The totals of one mount; also the message to Python. */
export interface Edits {
  /** 16 hexadecimal digits, new for every mount. */
  readonly mount: string;
  /** Grows by one with every edit. */
  readonly seq: number;
  readonly resets: number;
  /** Sum of the steps since the last reset. */
  readonly counter: number;
  /** Number of texts committed since the last reset. */
  readonly commits: number;
  /** The last committed text. */
  readonly text: string;
}

/** How far Python has applied the edits of one mount. */
export type Watermark = Omit<Edits, "text">;

export interface Pushed extends Value {
  /** Random, of the session that has pushed it: another one after a restart of the server. */
  readonly session: string;
  /** Grows with every change in that session. */
  readonly revision: number;
  readonly defaults: Value;
  /** Of this mount at least; of every mount Python knows until it has heard of this one. */
  readonly marks: readonly Watermark[];
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

export interface Model {
  readonly edits: Edits;
  readonly pushed: Pushed;
  readonly bounds: Bounds;
}

export type Edit =
  | { readonly kind: "step"; readonly direction: 1 | -1 }
  | { readonly kind: "commit"; readonly text: string }
  | { readonly kind: "reset" }
  | { readonly kind: "push"; readonly pushed: Pushed; readonly bounds: Bounds };

export const init = (mount: string, pushed: Pushed, bounds: Bounds): Model => ({
  edits: { mount, seq: 0, resets: 0, counter: 0, commits: 0, text: "" },
  pushed,
  bounds,
});

/** What the screen shows. */
export const view = ({ edits, pushed, bounds }: Model): Value => {
  const mark = pushed.marks.find(({ mount }) => mount === edits.mount);
  const resetPending = edits.resets > (mark?.resets ?? 0);
  const base = resetPending ? pushed.defaults : pushed;
  const applied = resetPending || !mark ? { counter: 0, commits: 0 } : mark;
  const counter = base.counter + edits.counter - applied.counter;
  return {
    counter: Math.min(bounds.max, Math.max(bounds.min, counter)),
    text: edits.commits > applied.commits ? edits.text : base.text,
  };
};

/** Whether a whole step in this direction stays inside the bounds. */
export const canStep = (model: Model, direction: 1 | -1): boolean => {
  const { min, max, step } = model.bounds;
  const next = view(model).counter + direction * step;
  // Python refuses a total that a browser cannot hold exactly.
  const countable = Number.isSafeInteger(model.edits.counter + direction * step);
  return countable && next >= min && next <= max;
};

const edited = (model: Model, change: Partial<Edits>): Model => ({
  ...model,
  edits: { ...model.edits, ...change, seq: model.edits.seq + 1 },
});

/** Return the next model, or the same object where the edit changes nothing. */
export const reduce = (model: Model, edit: Edit): Model => {
  const { edits } = model;
  switch (edit.kind) {
    case "step":
      return canStep(model, edit.direction)
        ? edited(model, { counter: edits.counter + edit.direction * model.bounds.step })
        : model;
    case "commit":
      return edit.text === view(model).text
        ? model
        : edited(model, { commits: edits.commits + 1, text: edit.text });
    case "reset":
      return edited(model, { resets: edits.resets + 1, counter: 0, commits: 0, text: "" });
    case "push":
      // An older revision is a render that was overtaken. Those of two sessions say nothing of
      // each other: each server counts for itself.
      return edit.pushed.session === model.pushed.session &&
        edit.pushed.revision < model.pushed.revision
        ? model
        : { ...model, pushed: edit.pushed, bounds: edit.bounds };
  }
};
