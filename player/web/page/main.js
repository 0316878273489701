// @ts-check
/** The page put together: what comes over the socket goes to its parts, what is pressed goes back. */

import { createClock } from "./clock.js";
import { createHearing } from "./hearing.js";
import { createInstruments } from "./instruments.js";
import { createKeys, createLog, createNotes, createPerformance, createReduced, createTabs } from "./panels.js";
import { createPicture } from "./picture.js";
import { presenter } from "./present.js";
import { connect } from "./socket.js";
import { createSound } from "./sound.js";
import { createText } from "./text.js";
import { placesOf, reelAt } from "./timecode.js";
import { createTimeline } from "./timeline.js";
import { createTransport } from "./transport.js";
import { either, loadWords, number, onLanguage, speak, word } from "./words.js";

/** @typedef {import("./timecode.js").ShowDocument} ShowDocument */
/** @typedef {import("./timecode.js").StateDocument} StateDocument */

/** Of so many pictures that came last is it said whether the link is slow. */
const LAST = 48;
/** Of these so many may be late. */
const FEW_LATE = 8;
const CHOICE = "dcpkit.language";

/** @param {string} id */
const the = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const language = /** @type {HTMLSelectElement} */ (the("language"));

/** @type {ShowDocument|null} */
let show = null;
/** @type {StateDocument|null} */
let state = null;
let connection = "connecting";
let role = "";
let given = "xyz12"; // the form of the pictures that come here
let verdict = "";
let version = ""; // of the server
let asked = false;
let seen = /** @type {number|null} */ (null);
let shape = ""; // of the picture, width by height
let stopPings = () => {};
/** @type {boolean[]} */
let fates = []; // of the last pictures: whether each was late

await loadWords("/page/words.json");
const chosen = remembered();

