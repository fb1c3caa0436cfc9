/** What jsdom has not: constructable style sheets, popovers, ResizeObserver. Errors fail a test. */

import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, type Mock, vi } from "vitest";

class Sheet {
  text = "";
  replaceSync(text: string) {
    this.text = text;
  }
}

vi.stubGlobal("CSSStyleSheet", Sheet);
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe() {}
  },
);
vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);

let complaints: Mock[];

beforeEach(() => {
  complaints = [vi.spyOn(console, "error"), vi.spyOn(console, "warn")];
});

afterEach(() => {
  cleanup();
  for (const complaint of complaints) {
    expect(complaint).not.toHaveBeenCalled();
  }
});
