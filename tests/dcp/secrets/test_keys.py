"""The keys file and the objects that carry content keys."""

from __future__ import annotations

import errno
import json
import os
import pickle
import stat
import uuid
from pathlib import Path

import pytest

from dcp.errors import DcpError, KeyMissingError, UsageError
from dcp.secrets.keys import MAX_KEYS_FILE, ContentKey, Keyring, fresh_keys_file, read_keys, write_keys

HEX = "00112233445566778899aabbccddeeff"


def a_key() -> ContentKey:
    return ContentKey(
        id=uuid.uuid4(), type="MDIK", value=bytes.fromhex(HEX), reel=2, scope="urn:x", mic_key=bytes(16)
    )


def test_a_keys_file_is_read_back_as_written_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    key, path = a_key(), tmp_path / "keys.json"
    cpl_id = uuid.uuid4()
    write_keys(path, Keyring((key,), cpl_id))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = read_keys(path)
    assert read.cpl_id == cpl_id
    (back,) = read.keys
    assert (back.id, back.type, back.value(), back.reel, back.scope, back.mic_key()) == (
        key.id, "MDIK", bytes.fromhex(HEX), 2, "urn:x", bytes(16),
    )  # fmt: skip
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys.json"]


def test_a_key_never_shows_its_bytes() -> None:
    key = a_key()
    for text in (repr(key), str(key), f"{key}", repr(Keyring((key,)))):
        assert HEX not in text
        assert HEX[:8] not in text.replace(str(key.id), "")
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_wiping_overwrites_the_key() -> None:
    key = a_key()
    key.wipe()
    assert key.value() == bytes(16)


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        '{"keys": 3}',
        '{"keys": [{"id": "x", "type": "MDIK", "key": "00"}]}',
        json.dumps({"keys": [{"id": str(uuid.uuid4()), "type": 7, "key": HEX}]}),
        json.dumps({"keys": [{"id": str(uuid.uuid4()), "type": "MDIK", "key": HEX[:-2]}]}),
        "[" * 100_000,
    ],
)
def test_something_else_is_refused_and_its_text_is_not_repeated(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(DcpError) as caught:
        read_keys(path)
    assert HEX[:-2] not in str(caught.value)


def test_an_id_named_twice_is_refused(tmp_path: Path) -> None:
    entry = {"id": str(uuid.uuid4()), "type": "MDIK", "key": HEX}
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"cpl_id": None, "keys": [entry, entry]}))
    with pytest.raises(DcpError, match="twice"):
        read_keys(path)


def test_an_absent_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_keys(tmp_path / "absent.json")


def test_a_missing_key_is_named_by_its_id_with_the_way_to_give_it() -> None:
    wanted = uuid.uuid4()
    with pytest.raises(KeyMissingError) as caught:
        Keyring((a_key(),)).require(wanted)
    assert str(wanted) in str(caught.value)
    assert "--keys" in str(caught.value)


def test_fresh_keys_stay_when_the_work_is_done_and_go_when_it_fails(tmp_path: Path) -> None:
    path, essence = tmp_path / "keys.json", tmp_path / "DCP"
    with pytest.raises(KeyboardInterrupt), fresh_keys_file(path, essence=essence) as write:
        write(Keyring((a_key(),)))
        assert path.exists()
        raise KeyboardInterrupt
    assert not path.exists()
    with fresh_keys_file(path, essence=essence) as write:
        write(Keyring((a_key(),)))
    assert len(read_keys(path).keys) == 1
    with pytest.raises(ZeroDivisionError), fresh_keys_file(path, essence=essence):
        raise ZeroDivisionError  # nothing was written here, so nothing goes
    assert path.exists()
    with fresh_keys_file(None, essence=essence) as write:
        write(Keyring((a_key(),)))
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys.json"]


def test_keys_are_never_taken_from_essence_that_stands_under_its_name(tmp_path: Path) -> None:
    path, essence = tmp_path / "keys.json", tmp_path / "DCP"
    with pytest.raises(KeyboardInterrupt), fresh_keys_file(path, essence=essence) as write:
        write(Keyring((a_key(),)))
        essence.mkdir()  # the rename is done, and then the user stops it
        raise KeyboardInterrupt
    assert len(read_keys(path).keys) == 1


@pytest.mark.parametrize("inside", ["DCP/keys.json", "DCP"])
def test_keys_do_not_travel_with_what_they_open(tmp_path: Path, inside: str) -> None:
    with (
        pytest.raises(UsageError, match="travel"),
        fresh_keys_file(tmp_path / inside, essence=tmp_path / "DCP"),
    ):
        pass


ENDLESS = Path("/dev/zero")


@pytest.mark.skipif(not ENDLESS.exists(), reason="this system has no endless file")
def test_a_file_without_an_end_is_refused() -> None:
    with pytest.raises(DcpError, match="too large for a keys file"):
        read_keys(ENDLESS)


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_bytes(b" " * (MAX_KEYS_FILE + 1))
    with pytest.raises(DcpError, match="too large for a keys file"):
        read_keys(tmp_path / "keys.json")


def test_keys_for_which_the_disk_has_no_room_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DcpError, match="the disk is full") as caught:
        write_keys(tmp_path / "keys.json", Keyring(keys=()))
    assert caught.value.remedy and list(tmp_path.iterdir()) == []


def test_what_is_no_text_is_no_keys_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(UsageError, match="not UTF-8 text") as caught:
        read_keys(tmp_path / "a")
    assert "keys file" in (caught.value.remedy or "")
