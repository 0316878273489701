"""Parts of the page alone, in a browser: sound bit by bit, meters against the engine's, frames by a clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.sound.layout import Layout
from dcp.sound.loudness import Loudness, Meter
from dcp.sound.peaks import sample_peak, true_peak
from player.sound.blocks import to_bytes, to_numbers
from player.sound.routing import STEREO, Route
from player.web.server import PAGE
from player.web.soundfacts import k_filter, meter_facts, routed_symbols
from tests.support.browser import Tab, browser, chromium_path
from tests.support.page_server import Content, Script, served

pytestmark = pytest.mark.skipif(chromium_path() is None, reason="no Chromium on this machine")
RATE = 48_000
FULL = 1 << 23

MODULE = """
import * as clock from "/page/clock.js";
import * as meters from "/page/meters.js";
import * as present from "/page/present.js";
import * as samples from "/page/samples.js";
import * as sound from "/page/sound.js";
globalThis.parts = {clock, meters, present, samples, sound};
globalThis.fetched = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
"""
RECORDER = """
registerProcessor("recorder", class extends AudioWorkletProcessor {
  process([input]) {
    if (input.length) this.port.postMessage(input.map((channel) => channel.slice()));
    return true;
  }
});
"""


@pytest.fixture(scope="module")
def held() -> dict[str, Content]:
    return {
        "/": "<!doctype html><title>parts</title><script type=module src=/parts.js></script>",
        "/parts.js": Script(MODULE),
        "/recorder.js": Script(RECORDER),
        "/page": PAGE,
    }


@pytest.fixture(scope="module")
def tab(held: dict[str, Content]) -> Iterator[Tab]:
    with browser(webgl=True) as chromium, served(held) as address:
        found = chromium.open(address)
        found.until("globalThis.parts")
        yield found


# --- sound -----


def noise(channels: int, seconds: float, seed: int = 1) -> NDArray[np.int32]:
    """(samples, channels) of 24 bits, with the two ends of the range."""
    dice = np.random.default_rng(seed)
    found = dice.integers(-FULL, FULL, (int(seconds * RATE), channels)).astype(np.int32)
    found[0], found[1] = -FULL, FULL - 1
    return found


def test_samples_of_24_bits_are_floats_without_a_loss(tab: Tab, held: dict[str, Content]) -> None:
    samples = noise(3, 0.1)
    held["/a"] = to_bytes(samples)
    for place in range(3):
        told = tab.bytes_of(f"fetched('/a').then((data) => parts.samples.floats(data, 3)[{place}])")
        assert np.array_equal(np.frombuffer(told, np.float32), samples[:, place] / FULL)


RECORD = """
(async () => {
  const data = await fetched("/b");
  const page = () => performance.now() / 1000;
  const clock = {pageAt: (due) => due, serverAt: (at) => at};
  const sound = parts.sound.createSound(clock);
  sound.facts({symbols: ["L", "R"], fold: {L: [1, 0], R: [0, 1]}});
  await sound.start();
  let begin = page();
  const block = (n) => {
    const due = begin + n * 2000 / 48000;
    const part = data.subarray(n * 12000, (n + 1) * 12000);
    sound.take({serial: 2 * n, number: n, generation: 3, due, channels: 2, rate: 48000, data: part});
  };
  sound.take({serial: 0, number: 0, generation: 2, due: begin, channels: 2, rate: 48000,
    data: new Uint8Array(12000)});
  const context = sound.context();
  while (context.state !== "running") await new Promise((done) => setTimeout(done, 5));
  await context.audioWorklet.addModule("/recorder.js");
  const recorder = new AudioWorkletNode(context, "recorder", {channelCount: 2, channelCountMode: "explicit"});
  const parts_ = [];
  recorder.port.onmessage = (event) => parts_.push(event.data);
  sound.tap(recorder);
  recorder.connect(context.destination);
  const offset = () => {
    const stamp = context.getOutputTimestamp();
    return stamp.performanceTime / 1000 - stamp.contextTime;
  };
  await new Promise((done) => setTimeout(done, 400));  // its time leaps as the sound begins
  const first = offset();
  begin = page() + 0.9;
  for (let n = 0; n < 12; n += 1) block(n);
  const heard = [];
  const end = context.currentTime + 1.7;
  while (context.currentTime < end) {
    const at = page();
    const value = sound.heard(at);
    // on a busy machine the sound waits and its time leaps: what was lined up before is then heard later
    if (value !== null) heard.push([value - at, Math.abs(offset() - first) > 0.004]);
    await new Promise((done) => setTimeout(done, 10));
  }
  await new Promise((done) => setTimeout(done, 100));
  globalThis.state = sound.state();
  globalThis.heardApart = heard;
  const left = parts_.flatMap(([one]) => [...one]), right = parts_.flatMap(([, two]) => [...(two ?? [])]);
  await context.close();
  return new Float32Array([...left, ...right]);
})()
"""


def test_blocks_are_joined_sample_by_sample_and_lead_the_clock(tab: Tab, held: dict[str, Content]) -> None:
    samples = noise(2, 0.5, seed=2)
    held["/b"] = to_bytes(samples)
    both = np.frombuffer(tab.bytes_of(RECORD), np.float32).reshape(2, -1)
    state, apart = tab.evaluate("state"), tab.evaluate("heardApart")
    assert (state["blocks"], state["gaps"], state["rate"]) == (12, 0, RATE)
    for out, wanted in zip(both, (samples / FULL).astype(np.float32).T, strict=True):
        (start, *_) = np.flatnonzero(np.abs(out - wanted[0]) < 2**-25)
        assert np.abs(out[start : start + len(wanted)] - wanted).max() < 2**-25, (
            "to half a bit, without a gap"
        )
        assert not out[start + len(wanted) :].any()
    assert apart
    steady = [by for by, leapt in apart if not leapt]
    if not steady:
        pytest.skip("left out: the browser's time of sound leapt")
    assert max(map(abs, steady)) < 0.020, steady


def test_before_a_gesture_there_is_no_sound_and_it_says_so(tab: Tab) -> None:
    told = tab.evaluate(
        """(() => {
          const sound = parts.sound.createSound({pageAt: (due) => due, serverAt: (at) => at});
          const data = new Uint8Array(12000);
          const due = performance.now() / 1000 + 0.3;
          sound.take({serial: 0, number: 0, generation: 0, due, channels: 2, rate: 48000, data});
          return [sound.state(), sound.context(), sound.heard(1)];
        })()"""
    )
    assert told[0]["waits"] and not told[0]["running"] and told[0]["blocks"] == 0
    assert told[1:] == [None, None]


@pytest.mark.parametrize(
    "symbols",
    [
        ("L", "R"),
        ("L", "R", "C", "LFE", "Ls", "Rs"),
        ("L", "R", "C", "LFE", "Lss", "Rss", "Lrs", "Rrs", "HI", None),
    ],
)
def test_the_fold_down_is_that_of_the_route(tab: Tab, symbols: tuple[str | None, ...]) -> None:
    from player.sound.routing import FOLDED

    facts = {"symbols": symbols, "fold": FOLDED}
    told = tab.evaluate(f"parts.samples.matrix({json.dumps(facts)}, {len(symbols)}, 2)")
    wanted = Route(STEREO).matrix(symbols)
    assert wanted is not None and np.allclose(told, wanted, atol=0)
    plain = tab.evaluate(f"parts.samples.matrix({json.dumps(facts)}, {len(symbols)}, 8)")
    assert np.array_equal(plain, np.eye(len(symbols), 8))


def test_mute_and_solo(tab: Tab) -> None:
    def audible(muted: list[int], solo: list[int]) -> Any:
        return tab.evaluate(f"parts.samples.audible(4, new Set({muted}), new Set({solo}))")

    assert audible([], []) == [True] * 4
    assert audible([1], []) == [True, False, True, True]
    assert audible([1], [1, 2]) == [False, False, True, False]


def test_what_stands_on_routed_channels() -> None:
    symbols = ("L", "R", "C", "LFE", "Ls", "Rs")
    assert routed_symbols(Route(), symbols) == symbols
    assert routed_symbols(Route(STEREO), symbols) == ("L", "R")
    assert routed_symbols(Route("x", ("C", 1, None, 9, "HI")), symbols) == ("C", "L", None, None, None)


# --- meters -----


def music(layout: Layout, seconds: float) -> NDArray[np.float32]:
    """(samples, channels): tones, noise and silence, loud and soft, each channel another."""
    dice = np.random.default_rng(5)
    time = np.arange(int(seconds * RATE)) / RATE
    found = np.zeros((len(time), len(layout.channels)))
    for place in range(len(layout.channels)):
        tone = 0.5 * np.sin(2 * np.pi * (180 + 911 * place) * time + place)
        found[:, place] = (tone + 0.1 * dice.standard_normal(len(time))) * 0.8**place
    found[RATE : RATE + RATE // 2] *= 0.01
    return np.clip(found, -1, 1 - 1 / FULL).astype(np.float32)


MEASURE = """
(async () => {
  const facts = %s;
  const data = await fetched("/c");
  const channels = facts.symbols.length;
  const meters = parts.meters.createMeters(facts, channels, 48000);
  const size = 2000 * 3 * channels;
  for (let at = 0; at < data.length; at += size) {
    meters.add(parts.samples.floats(data.subarray(at, at + size), channels), at / size / 24);
  }
  return {most: meters.most(), read: meters.read(1e9), early: meters.read(-1), first: meters.read(0.001)};
})()
"""


def test_the_meters_measure_what_the_engine_does(tab: Tab, held: dict[str, Content]) -> None:
    layout = Layout("51", ("L", "R", "C", "LFE", "Ls", "Rs", "HI", None))
    data = to_bytes(np.rint(music(layout, 5) * FULL).astype(np.int32))
    held["/c"] = data
    samples = (to_numbers(data, 8) / FULL).astype(np.float32)
    meter = Meter(layout)
    meter.add(data)
    wanted: Loudness = meter.result()
    facts = {**meter_facts(RATE), "symbols": layout.channels}
    told = tab.evaluate(MEASURE % json.dumps(facts))
    for place, found in enumerate(told["most"]):
        channel = np.concatenate([np.zeros((1, 31), np.float32), samples[None, :, place]], axis=1)
        assert found["peak"] == sample_peak(channel)
        assert found["truePeak"] == pytest.approx(true_peak(channel), rel=1e-5)
    read = told["read"]
    assert wanted.leqm is not None and read["leqm"] == pytest.approx(wanted.leqm, abs=0.01)
    assert read["integrated"] == pytest.approx(wanted.integrated, abs=0.1)
    last = Meter(layout)
    last.add(samples[-RATE:])
    assert read["leqmNow"] == pytest.approx(last.result().leqm, abs=0.1)
    assert read["momentary"] is not None and read["shortTerm"] is not None
    assert told["early"] is None and told["first"]["shortTerm"] is None


def test_a_tone_has_the_loudness_that_the_standards_give_it(tab: Tab, held: dict[str, Content]) -> None:
    """BS.1770: a full-scale sine of 997 Hz in one channel is -3.01 LKFS. leq(m): 2 kHz at -20 dBFS, 85."""
    time = np.arange(4 * RATE) / RATE
    for hertz, size, where, wanted in [(997, 1.0, "integrated", -3.01), (2000, 0.1, "leqm", 85.0)]:
        wave = np.rint(size * np.sin(2 * np.pi * hertz * time) * (FULL - 1)).astype(np.int32)
        held["/c"] = to_bytes(wave[:, None])
        told = tab.evaluate(MEASURE % json.dumps({**meter_facts(RATE), "symbols": ["C"]}))
        assert told["read"][where] == pytest.approx(wanted, abs=0.05)


def test_the_loudness_filter_has_the_coefficients_that_are_printed() -> None:
    (shelf, high) = k_filter(RATE)
    printed = (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585)
    assert shelf == pytest.approx(printed, abs=1e-12)
    assert high == pytest.approx((1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621), abs=1e-12)


# --- frames -----

STAGE = """
globalThis.stage = (() => {
  const said = [], drawn = [], told = [];
  let page = 100, draw = null, hidden = false;
  const clock = {at: (at) => at - 100};
  const socket = {ack: (serial, outcome) => said.push([serial, outcome])};
  const picture = {takes: 0, prepare: (frame) => frame.making,
    show: (frame) => { drawn.push(frame.serial); page += picture.takes; }};
  const presented = parts.present.presenter(picture, clock, socket, {
    page: () => page, request: (next) => { draw = next; },
    captions: (message) => told.push(message.lines),
    again: (frame) => told.push(frame.serial),
  });
  const frame = (serial, due, generation = 0, more = {}) => presented.take({
    serial, number: serial / 2, reel: 1, generation, eye: null, due, picture: {encoding: "xyz12"}, ...more});
  const go = (seconds, {hidden = false} = {}) => {
    for (const end = page + seconds; page < end - 1e-9;) {
      page += 1 / 60;
      if (!hidden) draw(page * 1000);
    }
  };
  return {said, drawn, told, presented, frame, go, picture};
})();
"""


def staged(tab: Tab, script: str) -> Any:
    """What a script on the stage comes to; `stage.go` lets time pass."""
    tab.evaluate(STAGE)
    made = tab.evaluate(
        f"(async () => {{ const {{frame, go, presented, said, drawn, told, picture}} = stage; {script} }})()"
    )
    tab.evaluate("stage.presented.stop()")
    return made


def test_frames_are_drawn_when_they_are_due_each_once(tab: Tab) -> None:
    said, drawn, at = staged(
        tab,
        """for (let n = 0; n < 24; n += 1) frame(2 * n, 0.5 + n / 24);
        go(0.4); const before = said.length; go(1.6);
        return [said, drawn, presented.presented.map(({at, due}) => at - due), before];""",
    )[:3]
    assert said == [[2 * n, "presented"] for n in range(24)]
    assert drawn == [2 * n for n in range(24)]
    assert max(map(abs, at)) <= 1 / 60 + 1e-6


def test_a_frame_that_comes_too_late_is_named_and_not_drawn(tab: Tab) -> None:
    said, drawn, late = staged(
        tab,
        """for (let n = 0; n < 6; n += 1) frame(2 * n, 0.1 + n / 24);
        go(0.4); frame(12, 0.3); go(0.05);
        frame(14, 0.47 - 1 / 24); frame(16, 0.47); go(0.05);
        return [said, drawn, presented.late];""",
    )
    assert said[6:] == [[12, "late"], [14, "late"], [16, "presented"]]
    assert drawn[6:] == [16]
    assert [(each["serial"], each["why"]) for each in late] == [(12, "late"), (14, "overtaken")]


def test_a_frame_whose_drawing_took_too_long_is_late(tab: Tab) -> None:
    said, drawn, at, late = staged(
        tab,
        """for (let n = 0; n < 4; n += 1) frame(2 * n, 0.1 + n / 4);
        go(0.2); picture.takes = 0.03; go(0.25); picture.takes = 0.01; go(0.4);
        return [said, drawn, presented.presented.map(({at, due}) => at - due), presented.late];""",
    )
    assert said == [[0, "presented"], [2, "late"], [4, "presented"], [6, "presented"]]
    assert drawn == [0, 2, 4, 6] and [each["serial"] for each in late] == [2]
    assert all(abs(each) <= 1 / 8 for each in at)


def test_of_an_older_generation_nothing_is_drawn(tab: Tab) -> None:
    said, drawn, late = staged(
        tab,
        """for (let n = 0; n < 4; n += 1) frame(2 * n, 0.05 + n / 24);
        go(0.06); frame(100, 0.5, 1); frame(8, 0.2, 0); go(0.6);
        return [said, drawn, presented.late];""",
    )
    assert said == [[0, "presented"], [2, "late"], [4, "late"], [6, "late"], [8, "late"], [100, "presented"]]
    assert drawn == [0, 100] and {each["why"] for each in late} == {"void"}


def test_a_frame_without_a_picture_leaves_the_last_one(tab: Tab) -> None:
    said, drawn = staged(
        tab,
        """frame(0, 0.1); frame(2, 0.14, 0, {picture: null}); frame(4, 0.18); go(0.3);
        return [said, drawn];""",
    )
    assert said == [[0, "presented"], [2, "late"], [4, "presented"]] and drawn == [0, 4]


def test_in_a_tab_that_nobody_sees_frames_are_late_and_the_last_is_drawn_later(tab: Tab) -> None:
    said, drawn, before, told = staged(
        tab,
        """frame(0, 0.05); go(0.1);
        for (let n = 1; n < 24; n += 1) { frame(2 * n, 0.05 + n / 24); go(1 / 24, {hidden: true}); }
        go(1, {hidden: true}); await new Promise((done) => setTimeout(done, 250));
        const before = [said.length, drawn.length];
        go(0.05); return [said, drawn, before, told];""",
    )
    assert said == [[0, "presented"], *([2 * n, "late"] for n in range(1, 24))]
    assert before == [24, 1] and drawn == [0, 46] and told == [46]


def test_without_its_graphics_card_nothing_counts_as_seen(tab: Tab) -> None:
    said, drawn, told = staged(
        tab,
        """for (let n = 0; n < 12; n += 1) frame(2 * n, 0.05 + n / 24);
        go(0.1); picture.lost = true; go(0.2); picture.lost = false; go(0.5);
        return [said, drawn, told];""",
    )
    fates = [outcome for _, outcome in said]
    late = fates.index("late")
    assert fates == ["presented"] * late + ["late"] * fates.count("late") + ["presented"] * (
        12 - late - fates.count("late")
    )
    assert fates.count("late") in (4, 5) and fates[-1] == "presented"
    newest = 2 * (late + fates.count("late") - 1)
    assert told == [newest], "it stands there when the card is back"
    assert drawn == [*range(0, 2 * late, 2), *range(newest, 24, 2)]


def test_held_at_once_until_a_newer_generation(tab: Tab) -> None:
    said, drawn = staged(
        tab,
        """for (let n = 0; n < 6; n += 1) frame(2 * n, 0.05 + n / 24);
        go(0.1); presented.hold(); go(0.3); const held = said.length; frame(20, 0.2, 1); go(0.1);
        return [said.slice(0, held), drawn];""",
    )
    assert said == [[0, "presented"], [2, "presented"]] and drawn == [0, 2, 20]


def test_a_picture_that_is_being_decoded_is_waited_for(tab: Tab) -> None:
    said, drawn = staged(
        tab,
        """let done; const making = new Promise((found) => { done = found; });
        frame(0, 0.05, 0, {making}); frame(2, 0.06); go(0.05); const early = drawn.length;
        done(); await making; await null; go(0.03); return [said, drawn, early];""",
    )[:2]
    assert said == [[0, "late"], [2, "presented"]] and drawn == [2]


def test_text_is_told_when_it_is_due(tab: Tab) -> None:
    told = staged(
        tab,
        """frame(0, 0.05); presented.captions({generation: 0, due: 0.2, lines: ["a"]});
        presented.captions({generation: 0, due: 0.4, lines: ["b"]});
        go(0.1); const none = told.length; go(0.15); const one = told.length;
        frame(2, 0.3, 1); go(0.5); return [none, one, told];""",
    )
    assert told == [0, 1, [["a"]]]


# --- the clock -----


def test_the_quickest_answer_counts_and_old_ones_less(tab: Tab) -> None:
    told = tab.evaluate(
        """(() => {
          let page = 10; const clock = parts.clock.createClock(() => page);
          const nothing = clock.now();
          const ask = (there, back, ahead) => {
            const {page: sent} = clock.ping(); page += there;
            const server = page + ahead; page += back;
            clock.answer({type: "clock", server, page: sent});
          };
          ask(0.1, 0.3, 5000); const rough = clock.now() - page; page += 1;
          ask(0.002, 0.004, 5000); const fine = clock.now() - page; page += 1;
          ask(0.3, 0.1, 5000); const kept = clock.now() - page;
          const doubt = clock.doubt();
          clock.follow({heard: (at) => at + 4999.98});
          return {nothing, rough, fine, kept, doubt, heard: clock.now() - page, ahead: clock.ahead(),
            report: clock.report(), leads: clock.leads(), back: clock.pageAt(5000 + page) - page};
        })()"""
    )
    assert told["nothing"] is None
    assert told["rough"] == pytest.approx(4999.9, abs=1e-6) and told["fine"] == pytest.approx(
        4999.999, abs=1e-6
    )
    assert told["kept"] == pytest.approx(4999.999, abs=1e-6) and told["doubt"] == pytest.approx(0.003)
    assert told["heard"] == pytest.approx(4999.98, abs=1e-6) and told["ahead"] == pytest.approx(
        -0.019, abs=1e-6
    )
    assert told["report"]["page"] - told["report"]["server"] == pytest.approx(-0.019, abs=1e-6)
    assert told["leads"] and told["back"] == pytest.approx(0.001, abs=1e-6)
