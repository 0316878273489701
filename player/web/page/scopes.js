// @ts-check
/**
 * Waveform, vectorscope and X'Y'Z' histogram, counted by the graphics card: a point for each sample, added up
 * in the place where it belongs. What is counted are the display's codes that are seen (or the JPEG's), of the
 * histogram the film's own codes.
 */

import { ALL, CODES, program, target, texture } from "./shaders.js";

/** @typedef {"waveform"|"vectorscope"|"histogram"} Kind */
/** @typedef {{waveform: "luma"|"rgb"|"parade"}} Options */

/** Columns and rows of what is counted, and samples that a pixel gives. */
const FORMS = {
  waveform: { width: 512, height: 256, each: 4 },
  vectorscope: { width: 256, height: 256, each: 1 },
  histogram: { width: 512, height: 1, each: 3 },
  outside: { width: 4, height: 1, each: 1 },
};
const HISTOGRAM_HEIGHT = 128;
/** Pixels that are counted of a frame: of larger ones every second, third... in both directions. */
const MOST = 600_000, MOST_SOFTWARE = 30_000;

const HEAD = `#version 300 es
precision highp float; precision highp int; precision highp sampler2D; precision highp usampler2D;
`;
/** Y', Cb, Cr of BT.709 in 65536ths. */
const YCBCR = `
int luma(ivec3 c) { return (13933 * c.r + 46871 * c.g + 4732 * c.b + 32768) >> 16; }
ivec2 chroma(ivec3 c) {
  ivec2 found = ivec2(-7509 * c.r - 25259 * c.g + 32768 * c.b, 32768 * c.r - 29763 * c.g - 3005 * c.b);
  return min(((found + 32768) >> 16) + 128, 255);
}`;

const COUNT = `${HEAD}
uniform sampler2D picture;
uniform usampler2D codes;
uniform ivec4 area;    // first column and row, columns and rows that are counted
uniform int apart;     // pixels from one that is counted to the next
uniform int kind;      // as in KINDS
uniform ivec2 size;    // of the counts
flat out vec4 one;
${YCBCR}
${CODES}
void main() {
  int each = kind == 0 ? 4 : kind == 2 ? 3 : 1;
  int index = gl_VertexID / each, channel = gl_VertexID % each;
  ivec2 place = ivec2(index % area.z, index / area.z), at = area.xy + place * apart;
  ivec4 seen = ivec4(texelFetch(picture, at, 0) * 255.0 + 0.5);
  ivec2 bin = ivec2(0);
  one = vec4(1.0);
  if (kind == 0) {
    bin = ivec2(place.x * size.x / area.z, channel == 3 ? luma(seen.rgb) : seen[channel]);
    one = vec4(equal(ivec4(0, 1, 2, 3), ivec4(channel)));
  } else if (kind == 1) {
    bin = chroma(seen.rgb);
  } else if (kind == 2) {
    bin.x = int(min(codesAt(codes, at)[channel], 4095u)) >> 3;
    one = vec4(equal(ivec4(0, 1, 2, 3), ivec4(channel)));
  } else {
    bin.x = seen.a & 3;
  }
  gl_PointSize = 1.0;
  gl_Position = vec4((vec2(bin) + 0.5) / vec2(size) * 2.0 - 1.0, 0.0, 1.0);
}`;
const ADD = `${HEAD}
flat in vec4 one;
uniform float unit;
out vec4 found;
void main() { found = one * unit; }`;
const KINDS = ["waveform", "vectorscope", "histogram", "outside"];

