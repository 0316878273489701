// @ts-check
/** The picture of the page: frames of the socket on a canvas, in the colours of a display. */

/**
 * @typedef {{name: string, title: string, matrix: number[][], transfer: string, peak: number,
 *   grid?: {columns: number, rows: number, modules: {column: number, row: number, matrix: number[][]}[]}}} Display
 *   As `player/web/displays.py` gives it.
 * @typedef {"left"|"right"|"both"|"anaglyph"|"difference"} View
 * @typedef {{display: Display, hdr: boolean, view: View, overlay: {gamut: boolean, clipping: boolean}}} Settings
 *   hdr: the codes are of ST 2084.
 * @typedef {{webgl2: boolean, renderer: string, software: boolean, bits: number, floats: boolean,
 *   mostSize: number}} Capabilities
 *   bits: of a channel of the canvas. floats: scopes count in floats. mostSize: of a frame's side.
 * @typedef {{encoding: "xyz12"|"jpeg", width: number, height: number, views: 1|2,
 *   data: Uint16Array|Blob, dither?: boolean}} Picture
 *   As the socket gives it. dither: it is marked, and rounded codes would lose the mark.
 * @typedef {{serial: number, number: number, eye?: "left"|"right"|null, picture: Picture|null}} Frame
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {{
 *   show(frame: Frame): boolean,
 *   redraw(): void,
 *   set(settings: Partial<Settings>): void,
 *   read(x: number, y: number, width: number, height: number): Uint8Array,
 *   capabilities: Capabilities,
 *   readonly settings: Settings,
 *   readonly frame: Frame|null,
 *   readonly lost: boolean,
 *   readonly exact: boolean,
 *   onchange: (() => void)|null,
 * }}
 * show: draws a frame; false where its picture is still being decoded (a JPEG) and is drawn when it is.
 * read: R, G, B, A of the canvas, the top row first. exact: what is shown is of 12-bit codes, not a JPEG.
 * onchange: called when the context was lost or is back.
 */
export function createPicture(canvas) {
  throw new Error("not there yet");
}
