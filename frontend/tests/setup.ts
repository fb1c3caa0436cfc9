/** What jsdom has not: constructable style sheets, popovers, ResizeObserver. Errors fail a test. */

import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, type Mock, vi } from "vitest";

class Sheet {
  text = "";
  replaceSync(text: string) {
    this.text = text;
  }
}

/** Measures nothing, as jsdom has no layout; a test says when a size has changed. */
class Observer {
  static readonly all = new Set<Observer>();
  constructor(readonly changed: () => void) {}
  observe() {
    Observer.all.add(this);
  }
}

vi.stubGlobal("CSSStyleSheet", Sheet);
vi.stubGlobal("ResizeObserver", Observer);
vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);

export const resize = (): void => {
  for (const observer of Observer.all) {
    observer.changed();
  }
};

const popover = (open: boolean) =>
  function (this: HTMLElement) {
    if (!this.hasAttribute("popover")) {
      throw new DOMException("It has no popover attribute", "NotSupportedError");
    }
    this.toggleAttribute("data-open", open);
  };
Object.assign(HTMLElement.prototype, { showPopover: popover(true), hidePopover: popover(false) });

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
