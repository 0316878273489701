// @ts-check
/** What the page tells beside the picture: keys, tracks, log, performance, captions, what is reduced and why. */

import { either, hasWord, languageNow, listed, number, onLanguage, word } from "./words.js";

/** @typedef {import("./timecode.js").ShowDocument} ShowDocument */
/** @typedef {import("./timecode.js").StateDocument} StateDocument */
/** @typedef {{sequence: number, time: string, type: string, subtype: string, exception: string|null,
 *   message: string}} Event */

/** Events that the page keeps. */
const MOST_EVENTS = 300;
/** What is told of how the show runs. */
const ROWS = ["shown", "late", "unseen", "queue", "thinned", "least-db", "outside"];
/** Subtypes that tell of something that is not as it should be. */
const TROUBLE = new Set(["Mismatch", "WindowEnded", "LogMended", "WebRefused", "WebClosed", "NobodyThere"]);

/** @param {string} id */
const the = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} name @param {string} [words] @param {string} [kind] */
export function make(name, words = "", kind = "") {
  const made = document.createElement(name);
  if (words) made.textContent = words;
  if (kind) made.className = kind;
  return made;
}

let pointed = false;
document.addEventListener("pointerdown", () => (pointed = true), true);
document.addEventListener("keydown", (event) => (pointed = pointed && event.key !== "Tab"), true);

/** Whether a pointer, and not the keyboard, went to what has the focus: its keys are then those of the show. */
export const byPointer = () => pointed;

/** Tabs by the pattern of ARIA: one in the order of Tab, arrows, Home and End between them. */
export function createTabs() {
  const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[role=tab]")]);
  /** @param {HTMLElement} tab */
  function choose(tab) {
    for (const each of tabs) {
      const on = each === tab;
      each.setAttribute("aria-selected", String(on));
      each.tabIndex = on ? 0 : -1;
      the(each.getAttribute("aria-controls") ?? "").hidden = !on;
    }
  }
  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const ways = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 };
      const to = /** @type {Record<string, number>} */ (ways)[event.key];
      if (to === undefined || byPointer()) return; // who clicked it moves the show
      event.preventDefault();
      const next = tabs[(to + tabs.length) % tabs.length];
      choose(next);
      next.focus();
    });
  }
  choose(tabs[0]);
}

/** The KDM's checklist and the tracks. */
export function createKeys() {
  /** @type {ShowDocument|null} */
  let show = null;
  function draw() {
    if (!show) return;
    const { kdm } = show;
    the("kdm-verdict").textContent = word(kdm ? `kdm-${kdm.verdict}` : "kdm-none");
    the("kdm-until").textContent = kdm?.until ? word("kdm-until", { time: instant(kdm.until) }) : "";
    const steps = kdm?.checklist ?? [];
    /** @param {string} result */
    const count = (result) => steps.filter((step) => step.result === result).length;
    const counts = { pass: count("pass"), warn: count("warn"), fail: count("fail"), skipped: count("skipped") };
    the("kdm-counts").textContent = kdm ? word("kdm-counts", counts) : "";
    the("checklist").replaceChildren(
      ...steps.map((step) => {
        const line = make("li", "", step.result);
        line.append(make("b", word(`result.${step.result}`)), make("code", step.step), make("p", either(step.sentence)));
        return line;
      }),
    );
    the("tracks").replaceChildren(
      ...show.reels.flatMap((reel) =>
        reel.tracks.map((track) => {
          const id = `kind.${track.kind.toLowerCase()}`;
          const kind = hasWord(id) ? word(id) : track.kind;
          const closed = word(track.encrypted ? "encrypted" : "clear");
          const said = [word("reel-n", { n: reel.number }), kind, track.language ?? "", closed];
          return make("li", listed(said.filter(Boolean)));
        }),
      ),
    );
    the("marked").textContent = word(show.marked ? "marked" : "not-marked");
  }
  onLanguage(draw);
  return {
    /** @param {ShowDocument} document */
    show(document) {
      show = document;
      draw();
    },
  };
}

