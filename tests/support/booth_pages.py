"""The booth page in a browser, on the real server: opened, played, listened to.

with web_show(made) as show, browser(webgl=True) as chromium:
    booth = open_booth(chromium, show)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.browser import Chromium, Tab
from tests.support.web_shows import WebShow

READY = "globalThis.booth && booth.state && booth.show && booth.clock.now() !== null"

LISTEN = """
(() => {
  const context = booth.sound.context();
  const tap = context.createAnalyser();
  tap.fftSize = 32768;
  booth.sound.tap(tap);
  const heard = globalThis.heard = {clicks: [], unsure: []};
  let before = null;
  const samples = new Float32Array(tap.fftSize);
  let last = -1;
  globalThis.listening = setInterval(() => {
    const begun = performance.now();
    const now = context.currentTime;
    tap.getFloatTimeDomainData(samples);
    const stamp = context.getOutputTimestamp();
    const offset = stamp.performanceTime - 1000 * stamp.contextTime;
    // stopped in between it would take samples for older ones: the next look finds them, too
    if (performance.now() - begun > 4) return;
    // a click is as sure as the time of sound did not leap around it
    const sure = before === null || Math.abs(offset - before) < 4;
    before = offset;
    for (let n = 1; n < samples.length; n += 1) {
      if (samples[n] > 0.2 && samples[n - 1] <= 0.2) {
        const at = now - (samples.length - n) / context.sampleRate;
        if (at > last + 0.1) {
          last = at;
          (sure ? heard.clicks : heard.unsure).push(1000 * at + offset);
        }
      }
    }
  }, 150);
})()
"""
"""When clicks go out, in milliseconds of the page: looked for in what is played. `unsure`: those around which
the time of sound leapt, as it does where a busy machine lets the sound wait."""

WATCH = """
(() => {
  const seen = globalThis.seen = {begun: performance.now(), flashes: [], acks: []};
  const ack = booth.socket.ack;
  booth.socket.ack = (serial, outcome) => {
    seen.acks.push([serial, outcome]);
    ack(serial, outcome);
  };
  const show = booth.picture.show.bind(booth.picture);
  let before = true;
  booth.picture.show = (frame) => {
    const told = show(frame);
    const at = performance.now();
    const [red, green] = booth.picture.read(8, 8, 1, 1);
    const bright = green > 128;
    if (bright && !before) seen.flashes.push([frame.serial, at]);
    before = bright;
    return told;
  };
})()
"""
"""When a white frame is drawn behind a dark one, likewise: looked for in the picture's pixels. And what is
acknowledged."""

PACE = """
(() => {
  const context = booth.sound.context();
  const began = [performance.now(), context.currentTime];
  let drawn = 0;
  const count = () => { drawn += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count);
  globalThis.pace = () => {
    const seconds = (performance.now() - began[0]) / 1000;
    const {clicks, unsure} = globalThis.heard ?? {clicks: [], unsure: []};
    return [drawn / seconds, (context.currentTime - began[1]) / seconds,
      unsure.length / Math.max(1, clicks.length + unsure.length)];
  };
})()
"""
"""How many pictures a second the browser has drawn since, how many seconds of sound went out in one, and
around which share of the clicks the time of sound leapt."""

LEAST_DRAWN, LEAST_HEARD, MOST_UNSURE = 40.0, 0.995, 0.3
"""Of a browser that keeps up with 24 frames a second and their sound."""


@contextmanager
def in_time(pace: Callable[[], list[float]]) -> Iterator[None]:
    """What a browser that keeps up comes to in time: where it does not, and the browser did not, the test is
    left out, with what that came to. What is found wrong stays wrong."""
    try:
        yield
    except TimeoutError:
        drawn, heard, unsure = pace()
        if drawn < LEAST_DRAWN or heard < LEAST_HEARD or unsure > MOST_UNSURE:
            pytest.skip(
                f"left out: the browser drew {drawn:.0f} pictures a second, {heard:.3f} s of sound;"
                f" its time leapt around {unsure:.0%} of the clicks"
            )
        raise


def open_booth(chromium: Chromium, show: WebShow, **how: Any) -> Tab:
    """The page of a show, connected, with what it is made of as `booth`."""
    tab = chromium.open(show.address, **how)
    tab.evaluate("import('/page/main.js').then((page) => { globalThis.booth = page.booth; })")
    tab.until(READY)
    return tab
