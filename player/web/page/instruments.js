// @ts-check
/** The instruments of the picture: which display it is converted for, which eye is seen, what is marked in it,
 * guides above it, a scope of it, and what one of its pixels is. */

import { REC709, ditherOf } from "./colour.js";
import { createGuides } from "./guides.js";
import { make } from "./panels.js";
import { pixelAt, probe } from "./probe.js";
import { createScopes } from "./scopes.js";
import { VIEWS } from "./shaders.js";
import { onLanguage, word } from "./words.js";

/** @typedef {import("./timecode.js").ShowDocument} ShowDocument */
/** @typedef {import("./picture.js").Display} Display */
/** @typedef {import("./probe.js").Reading} Reading */

const OWN = "own";
const TRANSFERS = ["bt1886", "srgb", "g22", "g26", "g28", "linear", "pq"];
const OVERLAYS = /** @type {("gamut"|"clipping")[]} */ (["gamut", "clipping"]);
const RATIOS = /** @type {import("./guides.js").Ratio[]} */ (["1.85", "2.39", "1.78"]);
const SAFE = /** @type {("action"|"title")[]} */ (["action", "title"]);
const SCOPES = ["off", "waveform", "waveform-rgb", "parade", "vectorscope", "histogram"];
/** Milliseconds between two scopes, and between two readings. */
const SCOPE_EVERY = 80;
const READ_EVERY = 100;
/** A scope takes one part in so many of the time at most: where there is no graphics card pictures wait for it. */
const SCOPE_SHARE = 5;
/** How dark a mask is that still shows what it covers. */
const VEIL = 0.6;

/** @param {string} id */
const the = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const select = (id) => /** @type {HTMLSelectElement} */ (the(id));
/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (the(id));

/** A box to tick. @param {string} id @param {string} said id of its words, or the words themselves
 * @param {boolean} known whether it is an id @param {(on: boolean) => void} change */
