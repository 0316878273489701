"""What a plan assumes, names and refuses before any work."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from building import plan, signer
from material import NOW, codestreams, video, wav

from dcp.create.build import build_package
from dcp.create.plan import file_stem
from dcp.errors import DcpError, SourceError, UsageError


def test_too_little_room_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan(codestreams(tmp_path / "film"))
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(DcpError, match="may need"):
        build_package(made, tmp_path / "out", now=NOW)


def test_a_plan_reads_as_lines_and_names_what_it_assumes(tmp_path: Path) -> None:
    film = codestreams(tmp_path / "film")
    made = plan(film, film)
    text = "\n".join(map(str, made.lines()))
    assert "picture 64x36 at 24 frames a second" in text
    assert "on the track files of reel 1" in text
    assert "no picture size of a DCP" in text and "silence is written" in text
    assert "shorter than a second" in text
    assert made.frames == 4


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"picture_rate": None}, "no frame rate"),
        ({"picture_rate": Fraction(30000, 1001)}, "29.97 frames a second is no rate"),
        ({"title": "  "}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"kind": "movie"}, "no kind of content"),
        ({"mbps": 0}, "cannot be had"),
        ({"audio": ["a", "b"]}, "2 sound files for 1 source"),
    ],
)
def test_a_plan_is_refused_with_a_reason(tmp_path: Path, more: dict[str, object], message: str) -> None:
    film = codestreams(tmp_path / "film")
    with pytest.raises(UsageError, match=message):
        build_package(plan(film, **more), tmp_path / "out", now=NOW)


def test_rates_come_from_the_video_when_they_are_those_of_dcps(tmp_path: Path) -> None:
    good, odd = video(tmp_path / "a.mkv", rate=25), video(tmp_path / "b.mkv", rate=20)
    assert plan(good, picture_rate=None).rate == 25
    with pytest.raises(UsageError, match="20 frames a second is no rate of a DCP"):
        plan(odd, picture_rate=None)
    with pytest.raises(UsageError, match="different frame rates: 20, 25"):
        plan(good, odd, picture_rate=None)
    assert any(
        "runs at 20 frames a second" in str(note) for note in plan(odd, picture_rate=Fraction(24)).notes
    )


def test_4k_has_fewer_rates(tmp_path: Path) -> None:
    clip = video(tmp_path / "a.mkv")
    made = plan(clip, resolution="4k", container="scope")
    assert (made.size, made.four_k, made.limits.four_k) == ((4096, 1716), True, True)
    with pytest.raises(UsageError, match="4K at 48"):
        plan(clip, resolution="4k", picture_rate=Fraction(48))


def test_folders_of_different_sizes_do_not_go_together(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="different picture sizes: 64x36, 128x36"):
        plan(codestreams(tmp_path / "a"), codestreams(tmp_path / "b", width=128))


def test_different_sound_layouts_do_not_go_together(tmp_path: Path) -> None:
    wav(tmp_path / "six.wav", 4000)
    wav(tmp_path / "eight.wav", 4000, 8)
    sources = codestreams(tmp_path / "a"), codestreams(tmp_path / "b", first=4)
    with pytest.raises(SourceError, match="different layouts"):
        plan(*sources, audio=[tmp_path / "six.wav", tmp_path / "eight.wav"])


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("BigBuckBunny_CLP-1_F", "BigBuckBunny_CLP-1_F"),
        ("../../etc/passwd", "etc-passwd"),
        ("Amélie: le film / 1", "Amelie-le-film-1"),
        ("電影", "DCP"),
        ("x" * 300, "x" * 80),
    ],
)
def test_titles_become_file_names(title: str, stem: str) -> None:
    assert file_stem(title) == stem


def test_keys_of_another_composition_are_taken_with_a_note(tmp_path: Path) -> None:
    made = plan(codestreams(tmp_path / "film"), encrypt=True)
    first = build_package(made, tmp_path / "a", signer=signer(), now=NOW)
    assert first.notes == () and first.keyring is not None
    second = build_package(made, tmp_path / "b", keyring=first.keyring, signer=signer(), now=NOW)
    (note,) = second.notes
    assert str(first.cpl_id) in str(note) and "can open this package" in str(note)


def test_the_progress_of_a_video_that_counts_no_frames_goes_by_its_length(tmp_path: Path) -> None:
    made = plan(video(tmp_path / "clip.mkv", 3))
    told: list[tuple[int, int]] = []
    build_package(made, tmp_path / "out", now=NOW, progress=lambda n, of: told.append((n, of)))
    assert made.frames is None and told == [(1, 3), (2, 3), (3, 3)]
    assert any("(about 3 frames)" in str(line) for line in made.lines())
