/**
 * Runs at the start of the page: notes what every frame shows of the counter, the text and the
 * number, whenever that has changed. A part that is not on the page is null: some packages put
 * elements above the others, and these then vanish for a moment.
 */
(() => {
  if (window !== window.top) {
    return;
  }
  const inWidget = (selector) =>
    [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
      .map((host) => host.shadowRoot?.querySelector(selector))
      .find(Boolean);
  const look = () => {
    const output = inWidget("output") ?? document.querySelector(".st-key-python");
    const text = inWidget("[type=text]") ?? document.querySelector("[data-testid=stTextInput] input");
    const number = document.querySelector("[data-testid=stNumberInput] input");
    const count = /(\d+)\s*$/.exec(output?.value ?? output?.textContent ?? "")?.[1];
    return [count ?? null, text?.value ?? null, number?.value ?? null];
  };
  let before = "";
  window.frames_shown = [];
  const frame = () => {
    const shown = look();
    if (shown.join("|") !== before) {
      before = shown.join("|");
      window.frames_shown.push([performance.now(), shown]);
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  const traffic = { sent: 0, received: 0 };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...options) {
      super(...options);
      this.addEventListener("message", () => {
        traffic.received = performance.now();
      });
    }
    send(data) {
      traffic.sent = performance.now();
      super.send(data);
    }
  };

  const answered = () => traffic.received >= traffic.sent;

  /** Resolves with Python's count when all was answered and nothing has changed for `quiet` ms. */
  window.settled = (quiet) =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const text = (name) => document.querySelector(`.st-key-${name}`)?.textContent ?? "";
      let since = began;
      let last = "";
      const check = () => {
        const script = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState;
        const current = [script, text("python"), text("runs"), look().join("|")].join();
        const still =
          script === "notRunning" && text("python") && text("runs") && answered();
        if (!still || current !== last) {
          since = performance.now();
          last = current;
        }
        if (performance.now() - since >= quiet) {
          resolve(Number(/(\d+)\s*$/.exec(text("python"))[1]));
        } else if (performance.now() - began > 20_000) {
          reject(new Error(`still ${current}, answered: ${answered()}, after 20 s`));
        } else {
          setTimeout(check, 10);
        }
      };
      check();
    });
})();
