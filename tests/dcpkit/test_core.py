"""The command with the core alone: what needs no extra does its work, the rest says what to install.

Where the extras are installed they are made to look absent; in `make test-core` they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from scenes import BEGIN, END, NOW, Scene
from synthetic import codestream

from dcp import extras
from dcp.sound.wav import WavWriter
from dcpkit.main import dcpkit as group

Run = Callable[..., tuple[int, str, str]]


def verbs(command: click.Command, *above: str) -> Iterator[tuple[str, ...]]:
    """Every verb and group, by the words that name it."""
    yield above
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from verbs(inner, *above, name)


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = {module for modules in extras.MODULES.values() for module in modules}
    real = extras.present
    monkeypatch.setattr(extras, "present", lambda module: module not in absent and real(module))


@pytest.mark.parametrize("words", list(verbs(group)), ids=" ".join)
def test_every_verb_has_help(words: tuple[str, ...], core: None, dcpkit: Run) -> None:
    code, out, err = dcpkit(*words, "--help")
    assert (code, err) == (0, "") and "Usage: dcpkit" in out


def test_the_core_makes_reads_and_verifies_packages(
    scene: Scene, core: None, dcpkit: Run, tmp_path: Path
) -> None:
    film, sound = tmp_path / "film", tmp_path / "sound.wav"
    film.mkdir()
    for number in range(24):
        (film / f"{number:03d}.j2c").write_bytes(codestream(bytes([number]) * 3000))
    with WavWriter(sound, channels=6, sample_rate=48_000) as writer:
        writer.write(bytes(48_000 * 18))
    made, keys, studio = tmp_path / "DCP", tmp_path / "keys.json", scene.root / "studio"
    rate = ("--picture-rate", 24)
    opener = [*scene.opener(), "--quiet"]
    for words in (
        ("create", film, "-o", made, "--title", "T", *rate, "--audio", sound, "--encrypt", "--keys", keys,
         "--signer", studio),
        ("verify", made, "--keys", keys, "--report", tmp_path / "verification.html"),
        ("info", made),
        ("wrap", film, "-o", tmp_path / "p.mxf", *rate, "--encrypt", "--keys", tmp_path / "p.json"),
        ("wrap", sound, "-o", tmp_path / "s.mxf", *rate),
        ("info", tmp_path / "p.mxf"),
        ("unwrap", tmp_path / "s.mxf", "-o", tmp_path / "s"),
        ("extract", tmp_path / "p.mxf", "-o", tmp_path / "p", "--frames", "3-5", "--keys",
         tmp_path / "p.json"),
        ("decrypt", made, "-o", tmp_path / "clear", "--keys", keys),
        ("cert", "verify", studio / "chain.pem"),
        ("cert", "show", studio / "leaf.pem"),
        ("kdm", "issue", "--dcp", made, "--keys", keys, "--signer", studio, "--recipient",
         scene.root / "cinema" / "leaf.pem", "--from", BEGIN, "--until", END, "-o", tmp_path / "kdm.xml"),
        ("kdm", "verify", tmp_path / "kdm.xml", "--key", scene.key),
        ("kdm", "inspect", tmp_path / "kdm.xml"),
        ("kdm", "unwrap", tmp_path / "kdm.xml", "--key", scene.key, "-o", tmp_path / "opened.json"),
        ("kdm", "diagnose", "--dcp", made, "--kdm", tmp_path / "kdm.xml", "--certificate",
         scene.root / "cinema" / "leaf.pem"),
        ("kdm", "calendar", tmp_path / "kdm.xml"),
        ("watermark", "secret", "-o", tmp_path / "secret.json"),
        ("doctor",),
    ):  # fmt: skip
        now = (
            ()
            if words[0] in ("info", "doctor", "watermark") or words[1] in ("show", "inspect")
            else ("--now", NOW)
        )
        code, out, err = dcpkit(*words, *now)
        assert code == 0, (words, out, err)
    assert len(list((tmp_path / "p").iterdir())) == 3
    code, out, _ = dcpkit("verify", scene.package, *opener)
    assert code == 0, out


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("play", "{package}"), "player"),
        (("create", "{text}", "-o", "out", "--title", "T"), "create"),
        (("wrap", "{text}", "-o", "out", "--picture-rate", "24"), "create"),
        (("watermark", "embed", "{text}", "-o", "out.mp4", "--secret", "s", "--location", "1", "--time", NOW),
         "watermark"),
        (("watermark", "attack", "{text}", "-o", "out.mp4"), "watermark"),
        (("watermark", "extract", "{text}", "--secret", "s"), "watermark"),
        (("kdm", "verify", "{text}", "--key", "pkcs11:token=a;object=b?module-path={text}"), "hsm"),
    ],
)  # fmt: skip
def test_what_needs_an_extra_says_what_to_install_before_any_work(
    words: tuple[str, ...],
    extra: str,
    scene: Scene,
    core: None,
    dcpkit: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("no film")
    places = {"package": str(scene.package), "text": str(tmp_path / "text")}
    typed = [word.format(**places) for word in words]
    code, out, err = dcpkit(*typed)
    assert code == 2 and out == ""
    assert f'pip install "dcpkit[{extra}]"' in err and "is not installed here" in err
    assert len(err.splitlines()) <= 3
    code, _, err = dcpkit(*typed, "--lang", "zh")
    assert code == 2 and "本机尚未安装" in err
    assert [file.name for file in tmp_path.iterdir()] == ["text"]
