/**
 * Runs at the start of the page: finds out when all widgets are visible and one of them answers.
 * Filled in by `load.py`: KIND and COUNT.
 */
(() => {
  if (window !== window.top) {
    return;
  }
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const roots = {
    native: () => all("[data-testid=stNumberInput]"),
    // One that shows nothing keeps the cookie.
    inline: () =>
      all("[data-testid=stBidiComponentIsolated]")
        .map((host) => host.shadowRoot)
        .filter((root) => root?.querySelector("output")),
    iframe: () => all("iframe[title^=streamlit_persistent_state]").map((it) => it.contentDocument),
  }[KIND];
  const visible = (element) => element?.checkVisibility() && element.getClientRects().length > 0;
  const inside = (root) => ({
    number: root?.querySelector(KIND === "native" ? "input" : "output"),
    plus: root?.querySelector(
      KIND === "native" ? "[data-testid=stNumberInputStepUp]" : "[aria-label^=Increase]",
    ),
    text: root?.querySelector("[type=text]"),
  });

  window.loaded = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${COUNT} ${KIND} not ready after 60 s`)), 60_000);
    let shown;
    let last;
    const look = () => {
      if (shown === undefined) {
        const parts = roots().map(inside);
        const texts =
          KIND === "native" ? all("[data-testid=stTextInput] input") : parts.map((it) => it.text);
        const frames = KIND === "iframe" ? all("iframe[title^=streamlit_persistent_state]") : [];
        const there =
          parts.length === COUNT &&
          texts.length === COUNT &&
          [...parts.flatMap(({ number, plus }) => [number, plus]), ...texts, ...frames].every(
            visible,
          );
        if (there) {
          shown = performance.now();
          last = parts.at(-1);
        }
      }
      if (last && Number(last.number.value) > 0) {
        resolve({ shown, ready: performance.now() });
        return;
      }
      // A click before the widget listens changes nothing, so it is repeated with every frame.
      last?.plus.click();
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });

  window.transferred = () =>
    [window, ...all("iframe").map((frame) => frame.contentWindow)]
      .flatMap((place) => [
        ...place.performance.getEntriesByType("navigation"),
        ...place.performance.getEntriesByType("resource"),
      ])
      .reduce((sum, { transferSize }) => sum + transferSize, 0);
})();
