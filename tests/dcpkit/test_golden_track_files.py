"""Another tool's encrypted track files open with KDMs that the command issues for them."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from scenes import Scene

from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset, write_cpl
from dcp.secrets.keys import ContentKey, Keyring, write_keys

Run = Callable[..., tuple[int, str, str]]
KINDS = {
    "pic2d": ("MainPicture", "MDIK"),
    "pic3d": ("MainStereoscopicPicture", "MDIK"),
    "pcm51": ("MainSound", "MDAK"),
    "tt": ("MainSubtitle", "MDSK"),
    "aux": ("AuxData", "MDX1"),
}


@pytest.mark.parametrize(
    "name",
    [
        "pic2d_smpte_enc_hmac",
        "pic2d_smpte_enc_nohmac",
        "pic2d_interop_enc_hmac_ptoff",
        "pic3d_smpte_enc_hmac",
        "pcm51_smpte_enc_hmac_24",
        "pcm51_interop_enc_hmac_24",
        "tt_smpte_enc_hmac",
        "aux_smpte_enc_hmac",
    ],
)
def test_a_golden_track_file_opens(
    golden: Path, scene: Scene, dcpkit: Run, tmp_path: Path, name: str
) -> None:
    facts = json.loads((golden / "asdcp" / f"{name}.json").read_text())
    kind, key_type = KINDS[name.partition("_")[0]]
    key_id = uuid.UUID(facts["key_id"])
    asset = ReelAsset(
        kind=kind,
        id=uuid.UUID(facts["asset_id"]),
        edit_rate=Fraction(24),
        intrinsic_duration=len(facts["frames"]) if "frames" in facts else 24,
        key_id=key_id,
    )
    cpl = CompositionPlaylist(
        id=uuid.uuid4(),
        issue_date=datetime(2027, 1, 1, tzinfo=UTC),
        content_title_text="Golden",
        content_kind="test",
        reels=(Reel(id=uuid.uuid4(), assets=(asset,)),),
    )
    playlist, keys, kdm = tmp_path / "cpl.xml", tmp_path / "keys.json", tmp_path / "kdm.xml"
    playlist.write_bytes(write_cpl(cpl))
    write_keys(keys, Keyring((ContentKey(id=key_id, type=key_type, value=bytes.fromhex(facts["key_hex"])),)))
    at = ["--now", "2027-05-01T12:00:00+00:00"]
    code, _, err = dcpkit(
        "kdm", "issue", "--cpl", playlist, "--keys", keys, "--signer", scene.root / "studio",
        "--recipient", scene.root / "cinema" / "leaf.pem", "--from", "2027-04-30T00:00:00+00:00",
        "--until", "2027-05-14T00:00:00+00:00", "-o", kdm, *at,
    )  # fmt: skip
    assert code == 0, err
    mic = "require" if facts["hmac"] else "if-present"
    code, _, err = dcpkit(
        "unwrap", golden / "asdcp" / f"{name}.mxf", "-o", tmp_path / "out", "--kdm", kdm,
        "--key", scene.root / "cinema" / "leaf.key", "--mic", mic, *at,
    )  # fmt: skip
    assert code == 0, err
    written = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert written
    if name.startswith("pic2d"):
        digests = [hashlib.sha1(path.read_bytes()).hexdigest() for path in written]
        assert digests == [frame["sha1"] for frame in facts["frames"]]


def test_it_does_not_open_with_another_key(golden: Path, scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    facts = json.loads((golden / "asdcp" / "pic2d_smpte_enc_hmac.json").read_text())
    keys = tmp_path / "keys.json"
    key = ContentKey(id=uuid.UUID(facts["key_id"]), type="MDIK", value=bytes(16))
    write_keys(keys, Keyring((key,)))
    code, _, err = dcpkit(
        "unwrap", golden / "asdcp" / "pic2d_smpte_enc_hmac.mxf", "-o", tmp_path / "out", "--keys", keys
    )
    assert code == 2 and "key" in err and not (tmp_path / "out").exists()
