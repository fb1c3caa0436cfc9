import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Counts, LATER, Listener, PATIENCE, QUIET, RECENT } from "../src/page/listener";

const BEGUN: Counts = { runs: 1, echo: 0, looks: 0, polls: 0, news: 0 };

describe("the listener of a tab", () => {
  const page = { idle: true, hidden: false, connected: true, asked: 0, sent: [] as string[] };
  let counts: Counts;
  let listener: Listener;

  const open = (begun: Counts = BEGUN) => {
    Object.assign(page, { idle: true, hidden: false, connected: true, asked: 0, sent: [] });
    counts = begun;
    listener = new Listener(
      {
        isIdle: () => page.idle,
        isHidden: () => page.hidden,
        ask: () => {
          page.asked += page.connected ? 1 : 0;
          return page.connected;
        },
        send: (message) => page.sent.push(message),
      },
      counts,
    );
    page.sent = page.sent.filter((message) => message !== "opened");
  };
  const runs = (drawn: Partial<Counts> = {}) => {
    page.idle = false;
    listener.stir();
    page.idle = true;
    listener.stir();
    draws(drawn);
  };
  const draws = (drawn: Partial<Counts>) => {
    if (Object.keys(drawn).length > 0) {
      counts = { ...counts, ...drawn };
      listener.update(counts);
    }
  };
  const quiet = () => vi.advanceTimersByTime(QUIET);

  beforeEach(() => {
    vi.useFakeTimers();
    open();
  });
  afterEach(() => vi.useRealTimers());

  it("tells of a run of the script, once", () => {
    runs({ runs: 2 });
    expect(page.sent).toEqual([]);
    quiet();
    expect(page.sent).toEqual(["changed"]);
    vi.advanceTimersByTime(10 * PATIENCE);
    expect(page.sent).toHaveLength(1);
    expect(page.asked).toBe(0);
  });

  it("tells of a run that draws nothing: it was one of a fragment", () => {
    runs();
    quiet();
    expect(page.sent).toEqual(["changed"]);
  });

  it("tells of a run that ended too fast to be seen, and of one drawn late", () => {
    draws({ runs: 2 });
    quiet();
    expect(page.sent).toHaveLength(1);
    listener.hear("changed");
    runs();
    quiet();
    draws({ looks: 1, echo: 1, runs: 3 });
    quiet();
    expect(page.sent).toHaveLength(1);
  });

  it("asks when it is told, and does not answer an answer", () => {
    listener.hear("changed");
    expect(page.asked).toBe(1);
    runs({ looks: 1, echo: 1, runs: 2 });
    quiet();
    vi.advanceTimersByTime(10 * LATER);
    expect(page.asked).toBe(1);
    expect(page.sent).toEqual([]);
  });

  it("looks a second time if nothing was found, since a save may take its time", () => {
    listener.hear("changed");
    runs({ looks: 1 });
    quiet();
    expect(page.asked).toBe(1);
    vi.advanceTimersByTime(LATER);
    expect(page.asked).toBe(2);
    runs({ looks: 2 });
    vi.advanceTimersByTime(10 * LATER);
    expect(page.asked).toBe(2);
  });

  it("tells of its own run that came between question and answer", () => {
    listener.hear("changed");
    runs({ looks: 1, echo: 1, runs: 3 });
    quiet();
    expect(page.sent).toEqual(["changed"]);
  });

  it("tells of what somebody did in a fragment while it asked", () => {
    listener.hear("changed");
    listener.act();
    runs();
    runs({ looks: 1 });
    quiet();
    expect(page.sent).toEqual(["changed"]);
  });

  it("asks again what was told while a question was open", () => {
    listener.hear("changed");
    listener.hear("changed");
    expect(page.asked).toBe(1);
    runs({ looks: 1, echo: 1, runs: 2 });
    quiet();
    expect(page.asked).toBe(2);
  });

  it("asks again what went under in a run of the script", () => {
    listener.hear("changed");
    runs({ runs: 2 });
    quiet();
    expect(page.asked).toBe(2);
  });

  it("asks again when there is no answer", () => {
    listener.hear("changed");
    vi.advanceTimersByTime(PATIENCE);
    expect(page.asked).toBe(2);
  });

  it("waits while its script runs", () => {
    page.idle = false;
    listener.hear("changed");
    expect(page.asked).toBe(0);
    runs({ runs: 2 });
    quiet();
    expect(page.asked).toBe(1);
  });

  it("waits while it is hidden", () => {
    page.hidden = true;
    listener.hear("changed");
    expect(page.asked).toBe(0);
    page.hidden = false;
    listener.ask();
    expect(page.asked).toBe(1);
  });

  it("waits while somebody types, and no longer than the field is there", () => {
    const field = document.body.appendChild(document.createElement("input"));
    listener.type(field);
    listener.hear("changed");
    expect(page.asked).toBe(0);
    listener.commit();
    quiet();
    expect(page.asked).toBe(1);
    listener.type(field);
    runs({ looks: 1, echo: 1, runs: 2 });
    listener.hear("changed");
    quiet();
    expect(page.asked).toBe(1);
    field.remove();
    listener.hear("changed");
    expect(page.asked).toBe(2);
  });

  it("keeps what it was told while its element is away", () => {
    page.connected = false;
    listener.hear("changed");
    page.connected = true;
    runs({ runs: 2 });
    quiet();
    expect(page.asked).toBe(1);
  });

  it("asks when the server says that there is news", () => {
    runs({ polls: 1 });
    quiet();
    expect(page.asked).toBe(0);
    runs({ polls: 2, news: 1 });
    quiet();
    expect(page.asked).toBe(1);
    expect(page.sent).toEqual([]);
  });

  it("tells a tab that opens of what that may have missed", () => {
    listener.hear("opened");
    expect(page.sent).toEqual([]);
    runs({ runs: 2 });
    quiet();
    listener.hear("opened");
    expect(page.sent).toHaveLength(2);
    vi.advanceTimersByTime(RECENT);
    listener.hear("opened");
    expect(page.sent).toHaveLength(2);
  });

  it("tells of a click that was answered before it listened", () => {
    open({ ...BEGUN, runs: 2 });
    expect(page.sent).toEqual(["changed"]);
  });
});
