import { describe, expect, it, vi } from "vitest";
import { createController } from "../src/controller";
import { type Edits, init, type Pushed, view } from "../src/model";
import { BOUNDS, PUSHED, props } from "./examples";

const task = () => new Promise((done) => setTimeout(done));
const up = { kind: "step", direction: 1 } as const;

describe("the controller", () => {
  it("sends twenty edits of one task as one message with all of them", async () => {
    const send = vi.fn<(edits: Edits) => void>();
    const controller = createController(props(), send);
    for (let click = 0; click < 20; click++) {
      controller.dispatch(up);
    }
    await task();
    expect(send).toHaveBeenCalledTimes(1);
    expect(send.mock.lastCall?.[0]).toMatchObject({ counter: 20, seq: 20 });
  });

  it("sends the edits of each task before the next one begins", async () => {
    const send = vi.fn<(edits: Edits) => void>();
    const controller = createController(props(), send);
    for (let click = 1; click <= 3; click++) {
      controller.dispatch(up);
      await task();
      expect(send).toHaveBeenCalledTimes(click);
      expect(send.mock.lastCall?.[0]).toMatchObject({ counter: click });
    }
  });

  it("sends nothing for what Python pushed, nor for an edit that changes nothing", async () => {
    const send = vi.fn();
    const listener = vi.fn();
    const controller = createController(props({}, { counter: BOUNDS.max, text: "same" }), send);
    controller.subscribe(listener);
    controller.dispatch(up);
    controller.dispatch({ kind: "commit", text: "same" });
    expect(listener).not.toHaveBeenCalled();
    controller.dispatch({ kind: "push", pushed: { ...PUSHED, revision: 2 }, bounds: BOUNDS });
    expect(listener).toHaveBeenCalledTimes(1);
    await task();
    expect(send).not.toHaveBeenCalled();
  });

  it("tells no listener that has gone", () => {
    const listener = vi.fn();
    const controller = createController(props(), () => {});
    controller.subscribe(listener)();
    controller.dispatch(up);
    expect(listener).not.toHaveBeenCalled();
  });

  it("goes on with remembered totals unless Python has heard of a newer mount", () => {
    const remembered = { ...init("a", PUSHED, BOUNDS).edits, seq: 2, counter: 2 };
    const mark = { mount: "a", seq: 1, resets: 0, counter: 1, commits: 0 };
    const shown = (pushed: Partial<Pushed>) =>
      view(createController(props({}, pushed), () => {}, remembered).get()).counter;
    expect(shown({})).toBe(2);
    expect(shown({ counter: 5, marks: [mark] })).toBe(6);
    expect(shown({ counter: 5, marks: [{ ...mark, mount: "b" }] })).toBe(5);
  });

  it("gives every mount an id of its own", () => {
    const ids = Array.from(
      { length: 50 },
      () => createController(props(), () => {}).get().edits.mount,
    );
    expect(new Set(ids).size).toBe(50);
    expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
  });
});
