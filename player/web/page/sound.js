// @ts-check
/**
 * Sound: blocks of 24-bit samples become floats, are lined up by counting samples, and lead the picture.
 *
 * Within a generation a block begins with the sample after the last one of the block before. Where one comes
 * too late, or the show goes elsewhere, the place is found anew by the server's clock. The context runs at the
 * show's sample rate, and begins with a gesture of the user, as browsers want it.
 */

import { audible, floats, matrix, risen } from "./samples.js";

/** Seconds from now at which a block may begin at the soonest. */
const SOONEST = 0.02;
/** Seconds by which a block may be due elsewhere than behind the one before. */
const APART = 0.004;
/** Seconds by which sound and server may be apart before the place is found anew. */
const ASTRAY = 0.1;
/** Seconds for which it is silent at most without a word of the server. */
const HELD = 1;
/** Seconds in which sound fades where it is cut off. */
const FADE = 0.005;
/** Blocks that are kept at most, for a new place or until there is a gesture; what is past is not. */
const KEPT = 240;
/** Readings of the output's time of which the middle one counts. */
const READINGS = 31;
const NOTHING = new Uint8Array(0);
/** Seconds by which one channel may be delayed at most. */
const MOST_DELAY = 1;

/**
 * @typedef {{serial: number, number: number, generation: number, due: number | null, channels: number, rate: number,
 *   data: Uint8Array}} Block
 * @typedef {import("./samples.js").Facts} Facts
 * @typedef {{generation: number, due: number, at: number, end: number}} Stretch sound without a gap. due: of its
 *   first sample, on the show's clock; at, end: on the context's
 */

/**
 * @param {{pageAt(due: number): number | null, serverAt(at: number): number | null}} clock
 * @param {{context?: (rate: number) => AudioContext, page?: () => number, changed?: () => void,
 *   taken?: (block: Block, channels: Float32Array[]) => void}} [given] changed: told when `state` changes;
 *   taken: gets the samples of every block, for the meters
 */
