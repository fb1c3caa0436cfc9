import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LONGEST, NotificationSocket, REFUSED, SHORTEST } from "../src/page/notificationSocket";

class Socket {
  static all: Socket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: string[] = [];
  closed = false;

  constructor(readonly url: string) {
    Socket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
    this.onclose?.({ code: 1000 });
  }
}

const ROUTE = { url: "ws://app/news", ticket: "one" };

describe("the socket for news", () => {
  let onNews: ReturnType<typeof vi.fn<() => void>>;
  let news: NotificationSocket;
  const last = () => Socket.all.at(-1) as Socket;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", Socket);
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    Socket.all = [];
    onNews = vi.fn();
    news = new NotificationSocket(onNews);
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it("shows its ticket, and passes on that there is news", () => {
    news.listen(ROUTE);
    expect(last().url).toBe(ROUTE.url);
    last().onopen?.();
    expect(last().sent).toEqual(["one"]);
    last().onmessage?.({ data: "listening" });
    expect(onNews).not.toHaveBeenCalled();
    last().onmessage?.({ data: "changed" });
    expect(onNews).toHaveBeenCalledTimes(1);
  });

  it("says whether the server tells of news", () => {
    news.listen(ROUTE);
    last().onopen?.();
    expect(news.isListening).toBe(false);
    last().onmessage?.({ data: "listening" });
    expect(news.isListening).toBe(true);
    last().onclose?.({ code: 1006 });
    expect(news.isListening).toBe(false);
    vi.advanceTimersByTime(2 * LONGEST);
    last().onmessage?.({ data: "listening" });
    news.listen({ ...ROUTE, ticket: "two" });
    expect(news.isListening).toBe(false);
  });

  it("opens one socket for one ticket, and none without", () => {
    news.listen(null);
    expect(Socket.all).toHaveLength(0);
    news.listen(ROUTE);
    news.listen({ ...ROUTE });
    expect(Socket.all).toHaveLength(1);
    news.listen({ ...ROUTE, ticket: "two" });
    expect(Socket.all.map(({ closed }) => closed)).toEqual([true, false]);
    news.listen(null);
    vi.advanceTimersByTime(2 * LONGEST);
    expect(Socket.all.map(({ closed }) => closed)).toEqual([true, true]);
  });

  it("opens a lost socket again, later each time", () => {
    news.listen(ROUTE);
    for (let pause = SHORTEST; pause < 10 * LONGEST; pause *= 2) {
      const before = Socket.all.length;
      last().onclose?.({ code: 1006 });
      vi.advanceTimersByTime(1.5 * Math.min(pause, LONGEST) - 1);
      expect(Socket.all).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(Socket.all).toHaveLength(before + 1);
    }
  });

  it("is quick again once the server has said something", () => {
    news.listen(ROUTE);
    for (let times = 0; times < 4; times += 1) {
      last().onclose?.({ code: 1006 });
      vi.advanceTimersByTime(2 * LONGEST);
    }
    last().onmessage?.({ data: "listening" });
    const before = Socket.all.length;
    last().onclose?.({ code: 1012 });
    vi.advanceTimersByTime(2 * SHORTEST);
    expect(Socket.all).toHaveLength(before + 1);
  });

  it("does not come back with a ticket that was refused", () => {
    news.listen(ROUTE);
    last().onclose?.({ code: REFUSED });
    vi.advanceTimersByTime(2 * LONGEST);
    expect(Socket.all).toHaveLength(1);
    news.listen({ ...ROUTE, ticket: "two" });
    expect(Socket.all).toHaveLength(2);
  });
});