function tick(id, said, known, change) {
  const box = /** @type {HTMLInputElement} */ (make("input"));
  box.type = "checkbox";
  box.id = id;
  box.addEventListener("change", () => change(box.checked));
  const words = make("span", known ? "" : said);
  if (known) words.dataset.word = said;
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
  const mask = select("mask");
  const scope = select("scope");
  const canvas = /** @type {HTMLCanvasElement} */ (the("picture"));
  const scopeView = /** @type {HTMLCanvasElement} */ (the("scope-view"));
  const guides = createGuides(/** @type {HTMLCanvasElement} */ (the("guide-lines")));
  const scopes = createScopes(picture);
  const ratios = new Set();
  const safe = new Set();
  const due = { scope: 0, read: 0 };
  const stale = { scope: true, read: true }; // of an older frame, or of none
  let waits = false;
  let scopeTook = 0; // ms of the last one
  let placed = ""; // for which size the guides are drawn
  const hidden = () => the("panel-picture").hidden;

  function draw() {
    fill(display, (show?.displays ?? []).map((each) => [each.title, each.name]), show?.display ?? REC709.name);
    fill(transfer, [OWN, ...TRANSFERS].map((each) => [word(`transfer.${each}`), each]), OWN);
    fill(eyes, VIEWS.map((each) => [word(`eyes.${each}`), each]), "left");
    fill(mask, [[word("none"), ""], ...RATIOS.map((each) => /** @type {[string, string]} */ ([each, each]))], "");
    fill(scope, SCOPES.map((each) => [word(`scope.${each}`), each]), "off");
    changed();
    drawScope();
    read();
    countOutside();
  }

  function apply() {
    const found = show?.displays.find((each) => each.name === display.value);
    if (!found || !show) return;
    picture.set({
      display: found,
      transfer: transfer.value === OWN ? null : transfer.value,
      hdr: show.hdr,
      view: /** @type {import("./picture.js").View} */ (eyes.value),
      overlay: { ...overlay },
    });
  }

  function guide() {
    guides.set({
      ratios: RATIOS.filter((each) => ratios.has(each)),
      safe: SAFE.filter((each) => safe.has(each)),
      centre: input("guide-centre").checked,
      mask: /** @type {import("./guides.js").Ratio|null} */ (mask.value || null),
      opacity: input("guide-veil").checked ? VEIL : 1,
    });
  }

  /** Guides have the place of the picture. */
  function place() {
    if (!picture.frame) return;
    const views = picture.frame.picture?.views === 2 && picture.settings.view === "both" ? 2 : 1;
    placed = sizeNow();
    guides.draw(canvas.width / views, canvas.height, views);
  }

  const sizeNow = () => `${canvas.width} ${canvas.height} ${picture.frame?.picture?.views} ${picture.settings.view}`;

  /** Another frame, or the graphics card is gone or back: what can be chosen follows. */
  function changed() {
    const exact = picture.exact || !picture.frame;
    const views = picture.frame?.picture?.views ?? 1;
    if (placed !== sizeNow()) place();
    for (const each of [display, transfer]) each.disabled = !exact;
    for (const name of OVERLAYS) input(`overlay-${name}`).disabled = !exact;
    scope.disabled = !scopes.available;
    eyes.disabled = views < 2;
    the("eyes-row").hidden = !show?.stereo && views < 2;
    the("eyes-note").hidden = !(show?.stereo && views < 2);
    input("probe-x").max = String(Math.max(canvas.width - 1, 0));
    input("probe-y").max = String(Math.max(canvas.height - 1, 0));
    stale.scope = stale.read = true;
    if (!waits) requestAnimationFrame(measure);
    waits = true;
  }

  /** What is measured of the frame that is seen, as often as it can be; the last one is in any case.
   * @param {number} now */
  function measure(now) {
    waits = false;
    if (hidden()) return;
    if (stale.scope && now - due.scope >= Math.max(SCOPE_EVERY, SCOPE_SHARE * scopeTook)) {
      due.scope = now;
      stale.scope = false;
      const began = performance.now();
      drawScope();
      scopeTook = performance.now() - began;
    }
    if (stale.read && now - due.read >= READ_EVERY) {
      due.read = now;
      stale.read = false;
      read();
      countOutside();
    }
    if ((stale.scope || stale.read) && !waits) {
      waits = true;
      setTimeout(() => requestAnimationFrame(measure), READ_EVERY);
    }
  }

  function drawScope() {
    scopeView.hidden = scope.value === "off";
    if (scopeView.hidden || !picture.frame) return;
    const [kind, waveform] = { "waveform-rgb": ["waveform", "rgb"], parade: ["waveform", "parade"] }[scope.value] ?? [
      scope.value,
      "luma",
    ];
    const drawn = scopes.draw(/** @type {any} */ (kind), scopeView, { waveform: /** @type {any} */ (waveform) });
    the("scope-note").textContent = drawn ? "" : word("scope-none");
    scopeView.setAttribute("aria-label", word("scope-of", { scope: word(`scope.${scope.value}`) }));
    scopeView.classList.toggle("square", kind === "vectorscope");
    scopeView.classList.toggle("flat", kind === "histogram");
  }

  function countOutside() {
    const found = overlay.gamut || overlay.clipping ? scopes.outside() : null;
    /** @param {number} n */
    const share = (n) => ((100 * n) / Math.max(found?.pixels ?? 1, 1)).toFixed(2);
    the("outside-now").textContent = found
      ? word("outside-now", { gamut: share(found.gamut), clipping: share(found.clipping) })
      : "";
  }

  function read() {
    const found = picture.frame ? probe(picture, Number(input("probe-x").value), Number(input("probe-y").value)) : null;
    const readings = found?.readings ?? [];
    /** @param {string} id @param {(reading: Reading) => string} say */
    const put = (id, say) => {
      the(id).textContent = readings.length ? readings.map(say).join(" | ") : "–";
    };
    /** @param {number[]|null} values @param {number} [digits] */
    const figures = (values, digits = 0) => values?.map((each) => each.toFixed(digits).padStart(4)).join(" ") ?? "–";
    put("probe-codes", ({ codes }) => figures(codes));
    put("probe-light", ({ light }) => light.toFixed(light < 1 ? 4 : 2));
    put("probe-xy", ({ xy }) => figures(xy, 4));
    put("probe-display", ({ rgb }) => figures(rgb));
    the("probe-note").textContent = readings.some((each) => each.of === "jpeg") ? word("probe-jpeg") : "";
  }

  /** @param {PointerEvent} event */
  function point(event) {
    const { x, y } = pixelAt(canvas, event);
    input("probe-x").value = String(Math.min(Math.max(x, 0), canvas.width - 1));
    input("probe-y").value = String(Math.min(Math.max(y, 0), canvas.height - 1));
    changed();
  }

  for (const each of [display, transfer, eyes]) each.addEventListener("change", apply);
  for (const name of OVERLAYS) {
    const box = tick(`overlay-${name}`, `overlay.${name}`, true, (on) => {
      overlay[name] = on;
      apply();
    });
    the("overlays").append(box);
  }
  /** @param {Set<any>} set @param {any} name */
  const into = (set, name) => (/** @type {boolean} */ on) => {
    if (on) set.add(name);
    else set.delete(name);
    guide();
  };
  the("guides").append(
    ...RATIOS.map((each) => tick(`guide-${each}`, each, false, into(ratios, each))),
    ...SAFE.map((each) => tick(`guide-${each}`, `guide.${each}`, true, into(safe, each))),
    tick("guide-centre", "guide.centre", true, guide),
    tick("guide-veil", "guide.veil", true, guide),
  );
  mask.addEventListener("change", guide);
  scope.addEventListener("change", () => {
    due.scope = 0;
    drawScope();
  });
  for (const id of ["probe-x", "probe-y"]) input(id).addEventListener("input", changed);
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerdown", point);
  the("tab-picture").addEventListener("click", changed);
  new ResizeObserver(place).observe(canvas);
  onLanguage(draw);

  return {
    /** @param {ShowDocument} document */
    show(document) {
      show = document;
      picture.set({ dither: ditherOf(document.dither) });
      draw();
      apply();
    },
    changed,
    place,
  };
}

/** What can be chosen; what was chosen stays. @param {HTMLSelectElement} list
 * @param {[string, string][]} options words and values @param {string} first */
function fill(list, options, first) {
  const kept = list.options.length ? list.value : first;
  list.replaceChildren(...options.map(([words, value]) => new Option(words, value)));
  list.value = kept;
  if (list.selectedIndex < 0) list.selectedIndex = 0;
}
