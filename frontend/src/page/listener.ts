/**
 * Decides when a tab tells the others of news, and when it asks the server for some.
 *
 * It tells when a run has ended that may have changed something, and asks when it is told. It
 * waits with that while it is hidden, while its own script runs, and while somebody has typed
 * something that is not committed.
 */

/** What the server has counted for this page. */
export interface Counts {
  readonly runs: number;
  /** Runs of the script because of what others did. */
  readonly echo: number;
  /** Questions of this page that were answered. */
  readonly looks: number;
  /** How often the server has looked without being asked. */
  readonly polls: number;
  /** How often the page was to ask, without having been told by another tab. */
  readonly news: number;
}

export interface Page {
  /** Whether no script runs. */
  readonly isIdle: () => boolean;
  readonly isHidden: () => boolean;
  /** Asks the server; whether it could. */
  readonly ask: () => boolean;
  /** Sends to all other tabs of this app. */
  readonly send: (message: Message) => void;
}

/** What comes from other tabs, the last one from the server, which knows that there is something. */
export type Message = "changed" | "opened" | "news";

/** ms; what follows sooner belongs to the same answer of the server. */
export const QUIET = 100;
/** ms; by then another server has saved what this tab was told of. */
export const LATER = 1000;
/** ms after which a question is taken for lost, and nobody waits for quiet any longer. */
export const PATIENCE = 2000;
/** Questions without an answer after which a tab waits until it is told or drawn again. */
export const LOST = 3;
/** ms; a tab that opens may have been too late to hear what was told since then. */
export const RECENT = 5000;

export class Listener {
  readonly #page: Page;
  #known: Counts;
  #counts: Counts;
  #notified = false;
  /** The server has said so itself: nobody waits for quiet before that question. */
  #hasNews = false;
  #publishedAt = Number.NEGATIVE_INFINITY;
  #askedAt: number | null = null;
  #isSecondLook = false;
  #hasRun = false;
  #hasActed = false;
  #typedIn: Element | null = null;
  #lost = 0;
  #stirredAt: number | null = null;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(page: Page, counts: Counts) {
    this.#page = page;
    this.#known = this.#counts = counts;
    page.send("opened");
    if (counts.runs > 1) {
      this.#publish(); // an early click was answered before the page listened
    }
  }

  /** Takes a message of another tab, or of the server. */
  receive(message: Message): void {
    if (message === "opened") {
      if (performance.now() - this.#publishedAt < RECENT) {
        this.#publish();
      }
    } else {
      this.#isSecondLook = message === "news";
      this.#lost = 0;
      this.#notified = true;
      this.ask();
    }
  }

  /** Takes what the server has counted by now; it may come after the run it tells of. */
  update(counts: Counts): void {
    if (counts.news !== this.#counts.news) {
      this.#hasNews = this.#notified = true;
    }
    this.#counts = counts;
    this.#lost = 0;
    this.#settleIn(QUIET);
  }

  /** Notes that a run has begun or ended. */
  stir(): void {
    this.#hasRun = true;
    this.#settleIn(QUIET);
  }

  /** Notes that somebody has done something that may make a script or a fragment run. */
  act(): void {
    this.#hasActed = true;
  }

  /** Notes that somebody types in a field. */
  type(field: Element): void {
    this.#typedIn = field;
  }

  /** Notes that what was typed is committed, or given up. */
  commit(): void {
    this.#typedIn = null;
    this.#settleIn(QUIET);
  }

  /** Asks for news, if there may be some and this is the time. */
  ask(): void {
    const isTyping = this.#typedIn?.isConnected === true;
    const isNone = !this.#notified || this.#askedAt !== null || this.#lost >= LOST;
    if (isNone || isTyping || this.#page.isHidden()) {
      return;
    }
    if (this.#page.isIdle() && this.#page.ask()) {
      clearTimeout(this.#later);
      this.#notified = this.#hasNews = false;
      this.#askedAt = performance.now();
      this.#settleIn(PATIENCE);
    }
  }

  #settleIn(ms: number): void {
    const now = performance.now();
    this.#stirredAt ??= now;
    clearTimeout(this.#settling);
    const left = Math.max(0, this.#stirredAt + PATIENCE - now);
    this.#settling = setTimeout(() => this.#settle(), Math.min(ms, left));
    if (this.#hasNews) {
      this.ask();
    }
  }

  #settle(): void {
    if (!this.#page.isIdle()) {
      return; // the end of the run stirs
    }
    this.#stirredAt = null;
    const before = this.#known;
    const now = this.#counts;
    const isAnswer = now.runs !== before.runs || now.looks !== before.looks;
    const askedAt = this.#askedAt;
    if (askedAt !== null && !isAnswer && performance.now() < askedAt + PATIENCE) {
      this.#settleIn(askedAt + PATIENCE - performance.now());
      return;
    }
    const isNewSession = now.runs < before.runs;
    const isOwn = isNewSession || now.runs - before.runs > now.echo - before.echo;
    const isExplained = askedAt !== null || isAnswer || now.polls !== before.polls;
    const isOfFragment = this.#hasRun && !isExplained;
    if (askedAt !== null) {
      this.#settleQuestion(before, now);
    }
    if (isOwn || isOfFragment || this.#hasActed) {
      this.#publish();
    }
    this.#known = now;
    this.#hasRun = this.#hasActed = false;
    this.ask();
  }

  #settleQuestion(before: Counts, now: Counts): void {
    const isAnswered = now.looks !== before.looks;
    this.#askedAt = null;
    if (!isAnswered) {
      this.#lost += 1;
      this.#notified = true; // the question went under in another run, or was lost
    } else if (now.echo === before.echo && !this.#notified && !this.#isSecondLook) {
      this.#isSecondLook = true;
      this.#later = setTimeout(() => {
        this.#notified = true;
        this.ask();
      }, LATER);
    }
  }

  #publish(): void {
    this.#publishedAt = performance.now();
    this.#page.send("changed");
  }
}
