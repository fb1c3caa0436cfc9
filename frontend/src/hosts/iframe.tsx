/** Host for components v1: the widget has a frame of its own and talks by messages. */

import { type RenderData, Streamlit } from "streamlit-component-lib";
import { type Memory, type Mounted, mount, styleSheet } from "../mount";
import { parseEdits } from "../wire";
import { applyTheme, pageFonts } from "./iframeTheme";

// A frame that is shown again is a new document; the storage is the tab's.
const memory: Memory = {
  get: (id) => {
    try {
      return parseEdits(sessionStorage.getItem(id) ?? "null");
    } catch {
      return undefined; // nothing there, or storage is blocked
    }
  },
  set: (id, edits) => {
    try {
      sessionStorage.setItem(id, JSON.stringify(edits));
    } catch {
      // Blocked or full: only a frame hidden before its form is submitted would need it.
    }
  },
};

const container = document.createElement("div");
Object.assign(document.body.style, { margin: "0", background: "var(--st-background-color)" });
document.body.append(container);
document.adoptedStyleSheets = [styleSheet(), pageFonts()];

let mounted: Mounted | undefined;

const render = (event: Event) => {
  const { args, disabled, theme } = (event as CustomEvent<RenderData>).detail;
  // Python sends texts: Streamlit looks for data frames in anything else.
  const data: unknown = JSON.parse(args.data);
  applyTheme(theme, JSON.parse(args.theme));
  mounted ??= mount(container, data, memory, (edits) => Streamlit.setComponentValue(edits));
  // Streamlit disables a frame while it is not connected.
  mounted.update(data, disabled ? { disabled } : undefined);
};

new ResizeObserver(() => {
  const height = Math.ceil(container.getBoundingClientRect().height);
  if (height > 0) {
    Streamlit.setFrameHeight(height);
  }
}).observe(container);

Streamlit.events.addEventListener(Streamlit.RENDER_EVENT, render);
Streamlit.setComponentReady();