createTabs();
const log = createLog();
const keys = createKeys();
const notes = createNotes();
const reduced = createReduced();
const performed = createPerformance();
const clock = createClock();
const picture = createPicture(/** @type {HTMLCanvasElement} */ (the("picture")));
const sound = createSound(clock, {
  changed: () => hearing.stand(),
  taken: (block, channels) => hearing.measure(block, channels),
});
clock.follow(sound);
const hearing = createHearing(sound, clock);
const instruments = createInstruments(picture);
const text = createText((choice) => command("subtitles", choice));
const timeline = createTimeline(the("timeline"), the("timeline-says"), (frame) => transport.seek(frame));
const transport = createTransport({ command, say, muteAll: () => hearing.turnSilence(), subtitles: () => text.turn() });
onLanguage(draw);
speak(chosen ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
language.value = document.documentElement.lang.slice(0, 2);

const socket = connect(
  {
    hello,
    show: (document) => {
      show = document;
      for (const part of [keys, notes, timeline, transport, hearing, instruments, text]) part.show(document);
      draw();
      fit();
    },
    state: (document) => {
      const was = state;
      state = document;
      presented.renew(document.generation);
      sound.flush(document.generation);
      transport.state(document);
      timeline.state(document);
      performed.state(document);
      text.state(document);
      if (document.frame !== null && (!document.playing || given === "none")) place(document.frame);
      reduced.set("thinned", document.performance.thinned > 0 && document.performance.least_db !== null, {
        db: (document.performance.least_db ?? 0).toFixed(1),
      });
      if (was && was.playing !== document.playing) say(word(document.playing ? "playing" : "paused"));
    },
    log: (message) => log.add(message.events),
    clock: (message) => clock.answer(message),
    captions: (message) => presented.captions(message),
    role: (message) => {
      if (asked && message.role === "viewer" && !message.free) say(word("not-free"));
      else if (message.role === "viewer" && message.free) say(word("is-free"));
      asked = false;
      take(message.role);
    },
    refused: (message) => say(either(message.sentence)),
    over: (message) => {
      verdict = message.verdict;
      draw();
    },
    frame: (frame) => presented.take(frame),
    sound: (block) => sound.take(block),
    gone: () => {
      stopPings();
      clock.forget();
      presented.forget();
      sound.forget();
      connection = connection === "connected" || connection === "lost" ? "lost" : "full";
      draw();
      void known();
    },
  },
  picture.capabilities.webgl2 ? {} : { picture: "jpeg" },
);
const presented = presenter(picture, clock, socket, {
  drawn: (frame) => {
    fate(false);
    place(frame.number);
  },
  late: () => fate(true),
  again: (frame) => {
    // nobody saw it when it was due: where the show stands at it, it is shown once more, and counts
    const stands = state !== null && !state.playing && state.frame === frame.number;
    if (stands && role === "controller") command("seek", frame.number);
  },
  captions: (message) => text.captions(message),
});
picture.onchange = () => {
  reduced.set("card-lost", picture.lost);
  if (picture.frame) {
    the("curtain").hidden = true;
    small(picture.frame);
  }
  fit();
  instruments.changed();
};

/** @param {any} message */
function hello(message) {
  if (version && version !== message.version) location.reload(); // another server has another page
  version = message.version;
  if (connection === "lost") say(word("found-again"));
  connection = "connected";
  given = message.picture;
  if (!chosen && remembered() === null) {
    speak(message.language);
    language.value = message.language;
  }
  stopPings();
  stopPings = clock.run(socket);
  reduced.set("webgl", !picture.capabilities.webgl2);
  reduced.set("software", picture.capabilities.webgl2 && picture.capabilities.software);
  reduced.set("eight-bits", picture.capabilities.bits <= 8 && given === "xyz12");
  reduced.set("jpeg", given === "jpeg" && picture.capabilities.webgl2);
  reduced.set("remote", given === "none");
  hearing.comes(given !== "none");
  take(message.role);
}

/** @param {string} now controller or viewer */
function take(now) {
  if (role && role !== now && now === "controller") say(word("you-control"));
  role = now;
  reduced.set("viewer", role === "viewer");
  draw();
}

/** Who has to give the PIN again is asked for it. */
async function known() {
  try {
    const answer = await fetch("/page/words.json", { cache: "no-store" });
    if (answer.status === 401) location.reload();
  } catch {
    // nobody is there: the socket tries again
  }
}

/** Send what is pressed; what is heard and seen stops at once where it has to. @param {string} name
 * @param {any} [value] */
function command(name, value) {
  if (name === "pause" || name === "step") {
    presented.hold();
    sound.hold();
  }
  if (name === "play") {
    presented.go();
    void sound.start(); // it is a gesture of the user
  }
  socket.command(name, value);
}

/** Say it to who hears the page. @param {string} words */
function say(words) {
  the("say").textContent = "";
  setTimeout(() => (the("say").textContent = words), 50);
}

/** The frame that is seen. @param {number} frame */
function place(frame) {
  if (frame === seen || !show) return;
  seen = frame;
  transport.frame(frame);
  timeline.frame(frame);
  hearing.frame(frame);
  const { composition, reel, file } = placesOf(show, frame);
  put("tc-composition", composition.timecode);
  put("n-composition", `${number(frame)} / ${number(show.total - 1)}`);
  put("name-reel", word("reel-n", { n: reel?.number ?? 1 }));
  put("tc-reel", reel?.timecode ?? "");
  put("n-reel", reel ? number(reel.frame) : "");
  put("tc-file", file?.timecode ?? "–");
  put("n-file", file ? number(file.unit) : "");
}

/** @param {string} id @param {string} words */
function put(id, words) {
  const at = the(id);
  if (at.textContent !== words) at.textContent = words;
}

/** @param {boolean} late */
function fate(late) {
  fates = [...fates, late].slice(-LAST);
  const many = fates.filter(Boolean).length;
  reduced.set("slow", fates.length === LAST && many > FEW_LATE, { late: many, n: LAST });
}

/** @param {{number: number, picture: {width: number, views: number}|null}} frame */
function small(frame) {
  const full = show ? reelAt(show, frame.number)?.width : undefined;
  if (!frame.picture || !full) return;
  const width = frame.picture.width / frame.picture.views;
  reduced.set("half", width < full, { width, full });
}

/** The stage has the form of the picture. */
function fit() {
  const canvas = /** @type {HTMLCanvasElement} */ (the("picture"));
  const reel = show?.reels[0];
  const ratio = picture.frame ? canvas.width / canvas.height : reel ? reel.width / reel.height : 1.896;
  if (String(ratio) === shape) return;
  shape = String(ratio);
  the("stage").style.setProperty("--ratio", shape);
  instruments.place();
}

function draw() {
  const title = show ? (show.title ?? word("untitled")) : "";
  the("title").textContent = title || "dcpkit";
  document.title = title ? `${title} – dcpkit` : "dcpkit";
  the("package").textContent = show?.package ?? "";
  the("connection").dataset.state = verdict ? "over" : connection;
  the("connection-words").textContent = verdict ? word("ended") : word(`connection.${connection}`);
  const yours = role === "controller";
  const mine = the("role");
  mine.hidden = !role || !!verdict;
  mine.textContent = role ? word(yours ? "you-control" : "you-watch") : "";
  the("ask").hidden = yours || !role || !!verdict || connection !== "connected";
  const may = yours && connection === "connected" && !verdict;
  transport.enable(may);
  timeline.enable(may);
  text.enable(may);
  the("over").hidden = !verdict;
  the("over").textContent = verdict ? word(`over-${verdict}`) : "";
  const curtain = the("curtain");
  curtain.textContent = word(given === "none" ? "no-picture-here" : "no-picture");
  if (seen !== null && show) {
    const frame = seen;
    seen = null;
    place(frame);
  }
}

/** The language that was chosen on this page before. @returns {string|null} */
function remembered() {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}

language.addEventListener("change", () => {
  try {
    localStorage.setItem(CHOICE, language.value);
  } catch {
    // it counts for this visit
  }
  the("say").textContent = ""; // it was said in the other one
  speak(language.value);
});
the("ask").addEventListener("click", () => {
  asked = true;
  socket.send({ type: "control" });
  say(word("asked"));
});

/** What stands here, for tests and for who looks into it. */
export const booth = {
  picture,
  clock,
  sound,
  socket,
  presented,
  get show() {
    return show;
  },
  get state() {
    return state;
  },
};
