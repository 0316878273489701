"""New chains: as ST 430-2 and the field's equipment want them, or refused in plain words."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from dcp.errors import UsageError
from dcp.trust import der, making
from dcp.trust.certificate import read_certificates
from dcp.trust.judging import judge_chain
from dcp.trust.making import NewChain, make_chain, write_chain
from dcp.trust.signer import read_private_key, read_signer


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, signer_chain: NewChain) -> None:
    """Keys are expensive and not what these tests are about: the session's are taken again."""
    keys = iter(signer_chain.private_keys * 20)
    monkeypatch.setattr(making.rsa, "generate_private_key", lambda **_: next(keys))


def make(**changes: Any) -> NewChain:
    arguments: dict[str, Any] = {
        "organization": "Example.org",
        "unit": "lab.example.org",
        "role": "CS",
        "now": datetime(2026, 11, 25, 12, 30, 15, 999, tzinfo=UTC),
    }
    return make_chain(**{**arguments, **changes})


def test_windows_begin_a_day_before_and_nest(signer_chain: NewChain) -> None:
    leaf, intermediate, root = signer_chain.chain
    start = datetime(2025, 12, 31, tzinfo=UTC)
    assert [one.not_before for one in signer_chain.chain] == [start] * 3
    assert leaf.not_after < intermediate.not_after < root.not_after == datetime(2035, 12, 28, tzinfo=UTC)


def test_names_stand_in_the_fields_order_as_printable_strings(signer_chain: NewChain) -> None:
    for certificate in signer_chain.chain:
        for name in (certificate.subject_name, certificate.issuer_name):
            assert [one.type_name for one in name] == ["O", "OU", "CN", "dnQualifier"]
            assert all(one.is_printable for one in name)


def test_common_names_carry_roles_on_the_leaf_only(quick: None) -> None:
    made = make(role="SM SPB MD", name="block-1")
    assert [one.common_name for one in made.chain] == [
        "SM SPB MD.block-1",
        ".block-1.INTERMEDIATE",
        ".block-1.ROOT",
    ]
    assert make(role=("LE", "SPB")).leaf.common_name == "LE SPB.lab.example.org"


def test_serials_are_positive_and_fit_32_bit_fields(quick: None) -> None:
    serials = [one.serial for _ in range(5) for one in make().chain]
    assert all(0 < serial < 2**31 for serial in serials)
    assert len(set(serials)) == len(serials)


def test_basic_constraints_alone_are_critical(signer_chain: NewChain) -> None:
    for certificate in signer_chain.chain:
        assert [one.critical for one in certificate.extensions] == [True, False, False, False]
    root = signer_chain.chain[2]
    authority = signer_chain.leaf.authority_key_identifier
    assert authority is not None
    assert authority.key_id == signer_chain.chain[1].subject_key_identifier
    assert (authority.issuer, authority.serial) == (root.subject_name, signer_chain.chain[1].serial)


def test_no_certificate_lasts_ten_years_unless_asked(quick: None) -> None:
    """ClairMeta warns of what lasts 3,650 days or more."""
    for certificate in make().chain:
        assert certificate.not_after - certificate.not_before < timedelta(days=3650)


def test_nearly_ten_years_are_shortened_before_2038_while_that_can_be(quick: None) -> None:
    assert make().chain[2].not_after == datetime(2036, 11, 20, 12, 30, 15, tzinfo=UTC)
    assert make(now=datetime(2030, 1, 1, tzinfo=UTC)).chain[2].not_after == making.LAST_INSTANT
    late = make(now=datetime(2037, 6, 1, tzinfo=UTC)).chain[2]
    assert late.not_after == datetime(2047, 5, 28, tzinfo=UTC)
    assert make(years=25).chain[2].not_after == datetime(2051, 11, 24, 12, 30, 15, tzinfo=UTC)
    leap = make(now=datetime(2028, 3, 1, tzinfo=UTC), years=1).chain[2]
    assert (leap.not_before, leap.not_after) == (
        datetime(2028, 2, 29, tzinfo=UTC),
        datetime(2029, 2, 28, tzinfo=UTC),
    )


