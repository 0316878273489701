"""`watermark extract` with what belongs to a case, then `watermark report verify`: the whole way, the reading
of the mark itself apart (it is canned, since it takes a minute)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needing import needing
from scenes import EARLIER, FRAMES, NOW, Scene, call, write_clip

pytestmark = [pytest.mark.extra("watermark"), pytest.mark.extra("player")]

Run = Callable[..., tuple[int, str, str]]
SHOWN = 6
VERIFY = ("watermark", "report", "verify")
LATER = "2027-05-09T10:00:00+00:00"


@pytest.fixture(scope="module")
def lab(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A secret, a show's journal, a recording, a list of locations."""
    needing("watermark")
    root = tmp_path_factory.mktemp("lab")
    assert call("watermark", "secret", "-o", root / "s.json", "--operator", "Example Films") == 0
    show = ["--location", 4711, "--secret", root / "s.json", "--log", root / "screen.log", "--quiet"]
    show += ["--frames", f"0-{SHOWN - 1}", "--reduce", 2]
    assert call("play", scene.package, *scene.opener(), *show) == 0
    write_clip(root / "phone.mkv")
    (root / "list.csv").write_text(
        "location,cinema,screen,time_zone,certificate,from,until\n4711,Roxy,3,Asia/Shanghai,abc=,2026-01-01,\n"
        "4711,Palace,1,UTC,,2019-01-01,2020-01-01\nnone,Roxy,4,,,,\n"
    )
    return root


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The answer of the detector, canned; every call of it is kept."""
    from reports import trace

    from watermark.extraction import Excerpt
    from watermark.payload import Payload, time_index_of

    payload = Payload(4711, time_index_of(datetime.fromisoformat(NOW)))
    answer = trace("good")
    answer = replace(
        answer,
        payload=payload,
        excerpt=Excerpt(0, SHOWN, answer.excerpt.rate if answer.excerpt else None),  # type: ignore[arg-type]
        path=np.where(np.arange(FRAMES) == 5, 5.0, np.nan),
    )
    calls: list[Any] = [answer]

    def canned(recording: Path, secrets: Sequence[Any], films: Sequence[Any], **how: Any) -> Any:
        calls.append((recording, secrets, films))
        return calls[0]

    monkeypatch.setattr("dcpkit.searching.read_mark", canned)
    return calls


def flags(lab: Path, scene: Scene) -> list[object]:
    given = ["--secret", lab / "s.json", "--reference", scene.package, "--keys", scene.keys]
    return ["watermark", "extract", lab / "phone.mkv", *given, "--now", LATER, "--quiet"]


def whole(lab: Path, scene: Scene) -> list[object]:
    return [
        *flags(lab, scene),
        *("--locations", lab / "list.csv", "--journal", lab / "screen.log", "--screen-kdm", scene.kdm),
        *("--examiner", "A. Examiner", "--case", "17/2027"),
    ]


def test_a_signed_bundle_names_screen_quarter_and_show_and_is_repeated(
    lab: Path, scene: Scene, read: list[Any], dcpkit: Run, tmp_path: Path
) -> None:
    report = tmp_path / "case.zip"
    code, out, err = dcpkit(*whole(lab, scene), "--signer", scene.root / "studio", "--report", report)
    assert code == 0, err
    assert "Roxy, screen 3" in out and "Palace" not in out
    root = scene.root / "studio" / "root.pem"
    code, out, err = dcpkit(*VERIFY, report, "--trust", root, "--now", LATER, "--json")
    judged = json.loads(out)
    assert (code, judged["verdict"]) == (0, "accept"), judged
    from watermark.evidence.bundle import EVIDENCE, read_bundle

    found = read_bundle(report)
    evidence = json.loads(found.documents[EVIDENCE])
    assert evidence["time"]["fixed"]["begin_utc"][:4] == NOW[:4]
    assert "Asia/Shanghai" in evidence["time"]["fixed"]["local"]
    (show,) = evidence["shows"]["shows"]
    assert show["fits"] and show["kdms"] and show["runs"] == [[0, SHOWN - 1]], show
    assert len(evidence["films"][0]["files"]) == 2
    assert sum(name.startswith("pairs/") for name in found.files) == 3
    hidden = [(lab / "s.json").read_text().split('"')[3], str(lab), str(scene.root), "keys.json"]
    assert not any(word in json.dumps(evidence) for word in hidden)
    again = ["--recording", lab / "phone.mkv", "--secret", lab / "s.json", "--reference", scene.package]
    assert sum(name.startswith("certificates/") for name in found.files) == 2
    verify = [*VERIFY, report, "--keys", scene.keys, "--quiet", "--json"]
    code, out, err = dcpkit(*verify, *again)
    assert code == 0 and "the same numbers" in out, (out, err)
    read[0] = replace(read[0], location_score=read[0].location_score + 1)
    assert dcpkit(*verify, *again)[0] == 1
    (lab / "other.mkv").write_bytes((lab / "phone.mkv").read_bytes() + b"\0")
    code, out, err = dcpkit(*verify, *["--recording", lab / "other.mkv", *again[2:]])
    assert code == 1 and "is not the file that was examined" in out
    assert dcpkit(*verify, *again[:2])[0] == 2
    code, out, err = dcpkit(*verify, *again[:4])
    assert code == 1 and "was searched and is not here" in out


@pytest.mark.parametrize("name", ["page.html", "values.json", "folder"])
def test_the_other_forms_say_the_same(
    name: str, lab: Path, scene: Scene, read: list[Any], dcpkit: Run, tmp_path: Path
) -> None:
    report = tmp_path / name
    code, _, err = dcpkit(*whole(lab, scene), "--report", report)
    assert code == 0, err
    text = (report / "report.zh.html" if name == "folder" else report).read_text("utf-8")
    text = text.replace("<wbr>", "")
    assert all(word in text for word in ("Roxy", "17/2027", "A. Examiner", "screen.log"))
    if name == "folder":
        assert dcpkit(*VERIFY, report)[0] == 0
        assert dcpkit(*VERIFY, report, "--trust", scene.root / "studio/root.pem")[0] == 1
        (report / "pairs/1-film.png").write_bytes(b"")
        assert dcpkit(*VERIFY, report)[0] == 1


def test_without_a_list_or_a_journal_the_film_alone_bounds_the_year(
    lab: Path, scene: Scene, read: list[Any], dcpkit: Run
) -> None:
    code, out, err = dcpkit(*flags(lab, scene), "--json")
    assert code == 0 and json.loads(out)["payload"]["time_utc"][:4] == NOW[:4], err


def test_a_contradiction_is_said(
    lab: Path, scene: Scene, read: list[Any], dcpkit: Run, tmp_path: Path
) -> None:
    from watermark.payload import Payload

    read[0] = replace(read[0], payload=Payload(4711, 5))
    report = tmp_path / "values.json"
    code, _, err = dcpkit(*whole(lab, scene), "--report", report)
    assert code == 0, err
    evidence = json.loads(report.read_text())
    assert evidence["shows"]["shows"] == [] and "none of the 1" in evidence["shows"]["said"][0]
    assert evidence["time"]["fixed"] is None


@pytest.mark.parametrize(
    ("more", "id"),
    [
        (["--signer", "studio", "--report", "x.html"], "--signer signs a bundle"),
        (["--examiner", "A"], "belong to a report"),
        (["--case", "a\nb", "--report", "x.html"], "one line"),
        (["--report", "x.docx"], "--report"),
        (["--locations", "absent.csv"], "absent.csv"),
        (["--journal", "s.json"], "the log that `dcpkit play --log` wrote"),
        (["--screen-kdm", "s.json"], "s.json"),
        (["--bench", "s.json", "--report", "x.html"], "no document of a bench"),
    ],
)
def test_wrong_flags_are_one_error_before_any_work(
    more: list[str], id: str, lab: Path, scene: Scene, read: list[Any], dcpkit: Run
) -> None:
    more = [str(lab / each) if "." in each or each == "studio" else each for each in more]
    code, _, err = dcpkit(*flags(lab, scene), *more)
    assert code == 2 and id in err and len(read) == 1, err
    assert not list(lab.glob("x.*"))


def test_a_kdm_for_another_composition_says_nothing_of_the_time(read: list[Any]) -> None:
    from dcpkit.tracing import Answer, Lists, Window, known_time
    from watermark.evidence.case import Film

    begin, end = datetime.fromisoformat(NOW), datetime.fromisoformat(LATER)
    lists = Lists(None, (), (), (Window("id", "cpl-1", begin, end, frozenset({"abc="})),), None, None)
    now = datetime.fromisoformat("2028-06-01T00:00:00+00:00")
    for cpl, possible, notes in (
        ("cpl-1", 1, []),
        ("cpl-2", 5, ["evidence.kdm-other-film"]),
        (None, 1, ["evidence.kdm-any-film"]),
    ):
        film = Film("film", "package", (), cpl)
        dated = known_time(Answer(read[0].payload, None), lists, [film], year=None, now=now)
        assert dated.time is not None
        assert sum(each.possible for each in dated.time.quarters) == possible
        assert [each.id for each in dated.notes] == notes


def test_an_index_says_of_which_composition_it_is_and_how_old(
    scene: Scene, dcpkit: Run, tmp_path: Path
) -> None:
    from dcpkit.tracing import Searched

    index = tmp_path / "film.index"
    code, _, err = dcpkit("watermark", "index", scene.package, "--keys", scene.keys, "-o", index, "--quiet")
    assert code == 0, err
    film = Searched(index, "index").examined()
    assert film.kind == "index" and film.cpl_id is not None and film.title == "Test_TST_F_EN"
    assert film.issued is not None and film.issued.isoformat()[:10] == EARLIER[:10]
    assert len(film.files) == 1 and Searched(index, "index").frames() is None
