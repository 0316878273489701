// @ts-check
/** Frames as people write them, and where a frame lies: in the composition, its reel, its picture's file. */

/** @typedef {[number, number]} Rate numerator, denominator */
/** @typedef {{kind: string, role: string, language: string|null, encrypted: boolean, entry: number,
 *   units: number, rate: Rate, channels: (string|null)[]|null}} Track */
/** @typedef {{number: number, first: number, last: number, counted: number, width: number, height: number, rate: Rate,
 *   stereo: boolean, hdr: boolean, tracks: Track[]}} Reel */
/** @typedef {{label: string, frame: number}} Marker */
/** @typedef {import("./words.js").Both} Both */
/** @typedef {{language: string, id: string, title: string|null, package: string, rate: Rate, first: number,
 *   last: number, start: number, total: number, reels: Reel[], reels_left_out: number, markers: Marker[],
 *   markers_left_out: number, encrypted: boolean, mic: string, marked: boolean, stereo: boolean, hdr: boolean,
 *   view: string, encoding: string, quality: string, notes: Both[], damaged: [number, number][],
 *   kdm: null|{verdict: string, until: string|null, checklist: {step: string, result: string, ok: boolean,
 *     sentence: Both}[]},
 *   sound: null|{channels: number, rate: number, route: string, fold: Record<string, [number, number]>,
 *     reels: {first: number, last: number, symbols: (string|null)[]}[],
 *     meter: Omit<import("./meters.js").MeterFacts, "symbols">},
 *   subtitles: {choices: string[], captions: (string|null)[]},
 *   display: string, displays: import("./picture.js").Display[],
 *   dither: {side: number, ranks: string}|null}} ShowDocument As `player/web/feed.py` says. */
/** @typedef {{frame: number|null, playing: boolean, loop: boolean, stopped: boolean, generation: number,
 *   subtitles: string, performance: {shown: number, late: number, unseen: number, queue: number,
 *     thinned: number, least_db: number|null},
 *   damaged: [number, number][], late: [number, number][],
 *   colours: null|{display: string, outside_percent: number}}} StateDocument */

/** Whole frames a second, by which timecodes count. @param {Rate} rate */
export const base = ([numerator, denominator]) => Math.round(numerator / denominator);

/** HH:MM:SS:FF of a frame counted from 0. @param {number} frame @param {Rate} rate */
function timecodeOf(frame, rate) {
  const frames = base(rate);
  const seconds = Math.floor(frame / frames);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, frame % frames];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** The reel of a frame. @param {ShowDocument} show @param {number} frame */
export function reelAt(show, frame) {
  return show.reels.find((reel) => frame >= reel.first && frame <= reel.last) ?? null;
}

/** Timecode in the composition: where reels differ in their rate, the seconds of those before count, and frames
 * at the reel's. @param {ShowDocument} show @param {number} frame */
export function compositionTimecode(show, frame) {
  const reel = reelAt(show, frame);
  return reel ? timecodeOf(reel.counted + frame - reel.first, reel.rate) : timecodeOf(frame, show.rate);
}

/** Whether the reels go at different rates, so that a time says no frame. @param {ShowDocument} show */
export const goesAtSeveralRates = ({ reels, rate }) =>
  reels.some((each) => each.rate[0] * rate[1] !== rate[0] * each.rate[1]);

/** Where a frame lies. @param {ShowDocument} show @param {number} frame */
export function placesOf(show, frame) {
  const reel = reelAt(show, frame);
  const picture = reel?.tracks.find((track) => track.role === "picture") ?? null;
  const inside = reel ? frame - reel.first : 0;
  const unit = picture && reel ? picture.entry + unitsIn(inside, reel.rate, picture.rate) : null;
  return {
    composition: { frame, timecode: compositionTimecode(show, frame) },
    reel: reel ? { number: reel.number, frame: inside, timecode: timecodeOf(inside, reel.rate) } : null,
    file: picture && unit !== null ? { unit, timecode: timecodeOf(unit, picture.rate) } : null,
  };
}

/** @param {number} frames @param {Rate} rate @param {Rate} other */
function unitsIn(frames, rate, other) {
  return Math.floor((frames * rate[1] * other[0]) / (rate[0] * other[1]) + 1e-9);
}

/** The nearest whole number, of two the even one, as the engine rounds. @param {number} value */
function nearest(value) {
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 ? up - 1 : up;
}

/** The frame that is meant by a number, `HH:MM:SS:FF`, `HH:MM:SS`, `HH:MM:SS.mmm`, `12.5s` or a marker's label;
 * null for anything else, and for a time where reels go at different rates. @param {ShowDocument} show @param {string} said */
export function frameOf(show, said) {
  const words = said.trim();
  if (/^\d{1,9}$/.test(words)) return Number(words);
  const [numerator, denominator] = show.rate;
  if (/^\d/.test(words) && goesAtSeveralRates(show)) return null;
  const seconds = /^(\d{1,7}(?:\.\d{1,6})?) ?s$/.exec(words);
  if (seconds) return nearest((Number(seconds[1]) * numerator) / denominator);
  const code = /^(\d{1,3}):(\d{1,2}):(\d{1,2})(?:[:;](\d{2,3})|\.(\d{3}))?$/.exec(words);
  if (code) {
    const frames = base(show.rate);
    const [hours, minutes, whole, rest, thousandths] = code.slice(1).map((part) => Number(part ?? 0));
    if (minutes > 59 || whole > 59 || rest >= frames) return null;
    const part = nearest((thousandths * numerator) / denominator / 1000);
    return ((hours * 60 + minutes) * 60 + whole) * frames + rest + part;
  }
  const found = show.markers.find((marker) => marker.label.toLowerCase() === words.toLowerCase());
  return found ? found.frame : null;
}
