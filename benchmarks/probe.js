/**
 * Runs at the start of every document, the page's and each frame's, and stamps what happens after
 * a click. All stamps are readings of one clock, the page's.
 */
(() => {
  const page = window.top;
  const PATIENCE = 10_000;
  const now = () => page.performance.now();

  window.addEventListener(
    "click",
    () => {
      if (page.sample) {
        page.sample.click ??= now();
      }
    },
    { capture: true },
  );

  if (window !== page) {
    return;
  }

  const traffic = { sent: 0, received: 0 };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...options) {
      super(...options);
      this.addEventListener("message", ({ data }) => {
        traffic.received = now();
        window.sample?.messages.push([now(), data.size ?? data.byteLength ?? data.length]);
      });
    }
    send(data) {
      traffic.sent = now();
      if (window.sample?.click) {
        window.sample.sent ??= now();
      }
      super.send(data);
    }
  };

  const last = (text) => Number(/(-?\d+)\s*$/.exec(text)?.[1] ?? Number.NaN);
  const read = (element) => last(element.value ?? element.textContent);
  const python = () => document.querySelector(".st-key-python");
  const watch = (element, react) => {
    const observer = new MutationObserver(react);
    observer.observe(element, {
      attributes: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
    return observer;
  };

  /** The first task after the frame that shows what has just changed. */
  const painted = (element) =>
    new Promise((resolve) => {
      element.ownerDocument.defaultView.requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(now());
        port2.postMessage(null);
      });
    });

  window.probe = {
    read,
    /** Get ready for one click that makes `number` show and Python know `next`. */
    arm(number, next) {
      const sample = { messages: [] };
      const seen = (element, name, then) =>
        new Promise((resolve) => {
          const observer = watch(element, () => {
            if (read(element) === next) {
              sample[name] = now();
              observer.disconnect();
              resolve(then?.());
            }
          });
        });
      const shown = seen(number, "shown", async () => {
        sample.painted = await painted(number);
      });
      const known = seen(python(), "python");
      const late = new Promise((_, reject) => {
        setTimeout(() => reject(new Error(`no ${next} 20 s after arming`)), 20_000);
      });
      window.sample = sample;
      window.sampled = Promise.race([Promise.all([shown, known]), late]).then(() => sample);
    },
    /** Note every number that is ever shown. */
    record(number) {
      window.shown = [read(number)];
      window.recorder?.disconnect();
      window.recorder = watch(number, () => {
        const value = read(number);
        if (!Number.isNaN(value)) {
          window.shown.push(value);
        }
      });
    },
    /**
     * Resolves when nothing has changed for `quiet` ms, no script runs, all that was sent was
     * answered, and page and Python agree; after `PATIENCE` also if they do not, which is a loss.
     */
    idle(number, quiet) {
      const state = () =>
        [
          document.querySelector("[data-testid=stApp]")?.dataset.testScriptState,
          traffic.received >= traffic.sent ? "answered" : "waiting",
          read(number),
          read(python()),
        ].join(" ");
      const still = (text, waited) =>
        text.startsWith("notRunning answered") &&
        (read(number) === read(python()) || waited > PATIENCE);
      return new Promise((resolve, reject) => {
        const start = now();
        let since = start;
        let before = state();
        const look = () => {
          const current = state();
          if (current !== before || !still(current, now() - start)) {
            since = now();
            before = current;
          }
          if (now() - since >= quiet) {
            resolve({ screen: read(number), python: read(python()) });
          } else if (now() - start > 60_000) {
            reject(new Error(`still ${current} after 60 s`));
          } else {
            setTimeout(look, 10);
          }
        };
        look();
      });
    },
  };
})();