/** The log as it grows, the newest first. */
export function createLog() {
  /** @type {Event[]} */
  let events = [];
  const list = the("events");
  const problems = /** @type {HTMLInputElement} */ (the("problems"));
  /** @param {Event} event */
  const wrong = (event) => event.exception !== null || TROUBLE.has(event.subtype);
  /** @param {Event} event */
  function line(event) {
    const item = make("li", "", wrong(event) ? "problem" : "");
    const time = /** @type {HTMLTimeElement} */ (make("time", clock(event.time)));
    time.dateTime = event.time;
    const kind = `event.${event.subtype.toLowerCase()}`;
    const detail = make("p", event.message);
    detail.lang = "en"; // as it stands in the log
    item.append(time, make("span", hasWord(kind) ? word(kind) : event.subtype, "what"));
    if (event.exception) item.append(" ", make("code", event.exception));
    item.append(detail);
    return item;
  }
  function draw() {
    const shown = events.filter((event) => !problems.checked || wrong(event));
    list.replaceChildren(...shown.map(line).reverse());
    the("log-note").textContent = events.length ? word("log-newest", { n: events.length }) : word("log-none");
  }
  problems.addEventListener("change", draw);
  onLanguage(draw);
  return {
    /** @param {Event[]} more */
    add(more) {
      const known = events.length ? events[events.length - 1].sequence : 0;
      const fresh = more.filter((event) => event.sequence > known);
      events = events.concat(fresh).slice(-MOST_EVENTS);
      const lines = fresh.filter((event) => !problems.checked || wrong(event)).map(line);
      const kept = list.scrollTop > 0 ? list.scrollHeight - list.scrollTop : 0;
      list.prepend(...lines.reverse());
      while (list.childElementCount > MOST_EVENTS) list.lastElementChild?.remove();
      if (kept) list.scrollTop = list.scrollHeight - kept; // who reads further down stays there
      the("log-note").textContent = events.length ? word("log-newest", { n: events.length }) : word("log-none");
    },
  };
}

/** How the show runs. */
export function createPerformance() {
  /** @type {Record<string, HTMLElement>} */
  const values = {};
  const list = the("performance");
  for (const name of ROWS) {
    const row = list.appendChild(make("div"));
    const term = row.appendChild(make("dt"));
    term.dataset.word = name;
    values[name] = row.appendChild(make("dd", "–"));
    values[name].id = `value-${name}`;
  }
  /** @type {StateDocument|null} */
  let state = null;
  function draw() {
    if (!state) return;
    const { performance, colours } = state;
    const least = performance.least_db;
    values.shown.textContent = number(performance.shown);
    values.late.textContent = number(performance.late);
    values.late.className = performance.late ? "wrong" : "";
    values.unseen.textContent = number(performance.unseen);
    values.queue.textContent = number(performance.queue);
    values.thinned.textContent = number(performance.thinned);
    values["least-db"].textContent = least === null ? word("none") : `${least.toFixed(1)} dB`;
    const outside = /** @type {HTMLElement} */ (values.outside.parentElement);
    outside.hidden = !colours;
    if (colours) values.outside.textContent = `${colours.outside_percent.toFixed(2)} %`;
  }
  onLanguage(draw);
  return {
    /** @param {StateDocument} document */
    state(document) {
      state = document;
      draw();
    },
  };
}

/** What is reduced on this page, and why: set by those who know it. */
export function createReduced() {
  /** @type {Map<string, import("./words.js").Places>} */
  const reasons = new Map();
  function draw() {
    const lines = [...reasons].map(([id, places]) => make("li", word(`reduced.${id}`, places)));
    the("reduced").replaceChildren(...(lines.length ? lines : [make("li", word("reduced-nothing"))]));
  }
  onLanguage(draw);
  return {
    /** @param {string} id @param {boolean} on @param {import("./words.js").Places} [places] */
    set(id, on, places = {}) {
      const was = JSON.stringify(reasons.get(id));
      if (on) reasons.set(id, places);
      else reasons.delete(id);
      if (was !== JSON.stringify(reasons.get(id))) draw();
    },
  };
}

/** What is not shown and not checked, of the package itself. */
export function createNotes() {
  /** @type {ShowDocument|null} */
  let show = null;
  function draw() {
    const notes = show?.notes ?? [];
    the("notes").replaceChildren(...(notes.length ? notes.map((note) => make("li", either(note))) : [make("li", word("none"))]));
  }
  onLanguage(draw);
  return {
    /** @param {ShowDocument} document */
    show(document) {
      show = document;
      draw();
    },
  };
}

/** The time of day of an event, UTC. @param {string} time */
const clock = (time) => time.slice(11, 23);

/** An instant as people of the language read it. @param {string} time */
function instant(time) {
  const when = new Date(time);
  const said = when.toISOString().slice(0, 16).replace("T", " ");
  return languageNow() === "zh" ? `UTC ${said}` : `${said} UTC`;
}