export function createSound(clock, given = {}) {
  const page = given.page ?? (() => performance.now() / 1000);
  const make = given.context ?? ((rate) => new AudioContext({ sampleRate: rate, latencyHint: "interactive" }));
  /** @type {AudioContext | null} */
  let context = null;
  /** @type {{input: AudioNode, fade: GainNode, volume: GainNode, gains: GainNode[][], delays: DelayNode[],
   *   channels: number, outputs: number} | null} */
  let graph = null;
  /** @type {{node: AudioBufferSourceNode, end: number}[]} */
  let sources = [];
  /** @type {{block: Block, channels: Float32Array<ArrayBuffer>[]}[]} */
  let kept = [];
  /** @type {Stretch[]} */
  let stretches = [];
  /** @type {number[]} */
  let readings = [];
  /** @type {AudioNode[]} */
  const taps = [];
  let heldSince = -Infinity;
  /** @type {Facts} */
  let facts = { symbols: ["L", "R"], fold: { L: [1, 0], R: [0, 1] } };
  /** @type {{channels: number, rate: number} | null} */
  let form = null;
  let generation = -1;
  let gesture = false;
  let failed = "";
  const set = {
    volume: 1, offset: 0, outputs: 2,
    /** @type {Set<number>} */ muted: new Set(),
    /** @type {Set<number>} */ solo: new Set(),
    /** @type {number[]} */ delays: [],
  };
  const counted = { blocks: 0, gaps: 0, lost: 0 };
  const changed = () => given.changed?.();
  const running = () => context !== null && context.state === "running";

  // --- the output's time -----

  /** Seconds from the page's time to the context's, as it is heard; null while nothing runs. */
  function ahead() {
    if (context === null || !running()) {
      return null;
    }
    const stamp = context.getOutputTimestamp();
    const told = stamp.performanceTime ? (stamp.contextTime ?? 0) - stamp.performanceTime / 1000 : null;
    readings.push(told ?? context.currentTime - (context.outputLatency || 0) - page());
    readings = readings.slice(-READINGS);
    return [...readings].sort((one, other) => one - other)[readings.length >> 1];
  }

  /** What is heard at a time of the page, on the show's clock. @param {number} at @returns {number | null} */
  function heard(at) {
    const from = stretches.length ? ahead() : null;
    if (from === null) {
      return null;
    }
    const place = at + from;
    let found = stretches[0];
    for (const each of stretches) {
      if (each.at <= place) {
        found = each;
      }
    }
    const over = place > stretches[stretches.length - 1].end + FADE;
    return over ? null : found.due + place - found.at + set.offset;
  }

  // --- the way of the sound -----

  /** @param {number} channels */
  function build(channels) {
    const made = /** @type {AudioContext} */ (context);
    graph?.volume.disconnect();
    const most = made.destination.maxChannelCount;
    const outputs = set.outputs === 2 ? 2 : Math.min(channels, most);
    made.destination.channelCount = Math.min(Math.max(outputs, 2), most);
    made.destination.channelInterpretation = outputs === 2 ? "speakers" : "discrete";
    const split = made.createChannelSplitter(channels);
    const merge = made.createChannelMerger(outputs);
    const delays = [];
    const gains = [];
    for (let n = 0; n < channels; n += 1) {
      const delay = made.createDelay(MOST_DELAY);
      split.connect(delay, n);
      const ways = [];
      for (let to = 0; to < outputs; to += 1) {
        const gain = made.createGain();
        delay.connect(gain).connect(merge, 0, to);
        ways.push(gain);
      }
      delays.push(delay);
      gains.push(ways);
    }
    const fade = made.createGain();
    const volume = made.createGain();
    merge.connect(fade).connect(volume).connect(made.destination);
    taps.forEach((node) => volume.connect(node));
    graph = { input: split, fade, volume, gains, delays, channels, outputs };
    apply(true);
  }

  /** The settings, put into the graph. @param {boolean} at_once */
  function apply(at_once = false) {
    if (graph === null || context === null) {
      return;
    }
    const { gains, delays, channels, outputs, volume } = graph;
    const now = context.currentTime;
    /** @param {AudioParam} param @param {number} value */
    const to = (param, value) => {
      if (at_once) {
        param.value = value;
      } else {
        param.setTargetAtTime(value, now, FADE / 3);
      }
    };
    const rows = matrix(facts, channels, outputs);
    const heardOnes = audible(channels, set.muted, set.solo);
    gains.forEach((ways, n) => ways.forEach((way, out) => to(way.gain, heardOnes[n] ? rows[n][out] : 0)));
    delays.forEach((delay, n) => to(delay.delayTime, Math.min(Math.max(set.delays[n] ?? 0, 0), MOST_DELAY)));
    to(volume.gain, set.volume);
  }

  // --- when a block begins -----

  /** Where a sample that is due then begins, on the context's clock. @param {number} due */
  function placeOf(due) {
    const from = ahead();
    const at = clock.pageAt(due + set.offset);
    return from === null || at === null ? null : at + from;
  }

  /** @param {Block} block @param {Float32Array<ArrayBuffer>[]} channels */
  function schedule(block, channels) {
    const made = /** @type {AudioContext} */ (context);
    const { rate } = block;
    const length = channels[0]?.length ?? 0;
    const due = /** @type {number} */ (block.due);
    if (!length) {
      return;
    }
    let last = stretches[stretches.length - 1];
    const wanted = placeOf(due);
    if (wanted === null) {
      return;
    }
    const before = last?.generation === block.generation;
    const follows = before && Math.abs(last.due + (last.end - last.at) - due) < APART
      && Math.abs(last.end - wanted) < ASTRAY;
    const at = follows ? last.end : Math.round(wanted * rate) / rate;
    if (at < made.currentTime + SOONEST) { // too late, or a still of a paused show: the next one may do
      counted.lost += before ? 1 : 0;
      return;
    }
    if (!follows) {
      counted.gaps += before ? 1 : 0;
      sources.filter((each) => each.end > at).forEach(({ node }) => node.stop(at));
      last = { generation: block.generation, due, at, end: at };
      stretches.push(last);
      stretches = stretches.slice(-4);
    }
    const buffer = made.createBuffer(channels.length, length, rate);
    channels.forEach((samples, n) => {
      buffer.copyToChannel(before && !follows ? risen(samples, Math.round(FADE * rate)) : samples, n);
    });
    if (graph === null || graph.channels !== channels.length) {
      build(channels.length);
    }
    const node = made.createBufferSource();
    node.buffer = buffer;
    node.channelInterpretation = "discrete";
    node.connect(/** @type {any} */ (graph).input);
    node.start(at);
    last.end = Math.round(at * rate + length) / rate;
    sources.push({ node, end: last.end });
    sources = sources.filter((each) => each.end > made.currentTime - 1);
    counted.blocks += 1;
  }

  /** Silence at once, with a short fade; what was lined up is forgotten. */
  function cut() {
    stretches = [];
    const old = sources;
    sources = [];
    if (context === null || graph === null || !old.length) {
      return;
    }
    const now = context.currentTime;
    const { fade } = graph;
    fade.gain.setValueAtTime(1, now);
    fade.gain.linearRampToValueAtTime(0, now + FADE);
    fade.gain.setValueAtTime(1, now + FADE + 0.001);
    old.forEach(({ node }) => node.stop(now + FADE));
  }

  /** When the last sample of a block is heard, on the server's clock.
   * @param {{block: Block, channels: Float32Array[]}} each */
  const endOf = ({ block, channels }) =>
    (block.due ?? 0) + (channels[0]?.length ?? 0) / block.rate + set.offset;

  /** Line up anew what is kept and not past. */
  function again() {
    cut();
    const now = clock.serverAt(page());
    const waiting = kept.filter((each) => now !== null && endOf(each) > now + SOONEST);
    if (running()) {
      waiting.forEach(({ block, channels }) => schedule(block, channels));
    }
  }

  async function resume() {
    if (context === null || context.state === "closed") {
      return;
    }
    try {
      await context.resume();
    } catch (error) {
      failed = String(error);
    }
    changed();
  }

  /** @param {number} rate */
  function open(rate) {
    if (context !== null && context.sampleRate === rate) {
      return;
    }
    cut();
    graph = null;
    readings = [];
    context?.close();
    try {
      context = make(rate);
      failed = "";
    } catch (error) {
      context = null;
      failed = String(error);
      return;
    }
    context.onstatechange = () => {
      readings = [];
      if (running()) {
        again();
      } else {
        cut();
      }
      changed();
    };
  }

  const sound = {
    heard,

    /** A block of the socket. @param {Block} block */
    take(block) {
      if (block.generation < generation || block.channels < 1 || block.channels > 32) {
        return;
      }
      sound.flush(block.generation);
      const channels = floats(block.data, block.channels);
      const known = form !== null && form.channels === block.channels && form.rate === block.rate;
      form = { channels: block.channels, rate: block.rate };
      given.taken?.(block, channels);
      if (block.due === null || page() - heldSince < HELD) {
        return;
      }
      const now = clock.serverAt(page());
      kept.push({ block: { ...block, data: NOTHING }, channels });
      kept = kept.filter((each) => now === null || endOf(each) > now - ASTRAY).slice(-KEPT);
      if (gesture && context?.sampleRate !== block.rate) {
        open(block.rate);
        void resume();
      }
      if (running()) {
        schedule(block, channels);
      }
      if (!known) {
        changed();
      }
    },

    /** From a gesture of the user: sound may be heard. */
    async start() {
      gesture = true;
      heldSince = -Infinity;
      if (form !== null) {
        open(form.rate);
      }
      await resume();
    },

    /** The show goes elsewhere, or stands: what is lined up of an older generation is void.
     * @param {number} newest */
    flush(newest) {
      if (newest > generation) {
        generation = newest;
        heldSince = -Infinity;
        kept = [];
        cut();
      }
    },

    /** Silence at once, until blocks of a newer generation come, or `start`. */
    hold() {
      heldSince = page();
      kept = [];
      cut();
    },

    /** The connection is gone. */
    forget() {
      generation = -1;
      kept = [];
      cut();
    },

    /** What stands on the channels. @param {Facts} given_facts */
    facts(given_facts) {
      facts = given_facts;
      apply();
    },

    /**
     * volume: a factor; offset: seconds by which sound is heard later than the picture is seen (less than 0:
     * sooner); outputs: 2 is folded down, 0 all as they stand; muted, solo: channels from 0; delays: seconds a
     * channel.
     * @param {{volume?: number, offset?: number, outputs?: number, muted?: Iterable<number>,
     *   solo?: Iterable<number>, delays?: number[]}} wanted
     */
    set(wanted) {
      set.volume = Math.min(Math.max(wanted.volume ?? set.volume, 0), 4);
      set.muted = new Set(wanted.muted ?? set.muted);
      set.solo = new Set(wanted.solo ?? set.solo);
      set.delays = wanted.delays ?? set.delays;
      const outputs = wanted.outputs ?? set.outputs;
      const offset = Math.min(Math.max(wanted.offset ?? set.offset, -0.3), 1);
      const elsewhere = offset !== set.offset;
      set.offset = offset;
      if (outputs !== set.outputs && graph !== null) {
        set.outputs = outputs;
        again();
        graph.volume.disconnect();
        graph = null;
        again();
      } else if (elsewhere) {
        again();
      }
      set.outputs = outputs;
      apply();
      changed();
    },

    /** How it stands. blocks, gaps, lost: blocks lined up, places found anew inside a generation, blocks
     * that came too late. */
    state() {
      return {
        waits: !gesture || (context !== null && context.state === "suspended"),
        running: running(),
        failed,
        rate: context?.sampleRate ?? form?.rate ?? null,
        channels: form?.channels ?? 0,
        outputs: graph?.outputs ?? 0,
        most: context?.destination.maxChannelCount ?? 0,
        latency: context?.outputLatency ?? 0,
        volume: set.volume, offset: set.offset, delays: [...set.delays],
        muted: [...set.muted], solo: [...set.solo],
        ...counted,
      };
    },

    /** Folded down as it is heard: a row a channel. */
    matrix: () => matrix(facts, form?.channels ?? 0, graph?.outputs || 2),
    context: () => context,

    /** What is heard goes there, too. @param {AudioNode} node */
    tap(node) {
      taps.push(node);
      graph?.volume.connect(node);
    },
  };
  return sound;
}
