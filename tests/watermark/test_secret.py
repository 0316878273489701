from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcp.errors import DcpError, UsageError
from watermark.secret import Secret, new_secret, read_secret, write_secret


def test_a_secret_file_round_trips_and_is_private(tmp_path: Path) -> None:
    secret = new_secret("Screen 5, Example Cinema")
    path = tmp_path / "secret.json"
    write_secret(path, secret)
    assert read_secret(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret.json"]


def test_an_existing_secret_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secret.json"
    write_secret(path, new_secret("first"))
    with pytest.raises(UsageError, match="exists already"):
        write_secret(path, new_secret("second"))
    assert read_secret(path).operator == "first"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_secret_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(DcpError, match="cannot write"):
        write_secret(tmp_path / "nowhere" / "secret.json", new_secret(""))


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret(value=bytes(range(32)), operator="op")
    assert "0102" not in repr(secret) and "\\x01" not in repr(secret)
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_streams_are_the_same_everywhere_and_differ_by_label_and_number() -> None:
    secret = Secret(value=bytes(range(32)))
    assert secret.stream("chip", 7, size=16).hex() == "f559a103110ee24ce3c15e1cf2673dd4"
    streams = {
        secret.stream(label, *numbers, size=16)
        for label in ("chip", "time")
        for numbers in ((), (0,), (1, 0), (0, 1))
    }
    assert len(streams) == 8


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"secret": 5}',
        '{"secret": "00"}',
        json.dumps({"secret": "zz" * 32}),
        json.dumps({"secret": "00" * 32, "operator": 3}),
        "[" * 5000,
    ],
)
def test_what_is_no_secret_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secret.json"
    path.write_text(text)
    with pytest.raises(DcpError, match="not a watermark secret file"):
        read_secret(path)


def test_a_file_that_is_absent_too_large_or_binary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_secret(tmp_path / "absent.json")
    (tmp_path / "large.json").write_bytes(b" " * 100_000)
    with pytest.raises(DcpError, match="too large"):
        read_secret(tmp_path / "large.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_secret(tmp_path / "binary.json")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no endless file")
def test_a_file_without_an_end_is_refused() -> None:
    with pytest.raises(DcpError, match="too large"):
        read_secret(Path("/dev/zero"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.binary(max_size=200))
def test_no_file_brings_anything_but_our_own_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "secret.json"
    path.write_bytes(data)
    with pytest.raises(DcpError):
        read_secret(path)


def test_a_fingerprint_tells_secrets_apart_and_shows_nothing_of_them() -> None:
    one, other = Secret(value=bytes(range(32)), operator="a"), Secret(value=bytes(range(1, 33)), operator="a")
    assert one.fingerprint == Secret(value=bytes(range(32))).fingerprint  # of the bytes, not of the name
    assert len(one.fingerprint) == 16 and one.fingerprint != other.fingerprint
    assert not any(part in one.value.hex() for part in (one.fingerprint, one.fingerprint[:8]))
