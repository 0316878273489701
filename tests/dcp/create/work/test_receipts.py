"""Receipts: what they say comes back, and no byte that came out otherwise is believed."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import NOW

from dcp.create.work.ids import id_of, ids_of, new_seed
from dcp.create.work.receipts import (
    MAX_RECEIPT,
    HeldKey,
    Receipt,
    SourceState,
    TrackReceipt,
    key_check,
    read_receipt,
    read_track_receipt,
    write_receipt,
)
from dcp.create.work.settled import changes
from dcp.errors import DcpError
from dcp.secrets.keys import ContentKey

RECEIPT = Receipt(
    seed=bytes(range(32)).hex(),
    now=NOW.isoformat(),
    version="1",
    codec="openjpeg 2.5.4",
    libraries={"numpy": "2", "av": "14"},
    settings={"composition[1].title": "Fílm"},
    sources=(SourceState("/film.mov", 1, 1000, 5, "aa", "bb"),),
    plan="cc",
    keys={"picture": (HeldKey(str(uuid.UUID(int=1)), "dd"),)},
    cpl_ids=(str(uuid.UUID(int=2)),),
)
TRACK = TrackReceipt(
    name="T_R1_picture.mxf",
    asset_id=str(uuid.UUID(int=3)),
    size=12,
    sha1="00" * 20,
    sha256="11" * 32,
    duration=4,
    key_id=str(uuid.UUID(int=1)),
    sizes={"count": 4, "mean_mbps": 0.1, "bins": [4]},
    loudness={"leqm": 82.123456789012345, "peak": None},
    notes=(("note.sound-clipped", {"n": 3, "db": 0.25}),),
)


def test_what_they_say_comes_back(tmp_path: Path) -> None:
    write_receipt(tmp_path / "a", RECEIPT)
    write_receipt(tmp_path / "b", TRACK)
    assert read_receipt(tmp_path / "a") == RECEIPT and RECEIPT.date == NOW
    assert read_track_receipt(tmp_path / "b") == TRACK
    assert read_track_receipt(tmp_path / "c") is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert read_track_receipt(tmp_path / "a") is None
    with pytest.raises(DcpError, match="damaged"):
        read_receipt(tmp_path / "b")


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7), cut=st.booleans(), whole=st.booleans())
def test_a_changed_or_torn_receipt_is_not_believed(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int, cut: bool, whole: bool
) -> None:
    path = tmp_path_factory.mktemp("receipt") / "receipt"
    write_receipt(path, RECEIPT if whole else TRACK)
    data = bytearray(path.read_bytes())
    place = at % (len(data) - 2)  # behind it stands a line's end, which says nothing
    if cut:
        del data[place:]
    else:
        data[place] ^= 1 << bit
    path.write_bytes(data)
    if whole:
        try:
            found: Receipt | TrackReceipt | None = read_receipt(path)
        except DcpError as error:
            assert error.id == "work.receipt-damaged"
            found = None
        assert found in (None, RECEIPT)  # a blank that became another blank
    else:
        assert read_track_receipt(path) in (None, TRACK)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"schema": "dcpkit.work/1"}',
        b'{"schema": "dcpkit.work/1", "sha256": 1, "receipt": {}}',
        b"[" * 200_000,
        b'{"a": NaN}',
        b"\xff\xfe",
        b" " * (MAX_RECEIPT + 1),
    ],
    ids=["empty", "list", "half", "types", "deep", "nan", "utf-16", "large"],
)
def test_what_is_no_receipt_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "r").write_bytes(data)
    with pytest.raises(DcpError, match="damaged"):
        read_receipt(tmp_path / "r")
    assert read_track_receipt(tmp_path / "r") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", "00"),
        ("now", "2028-01-01"),
        ("now", "2028-01-01T00:00:00"),
        ("settings", {"a": 1}),
        ("sources", [{"path": "/x"}]),
        ("keys", {"picture": [{"id": 1, "check": "a"}]}),
        ("cpl_ids", ["no id"]),
        ("plan", True),
        ("more", 1),
    ],
    ids=["seed", "day", "no-offset", "settings", "sources", "keys", "ids", "plan", "unknown"],
)
def test_a_receipt_of_wrong_values_is_refused_whatever_its_digest(
    tmp_path: Path, name: str, value: object
) -> None:
    write_receipt(tmp_path / "r", RECEIPT)
    document = json.loads((tmp_path / "r").read_text())
    document["receipt"][name] = value
    words = json.dumps(document["receipt"], sort_keys=True, separators=(",", ":"))
    document["sha256"] = hashlib.sha256(words.encode()).hexdigest()
    (tmp_path / "r").write_text(json.dumps(document))
    with pytest.raises(DcpError, match="damaged"):
        read_receipt(tmp_path / "r")


def test_a_key_is_told_from_another_of_its_id_and_does_not_stand_there(tmp_path: Path) -> None:
    seed, id = new_seed(), uuid.uuid4()
    one = ContentKey(id=id, type="MDIK", value=b"sixteen bytes no")
    other = ContentKey(id=id, type="MDIK", value=b"sixteen bytes on")
    mic = ContentKey(id=id, type="MDIK", value=b"sixteen bytes no", mic_key=bytes(16))
    checks = {key_check(key, seed).check for key in (one, other, mic)}
    assert len(checks) == 3 and key_check(one, seed) == key_check(one, seed)
    assert key_check(one, new_seed()) != key_check(one, seed)
    write_receipt(tmp_path / "r", replace(RECEIPT, keys={"picture": (key_check(one, seed),)}))
    assert one.value().hex() not in (tmp_path / "r").read_text()


def test_ids_follow_from_the_seed_and_look_like_any() -> None:
    seed = new_seed()
    first, again = ids_of(seed, "text", 0), ids_of(seed, "text", 0)
    found = [first() for _ in range(50)]
    assert found == [again() for _ in range(50)] and len(set(found)) == 50
    assert id_of(seed, "text", 1) not in found and id_of(new_seed(), "text", 0, 1) not in found
    assert all(each.version == 4 and each.variant == uuid.RFC_4122 for each in found)


def test_what_changed_is_named() -> None:
    assert changes(RECEIPT, RECEIPT) == []
    other = replace(RECEIPT, codec="openjpeg 2.5.5", libraries={"numpy": "3", "av": "14"})
    assert [str(each) for each in changes(RECEIPT, other)] == [
        "codec was openjpeg 2.5.4, is openjpeg 2.5.5", "numpy was 2, is 3",
    ]  # fmt: skip
    many = replace(RECEIPT, settings={f"n{number}": "1" for number in range(20)})
    said = changes(RECEIPT, many)
    assert len(said) == 7 and "15 more" in str(said[-1])
    keys = {"picture": (HeldKey(str(uuid.UUID(int=1)), "ee"),)}
    assert "key of picture" in str(changes(RECEIPT, replace(RECEIPT, keys=keys))[0])
    assert "plan" in str(changes(RECEIPT, replace(RECEIPT, plan="dd"))[0])
    gone = replace(RECEIPT, sources=())
    assert "no longer" in str(changes(RECEIPT, gone)[0]) and "new source" in str(changes(gone, RECEIPT)[0])
