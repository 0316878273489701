// @ts-check
/** Samples of a block and where they go: from 24 bits, folded down, muted. */

/** Full scale of 24 bits. */
const FULL = 1 << 23;

/**
 * @typedef {{symbols: (string | null)[], fold: Record<string, [number, number]>}} Facts what stands on the
 *   channels, and what of each goes left and right
 */

/** 24-bit samples, little-endian, channels side by side, as floats a channel.
 * @param {Uint8Array} data @param {number} channels @returns {Float32Array<ArrayBuffer>[]} */
export function floats(data, channels) {
  const count = Math.floor(data.length / 3 / channels);
  const found = Array.from({ length: channels }, () => new Float32Array(count));
  let place = 0;
  for (let n = 0; n < count; n += 1) {
    for (let c = 0; c < channels; c += 1) {
      const value = (data[place + 2] << 24) | (data[place + 1] << 16) | (data[place] << 8);
      found[c][n] = (value >> 8) / FULL;
      place += 3;
    }
  }
  return found;
}

/** How much of each channel goes to each output. outputs: 2 is folded down, others as they stand.
 * @param {Facts} facts @param {number} channels @param {number} outputs @returns {number[][]} */
export function matrix(facts, channels, outputs) {
  return Array.from({ length: channels }, (_, place) => {
    const row = new Array(outputs).fill(0);
    if (outputs === 2) {
      const symbol = facts.symbols[place] ?? "";
      return [...(facts.fold[symbol] ?? (channels === 1 ? [Math.SQRT1_2, Math.SQRT1_2] : [0, 0]))];
    }
    if (place < outputs) {
      row[place] = 1;
    }
    return row;
  });
}

/** The same, rising from silence. @param {Float32Array<ArrayBuffer>} samples @param {number} over samples */
export function risen(samples, over) {
  const made = samples.slice();
  const count = Math.min(made.length, over);
  for (let n = 0; n < count; n += 1) {
    made[n] *= (n + 0.5) / count;
  }
  return made;
}

/** Which channels are heard. @param {number} channels @param {Set<number>} muted @param {Set<number>} solo */
export function audible(channels, muted, solo) {
  return Array.from({ length: channels }, (_, n) => !muted.has(n) && (solo.size === 0 || solo.has(n)));
}
