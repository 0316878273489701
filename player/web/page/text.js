// @ts-check
/** Subtitles in the picture, on, off and by language; captions as text beside it. */

import { make } from "./panels.js";
import { hasWord, onLanguage, word } from "./words.js";

/** @typedef {import("./timecode.js").ShowDocument} ShowDocument */
/** @typedef {import("./timecode.js").StateDocument} StateDocument */
/** @typedef {{frame: number, lines: {kind: string, language: string|null, text: string}[]}} Captions */

/** Lines that are shown at one time. */
const MOST = 20;

/** @param {string} id */
const the = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {(choice: string) => void} choose */
export function createText(choose) {
  /** @type {ShowDocument|null} */
  let show = null;
  let choice = "on";
  let before = "on";
  let allowed = false;
  let lines = /** @type {Captions["lines"]} */ ([]);
  const select = /** @type {HTMLSelectElement} */ (the("subtitles"));
  const announce = /** @type {HTMLInputElement} */ (the("announce"));
  const captions = the("captions");

  function draw() {
    const choices = show?.subtitles.choices ?? [];
    const some = choices.length > 1;
    the("no-subtitles").hidden = some || !show;
    /** @type {HTMLElement} */ (select.parentElement).hidden = !some;
    select.replaceChildren(...choices.map((each) => new Option(nameOf(each), each)));
    select.value = choice;
    select.disabled = !allowed;
    write();
  }

  function write() {
    const there = (show?.subtitles.captions.length ?? 0) > 0;
    /** @type {HTMLElement} */ (announce.parentElement).hidden = !there;
    if (lines.length) {
      captions.replaceChildren(
        ...lines.slice(0, MOST).map((each) => {
          const line = make("p", each.text);
          line.lang = each.language ?? "";
          line.dir = "auto";
          return line;
        }),
      );
    } else {
      captions.replaceChildren(make("p", word(there ? "no-caption-now" : "no-captions"), "soft none"));
    }
  }

  select.addEventListener("change", () => choose(select.value));
  announce.addEventListener("change", () => captions.setAttribute("aria-live", announce.checked ? "polite" : "off"));
  onLanguage(draw);

  return {
    /** @param {ShowDocument} document */
    show(document) {
      show = document;
      draw();
    },
    /** @param {StateDocument} document */
    state(document) {
      if (document.subtitles === choice) return;
      choice = document.subtitles;
      if (choice !== "off") before = choice;
      select.value = choice;
    },
    /** @param {Captions} message */
    captions(message) {
      if (JSON.stringify(message.lines) === JSON.stringify(lines)) return;
      lines = message.lines;
      write();
    },
    /** Off, and on again in the language that was. */
    turn() {
      if (!allowed || select.options.length < 2) return;
      choose(choice === "off" ? before : "off");
    },
    /** @param {boolean} on */
    enable(on) {
      allowed = on;
      select.disabled = !on;
    },
  };
}

/** @param {string} choice on, off or a language */
function nameOf(choice) {
  if (hasWord(`subtitles.${choice}`)) return word(`subtitles.${choice}`);
  try {
    const lang = document.documentElement.lang;
    return new Intl.DisplayNames([lang], { type: "language" }).of(choice) ?? choice;
  } catch {
    return choice;
  }
}
