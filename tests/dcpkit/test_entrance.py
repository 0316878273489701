"""`import dcpkit`: the names, what they cost, and the examples of docs/api.md run as they stand."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from scenes import LATER, NOW, Scene, call, write_clip

import dcpkit

PAGE = Path(__file__).parents[2] / "docs/api.md"


def examples() -> str:
    """The indented blocks of the page, one after the other."""
    blocks = re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", PAGE.read_text("utf-8"), re.MULTILINE)
    return "\n".join(re.sub(r"^ {4}", "", block, flags=re.MULTILINE) for block in blocks)


@pytest.mark.extra("watermark")
def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "film.mov.mkv").rename(tmp_path / "film.mov")
    code = examples()
    assert code.count("dcpkit.") > 12
    exec(compile(code, str(PAGE), "exec"), {"__name__": "example"})


def test_every_name_is_there_and_explained() -> None:
    for name in dcpkit.__all__:
        value = getattr(dcpkit, name)
        assert name.startswith("__") or inspect.getdoc(value), name
        assert name in dir(dcpkit)
    named = [name for names in dcpkit._HOMES.values() for name in names]
    assert sorted([*named, "__version__"]) == sorted(dcpkit.__all__)
    with pytest.raises(AttributeError, match="no attribute 'verfy'"):
        _ = dcpkit.verfy  # type: ignore[attr-defined]


def test_what_type_checkers_see_is_what_is_there() -> None:
    tree = ast.parse(Path(dcpkit.__file__).read_text("utf-8"))
    (guarded,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        (each.asname or each.name, node.module)
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }
    assert seen == {*dcpkit._HOME_OF.items(), ("__version__", "dcp.version")}


def test_the_import_loads_nothing() -> None:
    code = "import sys, dcpkit; print(sorted(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for module in ("lxml", "cryptography", "numpy", "click", "kdm", "player", "watermark"):
        assert f"'{module}'" not in done.stdout


def test_a_command_run_in_the_process_takes_no_name_away(scene: Scene) -> None:
    for verb in ("verify", "info"):
        call(verb, scene.package, "--json")
    call("play", scene.package, "--keys", scene.keys, "--frames", "0-0", "--reduce", "3", "--quiet")
    assert dcpkit.verify(str(scene.package), now=datetime.fromisoformat(NOW)).verdict == "pass"
    assert callable(dcpkit.play) and callable(dcpkit.create) and callable(dcpkit.diagnose)


def test_text_paths_and_what_was_read_already_do_alike(scene: Scene) -> None:
    now = datetime.fromisoformat(NOW)
    package = dcpkit.open_package(str(scene.package))
    assert isinstance(package, dcpkit.Package)
    keyring = dcpkit.read_keys(str(scene.keys))
    by_text = dcpkit.verify(str(scene.package), keys=str(scene.keys), now=now)
    by_value = dcpkit.verify(scene.package, keys=keyring, now=now)
    assert by_text.findings == by_value.findings
    opened = dcpkit.unwrap_kdm(scene.kdm.read_bytes(), private_key=str(scene.key), now=now)
    assert {key.id for key in opened.keys} == {key.id for key in keyring.keys}
    with_message = dcpkit.verify(scene.package, kdm=str(scene.kdm), private_key=str(scene.key), now=now)
    assert with_message.verdict == "pass" and with_message.mic == by_text.mic
    (leaf,) = dcpkit.read_certificates(str(scene.root / "cinema" / "leaf.pem"))
    assert dcpkit.check_kdm(scene.kdm, recipient=leaf, now=now).verdict == "incomplete"


def test_what_is_wrong_ends_in_one_error(scene: Scene, tmp_path: Path) -> None:
    late = datetime.fromisoformat(LATER)
    with pytest.raises(dcpkit.RefusedError, match="ended") as refused:
        dcpkit.unwrap_kdm(scene.kdm, private_key=scene.key, now=late)
    assert refused.value.remedy
    with pytest.raises(dcpkit.DcpError):
        dcpkit.open_package(str(tmp_path))
    with pytest.raises(dcpkit.UsageError, match="private key"):
        dcpkit.verify(scene.package, kdm=scene.kdm, now=late)
    with pytest.raises(dcpkit.UsageError, match="offset"):
        dcpkit.verify(scene.package, now=datetime(2027, 5, 1))
    with pytest.raises(dcpkit.UsageError, match="signed"):
        dcpkit.create(scene.root / "clip.mkv", tmp_path / "out", title="T", keys=tmp_path / "k.json")
