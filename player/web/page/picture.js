// @ts-check
/** The picture of the page: frames of the socket on a canvas, in the colours of a display. */

import { REC709 } from "./colour.js";
import { flatRenderer } from "./flat.js";
import { gpuRenderer } from "./gpu.js";

/**
 * @typedef {{name: string, title: string, matrix: number[][], transfer: string, peak: number,
 *   grid?: {columns: number, rows: number, modules: {column: number, row: number, matrix: number[][]}[]}}} Display
 *   As `player/web/displays.py` gives it.
 * @typedef {"left"|"right"|"both"|"anaglyph"|"difference"} View
 * @typedef {{display: Display, transfer: string|null, hdr: boolean, view: View,
 *   overlay: {gamut: boolean, clipping: boolean}, dither: {ranks: Uint16Array}|null}} Settings
 *   transfer: in the place of the display's own. hdr: the codes are of ST 2084. dither: of frames that are marked; its tile, as `displays.py` gives it.
 * @typedef {{webgl2: boolean, renderer: string, software: boolean, bits: number, floats: boolean,
 *   halves: boolean, mostSize: number}} Capabilities
 *   bits: of a channel of the canvas. floats, halves: scopes count in floats of 32 bits, else of 16 bits, else up to 255. mostSize: of a frame's side.
 * @typedef {{encoding: "xyz12"|"jpeg", width: number, height: number, views: 1|2,
 *   data: Uint16Array|Blob, dither?: boolean}} Picture
 *   As the socket gives it. dither: it is marked, and rounded codes would lose the mark.
 * @typedef {{serial: number, number: number, eye?: "left"|"right"|null, picture: Picture|null}} Frame
 */

/**
 * A picture on a canvas, which takes the frames' own size; style it as you like. Without WebGL2 it is
 * converted by the page (`capabilities.webgl2` says so), without scopes. Where a driver refuses the shaders the
 * canvas is replaced by one like it: look for it by its id afterwards.
 * @param {HTMLCanvasElement} given
 */
export function createPicture(given) {
  let canvas = given;
  /** @type {ReturnType<typeof gpuRenderer>} */
  let gpu = null;
  try {
    gpu = gpuRenderer(canvas);
  } catch (error) {
    console.warn(String(error));
    canvas = /** @type {HTMLCanvasElement} */ (given.cloneNode());
    given.replaceWith(canvas); // once it was WebGL's it can be nothing else
  }
  const renderer = gpu ?? flatRenderer(canvas);
  /** @type {Settings} */
  const settings = {
    display: REC709, transfer: null, hdr: false, view: "left", overlay: { gamut: false, clipping: false }, dither: null,
  };
  /** @type {Frame|null} */
  let frame = null;
  /** @type {WeakMap<Picture, Promise<ImageBitmap>>} */
  const decoding = new WeakMap();
  /** @type {WeakMap<Picture, ImageBitmap>} */
  const decoded = new WeakMap();
  let lost = false, asked = 0, drawn = 0;

  const picture = {
    capabilities: renderer.capabilities,
    /** Called when the context was lost or is back, with a new frame and with new settings. @type {(() => void)|null} */
    onchange: null,
    /** The settings as they are; `set` changes them. @returns {Readonly<Settings>} */
    get settings() {
      return settings;
    },
    /** What is shown, null before the first frame. */
    get frame() {
      return frame;
    },
    /** Whether the graphics card was taken away; it comes back by itself. */
    get lost() {
      return lost;
    },
    /** Whether what is shown is of the film's 12-bit codes and not of a JPEG. */
    get exact() {
      return frame?.picture?.encoding === "xyz12";
    },
    /** The frame's own size in pixels, both eyes of it where they lie beside each other. */
    get size() {
      return renderer.size;
    },
    /** R, G, B as the display is sent them and flags (1: it lacks the colour, 2: it is too dark for it) of a
     * pixel of the frame, before views and overlays. @param {number} x @param {number} y @returns {number[]} */
    sample(x, y) {
      return lost ? [0, 0, 0, 0] : renderer.sample(x, y);
    },
    /** For the scopes; null without WebGL2, while it is lost and before the first frame. */
    get content() {
      return gpu ? gpu.content : null;
    },
    /** Decode a JPEG before it is due: what it returns is kept when `show` will draw it at once, and broken
     * where it is no JPEG. Nothing is returned of codes: they are ready. @param {Frame} coming
     * @returns {Promise<void>|void} */
    prepare(coming) {
      if (coming.picture?.encoding === "jpeg") return bitmapOf(coming.picture).then(() => {});
    },
    /**
     * Draw a frame; one without a picture leaves the last one. False where its JPEG is not decoded yet: it is
     * drawn when it is, unless a later one was before.
     * @param {Frame} shown @returns {boolean}
     */
    show(shown) {
      const given = shown.picture, turn = ++asked;
      if (!given) return true;
      const bitmap = decoded.get(given) ?? null;
      if (given.encoding === "xyz12" || bitmap) {
        take(shown, given, bitmap, turn);
        return true;
      }
      bitmapOf(given).then(
        (ready) => turn > drawn && take(shown, given, ready, turn),
        () => {}, // no JPEG: the last picture stays
      );
      return false;
    },
    /** The same frame once more. */
    redraw() {
      if (!frame?.picture || lost) return;
      renderer.convert(settings, frame.picture.views, ditheredOf(frame));
      renderer.draw(settings, frame.picture.views);
    },
    /** Change some of the settings. @param {Partial<Settings>} changed */
    set(changed) {
      Object.assign(settings, changed);
      picture.redraw();
      picture.onchange?.();
    },
    /** R, G, B, A of what is seen, the top row first. @param {number} x @param {number} y
     * @param {number} width @param {number} height @returns {Uint8Array} */
    read(x, y, width, height) {
      if (frame?.picture && !lost) renderer.draw(settings, frame.picture.views);
      return renderer.read(x, y, width, height);
    },
  };

  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault(); // or it would never come back
    lost = true;
    renderer.lose();
    picture.onchange?.();
  });
  canvas.addEventListener("webglcontextrestored", () => {
    renderer.restore();
    lost = false;
    if (frame) picture.show(frame);
    picture.onchange?.();
  });

  /** @param {Frame} shown @param {Picture} given @param {ImageBitmap|null} bitmap @param {number} turn */
  function take(shown, given, bitmap, turn) {
    frame = shown;
    drawn = turn;
    renderer.upload(given, bitmap);
    picture.redraw();
    picture.onchange?.();
  }

  /** @param {Picture} given */
  function bitmapOf(given) {
    const before = decoding.get(given);
    if (before) return before;
    const begun = createImageBitmap(/** @type {Blob} */ (given.data), { colorSpaceConversion: "none" });
    begun.then((bitmap) => decoded.set(given, bitmap), () => {}); // who asked is told
    decoding.set(given, begun);
    return begun;
  }

  /** @param {Frame} shown */
  function ditheredOf(shown) {
    return settings.dither && shown.picture?.dither ? shown.number : null;
  }

  return picture;
}
