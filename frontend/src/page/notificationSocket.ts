/** Hears from the server that something has changed, over a socket that is opened again if lost. */

export interface Route {
  readonly url: string;
  /** Says of what this page may hear; its first message. */
  readonly ticket: string;
}

/** ms until a lost socket is opened again; doubles with every failure. */
export const SHORTEST = 1000;
export const LONGEST = 60_000;
/** The code with which the server refuses a ticket. */
export const REFUSED = 1008;

export class NotificationSocket {
  /** Whether the server tells of news. */
  isListening = false;
  readonly #onNews: () => void;
  #route: Route | null = null;
  #socket: WebSocket | null = null;
  #pause = SHORTEST;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(onNews: () => void) {
    this.#onNews = onNews;
  }

  /** Listens there from now on, or nowhere. */
  listen(route: Route | null): void {
    if (route?.ticket === this.#route?.ticket) {
      return;
    }
    this.#route = route;
    this.#pause = SHORTEST;
    this.#open();
  }

  #open(): void {
    clearTimeout(this.#again);
    const before = this.#socket;
    this.#socket = null;
    this.isListening = false;
    before?.close();
    if (this.#route === null) {
      return;
    }
    const { url, ticket } = this.#route;
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => socket.send(ticket);
    socket.onmessage = ({ data }) => {
      this.#pause = SHORTEST;
      this.isListening = true;
      if (data === "changed") {
        this.#onNews();
      }
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) {
        return;
      }
      this.isListening = false;
      if (code !== REFUSED) {
        // Not all pages of a server that has been restarted at once.
        const pause = this.#pause * (1 + Math.random());
        this.#again = setTimeout(() => this.#open(), pause);
        this.#pause = Math.min(2 * this.#pause, LONGEST);
      }
    };
  }
}
