/** Host for components v2: the widget lives in the page, in a shadow root. */

import type { FrontendRenderer } from "@streamlit/component-v2-lib";
import type { Edits } from "../model";
import { type Mounted, mount, styleSheet } from "../mount";

interface State {
  [name: string]: unknown;
  edits: Edits;
}

interface Instance {
  readonly container: HTMLElement;
  readonly mounted: Mounted;
  /** Replaced by every render: Streamlit hands out new functions. */
  send: (edits: Edits) => void;
}

const instances = new WeakMap<Node, Instance>();
const memory = new Map<string, Edits>();

const create = (parent: HTMLElement | ShadowRoot, data: unknown): Instance => {
  if (parent instanceof ShadowRoot) {
    parent.adoptedStyleSheets = [styleSheet()];
  }
  const container = document.createElement("div");
  const instance: Instance = {
    container,
    mounted: mount(container, data, memory, (edits) => instance.send(edits)),
    send: () => {},
  };
  parent.append(container);
  instances.set(parent, instance);
  return instance;
};

/** Python sends a list of one: Streamlit looks for data frames in anything else. */
type Sent = readonly [unknown];

const render: FrontendRenderer<State, Sent> = ({ data: [data], parentElement, setStateValue }) => {
  const instance = instances.get(parentElement) ?? create(parentElement, data);
  instance.send = (edits) => setStateValue("edits", edits);
  instance.mounted.update(data);
  return () => {
    // Streamlit also cleans up a render that was overtaken while its module loaded; the widget
    // of that render lives on.
    if (!parentElement.isConnected) {
      instance.mounted.unmount();
      instance.container.remove();
      instances.delete(parentElement);
    }
  };
};

export default render;
