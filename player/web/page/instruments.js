// @ts-check
/** The instruments of the picture: which display it is converted for, which eye is seen, what is marked in it. */

import { make } from "./panels.js";
import { onLanguage, word } from "./words.js";

/** @typedef {import("./timecode.js").ShowDocument} ShowDocument */
/** @typedef {import("./picture.js").Display} Display */

/** The display that is assumed until another is chosen. */
const ASSUMED = "rec709";
const OWN = "own";
const TRANSFERS = ["bt1886", "srgb", "g22", "g26", "g28", "linear", "pq"];
const VIEWS = /** @type {import("./picture.js").View[]} */ (["left", "right", "both", "anaglyph", "difference"]);
const OVERLAYS = /** @type {("gamut"|"clipping")[]} */ (["gamut", "clipping"]);

/** @param {string} id */
const the = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const select = (id) => /** @type {HTMLSelectElement} */ (the(id));

/** A box to tick, with its words. @param {string} id @param {string} label of the words
 * @param {(on: boolean) => void} change */
export function tick(id, label, change) {
  const box = /** @type {HTMLInputElement} */ (make("input"));
  box.type = "checkbox";
  box.id = id;
  box.addEventListener("change", () => change(box.checked));
  const words = make("span");
  words.dataset.word = label;
  const line = make("label");
  line.append(box, words);
  return line;
}

/** @param {ReturnType<typeof import("./picture.js").createPicture>} picture */
export function createInstruments(picture) {
  /** @type {ShowDocument|null} */
  let show = null;
  const overlay = { gamut: false, clipping: false };
  const display = select("display");
  const transfer = select("transfer");
  const eyes = select("eyes");

  function draw() {
    fill(display, (show?.displays ?? []).map((each) => [each.title, each.name]), ASSUMED);
    fill(transfer, [OWN, ...TRANSFERS].map((each) => [word(`transfer.${each}`), each]), OWN);
    fill(eyes, VIEWS.map((each) => [word(`eyes.${each}`), each]), "left");
    changed();
  }

  function apply() {
    const found = show?.displays.find((each) => each.name === display.value);
    if (!found || !show) return;
    const curve = transfer.value === OWN ? found.transfer : transfer.value;
    picture.set({
      display: { ...found, transfer: curve },
      hdr: show.hdr,
      view: /** @type {import("./picture.js").View} */ (eyes.value),
      overlay: { ...overlay },
    });
  }

  /** Another frame, or the graphics card is gone or back: what can be chosen follows. */
  function changed() {
    const exact = picture.exact || !picture.frame;
    const views = picture.frame?.picture?.views ?? 1;
    for (const each of [display, transfer]) each.disabled = !exact;
    for (const name of OVERLAYS) /** @type {HTMLInputElement} */ (the(`overlay-${name}`)).disabled = !exact;
    eyes.disabled = views < 2;
    the("eyes-row").hidden = !show?.stereo && views < 2;
    the("eyes-note").hidden = !(show?.stereo && views < 2);
  }

  for (const each of [display, transfer, eyes]) each.addEventListener("change", apply);
  for (const name of OVERLAYS) {
    const box = tick(`overlay-${name}`, `overlay.${name}`, (on) => {
      overlay[name] = on;
      apply();
    });
    the("overlays").append(box);
  }
  onLanguage(draw);

  return {
    /** @param {ShowDocument} document */
    show(document) {
      show = document;
      draw();
      apply();
    },
    changed,
  };
}

/** What can be chosen; what was chosen stays. @param {HTMLSelectElement} list
 * @param {[string, string][]} options words and values @param {string} first */
function fill(list, options, first) {
  const kept = list.value || first;
  list.replaceChildren(...options.map(([words, value]) => new Option(words, value)));
  list.value = kept;
  if (list.selectedIndex < 0) list.selectedIndex = 0;
}
