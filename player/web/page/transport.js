// @ts-check
/** What moves the show: buttons and keys, which do the same. */

import { byPointer } from "./panels.js";
import { onLanguage, withKey, word } from "./words.js";
import { base, compositionTimecode, frameOf, goesAtSeveralRates } from "./timecode.js";

/** @typedef {import("./timecode.js").ShowDocument} ShowDocument */
/** @typedef {import("./timecode.js").StateDocument} StateDocument */
/** @typedef {{command: (name: string, value?: any) => void, say: (words: string) => void,
 *   muteAll: () => void, subtitles: () => void}} Doing */

/** The keys as the page lists them: what is pressed, and what it does. */
const KEYS = /** @type {[string[], string][]} */ ([
  [["key-space", "K"], "key-play-pause"],
  [["←"], "step-back"],
  [["→"], "step-on"],
  [["J", "⇧ ←"], "second-back"],
  [["L"], "key-play-on"],
  [["⇧ →"], "second-on"],
  [["Home"], "to-first"],
  [["End"], "to-last"],
  [["G"], "go-to"],
  [["M"], "next-marker"],
  [["⇧ M"], "marker-before"],
  [["⇧ L"], "key-loop"],
  [["A"], "key-mute"],
  [["T"], "key-subtitles"],
  [["F"], "full-screen"],
  [["?"], "key-help"],
]);

/** What is pressed; a letter is that of its place where the keyboard writes another script, or by an input
 * method. @param {KeyboardEvent} event */
function keyOf({ key, code }) {
  const latin = key.length === 1 && key.charCodeAt(0) < 128;
  if (!latin && /^Key[A-Z]$/.test(code)) return code.slice(3).toLowerCase();
  return key.length === 1 ? key.toLowerCase() : key;
}

