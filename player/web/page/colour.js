// @ts-check
/**
 * From X'Y'Z' codes to the codes of a display: the tables of the shader, and the same conversion without one.
 *
 * Whether a sample is code k or k + 1 is decided by the light at which the nearest code changes. A graphics
 * card's powers are good to some millionths, which is too little where a channel is dark beside bright ones,
 * so nothing is raised to a power there: light and matrix are whole numbers of 44 bits in four parts of 11,
 * -1024 to 1024. Products of parts, and sums of twelve of them, stay below 2 ** 24, where single precision
 * rounds nothing; the outcome is compared with the limits of the codes. Every card gives the same pictures.
 */

/** @typedef {import("./picture.js").Display} Display */

const CODES = 4096;
const WHITE = 48, PEAK = 52.37, GAMMA = 2.6;
const PQ_PEAK = 10000;
const M1 = 2610 / 16384, M2 = 2523 / 32, C1 = 3424 / 4096, C2 = 2413 / 128, C3 = 2392 / 128;

export const BITS = 11, PARTS = 4;
const PART = 1 << BITS;
/** Of the table of cells: the least light is 2 ** FIRST, an octave has STEPS, and there are OCTAVES. */
export const FIRST = -44, OCTAVES = 48, STEPS = 256;
/** Bits of each of the two numbers that light is compared by. */
export const WORD = 2 * BITS;
const NEVER = 2 ** 40;

/** Of a white of 48 cd/m2, and of a pixel's own highest channel: by which a colour may lie outside and not be
 * counted, as the show does (dcp/picture/colour/output.py). */
const SDR_SLACK = 0.002, HDR_SLACK = 0.0125;

/** @param {number} code 0 to 1 @returns {number} cd/m2 */
function pqToLight(code) {
  const root = Math.pow(code, 1 / M2);
  return PQ_PEAK * Math.pow(Math.max(root - C1, 0) / (C2 - C3 * root), 1 / M1);
}

/** @param {number} light cd/m2 @returns {number} 0 to 1 */
function lightToPq(light) {
  const power = Math.pow(light / PQ_PEAK, M1);
  return Math.pow((C1 + C2 * power) / (1 + C3 * power), M2);
}

/** Rec.709 of a cinema's white: what is assumed until the show says another, and what its JPEGs are in.
 * @type {Display} */
export const REC709 = {
  name: "rec709", title: "Rec.709", transfer: "bt1886", peak: WHITE,
  matrix: [
    [0.41239079926595934, 0.357584339383878, 0.1804807884018343],
    [0.21263900587151027, 0.715168678767756, 0.07219231536073371],
    [0.01933081871559182, 0.11919477979462598, 0.9505321522496607],
  ],
};

const GAMMAS = { bt1886: 2.4, g22: 2.2, g26: 2.6, g28: 2.8, linear: 1 };

/** The part of a display's peak that a level of 0 to 1 gives. @param {Display} display @param {number} level */
export function lightOf(display, level) {
  if (display.transfer === "pq") return pqToLight(level) / display.peak;
  if (display.transfer === "srgb") return level <= 0.04045 ? level / 12.92 : Math.pow((level + 0.055) / 1.055, 2.4);
  return Math.pow(level, gammaOf(display));
}

/** The level, 0 to 1, that gives a part of a display's peak. @param {Display} display @param {number} light */
function levelOf(display, light) {
  if (display.transfer === "pq") return light > 0 ? lightToPq(light * display.peak) : 0;
  if (display.transfer === "srgb") {
    return light <= 0.0031308 ? light * 12.92 : 1.055 * Math.pow(light, 1 / 2.4) - 0.055;
  }
  return Math.pow(light, 1 / gammaOf(display));
}

/** @param {Display} display */
function gammaOf(display) {
  const gamma = GAMMAS[/** @type {keyof typeof GAMMAS} */ (display.transfer)];
  if (!gamma) throw new RangeError(`no transfer ${display.transfer}`);
  return gamma;
}

/** The light of every X'Y'Z' code in cd/m2. @param {boolean} hdr of ST 2084, else of ST 428-1 */
export function lights(hdr) {
  return Float64Array.from({ length: CODES }, (_, code) =>
    hdr ? pqToLight(code / (CODES - 1)) : PEAK * Math.pow(code / (CODES - 1), GAMMA));
}

