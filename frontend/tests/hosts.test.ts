import { act, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Edits } from "../src/model";
import { PUSHED, props } from "./examples";

const click = (parent: Node, name: string) =>
  act(async () => {
    within(parent as unknown as HTMLElement)
      .getByRole("button", { name })
      .click();
  });

describe("the inline host", () => {
  let parent: ShadowRoot;
  const setup = async () => (await import("../src/hosts/inline")).default;

  beforeEach(() => {
    const element = document.createElement("div");
    document.body.append(element);
    parent = element.attachShadow({ mode: "open" });
  });
  afterEach(() => document.body.replaceChildren());

  const shown = () => parent.querySelector("output")?.textContent;
  const renderer = async (send: (name: string, value: Edits) => void = () => {}) => {
    const host = await setup();
    return (data: unknown, setStateValue = send) => {
      const setTriggerValue = () => {
        throw new Error("edits travel as state");
      };
      const args = { data: [data], parentElement: parent, setStateValue, setTriggerValue };
      let cleanup = () => {};
      act(() => {
        cleanup = host(args as unknown as Parameters<typeof host>[0]) as () => void;
      });
      return cleanup;
    };
  };

  it("reports nothing on mount and every edit as state", async () => {
    const send = vi.fn();
    (await renderer(send))(props());
    expect(send).not.toHaveBeenCalled();
    await click(parent, "Increase Visits");
    expect(send).toHaveBeenCalledTimes(1);
    expect(send).toHaveBeenCalledWith("edits", expect.objectContaining({ seq: 1, counter: 1 }));
  });

  it("gives every widget one and the same style sheet", async () => {
    (await renderer())(props());
    const { styleSheet } = await import("../src/mount");
    expect(parent.adoptedStyleSheets).toEqual([styleSheet()]);
  });

  it("goes on with the same widget when it is rendered again", async () => {
    const [first, second] = [vi.fn(), vi.fn()];
    const render = await renderer(first);
    render(props());
    await click(parent, "Increase Visits");
    render(props({}, { revision: 2, counter: 10 }), second);
    expect(shown()).toBe("11");
    await click(parent, "Increase Visits");
    expect(first).toHaveBeenCalledTimes(1);
    expect(second.mock.lastCall?.[1]).toMatchObject({ seq: 2, counter: 2 });
    expect(parent.querySelectorAll("output")).toHaveLength(1);
  });

  it("outlives the cleanup of a render that was overtaken", async () => {
    const render = await renderer();
    const cleanup = render(props());
    await click(parent, "Increase Visits");
    act(() => cleanup());
    expect(shown()).toBe("1");
    await click(parent, "Increase Visits");
    expect(shown()).toBe("2");
  });

  it("goes on with edits that Python has not seen when it comes back", async () => {
    const send = vi.fn();
    const render = await renderer(send);
    const cleanup = render(props({}, {}, "same"));
    await click(parent, "Increase Visits");
    await click(parent, "Increase Visits");
    parent.host.remove();
    act(() => cleanup());
    document.body.append(parent.host);
    render(props({}, {}, "same"));
    expect(shown()).toBe("2");
    await click(parent, "Increase Visits");
    expect(send.mock.lastCall?.[1]).toMatchObject({ seq: 3, counter: 3 });
  });

  it("unmounts when it has left the page, and another widget starts anew there", async () => {
    const render = await renderer();
    const cleanup = render(props());
    await click(parent, "Increase Visits");
    const container = parent.firstElementChild;
    parent.host.remove();
    act(() => cleanup());
    expect(container?.childNodes).toHaveLength(0);
    expect(parent.childNodes).toHaveLength(0);
    document.body.append(parent.host);
    render(props({}, { counter: 1 }));
    expect(shown()).toBe("1");
    expect(parent.querySelectorAll("output")).toHaveLength(1);
  });

  it("says which entry is wrong in data that Python does not send", async () => {
    const render = await renderer();
    expect(() => render({ ...props(), pushed: { ...PUSHED, revision: "1" } })).toThrow(
      "data.pushed.revision from Python must be an integer",
    );
  });
});

describe("the theme of a frame", async () => {
  const { applyTheme, themeProperties } = await import("../src/hosts/iframeTheme");
  const theme = {
    base: "dark",
    primaryColor: "#f00",
    backgroundColor: "#000",
    secondaryBackgroundColor: "#111",
    textColor: "#fff",
    font: "serif",
  };
  const none = { all: {}, light: {}, dark: {} };

  it("is that of components v2", () => {
    expect(themeProperties(theme, none)).toMatchObject({
      "--st-primary-color": "#f00",
      "--st-font": "serif",
      "--st-base-radius": "0.5rem",
      "--st-button-radius": "0.5rem",
      "--st-widget-border-color": "color-mix(in srgb, #fff 20%, transparent)",
    });
  });

  it("takes radius and border from the server's options, a section of its base first", () => {
    const options = {
      all: { baseRadius: "large", borderColor: "#abc", showWidgetBorder: true },
      light: { borderColor: "#123" },
      dark: { borderColor: "#456", buttonRadius: "7", showWidgetBorder: false },
    };
    expect(themeProperties(theme, options)).toMatchObject({
      "--st-base-radius": "1rem",
      "--st-button-radius": "7px",
      "--st-border-color": "#456",
      "--st-widget-border-color": "transparent",
    });
    expect(themeProperties({ ...theme, base: "light" }, options)).toMatchObject({
      "--st-border-color": "#123",
      "--st-widget-border-color": "#123",
    });
  });

  it("does not gather style elements", () => {
    document.head.append(document.createElement("style"), document.createElement("style"));
    applyTheme(theme, none);
    expect(document.head.querySelectorAll("style")).toHaveLength(0);
    expect(document.documentElement.style.getPropertyValue("--st-text-color")).toBe("#fff");
  });
});
