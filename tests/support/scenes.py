"""A small studio and cinema made through the command: chains, an encrypted package, its KDM."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from synthetic import codestream

from dcp.extras import present
from dcp.sound.wav import WavWriter
from dcpkit.main import invoke

NOW = "2027-05-01T12:00:00+00:00"
EARLIER = "2027-04-01T12:00:00+00:00"
LATER = "2027-06-01T12:00:00+00:00"
BEGIN, END = "2027-04-15T00:00:00+00:00", "2027-05-15T00:00:00+00:00"
FRAMES = 24


def call(*arguments: object) -> int:
    return invoke([str(argument) for argument in arguments])


def write_clip(path: Path, count: int = FRAMES, size: tuple[int, int] = (320, 180)) -> Path:
    """A lossless 24 fps clip: a bright bar that wanders over a soft pattern, with a stereo tone.

    Without the extras, a folder of codestreams that nobody can decode.
    """
    if not present("av"):
        path.mkdir()
        for index in range(count):
            (path / f"{index:06d}.j2c").write_bytes(codestream(bytes([index]) * 60_000))
        return path
    import av
    import numpy as np

    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = *size, "yuv444p"
        sound = container.add_stream("pcm_s16le", rate=48_000, layout="stereo")
        for index in range(count):
            picture = np.stack([96 + 40 * np.sin(columns / 19 + k) * np.cos(rows / 13) for k in range(3)], 2)
            picture[:, 10 * index % size[0] : 10 * index % size[0] + 12] += 90
            frame = av.VideoFrame.from_ndarray(picture.clip(0, 255).astype(np.uint8), format="rgb24")
            container.mux(video.encode(frame.reformat(format="yuv444p", dst_colorspace="ITU709", threads=1)))
        container.mux(video.encode(None))
        for start in range(0, 2000 * count, 1000):
            tone = (np.sin((np.arange(1000) + start) / 20) * 8000).astype(np.int16)
            block = av.AudioFrame.from_ndarray(np.repeat(tone, 2)[None], format="s16", layout="stereo")
            block.sample_rate, block.pts = 48_000, start
            container.mux(sound.encode(block))
        container.mux(sound.encode(None))
    return path


def sound_flags(folder: Path) -> list[object]:
    """`create`'s flags that give sound to a clip of `write_clip` which has none of its own."""
    if present("av"):
        return []
    with WavWriter(folder / "sound.wav", channels=2, sample_rate=48_000) as writer:
        writer.write(bytes(range(1, 251)) * (2000 * FRAMES * 6 // 250))
    return ["--audio", folder / "sound.wav"]


@dataclass(frozen=True)
class Scene:
    """Everything lies in `root`; a test that changes something takes a `copy` first."""

    root: Path

    @property
    def package(self) -> Path:
        return self.root / "DCP"

    @property
    def keys(self) -> Path:
        return self.root / "keys.json"

    @property
    def kdm(self) -> Path:
        return self.root / "kdm.xml"

    @property
    def key(self) -> Path:
        return self.root / "cinema" / "leaf.key"

    def opener(self, kdm: Path | None = None, now: str = NOW) -> list[object]:
        """The flags that open the package with its KDM at a time inside its window."""
        return ["--kdm", kdm or self.kdm, "--key", self.key, "--now", now]

    def track(self, kind: str, package: Path | None = None) -> Path:
        """The package's track file of a kind: picture or sound."""
        from dcp.mxf.reader import TrackFile

        for file in sorted((package or self.package).glob("*.mxf")):
            with TrackFile.open(file) as track:
                if track.header.essence == kind:
                    return file
        raise AssertionError(f"no {kind} track")

    def copy(self, to: Path) -> Path:
        """A copy of the package that a test may damage."""
        return Path(shutil.copytree(self.package, to / "DCP"))


def issue_kdm(scene: Scene, to: Path, *, recipient: Path | None = None, now: str = EARLIER) -> Path:
    assert (
        call("kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer", scene.root / "studio",
             "--recipient", recipient or scene.root / "cinema" / "leaf.pem", "--from", BEGIN, "--until", END,
             "--now", now, "-o", to, "--quiet") == 0
    )  # fmt: skip
    return to