/** @param {number[][]} m @returns {number[][]} */
function inverse(m) {
  const [[a, b, c], [d, e, f], [g, h, i]] = m;
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    [(e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det],
    [(f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det],
    [(d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det],
  ];
}

/**
 * @typedef {{
 *   of: Display, display: Display, hdr: boolean,
 *   light: Float32Array, fractions: Float64Array,
 *   cells: Float32Array, levels: Float32Array,
 *   matrices: {left: number, top: number, right: number, bottom: number, rows: number[][], parts: Float32Array}[],
 *   toPeak: number, slack: [number, number],
 * }} Tables
 *   of: the display as it was given, before another transfer took the place of its own. light: of each code, its parts, of the scale. fractions: the same in one number.
 *   cells: three whole numbers a cell: the code at its lower end, and the light of the next one, in 22 and 22
 *   bits. levels: the codes, with fractions, at both ends of a cell. matrices: each with the part of the
 *   picture that it is for, in columns and rows of the display's grid; the whole one first.
 *   toPeak: what makes a product of light and matrix a part of the display's peak.
 */

/** The tables of a display: those before, where they still hold.
 * @param {{display: Display, transfer: string|null, hdr: boolean}} settings transfer: in the place of the
 * display's own @param {Tables|null} before */
export function tablesOf({ display, transfer, hdr }, before) {
  const curve = transfer ?? display.transfer;
  const same = before && before.of === display && before.display.transfer === curve && before.hdr === hdr;
  return same ? before : { ...tables({ ...display, transfer: curve }, hdr), of: display };
}

/** @param {Display} display @param {boolean} hdr @returns {Tables} */
function tables(display, hdr) {
  const grid = display.grid ?? { columns: 1, rows: 1, modules: [] };
  const whole = { left: 0, top: 0, right: grid.columns, bottom: grid.rows, rows: inverse(display.matrix) };
  const all = [whole, ...grid.modules.map(({ column, row, matrix }) => ({
    left: column, top: row, right: column + 1, bottom: row + 1, rows: inverse(matrix),
  }))];
  const most = all.reduce((found, { rows }) => Math.max(found, ...rows.flat().map(Math.abs)), 0);
  const ofMatrix = 2 ** (Math.floor(Math.log2(most)) + 2); // a half at most
  const inCandela = lights(hdr);
  const ofLight = 2 ** (Math.floor(Math.log2(inCandela[CODES - 1])) + 2);
  const fractions = inCandela.map((value) => value / ofLight);
  const light = new Float32Array(CODES * PARTS);
  fractions.forEach((value, code) => light.set(partsOf(value), code * PARTS));
  const toPeak = (ofLight * ofMatrix) / display.peak;
  return {
    of: display, display, hdr, light, fractions, toPeak,
    matrices: all.map((each) => ({
      ...each,
      rows: each.rows.map((row) => row.map((value) => value / ofMatrix)),
      parts: Float32Array.from(matrixParts(each.rows.map((row) => row.map((value) => value / ofMatrix)))),
    })),
    ...cellsOf(limitsOf(display, 1 / toPeak), display, toPeak),
    slack: hdr ? [0, HDR_SLACK] : [(SDR_SLACK * WHITE) / display.peak, 0],
  };
}

/** A number of -0.5 to 0.5 in parts, the highest first. @param {number} value @returns {number[]} */
function partsOf(value) {
  const parts = [];
  let left = Math.round(value * PART ** PARTS);
  for (let part = 0; part < PARTS; part++) {
    const rest = part === PARTS - 1 ? left : left - PART * Math.round(left / PART);
    parts.unshift(rest);
    left = (left - rest) / PART;
  }
  return parts;
}

/** Column by column, part by part, the three rows: what the shader multiplies as one vector.
 * @param {number[][]} rows @returns {number[]} */
function matrixParts(rows) {
  const found = [];
  const split = rows.map((row) => row.map(partsOf));
  for (let column = 0; column < 3; column++) {
    for (let part = 0; part < PARTS; part++) for (let row = 0; row < 3; row++) found.push(split[row][column][part]);
  }
  return found;
}

/** The light at which code k begins to be the nearest, in the shader's measure; of 1 to 255, then never.
 * @param {Display} display @param {number} peak @returns {number[]} */
function limitsOf(display, peak) {
  const limits = [0];
  for (let code = 1; code < 256; code++) limits.push(lightOf(display, (code - 0.5) / 255) * peak);
  return [...limits, Infinity];
}

/** @param {number[]} limits @param {Display} display @param {number} toPeak */
function cellsOf(limits, display, toPeak) {
  const cells = new Float32Array(OCTAVES * STEPS * 4), levels = new Float32Array(OCTAVES * STEPS * 2);
  const near = 2 ** -20; // what single precision may be off by when it picks a cell
  let code = 0;
  for (let cell = 0; cell < OCTAVES * STEPS; cell++) {
    const low = edge(cell), high = edge(cell + 1);
    while (limits[code + 1] <= low * (1 - near)) code++;
    if (limits[code + 2] <= high * (1 + near)) throw new RangeError(`${display.name}: codes lie too close`);
    const next = limits[code + 1];
    const upper = Math.min(Math.floor(next * 2 ** WORD), NEVER);
    const lower = upper === NEVER ? 0 : Math.floor((next * 2 ** WORD - upper) * 2 ** WORD);
    cells.set([code, upper, lower, 0], cell * 4);
    levels.set([low, high].map((light) => 255 * levelOf(display, Math.min(light * toPeak, 1))), cell * 2);
  }
  return { cells, levels };
}

/** @param {number} cell */
function edge(cell) {
  return 2 ** (FIRST + Math.floor(cell / STEPS)) * (1 + (cell % STEPS) / STEPS);
}

/**
 * A picture converted without a graphics card, in double precision: R, G, B, and 255 less 1 for a colour that
 * the display lacks, less 2 for one that is too bright for it.
 * @param {Tables} given @param {Uint16Array} codes @param {number} width @param {number} height
 * @param {number} [views] @returns {Uint8ClampedArray<ArrayBuffer>}
 */
export function convert(given, codes, width, height, views = 1) {
  const out = new Uint8ClampedArray(width * height * 4).fill(255);
  const limits = Float64Array.from(limitsOf(given.display, 1 / given.toPeak));
  for (const { rows, ...part } of given.matrices) {
    for (const { left, top, right, bottom } of pixelsOf(part, given.display, width, height, views)) {
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) convertPixel(given, rows, limits, codes, out, y * width + x);
      }
    }
  }
  return out;
}

