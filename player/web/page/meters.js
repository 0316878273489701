// @ts-check
/**
 * What sound measures: peaks of the samples and of the wave between them, loudness by R 128 and leq(m).
 *
 * Measured on the samples as they come, shown when they are heard. The constants come from the server
 * (`player/web/soundfacts.py`), which has them from where `dcpkit verify` and `create` measure.
 */

/** Steps of loudness: in a second, in the momentary and in the short-term window. */
const STEPS = 10;
const MOMENT = 4;
const SHORT_TERM = 30;
/** LUFS: softer is silence; and the gate below the mean. */
const SILENCE = -70;
const GATE = -10;
const BINS = 100; // a LU
const LOUDEST = 20;
/** Samples whose largest value says whether one between them can be larger. */
const PIECE = 64;
/** What is remembered until it is heard. */
const KEPT = 128;

/**
 * @typedef {object} MeterFacts
 * @property {(string | null)[]} symbols of the channels
 * @property {number[][]} interpolator a row a sample, a column a place between two samples
 * @property {Record<string, number>} weights of loudness, by symbol
 * @property {Record<string, number>} levels dB SPL of leq(m), by symbol
 * @property {number} reference dBFS of the tone that is played at `screen` dB
 * @property {number} screen
 * @property {number[]} m taps of the filter of leq(m) at this sample rate
 * @property {number[][]} k biquads of the loudness filter at this sample rate: b0, b1, b2, a1, a2
 */

/** dB of an amplitude; -Infinity of none. @param {number} amplitude */
export const decibels = (amplitude) => 20 * Math.log10(amplitude);

/** The largest magnitude. @param {Float32Array} samples */
function samplePeak(samples) {
  let most = 0;
  for (let n = 0; n < samples.length; n += 1) {
    const size = Math.abs(samples[n]);
    if (size > most) {
      most = size;
    }
  }
  return most;
}

/** True peak of one channel as it passes. @param {number[][]} interpolator */
function truePeaks(interpolator) {
  const taps = interpolator.length;
  const places = interpolator[0].length;
  const columns = Array.from({ length: places }, (_, place) =>
    Float32Array.from(interpolator, (row) => row[place]));
  const gain = Math.max(...columns.map((column) => column.reduce((sum, tap) => sum + Math.abs(tap), 0)));
  let before = new Float32Array(taps - 1);

  /** The largest magnitude of these samples and between them and those before. @param {Float32Array} samples */
  return (samples) => {
    const all = new Float32Array(before.length + samples.length);
    all.set(before);
    all.set(samples, before.length);
    before = all.slice(all.length - before.length);
    let most = samplePeak(samples);
    const end = all.length - taps + 1;
    for (let start = 0; start < end; start += PIECE) {
      const stop = Math.min(start + PIECE, end);
      let largest = 0;
      for (let n = start; n < stop + taps - 1; n += 1) {
        const size = all[n] < 0 ? -all[n] : all[n];
        if (size > largest) {
          largest = size;
        }
      }
      if (largest * gain <= most) {
        continue;
      }
      for (let n = start; n < stop; n += 1) {
        for (const column of columns) {
          let sum = 0;
          for (let tap = 0; tap < taps; tap += 1) {
            sum += all[n + tap] * column[tap];
          }
          const size = Math.abs(sum);
          if (size > most) {
            most = size;
          }
        }
      }
    }
    return most;
  };
}

/** The squares of a filter of few taps, antisymmetric, summed. @param {number[]} taps */
function energies(taps) {
  const half = taps.length / 2;
  const used = Float64Array.from(taps.slice(0, half));
  const reach = taps.length - 1;
  let before = new Float32Array(reach);

  /** @param {Float32Array} samples */
  return (samples) => {
    const all = new Float32Array(reach + samples.length);
    all.set(before);
    all.set(samples, reach);
    before = all.slice(all.length - reach);
    let energy = 0;
    for (let n = 0; n < samples.length; n += 1) {
      let sum = 0;
      for (let tap = 0; tap < half; tap += 1) {
        sum += used[tap] * (all[n + reach - tap] - all[n + tap]);
      }
      energy += sum * sum;
    }
    return energy;
  };
}

/** The squares behind the loudness filter of one channel, summed. @param {number[][]} stages two biquads */
function weighted([first, second]) {
  const [p0, p1, p2, q1, q2] = first;
  const [r0, r1, r2, s1, s2] = second;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;

  /** @param {Float32Array} samples @param {number} from @param {number} until */
  return (samples, from, until) => {
    let energy = 0;
    for (let n = from; n < until; n += 1) {
      const value = samples[n];
      const middle = p0 * value + a;
      a = p1 * value - q1 * middle + b;
      b = p2 * value - q2 * middle;
      const out = r0 * middle + c;
      c = r1 * middle - s1 * out + d;
      d = r2 * middle - s2 * out;
      energy += out * out;
    }
    return energy;
  };
}

