import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Counts, LATER, Listener, LOST, PATIENCE, QUIET, RECENT } from "../src/page/listener";

const BEGUN: Counts = { runs: 1, echo: 0, looks: 0, polls: 0, news: 0 };

describe("the listener of a tab", () => {
  const page = {
    idle: true,
    hidden: false,
    connected: true,
    asked: 0,
    sent: [] as string[],
  };
  let counts: Counts;
  let listener: Listener;

  const open = (begun: Counts = BEGUN) => {
    Object.assign(page, {
      idle: true,
      hidden: false,
      connected: true,
      asked: 0,
      sent: [],
    });
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
    listener.receive("changed");
    runs();
    quiet();
    draws({ looks: 1, echo: 1, runs: 3 });
    quiet();
    expect(page.sent).toHaveLength(1);
  });

  it("asks when it is told, and does not answer an answer", () => {
    listener.receive("changed");
    expect(page.asked).toBe(1);
    runs({ looks: 1, echo: 1, runs: 2 });
    quiet();
    vi.advanceTimersByTime(10 * LATER);
    expect(page.asked).toBe(1);
    expect(page.sent).toEqual([]);
  });

  it("looks a second time if nothing was found, since a save may take its time", () => {
    listener.receive("changed");
    runs({ looks: 1 });
    quiet();
    expect(page.asked).toBe(1);
    vi.advanceTimersByTime(LATER);
    expect(page.asked).toBe(2);
    runs({ looks: 2 });
    vi.advanceTimersByTime(10 * LATER);
    expect(page.asked).toBe(2);
  });

  it("looks once when the server tells: it does so when something is stored", () => {
    listener.receive("news");
    expect(page.asked).toBe(1);
    runs({ looks: 1 });
    vi.advanceTimersByTime(10 * LATER);
    expect(page.asked).toBe(1);
  });

  it("tells of what somebody did while the script ran because of others", () => {
    listener.receive("news");
    listener.act();
    runs({ looks: 1, echo: 1, runs: 2 });
    quiet();
    expect(page.sent).toEqual(["changed"]);
  });

  it("tells of its own run that came between question and answer", () => {
    listener.receive("changed");
    runs({ looks: 1, echo: 1, runs: 3 });
    quiet();
    expect(page.sent).toEqual(["changed"]);
  });

  it("tells of what somebody did in a fragment while it asked", () => {
    listener.receive("changed");
    listener.act();
    runs();
    runs({ looks: 1 });
    quiet();
    expect(page.sent).toEqual(["changed"]);
  });

  it("asks again what was told while a question was open", () => {
    listener.receive("changed");
    listener.receive("changed");
    expect(page.asked).toBe(1);
    runs({ looks: 1, echo: 1, runs: 2 });
    quiet();
    expect(page.asked).toBe(2);
  });

  it("asks again what went under in a run of the script", () => {
    listener.receive("changed");
    runs({ runs: 2 });
    quiet();
    expect(page.asked).toBe(2);
  });

  it("asks again when there is no answer", () => {
    listener.receive("changed");
    vi.advanceTimersByTime(PATIENCE);
    expect(page.asked).toBe(2);
  });

  it("waits while its script runs", () => {
    page.idle = false;
    listener.receive("changed");
    expect(page.asked).toBe(0);
    runs({ runs: 2 });
    quiet();
    expect(page.asked).toBe(1);
  });

  it("waits while it is hidden", () => {
    page.hidden = true;
    listener.receive("changed");
    expect(page.asked).toBe(0);
    page.hidden = false;
    listener.ask();
    expect(page.asked).toBe(1);
  });

  it("waits while somebody types, and no longer than the field is there", () => {
    const field = document.body.appendChild(document.createElement("input"));
    listener.type(field);
    listener.receive("changed");
    expect(page.asked).toBe(0);
    listener.commit();
    quiet();
    expect(page.asked).toBe(1);
    listener.type(field);
    runs({ looks: 1, echo: 1, runs: 2 });
    listener.receive("changed");
    quiet();
    expect(page.asked).toBe(1);
    field.remove();
    listener.receive("changed");
    expect(page.asked).toBe(2);
  });

  it("keeps what it was told while its element is away", () => {
    page.connected = false;
    listener.receive("changed");
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

  it("does not wait for quiet when the server says that there is news", () => {
    page.idle = false;
    listener.stir();
    listener.update({ ...counts, polls: 1, news: 1 });
    expect(page.asked).toBe(0);
    page.idle = true;
    listener.stir();
    expect(page.asked).toBe(1);
    quiet();
    listener.update({ ...counts, polls: 2, news: 1, looks: 1, echo: 1, runs: 2 });
    listener.stir();
    vi.advanceTimersByTime(10 * LATER);
    expect(page.asked).toBe(1);
    expect(page.sent).toEqual([]);
  });

  it("tells a tab that opens of what that may have missed", () => {
    listener.receive("opened");
    expect(page.sent).toEqual([]);
    runs({ runs: 2 });
    quiet();
    listener.receive("opened");
    expect(page.sent).toHaveLength(2);
    vi.advanceTimersByTime(RECENT);
    listener.receive("opened");
    expect(page.sent).toHaveLength(2);
  });

  it("tells of a click that was answered before it listened", () => {
    open({ ...BEGUN, runs: 2 });
    expect(page.sent).toEqual(["changed"]);
  });

  it("tells of each thing that was done once, however often it asks afterwards", () => {
    listener.act();
    runs();
    quiet();
    expect(page.sent).toEqual(["changed"]);
    for (const look of [1, 2]) {
      listener.receive("changed");
      runs({ looks: look, echo: look, runs: 1 + look });
      quiet();
    }
    expect(page.sent).toEqual(["changed"]);
  });

  it("says nothing before its run has ended", () => {
    draws({ runs: 2 });
    page.idle = false;
    quiet();
    expect(page.sent).toEqual([]);
    page.idle = true;
    listener.stir();
    quiet();
    expect(page.sent).toEqual(["changed"]);
  });

  it("waits for quiet, but not for ever", () => {
    for (let passed = 0; passed < PATIENCE; passed += QUIET / 2) {
      expect(page.sent).toEqual([]);
      runs();
      vi.advanceTimersByTime(QUIET / 2);
    }
    expect(page.sent).toEqual(["changed"]);
    vi.advanceTimersByTime(10 * PATIENCE);
    page.sent = [];
    runs();
    vi.advanceTimersByTime(QUIET / 2);
    expect(page.sent).toEqual([]);
    quiet();
    expect(page.sent).toEqual(["changed"]);
    listener.commit();
    quiet();
    expect(page.sent).toEqual(["changed"]);
  });

  it("looks a second time for each telling, also for one that came while it asked", () => {
    listener.receive("changed");
    vi.advanceTimersByTime(QUIET / 2);
    listener.receive("changed");
    runs({ looks: 1 });
    quiet();
    expect(page.asked).toBe(2);
    runs({ looks: 2 });
    vi.advanceTimersByTime(QUIET + LATER);
    expect(page.asked).toBe(3);
    runs({ looks: 3 });
    quiet();
    listener.receive("changed");
    runs({ looks: 4 });
    vi.advanceTimersByTime(QUIET + LATER);
    expect(page.asked).toBe(5);
  });

  it("does not look a second time where it has just looked again", () => {
    listener.receive("changed");
    runs({ looks: 1 });
    vi.advanceTimersByTime(QUIET + LATER / 2);
    listener.receive("changed");
    runs({ looks: 2, echo: 1, runs: 2 });
    vi.advanceTimersByTime(10 * LATER);
    expect(page.asked).toBe(2);
  });

  it("stops asking a server that knows this page no more, until there is a sign of life", () => {
    listener.receive("changed");
    vi.advanceTimersByTime(20 * PATIENCE);
    expect(page.asked).toBe(LOST);
    runs({ runs: 2 });
    quiet();
    expect(page.asked).toBe(LOST + 1);
    vi.advanceTimersByTime(20 * PATIENCE);
    page.asked = 0;
    listener.receive("changed");
    expect(page.asked).toBe(1);
  });

  it("waits for an answer that comes late, whatever else runs", () => {
    listener.receive("changed");
    runs();
    vi.advanceTimersByTime(PATIENCE / 2);
    expect(page.asked).toBe(1);
    draws({ looks: 1, echo: 1, runs: 2 });
    vi.advanceTimersByTime(PATIENCE);
    expect(page.asked).toBe(1);
    listener.receive("changed");
    runs();
    page.connected = false;
    vi.advanceTimersByTime(PATIENCE);
    runs({ looks: 2, echo: 2, runs: 3 });
    quiet();
    expect(page.sent).toEqual([]);
  });

  it("tells of the first run of a new session, whose counts begin anew", () => {
    runs({ runs: 5 });
    quiet();
    runs({ runs: 1 });
    quiet();
    expect(page.sent).toHaveLength(2);
  });
});
