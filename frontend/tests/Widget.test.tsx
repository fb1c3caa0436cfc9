import { act, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { createController } from "../src/controller";
import type { Bounds, Edits, Pushed } from "../src/model";
import { Widget } from "../src/Widget";
import type { Look } from "../src/wire";
import { BOUNDS, PUSHED, props } from "./examples";

const show = (look: Partial<Look> = {}, pushed: Partial<Pushed> = {}, bounds: Bounds = BOUNDS) => {
  const send = vi.fn<(edits: Edits) => void>();
  const given = props(look, pushed);
  const controller = createController({ ...given, bounds }, send);
  render(<Widget look={given.look} controller={controller} />);
  return {
    send,
    user: userEvent.setup(),
    push: (change: Partial<Pushed>) =>
      act(() =>
        controller.dispatch({
          kind: "push",
          pushed: { ...PUSHED, revision: 2, ...change },
          bounds,
        }),
      ),
  };
};

const output = () => screen.getByRole("status", { name: "Visits" });
const field = () => screen.getByRole<HTMLInputElement>("textbox", { name: "Visits text" });
const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });

describe("the widget", () => {
  it("counts, takes a text and resets", async () => {
    const { send, user } = show({}, { defaults: { counter: 5, text: "five" } });
    await user.click(button("Increase Visits"));
    await user.click(button("Increase Visits"));
    await user.click(button("Decrease Visits"));
    expect(output().textContent).toBe("1");
    await user.type(field(), "hi{Enter}");
    expect(send.mock.lastCall?.[0]).toMatchObject({ counter: 1, commits: 1, text: "hi" });
    await user.click(button("Reset Visits"));
    expect(output().textContent).toBe("5");
    expect(field().value).toBe("five");
    expect(send.mock.lastCall?.[0]).toMatchObject({ resets: 1, counter: 0, commits: 0 });
  });

  it("commits once for Enter and the blur behind it, and on blur alone", async () => {
    const { send, user } = show();
    await user.type(field(), "one{Enter}");
    await user.tab();
    expect(send).toHaveBeenCalledTimes(1);
    await user.type(field(), "!");
    await user.tab();
    expect(send).toHaveBeenCalledTimes(2);
    expect(send.mock.lastCall?.[0]).toMatchObject({ commits: 2, text: "one!" });
  });

  it("leaves the Enter that ends a composition to the input method", async () => {
    const { send, user } = show();
    await user.type(field(), "に");
    fireEvent.keyDown(field(), { key: "Enter", isComposing: true });
    await Promise.resolve();
    expect(send).not.toHaveBeenCalled();
    fireEvent.keyDown(field(), { key: "Enter" });
    await Promise.resolve();
    expect(send.mock.lastCall?.[0]).toMatchObject({ text: "に" });
  });

  it("does not replace what is being typed", async () => {
    const { user, push } = show();
    await user.type(field(), "dra");
    push({ counter: 7, text: "from Python" });
    expect(output().textContent).toBe("7");
    expect(field().value).toBe("dra");
    await user.type(field(), "ft{Enter}");
    expect(field().value).toBe("draft");
  });

  it("commits an emptied text as an empty text", async () => {
    const { send, user } = show({}, { text: "old" });
    await user.clear(field());
    expect(field().value).toBe("");
    await user.tab();
    expect(field().value).toBe("");
    expect(send.mock.lastCall?.[0]).toMatchObject({ commits: 1, text: "" });
  });

  it("drops what was being typed when the user resets", async () => {
    const { send, user } = show();
    await user.type(field(), "draft");
    fireEvent.click(button("Reset Visits"));
    expect(field().value).toBe("");
    fireEvent.blur(field());
    await Promise.resolve();
    expect(send.mock.lastCall?.[0]).toMatchObject({ resets: 1, commits: 0 });
  });

  it("sends no half of a character", async () => {
    const { send } = show();
    fireEvent.change(field(), { target: { value: "a\ud83d" } });
    fireEvent.blur(field());
    await Promise.resolve();
    expect(send.mock.lastCall?.[0]).toMatchObject({ text: "a\ufffd" });
  });

  it("shows the room that is left while typing", async () => {
    const { user } = show({ maxChars: 4 });
    await user.type(field(), "abc");
    expect(screen.getByText("3/4")).toBeTruthy();
    await user.type(field(), "def");
    expect(field().value).toBe("abcd");
    await user.keyboard("{Enter}");
    expect(screen.queryByText("4/4")).toBeNull();
  });

  it("disables what would leave the bounds", async () => {
    const { user } = show({}, {}, { min: 0, max: 2, step: 2 });
    expect(button("Decrease Visits").disabled).toBe(true);
    await user.click(button("Increase Visits"));
    expect(button("Increase Visits").disabled).toBe(true);
    expect(button("Decrease Visits").disabled).toBe(false);
  });

  it("disables everything when it is disabled", () => {
    show({ disabled: true });
    for (const control of [...screen.getAllByRole<HTMLButtonElement>("button"), field()]) {
      expect(control.disabled).toBe(true);
    }
  });

  it("keeps its names without a label to see, and hides Reset on request", () => {
    show({ labelVisibility: "collapsed", showReset: false });
    expect(screen.queryByText("Visits")).toBeNull();
    expect(screen.getByRole("group", { name: "Visits" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Reset Visits" })).toBeNull();
  });

  it("sends nothing when the field is only visited", async () => {
    const { send, user } = show({}, { text: "kept" });
    await user.click(field());
    await user.keyboard("{Enter}");
    await user.tab();
    expect(send).not.toHaveBeenCalled();
    expect(field().value).toBe("kept");
  });

  it("opens its help on hover and on focus, and closes it on Escape", async () => {
    const { user } = show({ help: "What it counts" });
    const help = button("Help for Visits");
    const tip = screen.getByRole("tooltip", { hidden: true });
    const open = () => tip.hasAttribute("data-open");
    expect(tip.textContent).toBe("What it counts");
    expect(help.getAttribute("aria-describedby")).toBe(tip.id);
    expect(open()).toBe(false);
    await user.hover(help);
    expect(open()).toBe(true);
    await user.unhover(help);
    expect(open()).toBe(false);
    await user.tab();
    expect(document.activeElement).toBe(help);
    expect(open()).toBe(true);
    await user.keyboard("{Escape}");
    expect(open()).toBe(false);
  });

  it("announces the number politely", () => {
    show();
    expect(output().tagName).toBe("OUTPUT");
    expect(output().getAttribute("aria-live")).toBe("polite");
  });
});