/** How often each loudness occurred, and the programme's loudness by its gates. */
function gate() {
  const counts = new Float64Array((LOUDEST - SILENCE) * BINS + 1);
  /** @param {number} first */
  const mean = (first) => {
    let many = 0;
    let energy = 0;
    for (let bin = Math.max(first, 0); bin < counts.length; bin += 1) {
      if (counts[bin]) {
        many += counts[bin];
        energy += counts[bin] * 10 ** ((SILENCE + bin / BINS) / 10);
      }
    }
    return many ? 10 * Math.log10(energy / many) : null;
  };
  return {
    /** @param {number} loudness */
    add(loudness) {
      if (loudness >= SILENCE) {
        counts[Math.min(Math.round((loudness - SILENCE) * BINS), counts.length - 1)] += 1;
      }
    },
    programme() {
      const whole = mean(0);
      return whole === null ? null : mean(Math.round((whole + GATE - SILENCE) * BINS));
    },
  };
}

/**
 * @param {MeterFacts} facts
 * @param {number} channels
 * @param {number} rate samples a second
 */
export function createMeters(facts, channels, rate) {
  const symbols = Array.from({ length: channels }, (_, n) => facts.symbols[n] ?? "");
  const ways = symbols.map((symbol) => ({
    symbol,
    weight: facts.weights[symbol] ?? 0,
    scale: symbol in facts.levels ? 10 ** ((facts.levels[symbol] - facts.screen) / 10) : 0,
    peak: truePeaks(facts.interpolator),
    energy: energies(facts.m),
    filter: weighted(facts.k),
  }));
  const tone = 10 ** (facts.reference / 10) / 2;
  const step = Math.floor(rate / STEPS);
  const programme = gate();
  /** @type {number[]} */
  let steps = [];
  let sum = 0;
  let filled = 0;
  let all = 0;
  let count = 0;
  /** @type {number | null} */
  let integrated = null;
  const most = symbols.map(() => ({ peak: 0, truePeak: 0 }));
  /** @type {any[]} */
  let entries = [];

  /** @param {number} energy of leq(m) @param {number} samples */
  const leqm = (energy, samples) =>
    samples && energy / samples > 1e-16 ? facts.screen + 10 * Math.log10(energy / samples / tone) : null;

  /** @param {number} many steps */
  function window(many) {
    const last = steps.slice(-many);
    const energy = last.reduce((total, each) => total + each, 0) / last.length;
    return last.length === many && energy > 0 ? -0.691 + 10 * Math.log10(energy) : null;
  }

  /** @param {Float32Array[]} blocks */
  function loudness(blocks) {
    const counted = ways.map((way, n) => ({ way, samples: blocks[n] })).filter(({ way }) => way.weight > 0);
    const length = blocks[0]?.length ?? 0;
    for (let n = 0; n < length; ) {
      const until = Math.min(length, n + step - filled);
      for (const { way, samples } of counted) {
        sum += way.weight * way.filter(samples, n, until);
      }
      filled += until - n;
      n = until;
      if (filled === step) {
        steps = [...steps, sum / step].slice(-SHORT_TERM);
        sum = filled = 0;
        programme.add(window(MOMENT) ?? -Infinity);
        integrated = programme.programme();
      }
    }
  }

  return {
    /** Samples of every channel, which are heard at `due` on the show's clock.
     * @param {Float32Array[]} blocks @param {number | null} due */
    add(blocks, due) {
      let energy = 0;
      const peaks = ways.map((way, n) => {
        const samples = blocks[n];
        const found = { symbol: way.symbol, peak: samplePeak(samples), truePeak: way.peak(samples) };
        most[n].peak = Math.max(most[n].peak, found.peak);
        most[n].truePeak = Math.max(most[n].truePeak, found.truePeak);
        energy += way.scale ? way.scale * way.energy(samples) : 0;
        return found;
      });
      const length = blocks[0]?.length ?? 0;
      all += energy;
      count += length;
      loudness(blocks);
      entries.push({
        due: due ?? -Infinity,
        energy,
        length,
        channels: peaks,
        momentary: window(MOMENT),
        shortTerm: window(SHORT_TERM),
        integrated,
        leqm: leqm(all, count),
      });
      entries = entries.slice(-KEPT);
    },

    /** What is heard at a time of the show's clock; null before anything is. Peaks are amplitudes, loudness
     * in LUFS, leq(m) in dB: of all that was heard, and of the last second. @param {number} now */
    read(now) {
      let at = entries.length - 1;
      while (at >= 0 && entries[at].due > now) {
        at -= 1;
      }
      if (at < 0) {
        return null;
      }
      let energy = 0;
      let samples = 0;
      for (let place = at; place >= 0 && samples < rate; place -= 1) {
        energy += entries[place].energy;
        samples += entries[place].length;
      }
      const { channels: peaks, momentary, shortTerm, integrated: whole, leqm: long } = entries[at];
      return { channels: peaks, momentary, shortTerm, integrated: whole, leqm: long, leqmNow: leqm(energy, samples) };
    },

    /** The largest of all, a channel. */
    most: () => most.map((each, n) => ({ symbol: symbols[n], ...each })),
  };
}
