"""Text burnt into the picture: which cues on which frames, in which lines and fonts; what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from building import plan
from lettering import needing_fonts
from material import NOW, codestreams
from PIL import Image
from texts_made import pictures_document, png, srt

from dcp.create.build import build_package
from dcp.create.job.flags import job_by_names
from dcp.create.job.reading import read_job
from dcp.create.job.writing import job_toml
from dcp.create.makers.shots import shots_of
from dcp.create.makers.tracks import burnt_into
from dcp.create.planning.plan import PictureTrackPlan, Plan
from dcp.create.planning.telling import document_of, innermost
from dcp.errors import DcpError, UsageError
from dcp.mxf.reader import TrackFile
from dcp.package.package import open_package
from dcp.picture.codec import codec_by_name
from dcp.text.values import Line


@pytest.fixture(autouse=True)
def _fonts() -> None:
    needing_fonts("Noto Sans", "Noto Sans CJK SC")


def still(folder: Path) -> Path:
    path = folder / "grey.png"
    Image.new("RGB", (1998, 1080), (90, 90, 90)).save(path)
    return path


def planned(folder: Path, frames: int, **more: object) -> Plan:
    return plan(still(folder), still=f"{frames}/24s", **more)


def words(track: PictureTrackPlan) -> list[list[str]]:
    """Of each frame."""
    shown = burnt_into(track)
    if shown is None:
        return []
    return [
        [line.text for each in shown(at) for line in each.cue.content if isinstance(line, Line)]
        for at in range(track.frames)
    ]


def decided(made: Plan) -> set[str]:
    return {innermost(each).id for each in made.decisions}


def test_the_cues_lie_over_their_frames_and_the_plan_says_so(tmp_path: Path) -> None:
    text = srt(tmp_path / "a.srt", (1 / 24, 3 / 24, "One"), (3 / 24, 4 / 24, "Two"))
    made = planned(tmp_path, 6, burn_in=f"{text}:fr", name="auto")
    (track,) = made.pictures
    assert words(track) == [[], ["One"], ["One"], ["Two"], [], []]
    assert made.texts == () and made.compositions[0].burnt_in == "fr"
    assert "_XX-fr_" in made.compositions[0].title
    assert {"plan.burnt-in", "plan.text-font"} <= decided(made)
    (reel,) = document_of(made)["compositions"][0]["reels"]
    assert reel["tracks"][0]["burnt_in"] == ["fr"]


def test_of_several_texts_the_first_lies_lowest_and_a_language_need_not_be_told(tmp_path: Path) -> None:
    one, two = srt(tmp_path / "a.srt", (0, 0.25, "One")), srt(tmp_path / "b.srt", (0, 0.25, "二"))
    made = planned(tmp_path, 6, burn_in=[f"{one}", f"{two}:zh"], subtitle=f"{one}:en")
    assert words(made.pictures[0])[0] == ["One", "二"]
    assert made.compositions[0].burnt_in == "zh"
    assert [each.kind for each in made.texts] == ["subtitle"]
    assert "plan.burnt-in-untold" in decided(made)


def test_text_is_cut_with_its_reels(tmp_path: Path) -> None:
    text = srt(tmp_path / "a.srt", (1.0, 2.0, "One"), (2.5, 2.75, "Two"))
    made = planned(tmp_path, 96, burn_in=f"{text}:en", split_at="36,72")
    first, second, *rest = made.pictures
    assert [at for at, each in enumerate(words(first)) if each] == list(range(24, 36))
    assert words(second)[:24] == [["One"]] * 12 + [[]] * 12
    assert [at for at, each in enumerate(words(second)) if each == ["Two"]] == list(range(24, 30))
    assert all(track.burnt == () for track in rest)


def test_long_lines_of_foreign_sources_are_broken(tmp_path: Path) -> None:
    text = srt(tmp_path / "a.srt", (0, 0.25, "many words " * 27))
    made = planned(tmp_path, 6, burn_in=f"{text}:en")
    assert len(words(made.pictures[0])[0]) >= 4
    assert "plan.burnt-in-broken" in decided(made)


def test_looks_are_told_by_the_flags_of_text(tmp_path: Path) -> None:
    text = srt(tmp_path / "a.srt", (0, 0.25, "One"))
    made = planned(tmp_path, 6, burn_in=f"{text}:en", text_size=60, text_position=20, text_colour="FFFF00")
    (held,) = made.pictures[0].burnt
    (line,) = held.cues[0].content
    assert isinstance(line, Line) and line.place.vposition == 20
    assert line.content[0].style.size == 60  # type: ignore[union-attr]


def test_a_job_file_has_it_as_a_kind_of_text(tmp_path: Path) -> None:
    text = srt(tmp_path / "a.srt", (0, 0.25, "One"))
    job = job_by_names((still(tmp_path),), {"title": "T", "burn_in": f"{text}:en"})
    path = tmp_path / "job.toml"
    path.write_text(job_toml(job, folder=tmp_path), encoding="utf-8")
    assert 'kind = "burn-in"' in path.read_text(encoding="utf-8")
    assert read_job(path) == job


@pytest.mark.parametrize(
    ("cue", "id"),
    [("odd \U000f0001", "text.no-glyph"), ("x" * 1001, "text.line-long")],
)
def test_what_cannot_be_drawn_is_refused_with_its_cue(tmp_path: Path, cue: str, id: str) -> None:
    text = srt(tmp_path / "a.srt", (0, 0.1, "fine"), (0.125, 0.2, cue))
    with pytest.raises(DcpError) as caught:
        planned(tmp_path, 6, burn_in=f"{text}:en")
    assert caught.value.id == id
    assert "a.srt" in str(caught.value.where) and "line 6" in str(caught.value.where)


def test_text_over_codestreams_is_refused_where_there_is_any(tmp_path: Path) -> None:
    text = srt(tmp_path / "a.srt", (0, 0.1, "One"))
    with pytest.raises(UsageError) as caught:
        plan(codestreams(tmp_path / "film", 48), burn_in=f"{text}:en")
    assert caught.value.id == "text.burn-in-codestreams"


def test_pictures_of_a_document_are_burnt_in_too(tmp_path: Path) -> None:
    document, images = pictures_document(tmp_path / "pictures", png(40, 8))
    made = planned(tmp_path, 6 * 24, burn_in=f"{document}:en")
    (held,) = made.pictures[0].burnt
    assert dict(held.images) == images


def test_what_is_built_has_the_text_in_its_frames(tmp_path: Path) -> None:
    text = srt(tmp_path / "a.srt", (1 / 24, 3 / 24, "IIII"))
    made = planned(tmp_path, 4, burn_in=f"{text}:en", text_outline="none", text_fade_up=0, text_fade_down=0)
    built = build_package(made, tmp_path / "out", now=NOW)
    package = open_package(built.root)
    (reel,) = package.compositions[0].reels
    assert reel.picture is not None
    with TrackFile.open(package.require(reel.picture.id)) as track:
        frames = [codec_by_name().decode(bytes(unit.data)) for unit in track.units()]
    grey = int(np.median(frames[0][..., 1]))
    bright = [(frame[..., 1].astype(int) > grey + 1000).mean() for frame in frames]
    assert bright[0] == bright[3] == 0 and bright[1] == bright[2] > 0
    rows = np.nonzero((frames[1][..., 1].astype(int) > grey + 1000).any(axis=1))[0]
    assert abs(rows.max() + 1 - round(0.92 * 1080)) <= 1  # on its baseline
    shots = shots_of(made, made.compositions[0])
    assert any((shot.picture[..., 1].astype(int) > grey + 1000).any() for shot in shots)