@pytest.mark.parametrize("count", range(5))
def test_each_authority_allows_the_authorities_below_it_and_no_more(
    count: int, now: datetime, monkeypatch: pytest.MonkeyPatch, spare_keys: list[rsa.RSAPrivateKey]
) -> None:
    keys = iter(spare_keys)
    monkeypatch.setattr(making.rsa, "generate_private_key", lambda **_: next(keys))
    made = make(intermediates=count)
    assert [one.path_len for one in made.chain] == [None, *range(count + 1)]
    names = [one.common_name for one in made.chain]
    assert len(set(names)) == len(names) == count + 2
    steps = judge_chain(made.chain, at=(now,), role="CS", trust=(made.chain[-1],))
    wanted = {"warn"} if count == 0 else set()  # two certificates are a chain, with a doubt
    assert {step.result for step in steps} - {"pass", "skipped"} == wanted


@pytest.fixture(scope="module")
def spare_keys(signer_chain: NewChain, device_chain: NewChain) -> list[rsa.RSAPrivateKey]:
    """Six different keys: key identifiers of one chain have to differ."""
    return [*signer_chain.private_keys, *device_chain.private_keys]


def test_openssl_verifies_chains_of_every_length(
    spare_keys: list[rsa.RSAPrivateKey],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    oracle: Callable[[str], str],
) -> None:
    for count in (0, 2, 4):
        keys = iter(spare_keys)
        monkeypatch.setattr(making.rsa, "generate_private_key", lambda keys=keys, **_: next(keys))
        folder = tmp_path / str(count)
        write_chain(make(intermediates=count), folder)
        assert (folder / "intermediate.pem").exists() == bool(count)
        between = ["-untrusted", folder / "intermediate.pem"] if count else []
        command = [oracle("openssl"), "verify", "-x509_strict", "-attime", "1798000000"]
        command += ["-CAfile", folder / "root.pem", *between, folder / "leaf.pem"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_dates_from_2050_on_are_read_back(quick: None, now: datetime) -> None:
    made = make(years=40)
    assert made.leaf.not_after.year == 2066
    steps = judge_chain(made.chain, at=(now,))
    assert {step.id for step in steps if step.result in ("warn", "fail")} == {"CER-013"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"role": ""}, "at least one role"),
        ({"role": "CS CS"}, "each once"),
        ({"role": "XX"}, "'XX' is not a role"),
        ({"role": "cs"}, "'cs' is not a role"),
        ({"organization": "Kino Café"}, "the organization 'Kino Café' cannot stand"),
        ({"organization": ""}, "the organization '' cannot stand"),
        ({"unit": " lab"}, "cannot stand"),
        ({"unit": "a" * 65}, "65 characters, at most 64"),
        ({"name": "a" * 60}, "60 characters, at most 50"),
        ({"name": "a_b"}, "cannot stand"),
        ({"now": datetime(2026, 1, 1)}, "without an offset"),
        ({"years": 0}, "1 to 100"),
        ({"intermediates": 5}, "0 to 4 intermediate"),
        ({"intermediates": -1}, "0 to 4 intermediate"),
    ],
)
def test_what_no_certificate_can_carry_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        make(**changes)


def test_the_files_of_a_chain(signer_chain: NewChain, tmp_path: Path) -> None:
    folder = tmp_path / "signer"
    write_chain(signer_chain, folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "chain.pem",
        "intermediate.pem",
        "leaf.key",
        "leaf.pem",
        "root.pem",
    ]
    assert read_certificates(folder / "chain.pem") == signer_chain.chain.certificates
    for name, certificate in zip(("leaf", "intermediate", "root"), signer_chain.chain, strict=True):
        assert read_certificates(folder / f"{name}.pem") == (certificate,)
    assert stat.S_IMODE((folder / "leaf.key").stat().st_mode) == 0o600
    assert (folder / "leaf.key").read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert signer_chain.leaf.fits(read_private_key(folder / "leaf.key"))
    assert read_signer(folder).chain == signer_chain.chain


def test_a_folder_with_something_in_it_is_left_alone(signer_chain: NewChain, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        write_chain(signer_chain, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_no_key_shows_in_a_repr(signer_chain: NewChain) -> None:
    shown = repr(signer_chain) + repr(signer_chain.signer)
    assert "private" not in shown.lower()
    assert str(signer_chain.private_key.private_numbers().d) not in shown


def test_a_fresh_chain_has_fresh_keys_of_the_size_asked_for() -> None:
    made = make(key_size=1024)
    assert [one.key_bits for one in made.chain] == [1024] * 3
    assert len({one.fields.modulus for one in made.chain}) == 3
    assert isinstance(made.private_key, rsa.RSAPrivateKey)
    assert made.leaf.der[0] == der.SEQUENCE
    assert made.chain[2].not_after - made.leaf.not_after == timedelta(days=2)
