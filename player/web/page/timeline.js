// @ts-check
/** The composition as a line: reels, markers, damaged and late frames, where the show is. A slider: arrows,
 * Page keys, Home and End move it, so do a click and a drag. */

import { onLanguage, word } from "./words.js";
import { base, compositionTimecode, reelAt } from "./timecode.js";

/** @typedef {import("./timecode.js").ShowDocument} ShowDocument */
/** @typedef {import("./timecode.js").StateDocument} StateDocument */

const SVG = "http://www.w3.org/2000/svg";
/** Milliseconds between two seeks of one drag. */
const SCRUB = 120;
/** Seconds that Page Up and Page Down move. */
const PAGE = 10;
/** Milliseconds between two changes of what is said of the place while it plays. */
const SAID = 5000;

/**
 * @param {HTMLElement} slider
 * @param {HTMLElement} legend
 * @param {(frame: number) => void} seek
 */
export function createTimeline(slider, legend, seek) {
  const svg = /** @type {SVGSVGElement} */ (slider.querySelector("svg"));
  const tip = /** @type {HTMLElement} */ (slider.querySelector(".tip"));
  /** @type {Record<string, SVGGElement>} */
  const lanes = {};
  for (const name of ["reels", "damaged", "late", "markers"]) {
    lanes[name] = /** @type {SVGGElement} */ (svg.appendChild(document.createElementNS(SVG, "g")));
    lanes[name].setAttribute("class", name);
  }
  const head = svg.appendChild(document.createElementNS(SVG, "rect"));
  head.setAttribute("class", "head");
  /** @type {ShowDocument|null} */
  let show = null;
  /** @type {StateDocument|null} */
  let state = null;
  let frame = 0;
  let drawn = "";
  let dragging = false;
  let enabled = false;
  let sought = 0;
  let said = 0;

  const span = () => (show ? show.last - show.first + 1 : 1);
  /** @param {number} at */
  const share = (at) => `${(100 * (at - (show?.first ?? 0))) / span()}%`;

  /** @param {SVGElement} lane @param {number} first @param {number} last */
  function bar(lane, first, last) {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("x", share(first));
    rect.style.width = `max(2px, ${(100 * (last - first + 1)) / span()}%)`;
    return lane.appendChild(rect);
  }

  function drawShow() {
    if (!show) return;
    lanes.reels.replaceChildren();
    lanes.markers.replaceChildren();
    for (const reel of show.reels) {
      const first = Math.max(reel.first, show.first);
      const last = Math.min(reel.last, show.last);
      bar(lanes.reels, first, last);
      if ((last - first + 1) / span() < 0.06) continue;
      const name = document.createElementNS(SVG, "text");
      name.setAttribute("x", share(first));
      name.setAttribute("dx", "6");
      name.setAttribute("y", "17");
      name.textContent = word("reel-n", { n: reel.number });
      lanes.reels.append(name);
    }
    for (const marker of show.markers) {
      if (marker.frame < show.first || marker.frame > show.last) continue;
      const place = document.createElementNS(SVG, "svg");
      place.setAttribute("x", share(marker.frame));
      place.setAttribute("overflow", "visible");
      const flag = document.createElementNS(SVG, "path");
      flag.setAttribute("d", "M0 26V40M-4 40h8l-4-6z");
      const title = document.createElementNS(SVG, "title");
      title.textContent = marker.label;
      place.append(flag, title);
      lanes.markers.append(place);
    }
  }

  function drawRuns() {
    if (!show || !state) return;
    const now = JSON.stringify([state.damaged, state.late]);
    if (now === drawn) return;
    drawn = now;
    const { first, last } = show;
    for (const name of /** @type {("damaged"|"late")[]} */ (["damaged", "late"])) {
      lanes[name].replaceChildren();
      for (const run of state[name]) {
        if (run[1] >= first && run[0] <= last) bar(lanes[name], Math.max(run[0], first), Math.min(run[1], last));
      }
    }
    legend.textContent = word("timeline-says", {
      reels: show.reels.length,
      markers: show.markers.length,
      damaged: count(state.damaged),
      late: count(state.late),
    });
  }

  /** What an assistive technology reads: not at every frame. @param {boolean} now */
  function tell(now) {
    if (!show || (!now && (state?.playing ?? false) && performance.now() - said < SAID)) return;
    said = performance.now();
    slider.setAttribute("aria-valuemin", String(show.first));
    slider.setAttribute("aria-valuemax", String(show.last));
    slider.setAttribute("aria-valuenow", String(frame));
    slider.setAttribute("aria-valuetext", placeIn(show, frame));
  }

  /** @param {PointerEvent} event */
  function frameAt(event) {
    const box = slider.getBoundingClientRect();
    const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    return (show?.first ?? 0) + Math.min(Math.floor(part * span()), span() - 1);
  }

  /** @param {number} to */
  function go(to) {
    if (!show || !enabled) return;
    frame = Math.min(Math.max(to, show.first), show.last);
    place();
    tell(true);
    seek(frame);
  }

  function place() {
    head.setAttribute("x", share(frame));
  }

  /** @param {PointerEvent} event */
  function point(event) {
    if (!show) return;
    const at = frameAt(event);
    tip.textContent = placeIn(show, at);
    const box = slider.getBoundingClientRect();
    const half = tip.offsetWidth / 2;
    const x = Math.min(Math.max(event.clientX - box.left, half), box.width - half);
    tip.style.transform = `translateX(${Math.round(x - half)}px)`;
    tip.hidden = false;
  }

  slider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    slider.setPointerCapture(event.pointerId);
    dragging = true;
    sought = performance.now();
    go(frameAt(event));
  });
  slider.addEventListener("pointermove", (event) => {
    point(event);
    if (!dragging || performance.now() - sought < SCRUB) return;
    sought = performance.now();
    go(frameAt(event));
  });
  slider.addEventListener("pointerup", (event) => {
    if (dragging) go(frameAt(event));
    dragging = false;
  });
  slider.addEventListener("pointercancel", () => (dragging = false));
  slider.addEventListener("pointerleave", () => (tip.hidden = true));
  slider.addEventListener("focus", () => tell(true));
  slider.addEventListener("keydown", (event) => {
    if (!show || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = PAGE * base(show.rate);
    /** @type {Record<string, number>} */
    const keys = {
      ArrowUp: frame + 1,
      ArrowDown: frame - 1,
      PageUp: frame + page,
      PageDown: frame - page,
    };
    if (!(event.key in keys)) return; // the others are those of the whole page
    event.preventDefault();
    event.stopPropagation();
    go(keys[event.key]);
  });
  onLanguage(() => {
    drawn = "";
    drawShow();
    drawRuns();
    tell(true);
  });

  return {
    /** @param {ShowDocument} document */
    show(document) {
      show = document;
      drawn = "";
      drawShow();
      drawRuns();
      place();
    },
    /** @param {StateDocument} document */
    state(document) {
      const was = state?.playing;
      state = document;
      drawRuns();
      tell(was !== document.playing);
    },
    /** The frame that is seen. @param {number} at */
    frame(at) {
      if (dragging || at === frame) return;
      frame = at;
      place();
      tell(false);
    },
    /** @param {boolean} on */
    enable(on) {
      enabled = on;
      slider.setAttribute("aria-disabled", String(!on));
    },
  };
}

/** @param {ShowDocument} show @param {number} frame */
function placeIn(show, frame) {
  const reel = reelAt(show, frame)?.number ?? 1;
  return word("position-is", { frame: String(frame), timecode: compositionTimecode(show, frame), reel });
}

/** @param {[number, number][]} runs */
const count = (runs) => runs.reduce((sum, [first, last]) => sum + last - first + 1, 0);
