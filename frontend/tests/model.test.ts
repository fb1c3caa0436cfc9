import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canStep,
  type Edit,
  type Edits,
  init,
  type Mark,
  type Model,
  type Pushed,
  reduce,
  type Value,
  view,
} from "../src/model";
import { BOUNDS, PUSHED } from "./examples";

const MOUNT = "0123456789abcdef";
const start = (pushed: Partial<Pushed> = {}) => init(MOUNT, { ...PUSHED, ...pushed }, BOUNDS);
const up: Edit = { kind: "step", direction: 1 };
const down: Edit = { kind: "step", direction: -1 };
const push = (pushed: Partial<Pushed>): Edit => ({
  kind: "push",
  pushed: { ...PUSHED, ...pushed },
  bounds: BOUNDS,
});
const run = (model: Model, ...edits: Edit[]) => edits.reduce(reduce, model);

describe("the model", () => {
  it("shows an edit at once and counts it in the totals", () => {
    const model = run(start(), up, up, down, { kind: "commit", text: "hi" });
    expect(view(model)).toEqual({ counter: 1, text: "hi" });
    expect(model.edits).toEqual({
      mount: MOUNT,
      seq: 4,
      resets: 0,
      counter: 1,
      commits: 1,
      text: "hi",
    });
  });

  it("keeps newer clicks when an answer to older ones arrives", () => {
    const clicked = run(start(), up, up, up);
    const mark: Mark = { mount: MOUNT, seq: 1, resets: 0, counter: 1, commits: 0 };
    expect(view(reduce(clicked, push({ revision: 2, counter: 1, mark }))).counter).toBe(3);
  });

  it("adds clicks under way to a value that Python sets", () => {
    const clicked = run(start(), up, up);
    const mark: Mark = { mount: MOUNT, seq: 1, resets: 0, counter: 1, commits: 0 };
    expect(view(reduce(clicked, push({ revision: 2, counter: 10, mark }))).counter).toBe(11);
  });

  it("takes no older revision", () => {
    const model = reduce(start(), push({ revision: 5, counter: 5 }));
    expect(reduce(model, push({ revision: 4, counter: 4 }))).toBe(model);
  });

  it("starts from the value when the mark is another mount's", () => {
    const mark: Mark = { mount: "f".repeat(16), seq: 9, resets: 2, counter: 7, commits: 3 };
    const model = start({ revision: 3, counter: 7, text: "kept", mark });
    expect(view(model)).toEqual({ counter: 7, text: "kept" });
    expect(view(reduce(model, up)).counter).toBe(8);
  });

  it("returns to the defaults on reset, and counts from there", () => {
    const model = start({ counter: 9, text: "old", defaults: { counter: 5, text: "five" } });
    expect(view(run(model, up, { kind: "reset" }))).toEqual({ counter: 5, text: "five" });
    expect(view(run(model, up, { kind: "reset" }, up)).counter).toBe(6);
  });

  it("takes whole steps inside the bounds only", () => {
    const bounds = { min: -2, max: 4, step: 2 };
    let model = init(MOUNT, PUSHED, bounds);
    model = run(model, up, up, up, up);
    expect(view(model).counter).toBe(4);
    expect(canStep(model, 1)).toBe(false);
    expect(canStep(init(MOUNT, { ...PUSHED, counter: 3 }, bounds), 1)).toBe(false);
    expect(view(run(model, down, down, down, down, down)).counter).toBe(-2);
  });

  it("does not count past the integers a browser holds", () => {
    const max = Number.MAX_SAFE_INTEGER;
    const model = init(MOUNT, { ...PUSHED, counter: max - 1 }, { min: -max, max, step: 1 });
    expect(view(run(model, up, up, up)).counter).toBe(max);
  });

  it("sees no edit in the text that is there already", () => {
    const model = start({ text: "same" });
    expect(reduce(model, { kind: "commit", text: "same" })).toBe(model);
  });
});

