"""Where passphrases and PINs come from, and that they and the keys are in nothing that is said."""

from __future__ import annotations

import base64
import getpass
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib import import_module
from pathlib import Path

import click
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from needing import has_extra
from scenes import BEGIN, EARLIER, END, NOW, Scene
from terminal import answer_on_terminal

from dcp.errors import UsageError
from dcp.secrets.keys import read_keys
from dcp.trust.signer import read_private_key, read_signer
from dcpkit import secrets
from dcpkit.keying import KdmInput
from dcpkit.main import invoke
from dcpkit.secrets import CommandSecrets

Run = Callable[..., tuple[int, str, str]]


# --- where they come from ---


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """`terminal("a", "b")`: somebody types these; returns the prompts that were shown."""

    def typing(*answers: str) -> list[str]:
        prompts: list[str] = []
        left = iter(answers)

        def ask(prompt: str) -> str:
            prompts.append(prompt)
            return next(left)

        monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
        monkeypatch.setattr(getpass, "getpass", ask)
        return prompts

    return typing


def test_what_is_typed_is_asked_for_by_name(terminal: Callable[..., list[str]]) -> None:
    prompts = terminal("one", "two")
    assert CommandSecrets().passphrase("the private key a\x1bb.key") == "one"
    assert CommandSecrets().pin("the token 'studio'") == "two"
    assert prompts == ["Passphrase of the private key a\\u001bb.key: ", "PIN of the token 'studio': "]


def test_a_new_passphrase_is_typed_twice(terminal: Callable[..., list[str]]) -> None:
    prompts = terminal("one", "one")
    assert CommandSecrets().new_passphrase("keys.age") == "one"
    assert prompts == ["New passphrase for keys.age: ", "The same again: "]
    terminal("one", "two")
    with pytest.raises(UsageError, match="the two passphrases differ"):
        CommandSecrets().new_passphrase("keys.age")
    terminal("")
    with pytest.raises(UsageError, match="nothing was typed"):
        CommandSecrets().new_passphrase("keys.age")


def test_a_file_counts_before_the_environment_and_that_before_the_terminal(
    terminal: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = terminal()
    (tmp_path / "passphrase").write_text("filed\n")
    monkeypatch.setenv("DCPKIT_PASSPHRASE", "inherited")
    monkeypatch.setenv("DCPKIT_PIN", "1357")
    for given, said in ((tmp_path / "passphrase", "filed"), (None, "inherited")):
        assert CommandSecrets(given).passphrase("x") == CommandSecrets(given).new_passphrase("x") == said
    assert CommandSecrets().pin("x") == "1357" and prompts == []


def test_a_passphrase_file_is_read_once_a_run_as_a_pipe_has_it_once(tmp_path: Path, dcpkit: Run) -> None:
    """`--passphrase-file <(...)`, for the key of a signer and for the keys files on both sides."""
    (tmp_path / "passphrase").write_text("xyzzy-42\n")
    names = ["--organization", "Studio", "--unit", "Mastering", "--role", "CS"]
    filed = ["--passphrase-file", tmp_path / "passphrase"]
    assert dcpkit("cert", "chain", "-o", tmp_path / "c", *names, *filed)[0] == 0

    once = tmp_path / "once"
    os.mkfifo(once)
    with ThreadPoolExecutor(1) as pool:
        given = CommandSecrets(once)
        written = pool.submit(once.write_text, "xyzzy-42\n")
        assert read_private_key(tmp_path / "c" / "leaf.key", secrets=given)
        written.result()
        assert read_signer(tmp_path / "c", secrets=given)
        assert given.new_passphrase("x") == "xyzzy-42"
    assert "xyzzy" not in repr(given)


def test_all_of_a_command_shares_what_was_read() -> None:
    with click.Context(click.Command("x")).scope():
        assert secrets.command_secrets() is secrets.command_secrets()
    assert secrets.command_secrets() is not secrets.command_secrets()


@pytest.mark.parametrize("variable", ["DCPKIT_PASSPHRASE", "DCPKIT_PIN"])
def test_a_variable_that_is_no_text_is_told_and_not_repeated(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, os.fsdecode(b"xyzzy\xff"))
    ask = CommandSecrets().pin if variable == "DCPKIT_PIN" else CommandSecrets().passphrase
    with pytest.raises(UsageError, match=f"{variable} is not UTF-8 text") as refused:
        ask("keys.age")
    assert "xyzzy" not in str(refused.value)


def test_what_is_typed_and_no_text_is_told(terminal: Callable[..., list[str]]) -> None:
    terminal(os.fsdecode(b"xyzzy\xff"))
    with pytest.raises(UsageError, match="what was typed is not UTF-8 text"):
        CommandSecrets().passphrase("keys.age")


@pytest.mark.parametrize("blank", ["", " ", "\t", "\n "])
@pytest.mark.parametrize(
    "uri",
    [
        "pkcs11:token=a?module-path=/x&pin-value=135792",
        "pkcs11:token=a&pin-value=135792?module-path=/x",
        "pkcs11:token=a;pin-value=135792",
        "PKCS11:token=a%26Pin%2Dvalue=135792?module-path=/x",
        "'pkcs11:token=a?module-path=/x&pin-value=135792'",
        "token=a?module-path=/x&pin-value=135792",
    ],
)
def test_a_pin_in_a_uri_is_refused_and_not_repeated(uri: str, blank: str, scene: Scene, dcpkit: Run) -> None:
    for more in ([], ["--json"]):
        words = ["kdm", "verify", scene.kdm, "--key", blank + uri, "--now", NOW, *more]
        code, out, err = dcpkit(*words)
        assert code == 2 and "list of processes" in out + err and "135792" not in out + err


def test_a_pin_given_in_the_wrong_place_is_not_repeated(dcpkit: Run) -> None:
    code, out, err = dcpkit("cert", "show", "pkcs11:token=a?module-path=/x&pin-value=135792")
    assert code == 2 and "cannot read" in err and "135792" not in out + err


@pytest.mark.parametrize("more", [(), ("/nowhere",)])
def test_a_pin_in_the_place_of_a_package_is_in_no_document(more: tuple[str, ...], dcpkit: Run) -> None:
    """Not behind a line's end that a paste brought, nor where several packages are told of."""
    code, out, err = dcpkit("verify", "--json", "pkcs11:token=a?pin-value=135792\n864209", *more)
    assert code == 2 and "pin-value=..." in out
    assert "135792" not in out + err and "864209" not in out + err


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda prompt: pytest.fail("asked"))
    for stdin in (None, type("Pipe", (), {"isatty": lambda self: False})()):
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(UsageError, match="and none was given"):
            CommandSecrets().passphrase("keys.age")
        with pytest.raises(UsageError, match="asks for a PIN"):
            CommandSecrets().pin("the token 'a'")


