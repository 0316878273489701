// @ts-check
/** The sound's desk: what is heard and how loud, and what the meters read. */

import { createMeters, decibels } from "./meters.js";
import { make } from "./panels.js";
import { onLanguage, word } from "./words.js";

/** @typedef {import("./timecode.js").ShowDocument} ShowDocument */
/** @typedef {{bar: HTMLElement, meter: HTMLElement, figure: HTMLElement, name: HTMLElement,
 *   solo: HTMLElement, mute: HTMLElement, delay: HTMLInputElement}} Row */

/** dBFS at the two ends of a meter. */
const FLOOR = -60;
const TOP = 3;
/** Milliseconds between two changes of the figures, which nobody reads faster. */
const FIGURES = 250;

/** @param {string} id */
const the = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {ReturnType<typeof import("./sound.js").createSound>} sound
 * @param {import("./clock.js").Clock} clock
 */
export function createHearing(sound, clock) {
  /** @type {ShowDocument|null} */
  let show = null;
  let here = true; // whether sound comes to this page
  /** @type {ReturnType<typeof createMeters>|null} */
  let meters = null;
  let form = "";
  /** @type {Row[]} */
  let rows = [];
  /** @type {Record<"muted"|"solo", Set<number>>} */
  const chosen = { muted: new Set(), solo: new Set() };
  let silent = false;
  let figured = 0;
  const volume = /** @type {HTMLInputElement} */ (the("volume"));
  const route = /** @type {HTMLSelectElement} */ (the("route"));
  const delay = /** @type {HTMLInputElement} */ (the("delay"));
  const muteAll = the("mute-all");
  const panel = the("panel-sound");
  /** What stands on the channels in the reel that is heard. @type {(string|null)[]} */
  let symbols = [];

  function draw() {
    const channels = show?.sound?.channels ?? 0;
    the("hearing").hidden = !channels || !here;
    const none = the("no-sound");
    none.hidden = channels > 0 && here;
    none.textContent = word(channels ? "no-sound-here" : "no-sound");
    if (rows.length !== channels) build(channels);
    rows.forEach((row, place) => {
      const channel = symbols[place] ?? word("channel-n", { n: place + 1 });
      row.name.textContent = symbols[place] ?? String(place + 1);
      row.meter.setAttribute("aria-label", word("level-of", { channel }));
      row.solo.setAttribute("aria-label", word("solo-of", { channel }));
      row.mute.setAttribute("aria-label", word("mute-of", { channel }));
      row.delay.setAttribute("aria-label", word("delay-of", { channel }));
    });
    const kept = route.value || "stereo";
    route.replaceChildren(...["stereo", "direct"].map((each) => new Option(word(`hearing.${each}`), each)));
    route.value = kept;
    stand();
  }

  /** @param {number} channels */
  function build(channels) {
    rows = Array.from({ length: channels }, (_, place) => {
      const name = make("th");
      name.setAttribute("scope", "row");
      const meter = make("div", "", "meter");
      meter.setAttribute("role", "meter");
      meter.setAttribute("aria-valuemin", String(FLOOR));
      meter.setAttribute("aria-valuemax", String(TOP));
      meter.setAttribute("aria-valuenow", String(FLOOR));
      const late = /** @type {HTMLInputElement} */ (make("input"));
      Object.assign(late, { type: "number", min: "0", max: "1000", step: "1", value: "0" });
      late.addEventListener("change", apply);
      const figure = make("td", "–", "figure");
      const solo = turns("solo", place, "S");
      const mute = turns("muted", place, "M");
      return { bar: meter.appendChild(make("i")), meter, figure, name, solo, mute, delay: late };
    });
    the("channels").replaceChildren(
      ...rows.map((row) => {
        const line = make("tr");
        const [level, solo, mute, late] = ["level", "", "", "delay"].map((kind) => make("td", "", kind));
        level.append(row.meter);
        solo.append(row.solo);
        mute.append(row.mute);
        late.append(row.delay);
        line.append(row.name, level, row.figure, solo, mute, late);
        return line;
      }),
    );
  }

  /** A button that a channel is soloed or muted with.
   * @param {"muted"|"solo"} which @param {number} place @param {string} sign */
  function turns(which, place, sign) {
    const button = /** @type {HTMLButtonElement} */ (make("button", sign));
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const set = chosen[which];
      if (!set.delete(place)) set.add(place);
      button.setAttribute("aria-pressed", String(set.has(place)));
      apply();
    });
    return button;
  }

  /** What is set goes to the sound. */
  function apply() {
    sound.set({
      volume: silent ? 0 : Number(volume.value) / 100,
      offset: Number(delay.value) / 1000,
      outputs: route.value === "direct" ? 0 : 2,
      muted: chosen.muted,
      solo: chosen.solo,
      delays: rows.map((row) => Number(row.delay.value) / 1000),
    });
    muteAll.setAttribute("aria-pressed", String(silent));
    stand();
  }

  /** How the sound stands. */
  function stand() {
    const state = sound.state();
    the("sound-waits").hidden = !state.waits;
    the("sound-failed").textContent = state.failed ? word("sound-failed") : "";
    the("route-note").textContent =
      route.value === "direct" ? word("hearing-direct", { n: state.most || 2 }) : word("hearing-folded");
  }

  function figures() {
    if (!meters) return;
    const now = clock.now();
    const read = now === null ? null : meters.read(now);
    const most = meters.most();
    rows.forEach((row, place) => {
      const peak = most[place]?.truePeak ?? 0;
      row.figure.textContent = level(peak);
      row.meter.classList.toggle("over", peak > 1);
      const at = decibels(read?.channels[place]?.truePeak ?? 0);
      row.meter.setAttribute("aria-valuenow", String(Math.round(Math.min(Math.max(at, FLOOR), TOP))));
    });
    /** @param {string} id @param {number|null|undefined} value @param {string} unit */
    const put = (id, value, unit) => {
      the(id).textContent = value === null || value === undefined ? "–" : `${value.toFixed(1)} ${unit}`;
    };
    put("momentary", read?.momentary, "LUFS");
    put("short-term", read?.shortTerm, "LUFS");
    put("integrated", read?.integrated, "LUFS");
    put("leqm-now", read?.leqmNow, "dB");
    put("leqm", read?.leqm, "dB");
  }

  function tick() {
    requestAnimationFrame(tick);
    if (!meters || panel.hidden) return;
    const now = clock.now();
    const read = now === null ? null : meters.read(now);
    rows.forEach((row, place) => {
      const at = decibels(read?.channels[place]?.truePeak ?? 0);
      const part = Math.min(Math.max((at - FLOOR) / (TOP - FLOOR), 0), 1);
      row.bar.style.transform = `scaleX(${part.toFixed(3)})`;
    });
    if (performance.now() - figured < FIGURES) return;
    figured = performance.now();
    figures();
  }

  /** Another reel may have other sound on its channels. @param {number} at */
  function frame(at) {
    const facts = show?.sound;
    const reel = facts?.reels.find(({ first, last }) => at >= first && at <= last);
    if (!facts || !reel?.symbols.length || JSON.stringify(reel.symbols) === JSON.stringify(symbols)) return;
    symbols = reel.symbols;
    form = ""; // it is measured anew
    sound.facts({ symbols, fold: facts.fold });
    draw();
  }

  function turnSilence() {
    silent = !silent;
    apply();
  }

  the("start-sound").addEventListener("click", () => void sound.start());
  for (const each of [volume, delay]) each.addEventListener("input", apply);
  route.addEventListener("change", apply);
  muteAll.addEventListener("click", turnSilence);
  onLanguage(draw);
  requestAnimationFrame(tick);

  return {
    turnSilence,
    stand,
    /** @param {ShowDocument} document */
    show(document) {
      show = document;
      symbols = [];
      frame(document.start);
      draw();
      apply();
    },
    frame,
    /** Whether sound comes to this page. @param {boolean} comes */
    comes(comes) {
      here = comes;
      draw();
    },
    /** The samples of a block. @param {import("./sound.js").Block} block @param {Float32Array[]} channels */
    measure(block, channels) {
      const facts = show?.sound?.meter;
      const now = `${block.channels} ${block.rate}`;
      if (facts && now !== form) {
        form = now;
        meters = createMeters({ ...facts, symbols }, block.channels, block.rate);
      }
      meters?.add(channels, block.due);
    },
  };
}

/** @param {number} amplitude */
function level(amplitude) {
  const value = decibels(amplitude);
  return value < -99 ? "–∞" : value.toFixed(1);
}
