import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Bounds,
  canStep,
  type Edit,
  type Edits,
  init,
  type Model,
  type Pushed,
  reduce,
  type Value,
  view,
  type Watermark,
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
    const mark: Watermark = { mount: MOUNT, seq: 1, resets: 0, counter: 1, commits: 0 };
    expect(view(reduce(clicked, push({ revision: 2, counter: 1, marks: [mark] }))).counter).toBe(3);
  });

  it("adds clicks under way to a value that Python sets", () => {
    const clicked = run(start(), up, up);
    const mark: Watermark = { mount: MOUNT, seq: 1, resets: 0, counter: 1, commits: 0 };
    expect(view(reduce(clicked, push({ revision: 2, counter: 10, marks: [mark] }))).counter).toBe(
      11,
    );
  });

  it("takes what another session counts from one", () => {
    const model = reduce(start(), push({ revision: 5, counter: 5 }));
    const restarted = push({ session: "another", revision: 1, counter: 6 });
    expect(view(reduce(model, restarted)).counter).toBe(6);
  });

  it("takes no older revision", () => {
    const model = reduce(start(), push({ revision: 5, counter: 5 }));
    expect(reduce(model, push({ revision: 4, counter: 4 }))).toBe(model);
  });

  it("takes bounds that change while the value does not", () => {
    const bounds = { min: 0, max: 3, step: 3 };
    const model = reduce(start(), { kind: "push", pushed: PUSHED, bounds });
    expect(view(run(model, up, up)).counter).toBe(3);
  });

  it("starts from the value when the mark is another mount's", () => {
    const mark: Watermark = { mount: "f".repeat(16), seq: 9, resets: 2, counter: 7, commits: 3 };
    const model = start({ revision: 3, counter: 7, text: "kept", marks: [mark] });
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

  it("keeps its totals among the integers that Python takes", () => {
    const max = Number.MAX_SAFE_INTEGER;
    const bounds = { min: -max, max, step: max };
    const model = run(init(MOUNT, { ...PUSHED, counter: -max }, bounds), up, up);
    expect(model.edits.counter).toBe(max);
    expect(canStep(model, 1)).toBe(false);
    expect(canStep(model, -1)).toBe(true);
  });

  it("sees no edit in the text that is there already", () => {
    const model = start({ text: "same" });
    expect(reduce(model, { kind: "commit", text: "same" })).toBe(model);
  });
});

/** Python's side, as `_binding.py` has it. */
class Python {
  revision = 1;
  marks: Watermark[] = [];
  constructor(
    readonly defaults: Value,
    readonly bounds: Bounds,
    public value: Value = defaults,
  ) {}

  apply({ text, ...edits }: Edits): void {
    const none = { mount: edits.mount, seq: 0, resets: 0, counter: 0, commits: 0 };
    let mark = this.marks.find(({ mount }) => mount === edits.mount) ?? none;
    if (edits.seq === mark.seq) {
      return;
    }
    const backwards = edits.resets === mark.resets && edits.commits < mark.commits;
    if (edits.seq < mark.seq || edits.resets < mark.resets || backwards) {
      throw new Error("Python would refuse this");
    }
    let before = this.value;
    if (edits.resets > mark.resets) {
      before = this.defaults;
      mark = { ...none, resets: edits.resets };
    }
    const { min, max } = this.bounds;
    const counter = before.counter + edits.counter - mark.counter;
    this.value = {
      counter: Math.min(max, Math.max(min, counter)),
      text: edits.commits > mark.commits ? text : before.text,
    };
    this.marks = [...this.marks.filter(({ mount }) => mount !== edits.mount).slice(-7), edits];
    this.revision += 1;
  }

  assign(value: Value): void {
    if (value.counter !== this.value.counter || value.text !== this.value.text) {
      this.value = value;
      this.revision += 1;
    }
  }

  get pushed(): Pushed {
    const { value, revision, defaults, marks } = this;
    return { ...value, session: "s", revision, defaults, marks };
  }
}

/** A script, a browser and what lies between them: messages that are late, repeated or dropped. */
class Session {
  readonly python: Python;
  model: Model;
  /** Everything Python has ever sent; a render that was overtaken shows an old one. */
  readonly pushes: Pushed[] = [];
  lastMessage: Edits | undefined;
  mounts = 0;

  constructor(readonly bounds: Bounds) {
    this.python = new Python({ counter: 2, text: "d" }, bounds);
    this.model = this.mounted();
  }

