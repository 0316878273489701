// @ts-check
/** What one pixel is: the film's codes, their light and colour, and what the display is sent. */

import { REC709, lightOf, lights } from "./colour.js";

/**
 * @typedef {{eye: "left"|"right"|null, of: "codes"|"jpeg", codes: number[]|null, light: number,
 *   xyz: number[], xy: number[]|null, rgb: number[], gamut: boolean, clipping: boolean}} Reading
 *   of: what it was read of; a JPEG is near the film's light, not it, and has no codes. light: Y in cd/m2.
 *   xyz: all three. xy: null of black. rgb: 8 bits, as sent, before any overlay. gamut, clipping: the display
 *   lacks the colour, is too dark for it.
 */

/** @type {{hdr: boolean, light: Float64Array}|null} */
let known = null;

/**
 * A pixel of the picture as it lies on the canvas, from the top left; null outside and without a picture. Where
 * both eyes are mixed both are read.
 * @param {ReturnType<typeof import("./picture.js").createPicture>} picture @param {number} x @param {number} y
 * @returns {{x: number, y: number, readings: Reading[]}|null}
 */
export function probe(picture, x, y) {
  const given = picture.frame?.picture;
  const { view, hdr } = picture.settings;
  const size = picture.size;
  const eyeWidth = given?.views === 2 ? size.width >> 1 : size.width;
  const seenWidth = given?.views === 2 && view !== "both" ? eyeWidth : size.width;
  if (!given || x < 0 || y < 0 || x >= seenWidth || y >= size.height) return null;
  const places = given.views === 1
    ? [{ eye: picture.frame?.eye ?? null, at: x }]
    : view === "both"
      ? [{ eye: x < eyeWidth ? "left" : "right", at: x }]
      : [{ eye: "left", at: x }, { eye: "right", at: x + eyeWidth }]
          .filter(({ eye }) => eye === view || (view !== "left" && view !== "right"));
  const readings = places.map(({ eye, at }) => {
    const [r, g, b, flags] = picture.sample(at, y);
    const codes = given.encoding === "xyz12" ? codesAt(given, at, y) : null;
    const xyz = codes ? codes.map((code) => lightTable(hdr)[Math.min(code, 4095)]) : ofJpeg([r, g, b]);
    const sum = xyz[0] + xyz[1] + xyz[2];
    return /** @type {Reading} */ ({
      eye, of: codes ? "codes" : "jpeg", codes, light: xyz[1], xyz,
      xy: sum > 0 ? [xyz[0] / sum, xyz[1] / sum] : null,
      rgb: [r, g, b], gamut: Boolean(flags & 1), clipping: Boolean(flags & 2),
    });
  });
  return { x, y, readings };
}

/** The pixel under a pointer, whatever size the canvas is shown at. @param {HTMLCanvasElement} canvas
 * @param {{clientX: number, clientY: number}} event */
export function pixelAt(canvas, { clientX, clientY }) {
  const box = canvas.getBoundingClientRect();
  return {
    x: Math.floor(((clientX - box.left) / box.width) * canvas.width),
    y: Math.floor(((clientY - box.top) / box.height) * canvas.height),
  };
}

/** @param {import("./picture.js").Picture} given @param {number} x @param {number} y */
function codesAt(given, x, y) {
  const at = (y * given.width + x) * 3, data = /** @type {Uint16Array} */ (given.data);
  return [data[at], data[at + 1], data[at + 2]];
}

/** @param {boolean} hdr */
function lightTable(hdr) {
  if (!known || known.hdr !== hdr) known = { hdr, light: lights(hdr) };
  return known.light;
}

/** @param {number[]} rgb */
function ofJpeg(rgb) {
  const light = rgb.map((code) => REC709.peak * lightOf(REC709, code / 255));
  return REC709.matrix.map((row) => row[0] * light[0] + row[1] * light[1] + row[2] * light[2]);
}