/** Counts as light, the highest code on top. */
const PAINT = `${HEAD}
uniform sampler2D counts;
uniform int kind, mode;
uniform ivec2 size;   // of what is painted
uniform float scale, gain, all;
out vec4 found;
vec4 count_at(ivec2 place) { return texelFetch(counts, place, 0) * scale; }
void main() {
  ivec2 at = ivec2(gl_FragCoord.x, gl_FragCoord.y);  // read from the first row on: row 0 is the top
  ivec2 bins = textureSize(counts, 0);
  vec3 seen;
  if (kind == 0) {
    int row = bins.y - 1 - at.y;
    if (mode == 2) {
      int third = min(at.x * 3 / size.x, 2), x = (at.x * 3 - third * size.x) * bins.x / size.x;
      vec4 sum = count_at(ivec2(x, row)) + count_at(ivec2(min(x + 1, bins.x - 1), row)) + count_at(ivec2(min(x + 2, bins.x - 1), row));
      seen = vec3(0.08);
      seen[third] = 1.0;
      seen *= 1.0 - exp(-sum[third] * gain);
    } else {
      vec4 count = count_at(ivec2(at.x, row));
      vec4 light = 1.0 - exp(-count * gain);
      seen = mode == 1 ? light.rgb : light.a * vec3(0.55, 1.0, 0.65);
    }
  } else if (kind == 1) {
    ivec2 bin = ivec2(at.x, bins.y - 1 - at.y);
    float light = 1.0 - exp(-count_at(bin).r * gain);
    vec2 c = (vec2(bin) - 128.0) / 255.0;
    vec3 hue = clamp(0.6 + vec3(1.5748 * c.y, -0.1873 * c.x - 0.4681 * c.y, 1.8556 * c.x), 0.0, 1.0);
    seen = hue * light;
  } else {
    vec3 count = count_at(ivec2(at.x, 0)).rgb;
    vec3 height = log(1.0 + count) / log(1.0 + all) * float(size.y);
    seen = mix(vec3(0.0), vec3(1.0), greaterThanEqual(height, vec3(float(size.y) - gl_FragCoord.y)));
  }
  found = vec4(seen, 1.0);
}`;

/**
 * The scopes of a picture. `available` is false without WebGL2: then nothing is drawn and the page says so.
 * @param {ReturnType<typeof import("./picture.js").createPicture>} picture
 */
