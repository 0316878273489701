// @ts-check
/** The picture without WebGL2: converted by the page itself and put on a flat canvas; slower, the same codes. */

import { convert, tablesOf } from "./colour.js";

/** @typedef {import("./picture.js").Settings} Settings @typedef {import("./picture.js").Picture} Picture */

/** @param {HTMLCanvasElement} canvas */
export function flatRenderer(canvas) {
  const flat = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false, willReadFrequently: true }));
  /** @type {Picture|null} */
  let picture = null;
  /** @type {ImageData|null} */
  let converted = null;
  /** @type {import("./colour.js").Tables|null} */
  let given = null;
  return {
    capabilities: { webgl2: false, renderer: "", software: true, bits: 8, mostSize: 8192, floats: false, halves: false },
    gl: null,
    content: null,
    get size() {
      return { width: converted?.width ?? 0, height: converted?.height ?? 0 };
    },
    /** @param {number} x @param {number} y @returns {number[]} */
    sample(x, y) {
      const at = converted ? (y * converted.width + x) * 4 : 0;
      return converted ? [...converted.data.subarray(at, at + 3), 255 - converted.data[at + 3]] : [0, 0, 0, 0];
    },
    restore() {},
    lose() {},
    /** @param {Picture} taken @param {ImageBitmap|null} bitmap */
    upload(taken, bitmap) {
      picture = taken;
      converted = bitmap ? samplesOf(bitmap) : null;
    },
    /** @param {Settings} settings @param {1|2} views @param {number|null} _dithered */
    convert(settings, views, _dithered) {
      if (!picture || picture.encoding === "jpeg") return;
      given = tablesOf(settings, given);
      const { width, height, data } = picture;
      converted = new ImageData(convert(given, /** @type {Uint16Array} */ (data), width, height, views), width, height);
    },
    /** @param {Settings} settings @param {1|2} views */
    draw({ view, overlay }, views) {
      if (!converted) return;
      const seen = views === 2 && view !== "both" ? ofEyes(converted, view) : new ImageData(converted.data.slice(), converted.width);
      for (let at = 3; at < seen.data.length; at += 4) {
        const x = (at >> 2) % seen.width, y = Math.floor((at >> 2) / seen.width), flags = 255 - seen.data[at];
        if (overlay.gamut && flags & 1 && !((x + y) & 4)) seen.data.set([255, 0, 255], at - 3);
        else if (overlay.clipping && flags & 2 && !((x - y) & 4)) seen.data.set([255, 0, 0], at - 3);
        seen.data[at] = 255;
      }
      if (canvas.width !== seen.width || canvas.height !== seen.height) {
        canvas.width = seen.width;
        canvas.height = seen.height;
      }
      flat.putImageData(seen, 0, 0);
    },
    /** @param {number} x @param {number} y @param {number} width @param {number} height */
    read(x, y, width, height) {
      return new Uint8Array(flat.getImageData(x, y, width, height).data.buffer);
    },
  };
}

/** @param {ImageBitmap} bitmap */
function samplesOf(bitmap) {
  const flat = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d"));
  flat.drawImage(bitmap, 0, 0);
  return flat.getImageData(0, 0, bitmap.width, bitmap.height);
}

/** @param {ImageData} both @param {import("./picture.js").View} view */
function ofEyes(both, view) {
  const width = both.width >> 1, found = new ImageData(width, both.height);
  for (let at = 0; at < found.data.length; at += 4) {
    const x = (at >> 2) % width, y = Math.floor((at >> 2) / width);
    const left = (y * both.width + x) * 4, right = left + width * 4;
    for (let channel = 0; channel < 4; channel++) {
      const a = both.data[left + channel], b = both.data[right + channel];
      found.data[at + channel] =
        view === "left" ? a : view === "right" ? b
        : channel === 3 ? a & b
        : view === "anaglyph" ? (channel === 0 ? a : b) : Math.abs(a - b);
    }
  }
  return found;
}
