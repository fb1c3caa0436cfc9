/**
 * Gives a frame the look of the page, as the custom properties that components v2 have.
 *
 * Colours and the font's name come with every render; radius and border are options of the server
 * that Python passes on; the font's file and the size of a rem are read off the page itself,
 * which is allowed where frame and page have the same origin (always, but in development).
 */

import type { Theme } from "streamlit-component-lib";

type Options = Readonly<Record<string, unknown>>;

/** `[theme]` of the server's configuration, and the sections that win over it. */
export interface ThemeOptions {
  readonly all: Options;
  readonly light: Options;
  readonly dark: Options;
}

const RADII: Readonly<Record<string, string>> = {
  none: "0",
  small: "0.35rem",
  medium: "0.5rem",
  large: "1rem",
  full: "1.4rem",
};

const radius = (option: unknown): string => {
  const value = String(option ?? "medium");
  return RADII[value] ?? (/^[\d.]+$/.test(value) ? `${value}px` : value);
};

export const themeProperties = (theme: Theme, options: ThemeOptions): Record<string, string> => {
  const chosen = { ...options.all, ...options[theme.base === "dark" ? "dark" : "light"] };
  const faded = `color-mix(in srgb, ${theme.textColor} 20%, transparent)`;
  const border = String(chosen.borderColor ?? faded);
  return {
    "--st-primary-color": theme.primaryColor,
    "--st-background-color": theme.backgroundColor,
    "--st-secondary-background-color": theme.secondaryBackgroundColor,
    "--st-text-color": theme.textColor,
    "--st-font": theme.font,
    "--st-border-color": border,
    "--st-widget-border-color": chosen.showWidgetBorder === false ? "transparent" : border,
    "--st-base-radius": radius(chosen.baseRadius),
    "--st-button-radius": radius(chosen.buttonRadius ?? chosen.baseRadius),
  };
};

const fontFaces = (page: Document): string[] =>
  [...page.styleSheets].flatMap((sheet) =>
    [...sheet.cssRules]
      .filter((rule) => rule instanceof (page.defaultView ?? window).CSSFontFaceRule)
      .map((rule) =>
        rule.cssText.replace(
          /url\("([^"]+)"\)/g,
          (_, url) => `url("${new URL(url, sheet.href ?? page.baseURI)}")`,
        ),
      ),
  );

/** The page's fonts; empty where the page may not be read. */
export const pageFonts = (): CSSStyleSheet => {
  const sheet = new CSSStyleSheet();
  try {
    const page = window.parent.document;
    document.documentElement.style.fontSize = getComputedStyle(page.documentElement).fontSize;
    sheet.replaceSync(fontFaces(page).join("\n"));
  } catch {
    // Another origin (the development server), or a style sheet of one: the fallback font serves.
  }
  return sheet;
};

export const applyTheme = (theme: Theme | undefined, options: ThemeOptions): void => {
  // streamlit-component-lib adds one more style element with every render.
  for (const style of document.head.querySelectorAll("style")) {
    style.remove();
  }
  if (theme) {
    const root = document.documentElement.style;
    for (const [name, value] of Object.entries(themeProperties(theme, options))) {
      root.setProperty(name, value);
    }
  }
};
