import { act, within } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { props } from "./examples";
import { resize } from "./setup";

const THEME = {
  base: "light",
  primaryColor: "#f00",
  backgroundColor: "#fff",
  secondaryBackgroundColor: "#eee",
  textColor: "#000",
  font: "serif",
};

/** Outside a frame the window is its own parent, so what the host posts can be seen here. */
const posted: Record<string, unknown>[] = [];
const values = () =>
  posted.filter(({ type }) => type === "streamlit:setComponentValue").map(({ value }) => value);
const heights = () =>
  posted.filter(({ type }) => type === "streamlit:setFrameHeight").map(({ height }) => height);

const render = (data: unknown, disabled = false) =>
  act(() => {
    const options = { all: { baseRadius: "full" }, light: {}, dark: {} };
    const args = { data: JSON.stringify(data), theme: JSON.stringify(options) };
    const detail = { type: "streamlit:render", args, disabled, theme: THEME, dfs: [] };
    window.dispatchEvent(new MessageEvent("message", { data: detail }));
  });
const button = (name: string) =>
  within(document.body).getByRole<HTMLButtonElement>("button", { name });
const shown = () => document.querySelector("output")?.textContent;

describe("the iframe host", () => {
  // Like a frame, this file loads the host once: each test goes on where the last one stopped.
  beforeAll(async () => {
    vi.stubGlobal("postMessage", (message: Record<string, unknown>) => posted.push(message));
    await import("../src/hosts/iframe");
  });
  afterEach(() => {
    posted.length = 0;
  });

  it("says that it is ready, and nothing else", () => {
    expect(posted.map(({ type }) => type)).toEqual(["streamlit:componentReady"]);
  });

  it("shows the value in the page's theme and reports nothing on mount", () => {
    render(props({}, { counter: 3 }));
    expect(shown()).toBe("3");
    const style = document.documentElement.style;
    expect(style.getPropertyValue("--st-primary-color")).toBe("#f00");
    expect(style.getPropertyValue("--st-base-radius")).toBe("1.4rem");
    expect(values()).toEqual([]);
  });

  it("reports edits as its value, and goes on when it is rendered again", async () => {
    await act(async () => button("Increase Visits").click());
    expect(values()).toMatchObject([{ seq: 1, counter: 1 }]);
    render(props({}, { revision: 2, counter: 10 }));
    expect(shown()).toBe("11");
    await act(async () => button("Increase Visits").click());
    expect(values()).toMatchObject([{ counter: 1 }, { seq: 2, counter: 2 }]);
    expect(document.querySelectorAll("output")).toHaveLength(1);
  });

  it("is disabled while Streamlit is not connected", () => {
    render(props({}, { revision: 2, counter: 10 }), true);
    expect(button("Increase Visits").disabled).toBe(true);
    render(props({}, { revision: 2, counter: 10 }));
    expect(button("Increase Visits").disabled).toBe(false);
  });

  it("gives the frame its own height in whole pixels, and none while it has none", () => {
    const measured = vi.spyOn(HTMLElement.prototype, "getBoundingClientRect");
    measured.mockReturnValue({ height: 0 } as DOMRect);
    resize();
    expect(heights()).toEqual([]);
    measured.mockReturnValue({ height: 67.2 } as DOMRect);
    resize();
    expect(heights()).toEqual([68]);
  });
});
