/** Gives a frame the theme of the page: the same custom properties that components v2 have. */

import type { Theme } from "streamlit-component-lib";

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const applyTheme = (theme: Theme | undefined): void => {
  // streamlit-component-lib adds one more style element with every render.
  for (const style of document.head.querySelectorAll("style")) {
    style.remove();
  }
  const root = document.documentElement.style;
  for (const [name, value] of Object.entries(theme ?? {})) {
    if (typeof value === "string" || typeof value === "number") {
      root.setProperty(`--st-${kebab(name)}`, `${value}`);
    }
  }

};
