// @ts-check
/** The shaders of the picture, and what it takes to run one. */

import { BITS, FIRST, OCTAVES, STEPS, WORD } from "./colour.js";

const HEAD = `#version 300 es
precision highp float; precision highp int;
precision highp sampler2D; precision highp usampler2D; precision highp isampler2D;
`;

/** Two triangles over everything. */
export const ALL = `${HEAD}
void main() {
  vec2 at = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(at * 4.0 - 1.0, 0.0, 1.0);
}`;

/** Three codes of a pixel. They lie in three rows for each of the picture, as they came: textures of three
 * channels would be turned into ones of four, sample by sample. */
export const CODES = `
uvec3 codesAt(usampler2D codes, ivec2 at) {
  int width = textureSize(codes, 0).x, first = at.x * 3, row = at.y * 3;
  ivec3 all = ivec3(first, first + 1, first + 2), more = all / width;
  return uvec3(
    texelFetch(codes, ivec2(all.x - more.x * width, row + more.x), 0).r,
    texelFetch(codes, ivec2(all.y - more.y * width, row + more.y), 0).r,
    texelFetch(codes, ivec2(all.z - more.z * width, row + more.z), 0).r);
}`;

/** The products of parts of light and matrix that lie at one place. Written out: a loop over them is slow where
 * all is computed by code. @param {string} parts from the highest to the one of the place */
const sum = (parts) => ["x", "y", "z"].flatMap((light, column) =>
  [...parts].map((part, i) => `matrix[${column * 4 + parts.length - 1 - i}] * ${light}.${part}`)).join(" + ");

/**
 * X'Y'Z' codes into R, G, B of 8 bits; in the place of alpha 1 for a colour that the display lacks and 2 for
 * one that is too bright for it, in 255ths. The first row is the top one, as it came.
 */
export const CONVERT = `${HEAD}
uniform usampler2D codes, ranks;
uniform sampler2D light, cells, levels;
uniform vec3 matrix[12];  // column by column, four parts each
uniform float toPeak;
uniform vec2 slack;
uniform int shift;  // of the dither's tile; -1: the nearest code
out vec4 found;
${CODES}

vec4 lightOf(uint code) {
  int at = int(min(code, 4095u));
  return texelFetch(light, ivec2(at & 63, at >> 6), 0);
}

int cellOf(float value) {
  return clamp((floatBitsToInt(value) >> ${23 - Math.log2(STEPS)}) - ${(127 + FIRST) * STEPS}, 0, ${OCTAVES * STEPS - 1});
}

float nearest(float high, float low, float value) {
  if (high < 0.0) return 0.0;
  int cell = cellOf(value);
  vec3 limit = texelFetch(cells, ivec2(cell & ${STEPS - 1}, cell / ${STEPS}), 0).xyz;
  bool next = high > limit.y || (high == limit.y && low >= limit.z);
  return next ? limit.x + 1.0 : limit.x;
}

float dithered(float value, ivec2 at) {
  float level = 0.0;
  if (value > 0.0) {
    int cell = cellOf(value);
    vec2 ends = texelFetch(levels, ivec2(cell & ${STEPS - 1}, cell / ${STEPS}), 0).xy;
    float part = float(floatBitsToInt(value) & ${(1 << (23 - Math.log2(STEPS))) - 1}) / ${(1 << (23 - Math.log2(STEPS))).toFixed(1)};
    level = mix(ends.x, ends.y, part);
  }
  uint rank = (texelFetch(ranks, at & 63, 0).r + uint(shift)) & 4095u;
  float noise = clamp((float(rank) + 0.5) / 4096.0, 1.0 / 512.0, 1.0 - 1.0 / 512.0);
  return clamp(floor(level + noise), 0.0, 255.0);
}

void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  uvec3 code = codesAt(codes, at);
  vec4 x = lightOf(code.x), y = lightOf(code.y), z = lightOf(code.z);
  vec3 first = ${sum("x")}, second = ${sum("xy")};
  vec3 third = ${sum("xyz")}, fourth = ${sum("xyzw")};
  third += floor(fourth * ${2 ** -BITS});
  vec3 over = floor(third * ${2 ** -BITS});
  third -= over * ${2 ** BITS}.0;
  second += over;
  over = floor(second * ${2 ** -BITS});
  second -= over * ${2 ** BITS}.0;
  first += over;
  vec3 rest = second * ${2 ** BITS}.0 + third;
  vec3 value = first * ${2 ** -WORD} + rest * ${2 ** (-2 * WORD)};
  vec3 rgb = shift < 0
    ? vec3(nearest(first.r, rest.r, value.r), nearest(first.g, rest.g, value.g), nearest(first.b, rest.b, value.b))
    : vec3(dithered(value.r, at), dithered(value.g, at + ivec2(16, 0)), dithered(value.b, at + ivec2(32, 0)));
  vec3 ofPeak = value * toPeak;
  float least = min(ofPeak.r, min(ofPeak.g, ofPeak.b)), most = max(ofPeak.r, max(ofPeak.g, ofPeak.b));
  int flags = (-least > slack.x + slack.y * most ? 1 : 0) | (most * (1.0 - slack.y) > 1.0 + slack.x ? 2 : 0);
  found = vec4(rgb, flags) / 255.0;
}`;

