// @ts-check
/**
 * Frames on their way to the picture: held until they are due by the page's clock, drawn when the browser draws,
 * acknowledged in their order, each once.
 *
 * What is acknowledged as presented was drawn within half a frame's length of its time, as it is heard, and
 * drawing it took no longer than that; or it is the first of where the show went. A frame that would be later, or that another one, which is due too, has
 * overtaken, is acknowledged late and not drawn, unless nothing was drawn for half a second. Where the browser
 * does not draw (a tab that nobody sees, a graphics card that was taken away), frames are acknowledged late when their time is past, and the last of
 * them is drawn when somebody looks again.
 */

/**
 * @typedef {object} Frame as `socket.js` gives it
 * @property {number} serial
 * @property {number} number
 * @property {number} generation
 * @property {number | null} due
 * @property {string | null} eye
 * @property {{encoding: string, width: number, height: number, views: number, data: any} | null} picture
 */

/** How many presented and late frames are remembered. */
const RING = 4096;
/** Seconds for which nothing may be drawn before the browser is taken to draw nothing. */
const ASLEEP = 0.25;
/** Seconds after which a frame is drawn, late as it is: something has to be seen. */
const PATIENCE = 0.5;
/** Seconds for which the picture stands still at most without a word of the server. */
const HELD = 1;
/** Seconds between two looks at what is overdue. */
const WATCH = 0.1;

/**
 * @param {{show(frame: any): void, lost?: boolean, prepare?(frame: any): Promise<void> | void}} picture
 * @param {{at(page: number): number | null}} clock
 * @param {{ack(serial: number, outcome: "presented" | "late"): void}} socket
 * @param {{
 *   drawn?: (frame: Frame) => void,
 *   late?: (frame: Frame) => void,
 *   again?: (frame: Frame) => void,
 *   captions?: (message: any) => void,
 *   page?: () => number,
 *   request?: (draw: (stamp: number) => void) => void,
 * }} [given] what is told; and in tests another time of the page, other animation frames
 */