export function createScopes(picture) {
  /** @type {ReturnType<typeof build>|null} */
  let built = null;

  /** @param {Kind|"outside"} kind */
  function count(kind) {
    const content = picture.content;
    if (!content || (kind === "histogram" && !content.codes)) return null;
    const { gl } = content;
    if (!built || !gl.isTexture(built.none)) built = build(gl, picture.capabilities); // of a lost context nothing is left
    const { counter, counts } = built, form = FORMS[kind];
    const area = areaOf(picture, content.width, content.height);
    const columns = Math.ceil(area.width / area.apart), rows = Math.ceil(area.height / area.apart);
    gl.bindFramebuffer(gl.FRAMEBUFFER, counts[kind].target);
    gl.viewport(0, 0, form.width, form.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendEquation(gl.FUNC_ADD);
    gl.blendFunc(gl.ONE, gl.ONE);
    counter.use();
    bind(gl, counter, "picture", 0, content.picture);
    bind(gl, counter, "codes", 1, content.codes ?? built.none);
    gl.uniform4i(counter.at("area"), area.left, 0, columns, rows);
    gl.uniform1i(counter.at("apart"), area.apart);
    gl.uniform1i(counter.at("kind"), KINDS.indexOf(kind));
    gl.uniform2i(counter.at("size"), form.width, form.height);
    gl.uniform1f(counter.at("unit"), 1 / built.scale);
    gl.drawArrays(gl.POINTS, 0, columns * rows * form.each);
    gl.disable(gl.BLEND);
    return { gl, built, pixels: columns * rows, columns, apart: area.apart };
  }

  return {
    get available() {
      return picture.capabilities.webgl2;
    },
    /** Of how many pixels in a row one is counted. */
    get apart() {
      const content = picture.content;
      return content ? areaOf(picture, content.width, content.height).apart : 1;
    },
    /**
     * The counts themselves, four channels a place (waveform: R', G', B', Y' by columns and codes from 0;
     * vectorscope: by Cb and Cr from 0, in the first; histogram: X', Y', Z' by code / 8). Null where there are
     * none: no picture, of a JPEG no X'Y'Z', and a graphics card that cannot add up floats.
     * @param {Kind|"outside"} kind @returns {Float32Array|null}
     */
    counts(kind) {
      if (!picture.capabilities.floats) return null;
      const counted = count(kind);
      if (!counted) return null;
      const { width, height } = FORMS[kind], { gl } = counted;
      const found = new Float32Array(width * height * 4);
      gl.readPixels(0, 0, width, height, gl.RGBA, gl.FLOAT, found);
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      return found;
    },
    /** How many of the counted pixels the display lacks, and for how many it is too dark; null as `counts`,
     * and of a JPEG, which was cut before. @returns {{pixels: number, gamut: number, clipping: number}|null} */
    outside() {
      const found = picture.exact ? this.counts("outside") : null;
      if (!found) return null;
      const [none, gamut, clipping, both] = [0, 1, 2, 3].map((flags) => found[flags * 4]);
      return { pixels: none + gamut + clipping + both, gamut: gamut + both, clipping: clipping + both };
    },
    /**
     * Draw a scope on a canvas of its own, with its scale. False where there is nothing to draw.
     * @param {Kind} kind @param {HTMLCanvasElement} canvas @param {Partial<Options>} [options]
     */
    draw(kind, canvas, options = {}) {
      const flat = canvas.getContext("2d", { alpha: false });
      const counted = flat && count(kind);
      if (!flat) return false;
      const form = FORMS[kind], height = kind === "histogram" ? HISTOGRAM_HEIGHT : form.height;
      if (canvas.width !== form.width || canvas.height !== height) {
        canvas.width = form.width;
        canvas.height = height;
      }
      flat.fillStyle = "#000";
      flat.fillRect(0, 0, canvas.width, canvas.height);
      if (!counted) return false;
      const { gl, built: { painter, counts, paint, scale, most } } = counted;
      const modes = { luma: 0, rgb: 1, parade: 2 };
      gl.bindFramebuffer(gl.FRAMEBUFFER, paint.target);
      gl.viewport(0, 0, form.width, height);
      painter.use();
      bind(gl, painter, "counts", 0, counts[kind].texture);
      gl.uniform1i(painter.at("kind"), KINDS.indexOf(kind));
      gl.uniform1i(painter.at("mode"), modes[options.waveform ?? "luma"]);
      gl.uniform2i(painter.at("size"), form.width, height);
      gl.uniform1f(painter.at("scale"), scale);
      gl.uniform1f(painter.at("gain"), gainOf(kind, counted.pixels));
      gl.uniform1f(painter.at("all"), Math.min(counted.pixels, most));
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      const seen = new ImageData(form.width, height);
      gl.pixelStorei(gl.PACK_ALIGNMENT, 1);
      gl.readPixels(0, 0, form.width, height, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(seen.data.buffer));
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      flat.putImageData(seen, 0, 0);
      SCALES[kind](flat, options);
      return true;
    },
  };
}

/** How fast counts become light: what a picture of even light would lay on a place is seen well.
 * @param {Kind} kind @param {number} pixels */
function gainOf(kind, pixels) {
  return kind === "waveform" ? 512 / (pixels / 64) * 2 : 2000 / pixels * 8;
}

/** @param {ReturnType<typeof import("./picture.js").createPicture>} picture @param {number} width @param {number} height */
function areaOf(picture, width, height) {
  const half = picture.frame?.picture?.views === 2 && ["left", "right"].includes(picture.settings.view);
  const columns = half ? width >> 1 : width;
  const most = picture.capabilities.software ? MOST_SOFTWARE : MOST;
  return {
    left: half && picture.settings.view === "right" ? columns : 0, width: columns, height,
    apart: Math.max(1, Math.ceil(Math.sqrt((columns * height) / most))),
  };
}

/** Counts that a half float cannot tell apart, or a byte: the scope's light has long reached its full there.
 * @param {WebGL2RenderingContext} gl @param {import("./picture.js").Capabilities} capabilities */
function build(gl, { floats, halves }) {
  const [form, type, scale, most] = floats ? [gl.RGBA32F, gl.FLOAT, 1, 2 ** 24]
    : halves ? [gl.RGBA16F, gl.HALF_FLOAT, 1, 2 ** 11] : [gl.RGBA8, gl.UNSIGNED_BYTE, 255, 255];
  /** @param {number} width @param {number} height @param {boolean} counted */
  const surface = (width, height, counted) => {
    const made = counted
      ? texture(gl, form, width, height, gl.RGBA, type, null)
      : texture(gl, gl.RGBA8, width, height, gl.RGBA, gl.UNSIGNED_BYTE, null);
    return { texture: made, target: target(gl, made) };
  };
  /** @param {Kind|"outside"} kind */
  const of = (kind) => surface(FORMS[kind].width, FORMS[kind].height, true);
  return {
    scale, most,
    counter: program(gl, COUNT, ADD), painter: program(gl, ALL, PAINT),
    counts: { waveform: of("waveform"), vectorscope: of("vectorscope"), histogram: of("histogram"), outside: of("outside") },
    paint: surface(512, 256, false),
    none: texture(gl, gl.R16UI, 1, 3, gl.RED_INTEGER, gl.UNSIGNED_SHORT, null),
  };
}

/** @param {WebGL2RenderingContext} gl @param {ReturnType<typeof program>} of @param {string} name @param {number} unit
 * @param {WebGLTexture|null} which */
function bind(gl, of, name, unit, which) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, which);
  gl.uniform1i(of.at(name), unit);
}