  mounted(): Model {
    this.mounts += 1;
    return init(`${this.mounts}`.padStart(16, "0"), this.python.pushed, this.bounds);
  }
  /** Python sees the totals as they are now; all messages since the last delivery are dropped. */
  deliver(): void {
    if (this.model.edits.seq > 0) {
      this.lastMessage = this.model.edits;
      this.python.apply(this.lastMessage);
    }
  }
  replay(): void {
    if (this.lastMessage) {
      this.python.apply(this.lastMessage);
    }
  }
  push(pushed: Pushed): void {
    this.model = reduce(this.model, { kind: "push", pushed, bounds: this.bounds });
  }
  render(): void {
    this.pushes.push(this.python.pushed);
    this.push(this.python.pushed);
  }
  renderLate(age: number): void {
    const late = this.pushes.at(-1 - age);
    if (late) {
      this.push(late);
    }
  }
  /** Hidden and shown again: the browser hands over what it has, and starts anew. */
  remount(): void {
    this.deliver();
    this.model = this.mounted();
  }
}

/** What edits amount to, were each one applied where it is made. */
const applyHere = (value: Value, edit: Edit, { python, bounds }: Session): Value => {
  switch (edit.kind) {
    case "step": {
      const counter = value.counter + edit.direction * bounds.step;
      return counter < bounds.min || counter > bounds.max ? value : { ...value, counter };
    }
    case "commit":
      return { ...value, text: edit.text };
    case "reset":
      return python.defaults;
    case "push":
      return value;
  }
};

type Event =
  | { do: "edit"; edit: Edit }
  | { do: "deliver" | "replay" | "render" | "remount" }
  | { do: "renderLate"; age: number }
  | { do: "assign"; value: Value };

const userEdits = fc
  .oneof(
    { weight: 4, arbitrary: fc.constantFrom(up, down) },
    { weight: 1, arbitrary: fc.constant<Edit>({ kind: "reset" }) },
    fc.constantFrom("", "a", "b").map((text): Edit => ({ kind: "commit", text })),
  )
  .map((edit): Event => ({ do: "edit", edit }));
const traffic = fc.oneof(
  fc.constantFrom<Event>({ do: "deliver" }, { do: "replay" }, { do: "render" }, { do: "remount" }),
  fc.nat(5).map((age): Event => ({ do: "renderLate", age })),
);
const assignments = fc
  .record({ counter: fc.integer({ min: -5, max: 7 }), text: fc.constantFrom("x", "y") })
  .map((value): Event => ({ do: "assign", value }));
const anyBounds = fc.constantFrom<Bounds>(
  { min: -5, max: 7, step: 1 },
  { min: -5, max: 7, step: 3 },
  { min: -1000, max: 1000, step: 1 },
);

const happen = (session: Session, event: Event): void => {
  switch (event.do) {
    case "edit":
      session.model = reduce(session.model, event.edit);
      break;
    case "renderLate":
      session.renderLate(event.age);
      break;
    case "assign":
      session.python.assign(event.value);
      break;
    default:
      session[event.do]();
  }
};

describe("a session", () => {
  it("ends with the same value on the screen and in Python, whatever was late or repeated", () => {
    const events = fc.array(fc.oneof(userEdits, userEdits, traffic, assignments), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(anyBounds, events, (bounds, story) => {
        const session = new Session(bounds);
        for (const event of story) {
          happen(session, event);
        }
        session.deliver();
        session.render();
        expect(view(session.model)).toEqual(session.python.value);
      }),
      { numRuns: 1000 },
    );
  });

  it("shows every edit as it is made and never moves otherwise, while Python sets nothing", () => {
    // So no edit is lost or counted twice, and a reset beats all edits before it and none after.
    const events = fc.array(fc.oneof(userEdits, userEdits, traffic), { maxLength: 60 });
    fc.assert(
      fc.property(anyBounds, events, (bounds, story) => {
        const session = new Session(bounds);
        let wanted = view(session.model);
        for (const event of story) {
          happen(session, event);
          wanted = event.do === "edit" ? applyHere(wanted, event.edit, session) : wanted;
          expect(view(session.model)).toEqual(wanted);
        }
        session.deliver();
        expect(session.python.value).toEqual(wanted);
      }),
      { numRuns: 1000 },
    );
  });

  it("adds the clicks that are under way to what Python sets, and then lets a reset win", () => {
    const clicks = fc.array(fc.constantFrom(up, down), { maxLength: 20 });
    const far = { min: -1000, max: 1000, step: 1 };
    fc.assert(
      fc.property(clicks, clicks, fc.boolean(), (before, after, reset) => {
        const session = new Session(far);
        session.model = run(session.model, ...before);
        session.deliver();
        session.model = run(session.model, ...after);
        session.python.assign({ counter: 100, text: "set" });
        session.render();
        const sum = after.reduce((total, step) => total + (step === up ? 1 : -1), 0);
        expect(view(session.model)).toEqual({ counter: 100 + sum, text: "set" });
        session.model = reset ? reduce(session.model, { kind: "reset" }) : session.model;
        session.deliver();
        const wanted = reset ? session.python.defaults : { counter: 100 + sum, text: "set" };
        expect(session.python.value).toEqual(wanted);
      }),
    );
  });
});
