/** Connects the listener of a tab to Streamlit's page, once for as long as the page is open. */

import type { FrontendRenderer } from "@streamlit/component-v2-lib";
import { type Counts, Listener, type Message } from "./listener";
import { NotificationSocket } from "./notificationSocket";

interface State {
  [name: string]: unknown;
  look: number;
}

interface Data extends Counts {
  /** Where the server tells of news; null where it does not. */
  readonly route: Readonly<{
    path: string;
    ticket: string;
    /** The same in all tabs of whose changes it tells. */
    reach: string;
  }> | null;
}

interface Live {
  readonly listener: Listener;
  readonly socket: NotificationSocket;
  /** Asks the server; whether it could. Replaced by every render: so are Streamlit's functions. */
  ask: () => boolean;
  /** Undefined where the server tells of nothing. */
  reach?: string | undefined;
}

const STATE = "data-test-script-state";
const TEXT = "textarea, [contenteditable], input:not([type=range], [type=checkbox], [type=radio])";

const watch = (app: Element, listener: Listener): void => {
  const on = (names: readonly string[], listen: (event: Event) => void) => {
    for (const name of names) {
      document.addEventListener(name, listen, true);
    }
  };
  on(["visibilitychange"], () => listener.ask());
  on(["pointerdown", "click", "keydown", "change"], () => listener.act());
  on(["change", "focusout"], () => listener.commit());
  on(["keydown"], (event) => {
    if ((event as KeyboardEvent).key === "Enter") {
      listener.commit();
    }
  });
  // What is done in a frame, its component tells Streamlit in a message.
  window.addEventListener("message", ({ data }) => {
    if (data?.type === "streamlit:setComponentValue") {
      listener.act();
    }
  });
  on(["input"], (event) => {
    const [field] = event.composedPath();
    if (field instanceof Element && field.matches(TEXT)) {
      listener.type(field);
    }
  });
  const options = { attributes: true, attributeFilter: [STATE] };
  new MutationObserver(() => listener.stir()).observe(app, options);
};

const start = (counts: Counts): Live | null => {
  const app = document.querySelector(`[${STATE}]`);
  if (app === null) {
    return null;
  }
  const channel = new BroadcastChannel("streamlit_persistent_state");
  const page = {
    isIdle: () => app.getAttribute(STATE) === "notRunning",
    isHidden: () => document.hidden,
    ask: () => live.ask(),
    send: (message: Message) => channel.postMessage([message, slots[SLOT]?.reach]),
  };
  const listener = new Listener(page, counts);
  const socket = new NotificationSocket(() => listener.receive("news"));
  const live: Live = { listener, socket, ask: () => false };
  channel.onmessage = ({ data: [message, reach] }) => {
    // What the server tells of is told where something was committed, and not after every run.
    if (message === "opened" || reach !== live.reach || !socket.isListening) {
      listener.receive(message);
    }
  };
  watch(app, listener);
  return live;
};

// Streamlit may load this module more than once into one page.
const SLOT = Symbol.for("streamlit_persistent_state.live");
const slots = window as { [SLOT]?: Live | null };

/** Returns the address of a path of the app: behind a proxy, Streamlit's own files tell where. */
const addressOf = (path: string): string => {
  const scripts = [...document.scripts].map(({ src }) => src.split("/static/js/"));
  const base = scripts.find((parts) => parts.length > 1)?.[0] ?? location.origin;
  return base.replace(/^http/, "ws") + path;
};

const render: FrontendRenderer<State, Data> = ({ data, parentElement, setTriggerValue }) => {
  slots[SLOT] ??= start(data);
  const live = slots[SLOT];
  if (live !== null) {
    live.ask = () => {
      const { isConnected } = parentElement;
      if (isConnected) {
        setTriggerValue("look", Date.now());
      }
      return isConnected;
    };
    const { route } = data;
    live.reach = route?.reach;
    live.listener.update(data);
    live.socket.listen(route && { url: addressOf(route.path), ticket: route.ticket });
  }
};

export default render;
