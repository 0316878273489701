"""A headless Chromium, driven through the two pipes that it offers for it: no port, no library.

with browser() as chromium:
    page = chromium.open(html, width=390)
    page.evaluate("document.title")

with browser(webgl=True) as chromium, served({"/": html, "/page": folder}) as address:  # page_server.py
    tab = chromium.open(address)
    tab.until("window.ready")
    tab.press("ArrowRight"), tab.click("#play")
    samples = tab.bytes_of("picture.read(0, 0, 256, 144)")
"""

from __future__ import annotations

import base64
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
TIMEOUT = 60.0  # seconds for one answer
MOST_EVENTS = 1000
"""What is kept of what pages said on their consoles."""

SOFTWARE_GL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
"""WebGL2 without a graphics card: everything is computed by code."""
SOUND = ("--autoplay-policy=no-user-gesture-required",)

_CHUNK = 12 << 20
"""Bytes of one answer; of three, so that the parts' base64 can be joined."""
_KEYS = {
    " ": ("Space", 32), "Enter": ("Enter", 13), "Escape": ("Escape", 27), "Tab": ("Tab", 9),
    "ArrowLeft": ("ArrowLeft", 37), "ArrowUp": ("ArrowUp", 38), "ArrowRight": ("ArrowRight", 39),
    "ArrowDown": ("ArrowDown", 40), "Home": ("Home", 36), "End": ("End", 35), "?": ("Slash", 191),
}  # fmt: skip
_MODIFIERS = {"alt": 1, "ctrl": 2, "meta": 4, "shift": 8}

HAND_OVER = """
import fcntl, os, sys
ask, answers = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(ask, 3), os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The browser reads from descriptor 3 and writes to 4, whatever their numbers are here."""