/** A decoded picture as it is. */
export const COPY = `${HEAD}
uniform sampler2D picture;
out vec4 found;
void main() { found = vec4(texelFetch(picture, ivec2(gl_FragCoord.xy), 0).rgb, 0.0); }`;

/** By the number that the shader has of each. @type {import("./picture.js").View[]} */
export const VIEWS = ["left", "right", "both", "anaglyph", "difference"];

/**
 * What is seen: one eye or both as the view has them, in the display's own codes, and stripes over what the
 * display lacks (magenta, rising) and what is too bright for it (red, falling).
 */
export const VIEW = `${HEAD}
uniform sampler2D picture;
uniform int view, eyeWidth, gamut, clipping;
uniform ivec2 size;
out vec4 found;
void main() {
  ivec2 at = ivec2(gl_FragCoord.x, float(size.y) - gl_FragCoord.y);
  vec4 seen = texelFetch(picture, at, 0);
  int flags = int(seen.a * 255.0 + 0.5);
  if (eyeWidth > 0 && view != 0 && view != 2) {
    vec4 right = texelFetch(picture, at + ivec2(eyeWidth, 0), 0);
    int others = int(right.a * 255.0 + 0.5);
    if (view == 1) { seen = right; flags = others; }
    else {
      seen = view == 3 ? vec4(seen.r, right.gb, 1.0) : vec4(abs(seen.rgb - right.rgb), 1.0);
      flags |= others;
    }
  }
  if (gamut != 0 && (flags & 1) != 0 && ((at.x + at.y) & 4) == 0) seen.rgb = vec3(1.0, 0.0, 1.0);
  else if (clipping != 0 && (flags & 2) != 0 && ((at.x - at.y) & 4) == 0) seen.rgb = vec3(1.0, 0.0, 0.0);
  found = vec4(seen.rgb, 1.0);
}`;

/**
 * @param {WebGL2RenderingContext} gl @param {string} vertices @param {string} pixels
 * @returns {{use(): void, at(name: string): WebGLUniformLocation|null}}
 */
export function program(gl, vertices, pixels) {
  const made = gl.createProgram();
  for (const [kind, source] of /** @type {[number, string][]} */ ([[gl.VERTEX_SHADER, vertices], [gl.FRAGMENT_SHADER, pixels]])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost()) {
    const said = (gl.getAttachedShaders(made) ?? []).map((shader) => gl.getShaderInfoLog(shader)).join(" ");
    throw new Error(`the graphics card's driver refuses a shader: ${gl.getProgramInfoLog(made)} ${said}`);
  }
  /** @type {Map<string, WebGLUniformLocation|null>} */
  const places = new Map();
  return {
    use: () => gl.useProgram(made),
    at: (name) => {
      if (!places.has(name)) places.set(name, gl.getUniformLocation(made, name));
      return places.get(name) ?? null;
    },
  };
}

/**
 * A texture that is read texel by texel.
 * @param {WebGL2RenderingContext} gl @param {number} form of the texture, sized
 * @param {number} width @param {number} height @param {number} format @param {number} type
 * @param {ArrayBufferView|null} data
 */
export function texture(gl, form, width, height, format, type, data) {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texImage2D(gl.TEXTURE_2D, 0, form, width, height, 0, format, type, data);
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
  return made;
}

/** A frame that is drawn into a texture. @param {WebGL2RenderingContext} gl @param {WebGLTexture} into */
export function target(gl, into) {
  const made = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, made);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, into, 0);
  return made;
}
