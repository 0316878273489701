"""Cuts of .otio and .edl, and what is no cut."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from material import codestreams, video

from dcp.create.job.values import Gaps, PictureTrack
from dcp.create.sources.facts import Pixels
from dcp.create.sources.media_paths import media_path
from dcp.create.sources.opening import load, probe_picture, read_picture, references
from dcp.create.sources.timeline import Cut, Timeline, check_cut, read_timeline
from dcp.errors import SourceError

pytestmark = pytest.mark.extra("create")
RATE = Fraction(24)


def media(tmp_path: Path) -> Path:
    """Two films and a sequence beside a timeline."""
    video(tmp_path / "a.mkv", 4)
    video(tmp_path / "b.mkv", 4)
    codestreams(tmp_path / "seq", 4)
    return tmp_path


def otio_of(tmp_path: Path, *children: Any, tracks: tuple[Any, ...] = ()) -> Path:
    import opentimelineio as otio

    timeline = otio.schema.Timeline("film")
    track = otio.schema.Track("V1", kind="Video")
    track.extend(children)
    timeline.tracks.extend([track, *tracks])
    (tmp_path / "film.otio").write_text(otio.adapters.write_to_string(timeline, "otio_json"))
    return tmp_path / "film.otio"


def span(start: float, frames: float, rate: float = 24) -> Any:
    import opentimelineio as otio

    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(start, rate), time(frames, rate))


def clip(url: str = "a.mkv", start: float = 0, frames: float = 4, rate: float = 24, **more: Any) -> Any:
    import opentimelineio as otio

    available = span(more.pop("first", 0), 100, rate)
    reference = otio.schema.ExternalReference(url, available)
    off = more.pop("off", False)
    made = otio.schema.Clip("shot", reference, span(start, frames, rate), **more)
    made.enabled = not off
    return made


def gap(frames: int) -> Any:
    import opentimelineio as otio

    return otio.schema.Gap(source_range=span(0, frames))


def edl(tmp_path: Path, *events: str, head: str = "TITLE: film\nFCM: NON-DROP FRAME\n") -> Path:
    path = tmp_path / "film.edl"
    path.write_text(head + "\n".join(events) + "\n")
    return path


def event(
    number: int, source: tuple[str, str], record: tuple[str, str], reel: str = "AX", kind: str = "C"
) -> str:
    return f"{number:03d}  {reel} V {kind} {' '.join(source)} {' '.join(record)}"


def shape(timeline: Timeline) -> list[tuple[str | None, int, int, int]]:
    return [
        (cut.source.name if cut.source else None, cut.start, cut.end, cut.record) for cut in timeline.cuts
    ]


def refused(path: Path, id: str, gaps: Gaps | None = None) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read_timeline(path, rate=RATE, gaps=gaps)
    error = caught.value
    assert error.id == id, error
    assert error.remedy and error.where == str(path) and error.say("zh") != error.say()
    return error


def test_cuts_lie_one_after_another(tmp_path: Path) -> None:
    media(tmp_path)
    path = otio_of(
        tmp_path, clip(), clip("b.mkv", 88, 3, first=86), clip(str(tmp_path / "a.mkv"), 8), clip(frames=0)
    )
    timeline = read_timeline(path)
    assert shape(timeline) == [("a.mkv", 0, 4, 0), ("b.mkv", 2, 5, 4), ("a.mkv", 8, 12, 7)]
    assert (timeline.name, timeline.rate, timeline.frames) == ("film", RATE, 11)
    assert timeline.sources == (tmp_path / "a.mkv", tmp_path / "b.mkv")
    assert timeline.decisions == ()


def test_pull_down_rates_are_exact(tmp_path: Path) -> None:
    media(tmp_path)
    for written in (23.976, 23.98, 24000 / 1001):
        path = otio_of(tmp_path, clip(rate=written))
        assert read_timeline(path).rate == Fraction(24000, 1001)


def test_sequences_are_found_by_the_number_of_their_file(tmp_path: Path) -> None:
    import opentimelineio as otio

    media(tmp_path)
    reference = otio.schema.ImageSequenceReference(
        "seq", "", ".j2c", start_frame=1, rate=24, frame_zero_padding=6, available_range=span(86400, 3)
    )
    path = otio_of(tmp_path, otio.schema.Clip("s", reference, span(86401, 2)))
    (cut,) = read_timeline(path).cuts
    assert cut == Cut(tmp_path / "seq", 2, 4, 0, "s")


def test_gaps_are_black_when_that_is_asked(tmp_path: Path) -> None:
    media(tmp_path)
    path = otio_of(tmp_path, clip(), gap(5), clip("b.mkv"), clip(off=True))
    assert "5 frames at frame 4" in refused(path, "timeline.gap").what
    refused(path, "timeline.gap", "hold")
    timeline = read_timeline(path, gaps="black")
    assert shape(timeline) == [("a.mkv", 0, 4, 0), (None, 0, 5, 4), ("b.mkv", 0, 4, 9), (None, 0, 4, 13)]
    assert "black for 5 frames from frame 4" in timeline.decisions[0].say()


def test_an_edl_is_read_at_the_rate_that_is_told(tmp_path: Path) -> None:
    media(tmp_path)
    path = edl(
        tmp_path,
        event(1, ("00:00:00:02", "00:00:00:06"), ("01:00:00:00", "01:00:00:04")),
        "* FROM FILE: a.mkv",
        event(2, ("00:00:00:00", "00:00:00:08"), ("01:00:00:04", "01:00:00:12")),
        "* FROM CLIP NAME: b.mkv",
        event(3, ("00:00:00:00", "00:00:00:02"), ("01:00:00:12", "01:00:00:14"), reel="BL"),
    )
    timeline = read_timeline(path, rate=Fraction(25))
    assert shape(timeline) == [("a.mkv", 2, 6, 0), ("b.mkv", 0, 8, 4), (None, 0, 2, 12)]
    assert timeline.rate == 25
    assert "taken from b.mkv, found beside" in timeline.decisions[0].say()
    assert "24 frames per second" in read_timeline(path).decisions[0].say()


def test_an_edl_counts_from_the_files_own_time_code(tmp_path: Path) -> None:
    import av
    import numpy as np

    with av.open(str(tmp_path / "tc.mov"), "w") as container:
        stream = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height = 64, 36
        stream.metadata["timecode"] = "10:00:00:00"
        for _ in range(12):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((36, 64, 3), np.uint8))))
        container.mux(stream.encode(None))
    path = edl(
        tmp_path,
        event(1, ("10:00:00:03", "10:00:00:06"), ("01:00:00:00", "01:00:00:03")),
        "* FROM FILE: tc.mov",
    )
    assert shape(read_timeline(path, rate=RATE)) == [("tc.mov", 3, 6, 0)]
    path = edl(
        tmp_path,
        event(1, ("09:59:59:00", "09:59:59:03"), ("01:00:00:00", "01:00:00:03")),
        "* FROM FILE: tc.mov",
    )
    assert "tc.mov" in refused(path, "timeline.before-start").what


def test_what_is_no_cut_is_refused_by_name_and_place(tmp_path: Path) -> None:
    import opentimelineio as otio

    media(tmp_path)
    dissolve = otio.schema.Transition(
        "mix", "SMPTE_Dissolve", otio.opentime.RationalTime(1, 24), otio.opentime.RationalTime(1, 24)
    )
    assert "frame 4" in refused(otio_of(tmp_path, clip(), dissolve, clip()), "timeline.transition").what
    for effect in (otio.schema.LinearTimeWarp(time_scalar=2), otio.schema.FreezeFrame()):
        assert (
            "clip shot, frame 4"
            in refused(otio_of(tmp_path, clip(), clip(effects=[effect])), "timeline.speed").what
        )
    nested = otio.schema.Stack("inner", [clip()])
    assert "inner" in refused(otio_of(tmp_path, clip(), nested), "timeline.nested").what
    second = otio.schema.Track("V2", [clip()], kind="Video")
    assert "V1 and V2" in refused(otio_of(tmp_path, clip(), tracks=(second,)), "timeline.several-tracks").what
    assert "25 and 24" in refused(otio_of(tmp_path, clip(), clip(rate=25)), "timeline.rates").what
    refused(otio_of(tmp_path, clip(start=1.5)), "timeline.part-frames")
    bars = otio.schema.Clip("bars", otio.schema.GeneratorReference("bars", "SMPTEBars"), span(0, 3))
    assert "SMPTEBars" in refused(otio_of(tmp_path, bars), "timeline.generator").what
    nowhere = otio.schema.Clip("shot", otio.schema.ExternalReference("a.mkv"))
    refused(otio_of(tmp_path, nowhere), "timeline.no-range")
    refused(otio_of(tmp_path), "timeline.empty")


def test_media_that_are_not_there_are_named(tmp_path: Path) -> None:
    import opentimelineio as otio

    media(tmp_path)
    assert "lost.mov" in refused(otio_of(tmp_path, clip("lost.mov")), "timeline.media-absent").what
    for url in ("https://example.com/a.mkv", "file://server/share/a.mkv", "s3:bucket/a.mkv", ""):
        assert (url or "?") in refused(otio_of(tmp_path, clip(url)), "timeline.media-remote").what
    missing = otio.schema.Clip("zz", otio.schema.MissingReference(), span(0, 3))
    assert "zz" in refused(otio_of(tmp_path, missing), "timeline.media-unnamed").what
    video(tmp_path / "a.avi", 2)
    missing = otio.schema.Clip("a", otio.schema.MissingReference(), span(0, 3))
    refused(otio_of(tmp_path, missing), "timeline.media-several")


def test_tracks_that_are_off_sound_and_effects_are_said(tmp_path: Path) -> None:
    import opentimelineio as otio

    media(tmp_path)
    off = otio.schema.Track("V2", [clip()], kind="Video")
    off.enabled = False
    sound = otio.schema.Track("A1", [clip(frames=9)], kind="Audio")
    blur = otio.schema.Effect("soft", "Blur")
    timeline = read_timeline(otio_of(tmp_path, clip(effects=[blur]), tracks=(off, sound)))
    said = "; ".join(each.say() for each in timeline.decisions)
    assert "1 video track" in said and "1 sound track" in said and "soft" in said
    same = otio.schema.Track("A1", [clip()], kind="Audio")
    assert read_timeline(otio_of(tmp_path, clip(), tracks=(same,))).decisions == ()


@pytest.mark.parametrize(
    ("lines", "id"),
    [
        (["001 AX V C 00:00:00:00 00:00:00:04 01:00:00:00 01:00:00:08", "M2 AX 012.0 00:00:00:00"],
         "timeline.edl-speed"),
        (["001 AX V C 00:00:00:00 00:00:00:04 01:00:00:00 01:00:00:04", "M2 AX -024.0 00:00:00:04"],
         "timeline.edl-speed"),
        (["001 AX V C 00:00:00:00 00:00:00:04 01:00:00:00 01:00:00:08"], "timeline.unreadable"),
        (["001 AX V C nonsense"], "timeline.unreadable"),
        (["FCM: DROP FRAME", "001 AX V C 00:00:00:00 00:00:00:04 01:00:00:00 01:00:00:04"],
         "timeline.drop-frame"),
        (["001 AX V C 00:00:00:00 00:00:00:04 01:00:00:00 01:00:00:04", "* FROM FILE: a.mkv",
          "002 AX V C 00:00:00:04 00:00:00:04 01:00:00:04 01:00:00:04", "* FROM FILE: a.mkv",
          "002 AX V D 004 00:00:00:00 00:00:00:08 01:00:00:04 01:00:00:12"], "timeline.transition"),
        (["001 AX V C 00:00:00:00 00:00:00:04 01:00:00:00 01:00:00:04", "* FROM FILE: a.mkv",
          "002 AX V C 00:00:00:00 00:00:00:04 01:00:00:06 01:00:00:10", "* FROM FILE: a.mkv"],
         "timeline.gap"),
        ([], "timeline.empty"),
    ],
)  # fmt: skip
def test_wrong_edit_lists_are_refused(tmp_path: Path, lines: list[str], id: str) -> None:
    media(tmp_path)
    refused(edl(tmp_path, *lines, head=""), id)


def test_hostile_timelines_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.otio"
    for data, id in (
        ("", "timeline.unreadable"),
        ("{}", "timeline.other"),
        ("[" * 100_000, "timeline.too-deep"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "timeline.too-deep"),
        (json.dumps({"OTIO_SCHEMA": "Nothing.1"}), "timeline.other"),
        (json.dumps({"OTIO_SCHEMA": "Clip.1", "name": "x"}), "timeline.other"),
    ):
        path.write_text(data)
        refused(path, id)
    media(tmp_path)
    whole = otio_of(tmp_path, clip()).read_text()
    for known, put in (
        ('"Clip.2"', '"Clip.99"'),
        ('"a.mkv"', "7"),
        ('"Track.1"', '"Tracks.1"'),
        ("4.0", "null"),
    ):
        assert known in whole
        path.write_text(whole.replace(known, put))
        with pytest.raises(SourceError):
            read_timeline(path)
    with path.open("wb") as stream:
        stream.truncate((32 << 20) + 1)
    refused(path, "timeline.too-large")
    with pytest.raises(SourceError, match="cannot read"):
        read_timeline(tmp_path / "absent.otio")


def test_cuts_are_frames_of_their_sources(tmp_path: Path) -> None:
    media(tmp_path)
    timeline = read_timeline(otio_of(tmp_path, clip("b.mkv", 1, 2), clip("a.mkv", 3, 1)))
    found = []
    for cut in timeline.cuts:
        facts = probe_picture(PictureTrack(source=cut.source))
        check_cut(cut, facts, timeline.path)
        for pixels in read_picture(facts, range(cut.start, cut.end)):
            assert isinstance(pixels, Pixels)
            found.append(int(pixels.planes[0][5, 5]))
    facts = probe_picture(PictureTrack(source=tmp_path / "a.mkv"))
    (ref,) = references(facts, (3,))
    assert ref is not None
    last = load(ref)
    assert isinstance(last, Pixels) and int(last.planes[0][5, 5]) == found[-1]
    assert found[0] < found[1] < found[2]


def test_a_cut_past_the_end_of_its_source_is_refused(tmp_path: Path) -> None:
    codestreams(tmp_path / "seq", 4)
    facts = probe_picture(PictureTrack(source=tmp_path / "seq"))
    check_cut(Cut(tmp_path / "seq", 0, 4, 0), facts, tmp_path / "film.otio")
    with pytest.raises(SourceError, match=r"frame 8 of seq, which has 4 frames \(clip x, frame 3"):
        check_cut(Cut(tmp_path / "seq", 2, 9, 3, "x"), facts, tmp_path / "film.otio")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("a b.mkv", "/x/a b.mkv"),
        ("file:///m/a%20b.mkv", "/m/a b.mkv"),
        ("file://localhost/m/a.mkv", "/m/a.mkv"),
        ("file:/m/a.mkv", "/m/a.mkv"),
        ("file://other/m/a.mkv", None),
        ("HTTP://m/a.mkv", None),
        ("a\0.mov", None),
        ("file:///a%00.mov", None),
    ],
)
def test_addresses_of_media(url: str, wanted: str | None) -> None:
    path = media_path(url, Path("/x"))
    assert path == (Path(wanted) if wanted is not None else None)


def test_media_may_count_their_begin_at_another_rate(tmp_path: Path) -> None:
    import opentimelineio as otio

    media(tmp_path)
    reference = otio.schema.ExternalReference("a.mkv", span(48_000, 480_000, 48_000))
    path = otio_of(tmp_path, otio.schema.Clip("x", reference, span(25, 2)))
    assert shape(read_timeline(path)) == [("a.mkv", 1, 3, 0)]


def test_absurd_numbers_are_refused(tmp_path: Path) -> None:
    import opentimelineio as otio

    media(tmp_path)
    for first in (1e300, float("inf"), float("nan")):
        refused(otio_of(tmp_path, clip(first=first)), "timeline.part-frames")
        refused(otio_of(tmp_path, clip(start=first)), "timeline.part-frames")
    refused(otio_of(tmp_path, clip(frames=9_000_000), clip(frames=9_000_000)), "timeline.too-long")
    wide = otio.schema.ImageSequenceReference(
        "seq", "", ".j2c", rate=24, frame_zero_padding=2_000_000_000, available_range=span(0, 3)
    )
    refused(otio_of(tmp_path, otio.schema.Clip("s", wide, span(0, 2))), "timeline.media-absent")