/** @param {string} id */
const the = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {Doing} doing */
export function createTransport(doing) {
  /** @type {ShowDocument|null} */
  let show = null;
  /** @type {StateDocument|null} */
  let state = null;
  let seen = 0; // the frame on the screen
  let asked = /** @type {number|null} */ (null); // where commands on their way lead
  let allowed = false;
  const play = the("play");
  const loop = the("loop");
  const markers = /** @type {HTMLSelectElement} */ (the("markers"));
  const goal = /** @type {HTMLInputElement} */ (the("goal"));
  const wrong = the("go-wrong");
  const sure = /** @type {HTMLDialogElement} */ (the("sure"));
  const help = /** @type {HTMLDialogElement} */ (the("help"));

  const here = () => asked ?? seen;
  const second = () => (show ? base(show.rate) : 24);

  /** @param {number} frame */
  function seek(frame) {
    if (!show || !allowed) return;
    asked = Math.min(Math.max(frame, show.first), show.last);
    doing.command("seek", asked);
  }
  /** @param {number} count */
  function step(count) {
    if (!show || !allowed) return;
    asked = Math.min(Math.max(here() + count, show.first), show.last);
    doing.command("step", count);
  }
  function playOrPause() {
    if (state && allowed) doing.command(state.playing ? "pause" : "play");
  }
  function playOn() {
    if (!state || !allowed) return;
    if (state.playing) seek(here() + second());
    else doing.command("play");
  }
  function turnLoop() {
    if (!state || !allowed) return;
    doing.command("loop", !state.loop);
    doing.say(word(state.loop ? "loop-off" : "loop-on"));
  }
  /** @param {1|-1} way */
  function toMarker(way) {
    if (!show) return;
    const frames = show.markers.map((marker) => marker.frame).filter((frame) => show && frame >= show.first && frame <= show.last);
    const found = way > 0 ? frames.find((frame) => frame > here()) : frames.filter((frame) => frame < here()).pop();
    if (!frames.length) doing.say(word("no-markers"));
    else if (found !== undefined) seek(found);
  }
  function goTo() {
    if (!show) return;
    const said = goal.value.trim();
    const frame = frameOf(show, said);
    const outside = frame !== null && (frame < show.first || frame > show.last);
    wrong.textContent = "";
    goal.setAttribute("aria-invalid", String(frame === null || outside));
    const time = frame === null && /^\d+[:.s]/.test(said) && goesAtSeveralRates(show);
    if (time) wrong.textContent = word("go-rates");
    else if (frame === null) wrong.textContent = word("go-wrong", { said: said.slice(0, 40) });
    else if (outside) wrong.textContent = word("go-outside", { said: said.slice(0, 40), first: show.first, last: show.last });
    else seek(frame);
  }
  function fullScreen() {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void the("stage").requestFullscreen?.().catch(() => {});
  }
  function turnHelp() {
    if (help.open) help.close();
    else help.showModal();
  }

  /** @type {Record<string, () => void>} */
  const buttons = {
    play: playOrPause,
    "step-back": () => step(-1),
    "step-on": () => step(1),
    "to-first": () => show && seek(show.first),
    "to-last": () => show && seek(show.last),
    "second-back": () => seek(here() - second()),
    "second-on": () => seek(here() + second()),
    loop: turnLoop,
    "marker-before": () => toMarker(-1),
    "next-marker": () => toMarker(1),
    stop: () => sure.showModal(),
    "full-screen": fullScreen,
    "keys-help": turnHelp,
  };
  for (const [id, act] of Object.entries(buttons)) the(id).addEventListener("click", act);
  the("go-form").addEventListener("submit", (event) => {
    event.preventDefault();
    goTo();
  });
  markers.addEventListener("change", () => {
    if (markers.value) seek(Number(markers.value));
    markers.value = "";
  });
  the("yes-stop").addEventListener("click", () => doing.command("stop"));
  for (const dialog of [sure, help]) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // beside it
    });
  }

  /** @type {Record<string, () => void>} */
  const keys = {
    " ": playOrPause,
    k: playOrPause,
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    "shift+ArrowLeft": () => seek(here() - second()),
    "shift+ArrowRight": () => seek(here() + second()),
    j: () => seek(here() - second()),
    l: playOn,
    "shift+l": turnLoop,
    Home: () => show && seek(show.first),
    End: () => show && seek(show.last),
    g: () => {
      goal.focus();
      goal.select();
    },
    m: () => toMarker(1),
    "shift+m": () => toMarker(-1),
    a: doing.muteAll,
    t: doing.subtitles,
    f: fullScreen,
    "?": turnHelp,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Escape" && at === goal) goal.blur();
    if (at.closest("input:not([type=checkbox]), select, textarea") || sure.open) return;
    if (help.open && event.key !== "?") return;
    const key = keyOf(event);
    const pressed = key === "?" ? key : (event.shiftKey ? "shift+" : "") + key;
    // what was reached by the keyboard is pressed by the space bar; what was clicked is not pressed again
    if (pressed === " " && at.closest("button, input, a") && !byPointer()) return;
    if (/^(Arrow|Home|End)/.test(event.key) && at.closest("#events")) return; // they scroll it
    const act = keys[pressed];
    if (!act || (event.repeat && !/Arrow|j/.test(pressed))) return;
    event.preventDefault();
    act();
  });

  function label() {
    const playing = state?.playing ?? false;
    const said = word(playing ? "pause" : "play");
    play.setAttribute("aria-label", said);
    play.title = withKey(play, said);
    play.classList.toggle("on", playing);
    loop.setAttribute("aria-pressed", String(state?.loop ?? false));
  }
  function listMarkers() {
    const none = new Option(word("markers"), "");
    markers.replaceChildren(none);
    for (const marker of show?.markers ?? []) {
      if (!show || marker.frame < show.first || marker.frame > show.last) continue;
      const timecode = compositionTimecode(show, marker.frame);
      const said = word("marker-at", { label: marker.label, frame: String(marker.frame), timecode });
      markers.append(new Option(said, String(marker.frame)));
    }
    markers.value = "";
    able();
  }
  function able() {
    for (const id of Object.keys(buttons)) {
      if (id === "full-screen" || id === "keys-help") continue;
      /** @type {HTMLButtonElement} */ (the(id)).disabled = !allowed;
    }
    const none = markers.options.length < 2;
    markers.disabled = !allowed || none;
    for (const id of ["marker-before", "next-marker"]) /** @type {HTMLButtonElement} */ (the(id)).disabled = !allowed || none;
    for (const id of ["goal", "go"]) /** @type {HTMLInputElement} */ (the(id)).disabled = !allowed;
  }
  function listKeys() {
    const rows = KEYS.map(([pressed, does]) => {
      const row = document.createElement("tr");
      const keysCell = row.appendChild(document.createElement("td"));
      for (const each of pressed) {
        const key = keysCell.appendChild(document.createElement("kbd"));
        key.textContent = each.startsWith("key-") ? word(each) : each;
      }
      row.appendChild(document.createElement("td")).textContent = word(does);
      return row;
    });
    the("key-rows").replaceChildren(...rows);
  }
  onLanguage(() => {
    label();
    listMarkers();
    listKeys();
    wrong.textContent = "";
  });

  return {
    seek,
    /** @param {ShowDocument} document */
    show(document) {
      show = document;
      listMarkers();
    },
    /** @param {StateDocument} document */
    state(document) {
      state = document;
      asked = null;
      label();
    },
    /** The frame that is seen. @param {number} frame */
    frame(frame) {
      seen = frame;
    },
    /** Whether commands are this page's. @param {boolean} on */
    enable(on) {
      allowed = on;
      able();
    },
  };
}