@pytest.mark.parametrize("fault", [EOFError, getpass.GetPassWarning])
def test_a_terminal_that_would_echo_or_is_closed_is_none(
    fault: type[Exception], terminal: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal()

    def refuse(prompt: str) -> str:
        raise fault

    monkeypatch.setattr(getpass, "getpass", refuse)
    with pytest.raises(UsageError, match="and none was given"):
        CommandSecrets().passphrase("keys.age")


def test_what_is_typed_on_a_terminal_is_not_shown(tmp_path: Path) -> None:
    names = ["--organization", "Studio", "--unit", "Mastering", "--role", "CS"]
    words = ["-m", "dcpkit", "cert", "chain", "-o", str(tmp_path / "c"), *names, "--passphrase"]
    asks = (b"New passphrase for", b"The same again")
    code, seen = answer_on_terminal([sys.executable, *words], asks=asks, typed=b"xyzzy-42")
    assert code == 0, seen
    assert seen.count(b"New passphrase for the private key") == 1 and seen.count(b"The same again") == 1
    assert b"xyzzy" not in seen
    (tmp_path / "passphrase").write_bytes(b"xyzzy-42\n")
    assert read_private_key(tmp_path / "c" / "leaf.key", secrets=CommandSecrets(tmp_path / "passphrase"))


# --- what is said ---


def shapes(secret: bytes) -> Iterator[str]:
    """How the bytes of a secret could show: hex, base64 at each of its three places, Python, a number."""
    yield secret.hex()
    yield secret.hex().upper()
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + secret).decode()
        yield text[4 if shift else 0 : len(text) - 4]
    yield repr(secret)[2:-1]
    yield str(list(secret))[1:-1]
    yield str(int.from_bytes(secret, "big"))


