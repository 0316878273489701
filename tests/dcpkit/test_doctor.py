"""`dcpkit doctor`: what is here, what is missing, in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dcp import extras
from dcp.picture import openjp2_library
from dcp.version import VERSION
from dcpkit import doctor as health
from dcpkit.commands.doctor import NEEDS

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which nothing of all this is installed."""
    monkeypatch.setattr(extras, "present", lambda module: False)
    monkeypatch.setattr(openjp2_library, "candidates", lambda: iter(()))
    monkeypatch.setattr("dcp.trust.token_uri.MODULE_FOLDERS", (str(tmp_path / "absent"),))
    monkeypatch.setattr(health, "_font_folders", lambda: [tmp_path / "absent"])
    monkeypatch.setattr("dcp.rework.drive.tools.look", dict)


def test_a_bare_machine_lacks_everything_and_is_told_what_to_install(bare: None, dcpkit: Run) -> None:
    code, out, _ = dcpkit("doctor")
    assert code == 0
    for word in (
        VERSION,
        'pip install "dcpkit[hsm]"',
        "no OpenJPEG",
        "no PKCS#11 module",
        "fonts: none found",
    ):
        assert word in out
    code, out, _ = dcpkit("doctor", "--json", "--need", "all", "--need", "fonts")
    document = json.loads(out)
    assert code == 1 and document["schema"] == "dcpkit.doctor/1" and document["version"] == VERSION
    assert document["missing"] == [
        "codec",
        "picture",
        "sound",
        "text",
        "create",
        "watermark",
        "player",
        "hsm",
        "cluster",
        "fonts",
    ]
    assert [check["id"] for check in document["checks"]] == [name for name in NEEDS if name != "all"]
    assert all(check["remedy"] for check in document["checks"])
    code, out, _ = dcpkit("doctor", "--lang", "zh", "--need", "tokens")
    assert code == 1 and "缺少：tokens" in out and "没有 PKCS#11 模块" in out


def test_what_is_here_is_named_with_its_version_and_place(
    bare: None, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "NotoSansCJK-Regular.ttc").touch()
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "libvendor.so").touch()
    monkeypatch.setattr(health, "_font_folders", lambda: [tmp_path / "fonts"])
    monkeypatch.setattr("dcp.trust.token_uri.MODULE_FOLDERS", (str(tmp_path / "modules"),))
    code, out, _ = dcpkit("doctor", "--need", "fonts", "--need", "tokens")
    assert code == 0 and "libvendor.so" in out and "1 file, Chinese ones among them" in out
    (tmp_path / "fonts" / "NotoSansCJK-Regular.ttc").rename(tmp_path / "fonts" / "Latin.ttf")
    code, out, _ = dcpkit("doctor", "--need", "fonts")
    assert code == 1 and "none of them Chinese" in out and "missing: fonts" in out


@pytest.mark.extra("picture")
def test_here_the_codec_is_found(dcpkit: Run) -> None:
    code, out, _ = dcpkit("doctor", "--need", "codec", "--need", "picture", "--json")
    document = json.loads(out)
    assert code == 0 and document["missing"] == []
    codec = document["checks"][0]
    assert codec["source"] == "pillow" and Path(codec["path"]).is_file()


def test_the_names_are_those_of_the_examination_and_others_are_refused(dcpkit: Run) -> None:
    assert NEEDS == health.NEEDS
    assert dcpkit("doctor", "--need", "xmlsec")[0] == 2
