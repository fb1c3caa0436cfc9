/**
 * Runs at the start of the page: notes what every frame shows of the counter, the text and the
 * number, whenever that has changed. A part that is not on the page is null.
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
})();
