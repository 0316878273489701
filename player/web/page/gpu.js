// @ts-check
/** The picture by a graphics card: WebGL2, a texture of 12-bit codes, two passes. */

import { OCTAVES, pixelsOf, STEPS, tablesOf } from "./colour.js";
import { ALL, CONVERT, COPY, program, target, texture, VIEW, VIEWS } from "./shaders.js";

/** @typedef {import("./picture.js").Settings} Settings @typedef {import("./picture.js").Picture} Picture */

const GOLDEN = (Math.sqrt(5) - 1) / 2;
const TILE = 64;

/**
 * @param {HTMLCanvasElement} canvas
 * @returns null where there is no WebGL2.
 */
export function gpuRenderer(canvas) {
  const gl = canvas.getContext("webgl2", {
    alpha: false, antialias: false, depth: false, stencil: false, powerPreference: "high-performance",
  });
  if (!gl) return null;
  /** @type {ReturnType<typeof build>|null} */
  let built = gl.isContextLost() ? null : build(gl);
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) ?? "");
  const capabilities = {
    webgl2: true, renderer, software: /swiftshader|llvmpipe|software|basic render/i.test(renderer),
    bits: gl.getParameter(gl.RED_BITS) || 8, mostSize: Math.floor((gl.getParameter(gl.MAX_TEXTURE_SIZE) || 2048) / 3),
    floats: Boolean(gl.getExtension("EXT_color_buffer_float") && gl.getExtension("EXT_float_blend")),
    halves: Boolean(gl.getExtension("EXT_color_buffer_float") || gl.getExtension("EXT_color_buffer_half_float")),
  };

  return {
    capabilities,
    gl,
    /** What the scopes read: R, G, B of the display with flags beside them, and the codes themselves.
     * @returns {{gl: WebGL2RenderingContext, picture: WebGLTexture, codes: WebGLTexture|null, width: number, height: number}|null} */
    get content() {
      return built?.content && !gl.isContextLost()
        ? { gl, picture: built.content.picture, codes: built.content.codes, width: built.content.width, height: built.content.height }
        : null;
    },
    get size() {
      return { width: built?.content?.width ?? 0, height: built?.content?.height ?? 0 };
    },
    /** @param {number} x @param {number} y @returns {number[]} */
    sample(x, y) {
      const found = new Uint8Array(4);
      if (!built?.content) return [0, 0, 0, 0];
      gl.bindFramebuffer(gl.FRAMEBUFFER, built.content.target);
      gl.readPixels(x, y, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, found);
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      return [...found];
    },
    /** After a loss, when the context is there again. */
    restore() {
      for (const name of ["EXT_color_buffer_float", "EXT_float_blend", "EXT_color_buffer_half_float"]) gl.getExtension(name);
      built = build(gl);
    },
    lose() {
      built = null;
    },
    /** Take over a picture's samples. @param {Picture} picture @param {ImageBitmap|null} bitmap of a JPEG */
    upload(picture, bitmap) {
      if (!built || gl.isContextLost()) return;
      const { width, height } = bitmap ?? picture;
      const content = sized(gl, built, width, height);
      if (bitmap) {
        gl.deleteTexture(content.codes);
        content.codes = null;
        if (!content.jpeg) content.jpeg = texture(gl, gl.RGBA8, width, height, gl.RGBA, gl.UNSIGNED_BYTE, null);
        gl.bindTexture(gl.TEXTURE_2D, content.jpeg);
        gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
        gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
        return;
      }
      gl.deleteTexture(content.jpeg);
      content.jpeg = null;
      const data = /** @type {Uint16Array} */ (picture.data);
      if (!content.codes) {
        content.codes = texture(gl, gl.R16UI, width, height * 3, gl.RED_INTEGER, gl.UNSIGNED_SHORT, data);
      } else {
        gl.bindTexture(gl.TEXTURE_2D, content.codes);
        gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
        gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height * 3, gl.RED_INTEGER, gl.UNSIGNED_SHORT, data);
      }
    },
    /** Convert what was taken over: once a frame and a display. @param {Settings} settings @param {1|2} views
     * @param {number|null} dithered the frame's number where it is to be dithered */
    convert(settings, views, dithered) {
      const content = built?.content;
      if (!built || !content || gl.isContextLost()) return;
      gl.bindFramebuffer(gl.FRAMEBUFFER, content.target);
      gl.viewport(0, 0, content.width, content.height);
      gl.disable(gl.BLEND);
      if (content.codes) convertCodes(gl, built, content, settings, views, dithered);
      else if (content.jpeg) {
        built.copy.use();
        bind(gl, built.copy, "picture", 0, content.jpeg);
        gl.drawArrays(gl.TRIANGLES, 0, 3);
      }
    },
    /** What is seen, on the canvas. @param {Settings} settings @param {1|2} views */
    draw(settings, views) {
      const content = built?.content;
      if (!built || !content || gl.isContextLost()) return;
      const width = views === 2 && settings.view !== "both" ? content.width >> 1 : content.width;
      if (canvas.width !== width || canvas.height !== content.height) {
        canvas.width = width;
        canvas.height = content.height;
      }
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      gl.viewport(0, 0, width, content.height);
      gl.disable(gl.BLEND);
      built.view.use();
      bind(gl, built.view, "picture", 0, content.picture);
      gl.uniform1i(built.view.at("view"), VIEWS.indexOf(settings.view));
      gl.uniform1i(built.view.at("eyeWidth"), views === 2 ? content.width >> 1 : 0);
      gl.uniform1i(built.view.at("gamut"), Number(settings.overlay.gamut));
      gl.uniform1i(built.view.at("clipping"), Number(settings.overlay.clipping));
      gl.uniform2i(built.view.at("size"), width, content.height);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
    /** R, G, B, A of the canvas, right after it was drawn; the top row first.
     * @param {number} x @param {number} y @param {number} width @param {number} height */
    read(x, y, width, height) {
      const found = new Uint8Array(width * height * 4);
      if (gl.isContextLost()) return found;
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      gl.pixelStorei(gl.PACK_ALIGNMENT, 1);
      gl.readPixels(x, canvas.height - y - height, width, height, gl.RGBA, gl.UNSIGNED_BYTE, found);
      return topFirst(found, width, height);
    },
  };
}