/** Python's side, as `_binding.py` has it. */
class Python {
  value: Value;
  revision = 1;
  marks: Mark[] = [];
  constructor(readonly defaults: Value) {
    this.value = defaults;
  }
  apply({ text, ...edits }: Edits) {
    let mark = this.marks.find(({ mount }) => mount === edits.mount) ?? {
      mount: edits.mount,
      seq: 0,
      resets: 0,
      counter: 0,
      commits: 0,
    };
    if (edits.seq <= mark.seq) {
      return;
    }
    let before = this.value;
    if (edits.resets > mark.resets) {
      before = this.defaults;
      mark = { ...mark, counter: 0, commits: 0 };
    }
    const counter = before.counter + edits.counter - mark.counter;
    this.value = {
      counter: Math.min(BOUNDS.max, Math.max(BOUNDS.min, counter)),
      text: edits.commits > mark.commits ? text : before.text,
    };
    this.marks = [...this.marks.filter(({ mount }) => mount !== edits.mount), edits];
    this.revision += 1;
  }
  assign(value: Value) {
    this.value = value;
    this.revision += 1;
  }
  get pushed(): Pushed {
    const { value, revision, defaults, marks } = this;
    return { ...value, revision, defaults, mark: marks.at(-1) ?? null };
  }
}

type Step =
  | { do: "edit"; edit: Edit }
  | { do: "deliver" | "replay" | "render" | "remount" }
  | { do: "assign"; value: Value };

const edit = fc.oneof(
  fc.constantFrom<Edit>(up, down, { kind: "reset" }),
  fc.constantFrom("", "a", "b").map((text): Edit => ({ kind: "commit", text })),
);
const other = fc.constantFrom<Step>(
  { do: "deliver" },
  { do: "replay" },
  { do: "render" },
  { do: "remount" },
);
const assign = fc
  .record({ counter: fc.integer(BOUNDS), text: fc.constantFrom("x", "y") })
  .map((value): Step => ({ do: "assign", value }));
const edits = edit.map((value): Step => ({ do: "edit", edit: value }));

describe("a session", () => {
  const play = (steps: Step[], check: (before: Value, after: Value, step: Step) => void) => {
    const python = new Python({ counter: 2, text: "d" });
    let mounts = 0;
    const mounted = () => init(`${mounts++}`.padStart(16, "0"), python.pushed, BOUNDS);
    let model = mounted();
    let last: Edits | undefined;
    const deliver = () => {
      if (model.edits.seq > 0) {
        last = model.edits;
        python.apply(last);
      }
    };
    const render = () => {
      model = reduce(model, { kind: "push", pushed: python.pushed, bounds: BOUNDS });
    };
    for (const step of steps) {
      const before = view(model);
      switch (step.do) {
        case "edit":
          model = reduce(model, step.edit);
          break;
        case "deliver":
          deliver();
          break;
        case "replay":
          if (last) {
            python.apply(last);
          }
          break;
        case "render":
          render();
          break;
        case "remount":
          deliver();
          model = mounted();
          break;
        case "assign":
          python.assign(step.value);
          break;
      }
      check(before, view(model), step);
    }
    deliver();
    render();
    expect(view(model)).toEqual(python.value);
  };

  it("ends with the same value on the screen and in Python, whatever was late or repeated", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(edits, other, assign), { maxLength: 60 }), (steps) =>
        play(steps, () => {}),
      ),
      { numRuns: 500 },
    );
  });

  it("never changes the screen but by the user's hand, while Python sets nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(edits, other), { maxLength: 60 }), (steps) =>
        play(steps, (before, after, step) => {
          if (step.do !== "edit") {
            expect(after).toEqual(before);
          } else if (step.edit.kind === "step") {
            const wanted = before.counter + step.edit.direction;
            const inside = wanted >= BOUNDS.min && wanted <= BOUNDS.max;
            expect(after.counter).toBe(inside ? wanted : before.counter);
          }
        }),
      ),
      { numRuns: 500 },
    );
  });
});
