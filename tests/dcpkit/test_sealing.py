"""A bundle of evidence: any changed byte is found, and others' programs read and verify it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from judges import run, signature_holds

from dcp.errors import DcpError, UsageError
from dcp.trust.making import NewChain
from dcpkit.sealing import Seals, sealed
from watermark.evidence.bundle import MANIFEST, SIGNATURE, manifest_of, read_bundle, write_bundle
from watermark.evidence.case import SCHEMA
from watermark.evidence.checking import Judged, judge_bundle
from watermark.evidence.stored import write_stored

MADE = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
EVIDENCE: dict[str, Any] = {
    "schema": SCHEMA,
    "tool": {"name": "dcpkit", "version": "1"},
    "case": {"number": "17/2026", "examiner": "A. Example"},
    "recording": {"name": "phone.mp4", "bytes": 3, "sha256": "00" * 32},
    "films": [{"name": "Film", "files": [{"name": "cpl.xml", "bytes": 9, "sha256": "11" * 32}]}],
    "secrets": [{"operator": "Example", "fingerprint": "0123456789abcdef"}],
    "result": {},
    "parameters": {},
}
FILES = {
    "evidence.json": json.dumps(EVIDENCE).encode(),
    "report.en.html": b"<html>",
    "pairs/1-film.png": b"\x89",
}


def bundle(path: Path, chain: NewChain | None, files: Mapping[str, bytes] = FILES) -> Path:
    manifest = manifest_of(files, tool="dcpkit", version="1", made=MADE, signed=chain is not None)
    more = {MANIFEST: manifest.data()}
    if chain is not None:
        more[SIGNATURE] = sealed(manifest, chain.signer)
    write_bundle(path, {**files, **more})
    return path


def judged(path: Path, chain: NewChain | None = None) -> Judged:
    trust = (chain.signer.chain[-1],) if chain is not None else None
    return judge_bundle(path, Seals(trust, None, MADE).judge)


@pytest.mark.parametrize("name", ["bundle.zip", "bundle"])
def test_a_signed_bundle_is_accepted_and_says_what_repeats_it(
    name: str, signer_chain: NewChain, tmp_path: Path
) -> None:
    found = judged(bundle(tmp_path / name, signer_chain), signer_chain)
    assert found.outcome == "accept", [each.document() for each in found.checks if each.result != "pass"]
    assert all(word in str(found.document()) for word in ("00" * 32, "11" * 32, "0123456789abcdef"))
    other = judge_bundle(tmp_path / name, Seals((), None, MADE).judge)
    assert other.outcome == "refuse" and "SIG-014" in str(other.document())


def test_any_changed_byte_of_the_archive_is_found(signer_chain: NewChain, tmp_path: Path) -> None:
    path = bundle(tmp_path / "bundle.zip", signer_chain)
    whole = path.read_bytes()
    draw = random.Random(19)
    places = draw.sample(range(len(whole)), 120)
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        assert judged(path, signer_chain).outcome == "refuse", place
    for changed_length in (whole[:-1], whole + b"\0", whole[:1000]):
        path.write_bytes(changed_length)
        assert judged(path, signer_chain).outcome == "refuse"


def test_any_changed_byte_of_a_file_of_the_folder_is_found(signer_chain: NewChain, tmp_path: Path) -> None:
    folder = bundle(tmp_path / "bundle", signer_chain)
    draw = random.Random(20)
    for path in (folder / SIGNATURE, folder / MANIFEST, *(folder / name for name in FILES)):
        whole = path.read_bytes()
        for place in draw.sample(range(len(whole)), min(30, len(whole))):
            changed = bytearray(whole)
            changed[place] ^= 1 << draw.randrange(8)
            path.write_bytes(changed)
            assert judged(folder, signer_chain).outcome == "refuse", (path.name, place)
        path.write_bytes(whole)
    assert judged(folder, signer_chain).outcome == "accept"


def test_white_space_of_the_signature_is_no_hiding_place(signer_chain: NewChain, tmp_path: Path) -> None:
    folder = bundle(tmp_path / "bundle", signer_chain)
    path = folder / SIGNATURE
    for before, after in ((b"?>\n", b"?>\n\n"), (b"</dsig:SignatureValue>", b" </dsig:SignatureValue>")):
        whole = path.read_bytes()
        assert before in whole
        path.write_bytes(whole.replace(before, after, 1))
        assert judged(folder).outcome == "refuse"
        path.write_bytes(whole)


def test_what_is_added_taken_away_or_not_signed(signer_chain: NewChain, tmp_path: Path) -> None:
    folder = bundle(tmp_path / "bundle", signer_chain)
    (folder / "note.txt").write_bytes(b"")
    assert "bundle.stray" in [each.said.id for each in judged(folder).checks if hasattr(each.said, "id")]
    (folder / "note.txt").unlink()
    (folder / "report.en.html").rename(tmp_path / "away")
    assert judged(folder).outcome == "refuse"
    (tmp_path / "away").rename(folder / "report.en.html")
    assert judged(folder).outcome == "accept"
    (folder / SIGNATURE).unlink()
    assert judged(folder).outcome == "refuse"
    plain = bundle(tmp_path / "plain.zip", None)
    assert judged(plain).outcome == "incomplete"
    assert judged(plain, signer_chain).outcome == "refuse"


def test_links_pipes_and_paths_are_refused(signer_chain: NewChain, tmp_path: Path) -> None:
    folder = bundle(tmp_path / "bundle", signer_chain)
    (folder / "passwords").symlink_to("/etc/passwd")
    assert "bundle.no-plain-file" in ids(judged(folder))
    (folder / "passwords").unlink()
    os.mkfifo(folder / "pipe")
    assert "bundle.no-plain-file" in ids(judged(folder))
    (folder / "pipe").unlink()
    (folder / "pairs" / "deeper").mkdir()
    assert "bundle.no-plain-file" in ids(judged(folder))
    for name in ("../evil", "/etc/evil", "a/../../evil", "a\\..\\evil", "c:evil", "Evil", "a/b/c", ""):
        path = tmp_path / "evil.zip"
        files = {**FILES, name: b"evil"}
        manifest = manifest_of(files, tool="dcpkit", version="1", made=MADE, signed=False)
        with path.open("wb") as stream:  # whole in everything else
            write_stored(stream, {**files, MANIFEST: manifest.data()})
        assert ids(judged(path)) == ["bundle.name"], name


def test_two_files_of_one_name_and_a_wrong_sum_are_refused(tmp_path: Path) -> None:
    class Twice(dict[str, bytes]):
        def __iter__(self) -> Any:
            return iter(["evidence.json", "evidence.json"])

    path = tmp_path / "twice.zip"
    with path.open("wb") as stream:
        write_stored(stream, Twice({"evidence.json": b"{}"}))
    assert ids(judged(path)) == ["bundle.zip-form"]
    data = bundle(tmp_path / "a.zip", None).read_bytes()
    path.write_bytes(data.replace(b"<html>", b"<HTML>"))
    assert ids(judged(path)) == ["bundle.zip-file"]


def test_a_manifest_is_written_in_one_way_alone(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "bundle", None)
    path = folder / MANIFEST
    path.write_bytes(path.read_bytes() + b" ")
    found = judged(folder)
    assert found.outcome == "refuse" and "bundle.manifest" in ids(found)


def test_nothing_is_believed_behind_a_failure(signer_chain: NewChain, tmp_path: Path) -> None:
    folder = bundle(tmp_path / "bundle", signer_chain)
    (folder / "report.en.html").write_bytes(b"<HTML>")
    found = judged(folder)
    assert found.evidence is None and found.needed() == ()
    assert not any(each.id == "contents" for each in found.checks)


def test_a_folder_is_bounded_as_an_archive_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from watermark.evidence import bundle as module

    folder = bundle(tmp_path / "bundle", None)
    for n in range(300):
        (folder / "pairs" / f"a{n:04}").touch()
    assert ids(judged(folder)) == ["bundle.too-many-files"]
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    other = bundle(tmp_path / "other", None)
    (other / "report.en.html").write_bytes(bytes(1001))
    assert ids(judged(other)) == ["bundle.too-large"]


def test_sizes_are_bounded_before_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with path.open("wb") as stream:
        write_stored(stream, {f"a{n:04}": b"" for n in range(300)})
    assert "bundle.too-many-files" in ids(judged(path))
    with path.open("wb") as stream:
        write_stored(stream, {MANIFEST: b"0"})
    data = bytearray(path.read_bytes())
    data[18:26] = b"\xff\xff\xff\x7f" * 2  # sizes of the first file
    path.write_bytes(data)
    assert "bundle.too-large" in ids(judged(path))
    data[18:26] = (20 << 20).to_bytes(4, "little") * 2
    path.write_bytes(data)
    assert "bundle.document-too-large" in ids(judged(path))


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 100_000, b"null", b'{"files": 3}', b"\xff", b"1" * 5000])
def test_a_wrong_manifest_is_one_check(data: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / MANIFEST).write_bytes(data)
    assert judged(folder).outcome == "refuse"


def test_what_is_no_bundle_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(bytes(100))
    for path in (tmp_path, tmp_path / "film.mp4", tmp_path / "absent"):
        with pytest.raises(UsageError):
            judged(path)


def test_others_read_and_verify_it(
    signer_chain: NewChain, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    path = bundle(tmp_path / "bundle.zip", signer_chain)
    run(oracle("unzip"), "-t", path)
    run(oracle("unzip"), "-q", path, "-d", tmp_path / "out")
    signature = tmp_path / "out" / SIGNATURE
    chain = list(signer_chain.signer.chain)
    signature_holds(oracle("xmlsec1"), signature, chain=chain, at=MADE, folder=tmp_path)
    run(oracle("xmllint"), "--noout", "--nonet", signature)
    assert hashlib.sha256((tmp_path / "out" / MANIFEST).read_bytes()).hexdigest() in signature.read_text()
    sums = "".join(
        f"{each['sha256']}  {each['path']}\n"
        for each in json.loads((tmp_path / "out" / MANIFEST).read_text())["files"]
    )
    subprocess.run(
        ["sha256sum", "-c", "-"], input=sums, text=True, check=True, cwd=tmp_path / "out", capture_output=True
    )
    assert read_bundle(tmp_path / "out").files == read_bundle(path).files
    signature.write_bytes(signature.read_bytes().replace(b"<SHA256>", b"<SHA256> "))
    with pytest.raises(AssertionError):
        signature_holds(oracle("xmlsec1"), signature, chain=chain, at=MADE, folder=tmp_path)


def test_a_folder_with_files_in_it_is_never_written_to(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "mine").write_text("mine")
    with pytest.raises(DcpError):
        bundle(tmp_path / "bundle", None)


def ids(found: Judged) -> list[str]:
    return [str(getattr(each.said, "id", "")) for each in found.checks]