/** @param {Tables} given @param {number[][]} rows @param {Float64Array} limits @param {Uint16Array} codes
 * @param {Uint8ClampedArray} out @param {number} pixel */
function convertPixel(given, rows, limits, codes, out, pixel) {
  const top = CODES - 1, light = given.fractions;
  const a = light[Math.min(codes[pixel * 3], top)], b = light[Math.min(codes[pixel * 3 + 1], top)];
  const c = light[Math.min(codes[pixel * 3 + 2], top)];
  let least = Infinity, most = -Infinity;
  for (let row = 0; row < 3; row++) {
    const value = rows[row][0] * a + rows[row][1] * b + rows[row][2] * c;
    let low = 0, high = 256; // limits[low] <= value < limits[high]
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (limits[middle] <= value) low = middle; else high = middle;
    }
    out[pixel * 4 + row] = low;
    least = Math.min(least, value * given.toPeak);
    most = Math.max(most, value * given.toPeak);
  }
  out[pixel * 4 + 3] = 255 - flagsOf(least, most, given.slack);
}

/** 1: the display lacks the colour; 2: it is too bright for it. Of its channels, as parts of the peak.
 * @param {number} least @param {number} most @param {[number, number]} slack */
function flagsOf(least, most, [above, own]) {
  return (-least > above + own * most ? 1 : 0) | (most * (1 - own) > 1 + above ? 2 : 0);
}

/** The pixels of a part of a display's grid, as the show cuts a picture, one box for each of the views that lie
 * beside each other. @param {{left: number, top: number, right: number, bottom: number}} part
 * @param {Display} display @param {number} width @param {number} height @param {number} views */
export function pixelsOf({ left, top, right, bottom }, display, width, height, views) {
  const { columns, rows } = display.grid ?? { columns: 1, rows: 1 };
  const wide = Math.floor(width / views);
  return Array.from({ length: views }, (_, view) => ({
    left: view * wide + Math.ceil(left * (wide / columns)), right: view * wide + Math.ceil(right * (wide / columns)),
    top: Math.ceil((top * height) / rows), bottom: Math.ceil((bottom * height) / rows),
  }));
}

/** The tile of `displays.py` as settings take it. @param {{side: number, ranks: string}|null} given */
export function ditherOf(given) {
  if (!given) return null;
  const bytes = Uint8Array.from(atob(given.ranks), (sign) => sign.charCodeAt(0));
  return { ranks: new Uint16Array(bytes.buffer) };
}
