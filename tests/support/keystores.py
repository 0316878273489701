"""The words of the command that issues a KDM by a given signer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scenes import BEGIN, EARLIER, END, Scene

Run = Callable[..., tuple[int, str, str]]


def issuing(scene: Scene, signer: object, recipient: Path) -> list[object]:
    return ["kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer", signer, "--recipient",
            recipient, "--from", BEGIN, "--until", END, "--now", EARLIER, "--quiet"]  # fmt: skip