def key_shapes(key: RSAPrivateKey) -> Iterator[str]:
    numbers = key.private_numbers()
    for number in (numbers.d, numbers.p, numbers.q):
        whole = number.to_bytes((number.bit_length() + 7) // 8, "big")
        yield str(number)
        yield from shapes(whole[16:48])  # a piece of it is as bad


@pytest.fixture(scope="module")
def telling(scene: Scene) -> list[str]:
    """All texts that must be in nothing that is said."""
    found = [shape for key in read_keys(scene.keys).keys for shape in shapes(key.value())]
    for who in ("studio", "cinema"):
        found += key_shapes(read_private_key(scene.root / who / "leaf.key"))
    return [shape for shape in found if len(shape) >= 8]


def test_the_shapes_are_found_where_they_are(scene: Scene, telling: list[str]) -> None:
    text = scene.keys.read_text() + (scene.root / "studio" / "leaf.key").read_text().replace("\n", "")
    assert sum(shape in text for shape in telling) >= 4


# where an unexpected error arises while keys are in hand
BREAKS = [
    ("kdm.evidence", "open_block"),
    ("kdm.checklist", "block_key"),
    ("kdm.evidence", "block_fault"),
    ("kdm.issue", "pack_block"),
    ("kdm.issue", "seal_block"),
    ("kdm.signing", "sign"),
    ("dcp.secrets.keys", "_format_key"),
    ("dcp.secrets.keys", "_parse_key"),
    ("dcp.trust.signer", "order_chain"),
]


@pytest.mark.parametrize(("module", "name"), BREAKS)
def test_no_key_shows_when_something_breaks_while_it_is_in_hand(
    module: str,
    name: str,
    scene: Scene,
    telling: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With --debug too, whose traceback is written out whole."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(import_module(module), name, broken)
    issue: list[object] = ["kdm", "issue", "--dcp", scene.package, "--keys", scene.keys]
    issue += ["--signer", scene.root / "studio", "--recipient", scene.root / "cinema" / "leaf.pem"]
    issue += ["--from", BEGIN, "--until", END, "--now", EARLIER, "-o", tmp_path / "kdm.xml"]
    unwrap = ["kdm", "unwrap", scene.kdm, "--key", scene.key, "--now", NOW, "-o", tmp_path / "keys.json"]
    broke, said = 0, ""
    for words in (issue, unwrap):
        for more in ([], ["--json"], ["--debug"]):
            try:
                broke += invoke([*map(str, words), *more]) == 2
            except RuntimeError as error:
                broke += 1
                said += "".join(traceback.format_exception(error))
        captured = capsys.readouterr()
        said += captured.out + captured.err
    assert broke >= 1, "nothing broke"
    assert not [shape for shape in telling if shape in said]


def test_no_key_shows_in_what_the_command_says_of_bad_input(
    scene: Scene, telling: list[str], dcpkit: Run, tmp_path: Path
) -> None:
    text = scene.keys.read_text()
    pem = scene.key.read_text()
    made = {
        "cut.json": text[:-20],
        "short.json": text.replace('"key": "', '"key": "0', 1),
        "list.json": "[" + text + "]",
        "cut.key": pem[: len(pem) // 2],
        "bad.key": pem.replace("M", "!", 3),
        "twice.key": pem + pem,
        "locked.key": pem.replace("PRIVATE", "ENCRYPTED PRIVATE"),
    }
    said = ""
    for name, content in made.items():
        (tmp_path / name).write_text(content)
        flag = (
            ["--keys", tmp_path / name]
            if name.endswith("json")
            else ["--kdm", scene.kdm, "--key", tmp_path / name]
        )
        code, out, err = dcpkit("verify", scene.package, *flag, "--now", NOW, "--json", "--debug", "--quiet")
        assert code == 2, name
        said += out + err
    for words in (
        ["verify", scene.package, *scene.opener(), "--json", "--debug"],
        ["kdm", "verify", scene.kdm, "--key", scene.key, "--now", NOW, "--json"],
        ["kdm", "inspect", scene.kdm, "--json"],
        ["info", scene.package, "--json"],
        ["play", scene.package, *scene.opener(), "--log", tmp_path / "log", "--json", "--quiet"],
        [
            "kdm",
            "unwrap",
            scene.kdm,
            "--key",
            scene.root / "studio" / "leaf.key",
            "-o",
            tmp_path / "k",
            "--debug",
        ],
    ):
        _, out, err = dcpkit(*words)
        said += out + err
    if has_extra("player"):
        said += (tmp_path / "log").read_text()
    assert len(said) > 5000
    assert not [shape for shape in telling if shape in said]


def test_no_key_shows_in_a_repr(scene: Scene, telling: list[str]) -> None:
    from kdm.checklist import check_kdm
    from kdm.signing import MessageSigner

    signer = read_signer(scene.root / "studio")
    key = read_private_key(scene.key)
    keys = read_keys(scene.keys)
    report = check_kdm(scene.kdm.read_bytes(), private_key=key, now=datetime.fromisoformat(NOW))
    assert report.keyring is not None
    things = [signer, key, keys, *keys.keys, report, report.keyring, MessageSigner.of(signer)]
    things += [KdmInput(scene.kdm, scene.kdm.read_bytes(), key, None, None), CommandSecrets()]
    said = "".join(f"{thing!r} {thing}" for thing in things)
    assert not [shape for shape in telling if shape in said]