// --- scales ---

const LINE = "rgba(255, 255, 255, 0.35)", WORD = "rgba(255, 255, 255, 0.8)";

/** Where Cb and Cr of R'G'B' lie on the vectorscope. @param {number} r 0 to 1 @param {number} g @param {number} b */
export function placeOf(r, g, b) {
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return { x: 128 + (255 * (b - y)) / 1.8556, y: 255 - (128 + (255 * (r - y)) / 1.5748) };
}

/** @type {Record<Kind, (flat: CanvasRenderingContext2D, options: Partial<Options>) => void>} */
const SCALES = {
  waveform(flat) {
    for (const percent of [0, 25, 50, 75, 100]) {
      const y = 255.5 - Math.round(percent * 2.55);
      line(flat, 0, y, 512, y);
      word(flat, String(percent), 2, percent === 100 ? 11 : y - 2);
    }
  },
  vectorscope(flat) {
    line(flat, 128, 0, 128, 256);
    line(flat, 0, 127.5, 256, 127.5);
    const targets = { R: [1, 0, 0], Mg: [1, 0, 1], B: [0, 0, 1], Cy: [0, 1, 1], G: [0, 1, 0], Yl: [1, 1, 0] };
    for (const [name, [r, g, b]] of Object.entries(targets)) {
      const { x, y } = placeOf(0.75 * r, 0.75 * g, 0.75 * b);
      flat.strokeStyle = LINE;
      flat.strokeRect(x - 5, y - 5, 11, 11);
      word(flat, name, x + 8, y + 4);
    }
  },
  histogram(flat) {
    for (const code of [0, 1024, 2048, 3072, 4095]) {
      const x = Math.min((code >> 3) + 0.5, 511.5);
      line(flat, x, 0, x, HISTOGRAM_HEIGHT);
      word(flat, String(code), code > 4000 ? 484 : x + 2, 10);
    }
  },
};

/** @param {CanvasRenderingContext2D} flat @param {number} fromX @param {number} fromY @param {number} toX @param {number} toY */
function line(flat, fromX, fromY, toX, toY) {
  flat.strokeStyle = LINE;
  flat.beginPath();
  flat.moveTo(fromX, fromY);
  flat.lineTo(toX, toY);
  flat.stroke();
}

/** @param {CanvasRenderingContext2D} flat @param {string} said @param {number} x @param {number} y */
function word(flat, said, x, y) {
  flat.fillStyle = WORD;
  flat.font = "10px ui-monospace, monospace";
  flat.fillText(said, x, y);
}
