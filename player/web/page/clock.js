// @ts-check
/**
 * The page's time on the show's clock, in seconds.
 *
 * The server's clock is known by answers to pings: the one that was quickest there and back says most. While
 * sound is heard, what is heard is the time, and the picture follows it.
 */

/** Pings that are remembered. */
const KEPT = 10;
/** Seconds between two pings. */
export const EVERY = 1;
/** How far the two clocks may run apart, as a factor: an old answer counts less. */
const APART = 0.0005;

/** Seconds of the page. */
export const pageSeconds = () => performance.now() / 1000;

/**
 * @typedef {{heard(at: number): number | null}} Heard what is heard at a time of the page, on the show's clock
 * @typedef {{offset: number, trip: number, at: number}} Answer
 */

/**
 * @param {() => number} page seconds of the page
 */
export function createClock(page = pageSeconds) {
  /** @type {Answer[]} */
  let answers = [];
  /** @type {number | null} */
  let asked = null;
  /** @type {Heard | null} */
  let sound = null;

  /** Seconds from the page's time to the server's; null before the first answer. @param {number} at */
  function offset(at) {
    let best = null;
    let least = Infinity;
    for (const answer of answers) {
      const doubt = answer.trip / 2 + Math.abs(at - answer.at) * APART;
      if (doubt < least) {
        least = doubt;
        best = answer.offset;
      }
    }
    return best;
  }

  const clock = {
    /** Now, as it is heard; by the server where nothing is heard; null before that is known.
     * @returns {number | null} */
    now() {
      return clock.at(page());
    },

    /** The same at a time of the page. @param {number} at @returns {number | null} */
    at(at) {
      return sound?.heard(at) ?? clock.serverAt(at);
    },

    /** The server's clock at a time of the page. @param {number} at @returns {number | null} */
    serverAt(at) {
      const known = offset(at);
      return known === null ? null : at + known;
    },

    /** When it is so late on the server's clock, in seconds of the page. @param {number} due
     * @returns {number | null} */
    pageAt(due) {
      const known = offset(page());
      return known === null ? null : due - known;
    },

    /** Whether what is heard leads. */
    leads() {
      return sound !== null && sound.heard(page()) !== null;
    },

    /** Seconds by which what is heard is ahead of the server's clock; null where one is not known.
     * @returns {number | null} */
    ahead() {
      const at = page();
      const heard = sound?.heard(at) ?? null;
      const server = clock.serverAt(at);
      return heard === null || server === null ? null : heard - server;
    },

    /** Half of the way there and back of the answer that counts, in seconds: how sure the time is. */
    doubt() {
      return answers.length ? Math.min(...answers.map((answer) => answer.trip)) / 2 : null;
    },

    /** Be led by this sound. @param {Heard | null} heard */
    follow(heard) {
      sound = heard;
    },

    /** The message that asks for the server's time. */
    ping() {
      asked = page();
      return { type: "ping", page: asked };
    },

    /** What the server answered. @param {{server: number, page?: number}} message */
    answer(message) {
      const sent = message.page ?? asked;
      const now = page();
      if (sent === null || !(now >= sent)) {
        return;
      }
      asked = null;
      answers.push({ offset: message.server - (sent + now) / 2, trip: now - sent, at: now });
      answers = answers.slice(-KEPT);
    },

    /** What is told the server, so that its clock follows the sound; null where there is nothing to tell. */
    report() {
      const at = page();
      const heard = sound?.heard(at) ?? null;
      const server = clock.serverAt(at);
      return heard === null || server === null ? null : { type: "clock", server, page: heard };
    },

    /** Another connection: what was known of the server's clock is void. */
    forget() {
      answers = [];
      asked = null;
    },

    /**
     * Ask at once and every second, and tell who controls what is heard. The caller ends it.
     * @param {{send(message: object): void, role(): string | null}} socket
     * @returns {() => void} ends it
     */
    run(socket) {
      const tick = () => {
        socket.send(clock.ping());
        const report = socket.role() === "controller" ? clock.report() : null;
        if (report !== null) {
          socket.send(report);
        }
      };
      tick();
      const quick = [0.1, 0.2, 0.4].map((after) => setTimeout(tick, after * 1000));
      const timer = setInterval(tick, EVERY * 1000);
      return () => {
        clearInterval(timer);
        quick.forEach(clearTimeout);
      };
    },
  };
  return clock;
}

/** @typedef {ReturnType<typeof createClock>} Clock */
