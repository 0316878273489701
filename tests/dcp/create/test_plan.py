"""What a plan assumes, names and refuses before any work."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from building import plan, signer
from material import NOW, codestreams, video, wav

from dcp.create.build import build_package
from dcp.create.names import file_stem
from dcp.create.planning.telling import document_of, in_file, lines_of
from dcp.errors import DcpError, SourceError, UsageError
from dcp.texts.catalogue import text


def test_too_little_room_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan(codestreams(tmp_path / "film"))
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(DcpError, match="may need"):
        build_package(made, tmp_path / "out", now=NOW)


def test_a_plan_reads_as_lines_and_names_what_it_assumes(tmp_path: Path) -> None:
    film = codestreams(tmp_path / "film")
    made = plan(film, film)
    said = "\n".join(map(str, (*lines_of(made), *made.advice)))
    assert "picture 64x36 at 24 frames a second" in said
    assert "64x36" in said and "container" in said and "silen" in said
    assert "shorter than a second" in said
    assert made.frames == 4


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"picture_rate": None}, "no frame rate"),
        ({"picture_rate": Fraction(30000, 1001)}, "29.97 frames a second is no rate"),
        ({"picture_rate": Fraction(23)}, "23 frames a second is no rate"),
        ({"title": "  "}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"kind": "movie"}, "is no kind"),
        ({"mbps": 0}, "is not a whole number from 1 to 500"),
        ({"mbps": 300}, "300"),
        ({"encrypt": "text,aux"}, "no timed text and auxiliary data"),
    ],
)
def test_a_plan_is_refused_with_a_reason(tmp_path: Path, more: dict[str, object], message: str) -> None:
    film = codestreams(tmp_path / "film")
    with pytest.raises(UsageError, match=message):
        build_package(plan(film, **more), tmp_path / "out", now=NOW)


def test_rates_come_from_the_video_when_they_are_those_of_dcps(tmp_path: Path) -> None:
    good, odd = video(tmp_path / "a.mkv", rate=25), video(tmp_path / "b.mkv", rate=20)
    assert plan(good, picture_rate=None).compositions[0].rate == 25
    with pytest.raises(SourceError, match="20 frames a second"):
        plan(odd, picture_rate=None)
    with pytest.raises(UsageError, match="different frame rates: 24, 25"):
        plan(good, video(tmp_path / "c.mkv", rate=24), picture_rate=None)
    with pytest.raises(SourceError, match="20 frames a second do not become 24 frame by frame"):
        plan(odd, picture_rate=Fraction(24))
    assert plan(odd, picture_rate=Fraction(24), rate_conversion="drop").frames == 4


def test_4k_has_limits_of_its_own(tmp_path: Path) -> None:
    made = plan(video(tmp_path / "a.mkv"), resolution="4k", container="scope")
    assert (made.compositions[0].size, made.pictures[0].limits.four_k) == ((4096, 1716), True)


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


def test_a_video_that_counts_no_frames_has_its_frames_counted(tmp_path: Path) -> None:
    made = plan(video(tmp_path / "clip.mkv", 3))
    told: list[tuple[int, int]] = []
    build_package(made, tmp_path / "out", now=NOW, progress=lambda n, of: told.append((n, of)))
    assert made.frames == 3 and told == [(1, 3), (2, 3), (3, 3)]


def test_scripts_get_the_id_of_an_advice_about_one_file(tmp_path: Path) -> None:
    made = plan(codestreams(tmp_path / "film"))
    shape = text("advice.container", shape="1.78", used="75%", best="flat")
    document = document_of(replace(made, advice=(in_file(Path("a.mov"), shape),)))
    (said,) = document["advice"]
    assert said == {
        "id": "advice.container",
        "message": "a.mov: a picture of 1.78:1 uses 75% of the container",
        "remedy": "give --container flat",
    }
