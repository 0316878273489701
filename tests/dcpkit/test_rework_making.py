"""`dcpkit rekey`, `lower`, `version`: flags, exit codes, what is left when they fail."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from kinds_packed import NOW, packed, two_versions
from needing import needing
from packages_packed import facts, media, write
from scenes import Scene
from synthetic import codestream as headers_only

import dcpkit as dcpkit_names
from dcp.package.package import open_package
from dcp.secrets.keys import ContentKey, Keyring, read_keys, write_keys
from dcp.trust.making import NewChain, make_chain, write_chain
from kdm.issue import prepare_kdms

Run = Callable[..., tuple[int, str, str]]
KEYS = tuple(ContentKey.generate(kind) for kind in ("MDIK", "MDAK", "MDSK", "MDSK"))
QUIET = ("--now", NOW.isoformat(), "--quiet")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> tuple[NewChain, Path]:
    chain = make_chain(organization="studio.example", unit="test", role="CS", now=NOW)
    folder = tmp_path_factory.mktemp("studio") / "studio"
    write_chain(chain, folder)
    return chain, folder


@pytest.fixture
def encrypted(tmp_path: Path, studio: tuple[NewChain, Path]) -> Path:
    parts = media(tmp_path / "in", keys=KEYS[:2])
    write_keys(tmp_path / "keys.json", Keyring(KEYS))
    return write(tmp_path / "in", [parts], [facts(parts.reel)], studio[0].signer)


def left(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.iterdir())


def test_rekey_writes_the_fresh_keys_apart(
    encrypted: Path, tmp_path: Path, dcpkit: Run, studio: tuple[NewChain, Path]
) -> None:
    signs = ("--signer", studio[1], "--new-keys", tmp_path / "new.json")
    code, out, err = dcpkit(
        "rekey", encrypted, "-o", tmp_path / "out", "--keys", tmp_path / "keys.json", *signs, *QUIET, "--json"
    )
    assert code == 0, err
    document = json.loads(out)
    assert document["schema"] == "dcpkit.rekey/1" and document["keys"] == str(tmp_path / "new.json")
    assert stat.S_IMODE((tmp_path / "new.json").stat().st_mode) == 0o600
    fresh = read_keys(tmp_path / "new.json")
    assert {str(key.id) for key in fresh.keys} == set(document["key_ids"].values())
    assert not any(key.value().hex() in out + err for key in (*fresh.keys, *KEYS))
    code, out, _ = dcpkit("verify", tmp_path / "out", "--keys", tmp_path / "new.json", "--no-picture", *QUIET)
    assert code == 0, out
    both = ("--keys", tmp_path / "keys.json", "--keys", tmp_path / "new.json")
    assert dcpkit("diff", encrypted, tmp_path / "out", *both, "--no-decode")[0] == 0
    assert (
        dcpkit("decrypt", tmp_path / "out", "-o", tmp_path / "no", "--keys", tmp_path / "keys.json")[0] == 2
    )


def test_rekey_refuses_and_leaves_nothing(
    encrypted: Path, tmp_path: Path, dcpkit: Run, studio: tuple[NewChain, Path]
) -> None:
    keys, new = ("--keys", tmp_path / "keys.json"), ("--new-keys", tmp_path / "new.json")
    out, signs = ("-o", tmp_path / "out"), ("--signer", studio[1])
    before = left(tmp_path)
    code, _, err = dcpkit("rekey", encrypted, *out, *keys, *new, *QUIET)
    assert code == 2 and "--signer" in err
    code, _, err = dcpkit("rekey", encrypted, *out, *keys, *signs, *QUIET)
    assert code == 2 and "--new-keys" in err
    code, _, err = dcpkit("rekey", encrypted, *out, *keys, *signs, "--new-keys", keys[1], *QUIET)
    assert code == 2 and read_keys(tmp_path / "keys.json").keys
    code, _, err = dcpkit("rekey", encrypted, *out, *new, *signs, *QUIET)
    assert code == 2 and str(KEYS[0].id) in err
    code, _, err = dcpkit("rekey", encrypted, *out, *keys, *new, *signs, "--encrypt=film", *QUIET)
    assert code == 2 and "picture, sound, text, aux" in err
    for inside in (tmp_path / "out", encrypted):  # they would go on their way with the package
        beside = ("--new-keys", inside / "keys.json")
        code, _, err = dcpkit("rekey", encrypted, *out, *keys, *beside, *signs, *QUIET)
        assert code == 2 and "keys.json" in err
        assert not (inside / "keys.json").exists()
    assert left(tmp_path) == before
    (encrypted / "r1_sound.mxf").write_bytes((encrypted / "r1_sound.mxf").read_bytes()[:-40])
    assert dcpkit("rekey", encrypted, *out, *keys, *new, *signs, *QUIET)[0] == 2
    assert left(tmp_path) == before  # the fresh keys went with the package


def test_a_plain_package_is_encrypted(
    golden: Path, tmp_path: Path, dcpkit: Run, studio: tuple[NewChain, Path]
) -> None:
    source = packed(golden, tmp_path / "in", encrypted=())
    given = ("--signer", studio[1], "--new-keys", tmp_path / "new.json", *QUIET)
    code, _, err = dcpkit("rekey", source.root, "-o", tmp_path / "out", *given)
    assert code == 2 and "--encrypt" in err
    code, _, err = dcpkit("rekey", "--encrypt", source.root, "-o", tmp_path / "out", *given)
    assert code == 0, err
    assert len(read_keys(tmp_path / "new.json").keys) == 4
    (tmp_path / "new.json").unlink()
    code, out, err = dcpkit(
        "rekey", "--encrypt", "picture,text", source.root, "-o", tmp_path / "two", *given, "--json"
    )
    assert code == 0, err
    assert len(json.loads(out)["newly_encrypted"]) == 2


def test_a_kdm_opens_what_is_rekeyed_and_is_refused_where_it_does_not_hold(
    tmp_path: Path, dcpkit: Run, studio: tuple[NewChain, Path]
) -> None:
    package = two_versions(tmp_path / "in", KEYS, studio[0].signer)
    cinema = make_chain(organization="cinema.example", unit="test", role="SM SPB MD", now=NOW)
    write_chain(cinema, tmp_path / "cinema")
    order = prepare_kdms(
        cpl=package.compositions[1],
        keyring=Keyring(KEYS),
        signer=studio[0].signer,
        not_before=NOW,
        not_after=NOW + timedelta(days=1),
        now=NOW,
    )
    (tmp_path / "kdm.xml").write_bytes(order.issue(cinema.leaf).data)
    opener = ("--kdm", tmp_path / "kdm.xml", "--key", tmp_path / "cinema" / "leaf.key")
    given = ("--signer", studio[1], "--new-keys", tmp_path / "new.json")
    inside = ("--now", (NOW + timedelta(hours=1)).isoformat(), "--quiet")
    code, _, err = dcpkit("rekey", package.root, "-o", tmp_path / "out", *opener, *given, *inside)
    assert code == 0, err
    (cpl,) = open_package(tmp_path / "out").compositions
    assert cpl.content_title_text == package.compositions[1].content_title_text
    (tmp_path / "new.json").unlink()
    late = ("--now", (NOW + timedelta(days=2)).isoformat(), "--quiet")
    for verb in (("rekey", *given), ("lower", "--mbps", 1, "--signer", studio[1])):
        name, *flags = verb
        code, _, err = dcpkit(name, package.root, "-o", tmp_path / "late", *flags, *opener, *late)
        assert code == 1 and "KDM-" in err
    assert not (tmp_path / "late").exists() and not (tmp_path / "new.json").exists()


def test_lower_says_how_many_frames_were_coded(
    tmp_path: Path, dcpkit: Run, studio: tuple[NewChain, Path]
) -> None:
    needing("picture")
    import numpy as np

    from dcp.picture.codec import codec_by_name
    from dcp.picture.limits import frame_limits

    noise = np.random.default_rng(1).integers(500, 3500, (144, 256, 3), np.uint16)
    flat = np.full((144, 256, 3), 1500, np.uint16)
    small, large = (codec_by_name().encode(each, limits=frame_limits(24)) for each in (flat, noise))  # type: ignore[arg-type]
    parts = media(tmp_path / "in", frames=[large, *[small] * 22, large])
    write(tmp_path / "in", [parts], [facts(parts.reel)])
    given = ("lower", tmp_path / "in", "-o", tmp_path / "out")
    code, out, err = dcpkit(*given, "--mbps", 10, *QUIET, "--json")
    assert code == 0, err
    document = json.loads(out)
    (file,) = document["pictures"]
    assert document["schema"] == "dcpkit.lower/1" and (file["coded"], file["frames"]) == (2, 24)
    assert file["peak_mbps"] <= 10 < file["peak_mbps_was"]
    code, out, _ = dcpkit("diff", tmp_path / "in", tmp_path / "out", "--json")
    found = json.loads(out)
    assert code == 1 and [each["first"] for each in found["picture"]["ranges"]] == [0, 23]
    code, _, err = dcpkit("lower", tmp_path / "out", "-o", tmp_path / "again", "--mbps", 10, *QUIET)
    assert code == 2 and "10 Mbit/s" in err and not (tmp_path / "again").exists()
    assert dcpkit("lower", tmp_path / "in", "-o", tmp_path / "again", "--mbps", 0)[0] == 2


@pytest.mark.extra("create")
def test_version_is_create_over_an_original(scene: Scene, tmp_path: Path, dcpkit: Run) -> None:
    (tmp_path / "fr.srt").write_text("1\n00:00:00,100 --> 00:00:00,400\nBonjour\n", "utf-8")
    text, signs = f"{tmp_path / 'fr.srt'}:fr", ("--signer", scene.root / "studio")
    flags = ("--title", "Version", "--subtitle", text, *signs, *QUIET)
    code, _, err = dcpkit("version", scene.package, "-o", tmp_path / "vf", *flags)
    assert code == 0, err
    long = ("create", scene.package, "--ov", scene.package)
    code, _, err = dcpkit(*long, "-o", tmp_path / "vf2", *flags)
    assert code == 0, err
    one, two = (open_package(tmp_path / name, ov=[scene.package]) for name in ("vf", "vf2"))
    assert {path.suffix for path in one.files.values()} == {".mxf", ".xml"}
    assert len(one.files) == len(two.files) and len(list(one.root.glob("*.mxf"))) == 1
    (first,), (second,) = one.compositions, two.compositions
    assert [a.id for a in first.assets if a.key_id] == [a.id for a in second.assets if a.key_id] != []
    over = ("--ov", scene.package, "--keys", scene.keys)
    code, out, err = dcpkit("diff", one.root, two.root, *over, "--json")
    assert code == 0, err
    assert json.loads(out)["picture"]["same_file"] > 0
    code, _, err = dcpkit("version", "-o", tmp_path / "no", *flags)
    assert code == 2 and "one original" in err
    code, out, _ = dcpkit("version", "--help")
    assert code == 0 and "--subtitle" in out and "--encrypt" in out


@pytest.mark.extra("picture")
def test_the_same_from_a_program(golden: Path, tmp_path: Path, studio: tuple[NewChain, Path]) -> None:
    source = packed(golden, tmp_path / "in", encrypted=())
    done = dcpkit_names.rekey(
        source.root,
        tmp_path / "out",
        new_keys=tmp_path / "new.json",
        signer=studio[1],
        encrypt=("picture", "sound"),
        now=NOW,
    )
    assert len(done.newly) == 2
    assert dcpkit_names.hash_package(done.root).good
    assert dcpkit_names.diff(source.root, done.root, keys=tmp_path / "new.json").equal
    assert not dcpkit_names.hash_package(done.root, against=source.root).good
    with pytest.raises(dcpkit_names.UsageError):
        dcpkit_names.rekey(source.root, tmp_path / "no", new_keys=tmp_path / "new.json", signer=studio[1])
    with pytest.raises(dcpkit_names.UsageError):
        dcpkit_names.lower(done.root, tmp_path / "no", mbps=250, keys=tmp_path / "new.json", signer=studio[1])


@pytest.mark.extra("text")
def test_a_package_of_create_with_atmos_and_text_encrypted_keyed_and_back(
    golden: Path, corpus: Path, tmp_path: Path, dcpkit: Run, studio: tuple[NewChain, Path]
) -> None:
    """Made plain, encrypted, given a KDM, keyed anew, decrypted: the same all along, and clean."""
    (tmp_path / "j2c").mkdir()
    for number in range(24):
        frame = headers_only(bytes([number]) * 2000, size=(1998, 1080))
        (tmp_path / "j2c" / f"{number:06d}.j2c").write_bytes(frame)
    atmos, text = corpus / "ClairMeta_Data/MXF/atmos.mxf", golden / "asdcp/tt_smpte_plain.mxf"
    code, _, err = dcpkit(
        "create", tmp_path / "j2c", "-o", tmp_path / "plain", "--title", "Test", "--kind", "test",
        "--picture-rate", 24, "--atmos", atmos, "--subtitle", f"{text}:en", *QUIET,
    )  # fmt: skip
    assert code == 0, err
    signs = ("--signer", studio[1], *QUIET)
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    steps: tuple[tuple[object, ...], ...] = (
        ("rekey", "--encrypt", tmp_path / "plain", "-o", tmp_path / "sealed", "--new-keys", one, *signs),
        ("rekey", tmp_path / "sealed", "-o", tmp_path / "again", "--keys", one, "--new-keys", two, *signs),
        ("decrypt", tmp_path / "again", "-o", tmp_path / "back", "--keys", two, *signs),
    )
    for step in steps:
        code, _, err = dcpkit(*step)
        assert code == 0, err
    for name, keys in (("sealed", ("--keys", one)), ("again", ("--keys", two)), ("back", ())):
        code, out, _ = dcpkit("verify", tmp_path / name, *keys, "--no-picture", "--json", *QUIET)
        loud = [each for each in json.loads(out)["findings"] if each["severity"] != "info"]
        assert (code, loud) == (0, []), name
        opened = ("--keys", one, "--keys", two)
        code, out, err = dcpkit("diff", tmp_path / "plain", tmp_path / name, *opened, "--json")
        parts = json.loads(out)
        assert code == 0 and parts["aux"]["same"] == parts["picture"]["same"] == 24, err
    assert {key.type for key in read_keys(two).keys} == {"MDIK", "MDAK", "MDSK", "MDEK"}
    cinema = make_chain(organization="cinema.example", unit="test", role="SM SPB MD", now=NOW)
    write_chain(cinema, tmp_path / "cinema")
    until = (NOW + timedelta(days=1)).isoformat()
    code, _, err = dcpkit(
        "kdm", "issue", "--dcp", tmp_path / "again", "--keys", two, "--recipient",
        tmp_path / "cinema" / "leaf.pem", "--from", NOW.isoformat(), "--until", until, "-o",
        tmp_path / "kdm.xml", *signs,
    )  # fmt: skip
    assert code == 0, err
    opener = ("--kdm", tmp_path / "kdm.xml", "--key", tmp_path / "cinema" / "leaf.key", "--quiet")
    inside = ("--now", (NOW + timedelta(hours=1)).isoformat())
    assert dcpkit("diff", tmp_path / "plain", tmp_path / "again", *opener, *inside)[0] == 0
    # the message names the new playlist, and is for no other
    assert dcpkit("diff", tmp_path / "plain", tmp_path / "sealed", *opener, *inside)[0] == 1