/** Rows as they come of a graphics card, from the bottom, turned round.
 * @param {Uint8Array} rows @param {number} width @param {number} height */
function topFirst(rows, width, height) {
  const found = new Uint8Array(rows.length), line = width * 4;
  for (let y = 0; y < height; y++) found.set(rows.subarray(y * line, (y + 1) * line), (height - 1 - y) * line);
  return found;
}

/**
 * @typedef {{width: number, height: number, codes: WebGLTexture|null, jpeg: WebGLTexture|null,
 *   picture: WebGLTexture, target: WebGLFramebuffer}} Content
 * @typedef {{light: WebGLTexture, cells: WebGLTexture, levels: WebGLTexture, given: import("./colour.js").Tables}} Curves
 */

/** @param {WebGL2RenderingContext} gl */
function build(gl) {
  return {
    convert: program(gl, ALL, CONVERT), copy: program(gl, ALL, COPY), view: program(gl, ALL, VIEW),
    content: /** @type {Content|null} */ (null),
    curves: /** @type {Curves|null} */ (null),
    ranks: /** @type {{of: Uint16Array|null, texture: WebGLTexture}|null} */ (null),
  };
}

/** @param {WebGL2RenderingContext} gl @param {ReturnType<typeof build>} built @param {number} width @param {number} height */
function sized(gl, built, width, height) {
  const before = built.content;
  if (before && before.width === width && before.height === height) return before;
  if (before) {
    for (const each of [before.codes, before.jpeg, before.picture]) gl.deleteTexture(each);
    gl.deleteFramebuffer(before.target);
  }
  const picture = texture(gl, gl.RGBA8, width, height, gl.RGBA, gl.UNSIGNED_BYTE, null);
  built.content = { width, height, codes: null, jpeg: null, picture, target: target(gl, picture) };
  return built.content;
}

/** @param {WebGL2RenderingContext} gl @param {ReturnType<typeof build>} built @param {Content} content
 * @param {Settings} settings @param {1|2} views @param {number|null} dithered */
function convertCodes(gl, built, content, settings, views, dithered) {
  const curves = curvesOf(gl, built, settings);
  const { convert } = built, { given } = curves;
  const ranks = settings.dither ? settings.dither.ranks : null;
  if (!built.ranks || built.ranks.of !== ranks) {
    if (built.ranks) gl.deleteTexture(built.ranks.texture);
    const data = ranks ?? new Uint16Array(TILE * TILE);
    built.ranks = { of: ranks, texture: texture(gl, gl.R16UI, TILE, TILE, gl.RED_INTEGER, gl.UNSIGNED_SHORT, data) };
  }
  convert.use();
  bind(gl, convert, "codes", 0, content.codes);
  bind(gl, convert, "light", 1, curves.light);
  bind(gl, convert, "cells", 2, curves.cells);
  bind(gl, convert, "levels", 3, curves.levels);
  bind(gl, convert, "ranks", 4, built.ranks.texture);
  gl.uniform1f(convert.at("toPeak"), given.toPeak);
  gl.uniform2f(convert.at("slack"), given.slack[0], given.slack[1]);
  const shift = dithered !== null && ranks ? Math.round(dithered * GOLDEN * TILE * TILE) % (TILE * TILE) : -1;
  gl.uniform1i(convert.at("shift"), shift);
  gl.enable(gl.SCISSOR_TEST);
  for (const each of given.matrices) {
    gl.uniform3fv(convert.at("matrix"), each.parts);
    for (const { left, top, right, bottom } of pixelsOf(each, given.display, content.width, content.height, views)) {
      gl.scissor(left, top, right - left, bottom - top); // of this target the first row is the top one
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
  }
  gl.disable(gl.SCISSOR_TEST);
}

/** @param {WebGL2RenderingContext} gl @param {ReturnType<typeof build>} built @param {Settings} settings @returns {Curves} */
function curvesOf(gl, built, settings) {
  const before = built.curves;
  const given = tablesOf(settings, before?.given ?? null);
  if (before?.given === given) return before;
  if (before) for (const each of [before.light, before.cells, before.levels]) gl.deleteTexture(each);
  built.curves = {
    given,
    light: texture(gl, gl.RGBA32F, 64, 64, gl.RGBA, gl.FLOAT, given.light),
    cells: texture(gl, gl.RGBA32F, STEPS, OCTAVES, gl.RGBA, gl.FLOAT, given.cells),
    levels: texture(gl, gl.RG32F, STEPS, OCTAVES, gl.RG, gl.FLOAT, given.levels),
  };
  return built.curves;
}

/** @param {WebGL2RenderingContext} gl @param {ReturnType<typeof program>} of @param {string} name @param {number} unit
 * @param {WebGLTexture|null} which */
function bind(gl, of, name, unit, which) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, which);
  gl.uniform1i(of.at(name), unit);
}
