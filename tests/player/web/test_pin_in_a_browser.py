"""The PIN given in a real browser; another page's script that tries to get at the show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from player.web.screen import WebScreen
from tests.support.browser import Chromium, browser, chromium_path
from tests.support.page_server import served
from tests.support.web_shows import web_show

pytestmark = [pytest.mark.skipif(chromium_path() is None, reason="chromium is not installed")]

PIN = "271828"

ATTACK = """<!doctype html><title>evil</title><script>
const found = {};
const add = (name, value) => { found[name] = value; };
const socket = new WebSocket(TARGET.replace("http", "ws") + "socket");
socket.onopen = () => add("socket", "open");
socket.onmessage = () => add("socket", "heard");
socket.onerror = () => add("socket", "refused");
fetch(TARGET + "report.json").then((r) => r.text()).then((t) => add("read", t), () => add("read", "refused"));
fetch(TARGET + "report.json", {mode: "no-cors"})
  .then((r) => add("blind", r.type), () => add("blind", "refused"));
fetch(TARGET + "pin", {method: "POST", mode: "no-cors", body: new URLSearchParams({pin: "271828"})})
  .then((r) => add("pin", r.type), () => add("pin", "refused"));
const script = document.createElement("script");
script.type = "module";
script.src = TARGET + "page/main.js";
script.onload = () => add("script", "loaded");
script.onerror = () => add("script", "refused");
document.head.append(script);
window.found = found;
</script>"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with browser() as running:
        yield running


def test_the_form_lets_in_who_knows_the_pin(chromium: Chromium, make: Callable[..., Any]) -> None:
    made = make(lengths=(3,), encrypted=())
    with web_show(made, WebScreen(port=0, pin=PIN)) as show:
        tab = chromium.open(show.address)
        assert tab.evaluate("document.querySelectorAll('script').length") == 0
        tab.evaluate("document.getElementById('pin').focus()")
        tab.type("000000")
        tab.press("Enter")
        tab.until("document.querySelector('[role=alert]') !== null")
        tab.evaluate("new Promise((done) => setTimeout(done, 1100))")
        tab.evaluate(f"document.getElementById('pin').value = '{PIN}'; document.forms[0].submit()")
        tab.until("document.getElementById('picture') !== null")
        tab.until("document.getElementById('title').textContent.includes('Player test')")
        assert tab.evaluate("document.cookie") == ""
        tab.close()
        events = show.end().events
    assert [event.message for event in events if "the PIN was given" in event.message]


def test_another_pages_script_gets_nothing(chromium: Chromium, make: Callable[..., Any]) -> None:
    made = make(lengths=(3,), encrypted=())
    with web_show(made) as show, served({"/": ATTACK.replace("TARGET", f'"{show.address}"')}) as evil:
        tab = chromium.open(evil)
        tab.until("Object.keys(found).length === 5")
        assert tab.evaluate("found") == dict.fromkeys(["socket", "read", "blind", "pin", "script"], "refused")
        tab.close()
        report = show.end()
    assert report.frames_shown == 0
    assert [event for event in report.events if event.subtype == "WebRefused"]