export function presenter(picture, clock, socket, given = {}) {
  const page = given.page ?? (() => performance.now() / 1000);
  const request = given.request ?? requestAnimationFrame.bind(globalThis);
  /** @type {{frame: Frame, ready: boolean, first: boolean}[]} */
  let held = [];
  /** @type {any[]} */
  let texts = [];
  /** @type {Frame | null} */
  let shown = null;
  /** @type {Frame | null} */
  let unseen = null; // acknowledged late while nobody looked, drawn when somebody does
  let generation = -1;
  let begun = -1; // the generation of which a frame came
  let stopped = false;
  let heldSince = -Infinity;
  let drewAt = page();
  let refresh = 1 / 60;
  let lastStamp = 0;
  /** @type {{number: number, due: number, period: number} | null} */
  let pace = null;

  /** @type {{serial: number, number: number, at: number, due: number | null}[]} */
  const presented = [];
  /** @type {{serial: number, number: number, why: "overtaken" | "late" | "void" | "unseen" | "empty"}[]} */
  const late = [];

  /** @param {any[]} ring @param {object} entry */
  function remember(ring, entry) {
    ring.push(entry);
    if (ring.length > RING) {
      ring.shift();
    }
  }

  /** @param {Frame} frame @param {"overtaken" | "late" | "void" | "unseen" | "empty"} why */
  function dropped(frame, why) {
    socket.ack(frame.serial, "late");
    remember(late, { serial: frame.serial, number: frame.number, why });
    if (why !== "void") {
      given.late?.(frame);
    }
    if (why === "unseen" && frame.picture !== null) {
      unseen = frame;
    }
  }

  /** @param {Frame} frame */
  function draw(frame) {
    picture.show(frame);
    shown = frame;
    unseen = null;
    drewAt = page();
    given.drawn?.(frame);
  }

  const holding = () => page() - heldSince < HELD;

  /** Seconds of a frame, as the last ones were due. */
  const period = () => pace?.period ?? 1 / 24;

  /** @param {Frame} frame */
  function measure(frame) {
    if (frame.due === null) {
      return;
    }
    const gone = pace === null ? 0 : frame.due - pace.due;
    const known = pace?.period ?? 1 / 24;
    const likely = gone > 0.001 && gone < 0.2;
    pace = { number: frame.number, due: frame.due, period: likely ? gone : known };
  }

  /** A newer generation: what is held of the older one is void. @param {number} newest */
  function renew(newest) {
    if (newest <= generation) {
      return;
    }
    generation = newest;
    heldSince = -Infinity;
    const old = held;
    held = [];
    old.forEach((each) => dropped(each.frame, "void"));
    texts = texts.filter((each) => each.generation >= newest);
  }

  /** What is due at a time of the show's clock. @param {number} now */
  function present(now) {
    if (holding()) {
      return;
    }
    let last = -1;
    held.forEach((each, place) => {
      if (each.ready && place === last + 1 && (each.frame.due === null || each.frame.due <= now)) {
        last = place;
      }
    });
    const due = held.slice(0, last + 1);
    held = held.slice(last + 1);
    due.forEach((each, place) => {
      const { frame } = each;
      const first = each.first || shown === null;
      const behind = frame.due === null ? 0 : now - frame.due;
      if (frame.picture === null) {
        dropped(frame, "empty");
      } else if (due.slice(place + 1).some((other) => other.frame.picture !== null)) {
        dropped(frame, "overtaken");
      } else if (picture.lost) {
        dropped(frame, "unseen");
      } else if (first || behind <= period() / 2) {
        draw(frame);
        // drawing takes its time, too, and the system may have stopped it
        const seen = Math.max(now, clock.at(page()) ?? now);
        if (first || frame.due === null || seen - frame.due <= period() / 2) {
          socket.ack(frame.serial, "presented");
          remember(presented, { serial: frame.serial, number: frame.number, at: seen, due: frame.due });
        } else {
          dropped(frame, "late");
        }
      } else {
        if (page() - drewAt > PATIENCE) {
          draw(frame);
        }
        dropped(frame, "late");
      }
    });
  }

  /** @param {number} stamp of the browser, in milliseconds */
  function frame(stamp) {
    if (stopped) {
      return;
    }
    request(frame);
    const gone = (stamp - lastStamp) / 1000;
    lastStamp = stamp;
    if (gone > 0.002 && gone < 0.05) {
      refresh += (gone - refresh) * 0.1;
    }
    looked = page();
    if (unseen !== null && !picture.lost) {
      const late = unseen;
      picture.show(late);
      shown = late;
      unseen = null;
      given.again?.(late);
    }
    // what is drawn now is seen at the next refresh: the frame that is nearest to that time
    const now = clock.at(looked + refresh / 2);
    if (now !== null) {
      present(now);
      tell(now);
    }
  }
  let looked = page();

  /** @param {number} now */
  function tell(now) {
    while (texts.length && (texts[0].due ?? 0) <= now) {
      given.captions?.(texts.shift());
    }
  }

  /** Where the browser does not draw, nothing of what is due can be seen. */
  function watch() {
    if (page() - looked < ASLEEP || holding()) {
      return;
    }
    const now = clock.at(page());
    if (now === null) {
      return;
    }
    while (held.length && (held[0].frame.due === null || held[0].frame.due + period() < now)) {
      const first = held.shift();
      if (first !== undefined) {
        dropped(first.frame, first.frame.picture === null ? "empty" : "unseen");
      }
    }
    tell(now);
  }

  const timer = setInterval(watch, WATCH * 1000);
  request(frame);

  return {
    /** A frame of the socket. @param {Frame} taken */
    take(taken) {
      // the state may have told of the generation before its first frame came
      const first = taken.generation > begun;
      begun = Math.max(begun, taken.generation);
      renew(taken.generation);
      if (taken.generation < generation) {
        dropped(taken, "void");
        return;
      }
      measure(taken);
      const item = { frame: taken, ready: true, first };
      held.push(item);
      const making = taken.picture === null ? undefined : picture.prepare?.(taken);
      if (making) {
        item.ready = false;
        making.then(
          () => { item.ready = true; },
          () => {
            taken.picture = null;
            item.ready = true;
          },
        );
      }
      watch();
    },

    /** Text that stands beside the picture, told when it is due. @param {any} message */
    captions(message) {
      if (message.generation === undefined || message.generation >= generation) {
        texts.push(message);
      }
    },

    /** The transport's generation, as the server tells it. */
    renew,

    /** The picture stands still at once, until a frame of a newer generation comes, or `go`. */
    hold() {
      heldSince = page();
    },

    /** The picture goes on. */
    go() {
      heldSince = -Infinity;
    },

    /** The connection is gone: what was held will not be asked for any more. */
    forget() {
      held = [];
      texts = [];
      generation = begun = -1;
      pace = null;
      heldSince = -Infinity;
    },

    /** The frame on the screen. */
    shown: () => shown,

    /** Frames that wait. */
    waiting: () => held.length,

    presented,
    late,

    /** The end. */
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