def chromium_path() -> str | None:
    """The browser's program, None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Chromium:
    """The running browser: `send` asks one thing and waits for its answer."""

    def __init__(self, process: subprocess.Popen[bytes], ask: int, answers: int) -> None:
        self.process, self.ask, self.answers = process, ask, answers
        self.number, self.pending = 0, b""
        self.events: list[dict[str, Any]] = []

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.ask, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            if len(self.events) < MOST_EVENTS:
                self.events.append(answer)

    def _message(self) -> dict[str, Any]:
        end = time.monotonic() + TIMEOUT
        while b"\0" not in self.pending:
            ready, _, _ = select.select([self.answers], [], [], max(0.0, end - time.monotonic()))
            data = os.read(self.answers, 1 << 20) if ready else b""
            if not data:
                raise TimeoutError("the browser does not answer")
            self.pending += data
        data, _, self.pending = self.pending.partition(b"\0")
        found: dict[str, Any] = json.loads(data)
        return found

    def open(
        self,
        page: Path | str,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        media: str = "screen",
        before: str = "",
    ) -> Tab:
        """Show a file or an address at a size in CSS pixels. before: a script that runs before the page's."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session, target)
        tab.send("Runtime.enable")
        tab.send("Log.enable")
        tab.size(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        tab.send("Emulation.setEmulatedMedia", media=media, features=[scheme])
        if before:
            tab.send("Page.enable")
            tab.send("Page.addScriptToEvaluateOnNewDocument", source=before)
        tab.send("Page.navigate", url=page if isinstance(page, str) else page.resolve().as_uri())
        tab.until("location.protocol !== 'about:' && document.readyState === 'complete'")
        return tab


@dataclass
class Tab:
    """One page in the browser."""

    chromium: Chromium
    session: str
    target: str = ""

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.chromium.send(method, self.session, **parameters)

    def size(self, width: int, height: int) -> None:
        """The page's size in CSS pixels."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def evaluate(self, expression: str, *, gesture: bool = False) -> Any:
        """The value of an expression, of a promise what it comes to. gesture: as if the user had done it."""
        answer = self.send(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
            userGesture=gesture,
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def until(self, condition: str, timeout: float = TIMEOUT) -> Any:
        """Wait for an expression to be true, and give its value."""
        end = time.monotonic() + timeout
        while not (value := self.evaluate(condition)):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {condition}; said: {self.said()[-5:]}")
            time.sleep(0.02)
        return value

    def bytes_of(self, expression: str) -> bytes:
        """The bytes of an ArrayBuffer, or of what lies on one, of any size."""
        size = self.evaluate(
            f"""(async () => {{
              const found = await ({expression});
              window.__bytes = found instanceof ArrayBuffer ? new Uint8Array(found)
                : new Uint8Array(found.buffer, found.byteOffset, found.byteLength);
              window.__part = (from, to) => window.__bytes.subarray(from, to).toBase64();
              return window.__bytes.length; }})()"""
        )
        parts = [
            base64.b64decode(self.evaluate(f"__part({at}, {min(at + _CHUNK, size)})"))
            for at in range(0, size, _CHUNK)
        ]
        self.evaluate("delete window.__bytes")
        return b"".join(parts)

    def press(self, key: str, *modifiers: str) -> None:
        """A key down and up, by its name in KeyboardEvent.key; modifiers: alt, ctrl, meta, shift."""
        code, number = _KEYS.get(key, (f"Key{key.upper()}", ord(key.upper()) if len(key) == 1 else 0))
        how = {
            "key": key,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": sum(_MODIFIERS[each] for each in modifiers),
        }
        writes = len(key) == 1 and not {"alt", "ctrl", "meta"} & {*modifiers}
        said = {"text": "\r" if key == "Enter" else key} if writes or key == "Enter" else {}
        self.send("Input.dispatchKeyEvent", type="keyDown" if said else "rawKeyDown", **how, **said)
        self.send("Input.dispatchKeyEvent", type="keyUp", **how)

    def type(self, text: str) -> None:
        """Text into what has the focus."""
        self.send("Input.insertText", text=text)

    def click(self, selector: str, x: float = 0.5, y: float = 0.5) -> None:
        """Into the first element of a selector, at a part of its width and height."""
        box = self.evaluate(
            f"""(() => {{ const found = document.querySelector({json.dumps(selector)});
              if (!found) return null;
              found.scrollIntoView({{block: "nearest"}});
              const {{left, top, width, height}} = found.getBoundingClientRect();
              return [left, top, width, height]; }})()"""
        )
        if box is None:
            raise LookupError(selector)
        at = {"x": box[0] + box[2] * x, "y": box[1] + box[3] * y}
        self.send("Input.dispatchMouseEvent", type="mouseMoved", **at)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)

    def said(self) -> list[str]:
        """What the page wrote to its console, threw, and was refused by the browser."""
        self.evaluate("0")  # what came before has been read then
        found = []
        for event in self.chromium.events:
            if event.get("sessionId") != self.session:
                continue
            given = event["params"]
            if event["method"] == "Runtime.consoleAPICalled":
                found.append(" ".join(str(each.get("value", "")) for each in given["args"]))
            elif event["method"] == "Runtime.exceptionThrown":
                details = given["exceptionDetails"]
                found.append(details.get("exception", {}).get("description") or details["text"])
            elif event["method"] == "Log.entryAdded":
                found.append(f"{given['entry']['text']} {given['entry'].get('url', '')}".strip())
        return found

    def close(self) -> None:
        """The page goes, as when its user closes it."""
        self.chromium.send("Target.closeTarget", targetId=self.target)

    def picture(self) -> bytes:
        """The whole page as PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def pdf(self) -> bytes:
        """The page as it prints, on the paper that it asks for."""
        answer = self.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(answer["data"])


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF of Chromium has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@contextmanager
def browser(*, webgl: bool = False, flags: Sequence[str] = ()) -> Iterator[Chromium]:
    """A fresh browser, ended at the end. webgl: with WebGL2 in software, and sound that begins by itself.
    flags: more of the command line."""
    program = chromium_path()
    assert program is not None
    to_browser, ask = os.pipe()
    answers, from_browser = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        all_flags = (
            *("--headless", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run"),
            *("--disable-extensions", "--remote-debugging-pipe", f"--user-data-dir={profile}"),
            *((*SOFTWARE_GL, *SOUND) if webgl else ("--disable-gpu",)),
            *flags,
        )
        process = subprocess.Popen(
            [sys.executable, "-c", HAND_OVER, str(to_browser), str(from_browser), program, *all_flags],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        try:
            yield Chromium(process, ask, answers)
        finally:
            os.close(ask)
            os.close(answers)
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
