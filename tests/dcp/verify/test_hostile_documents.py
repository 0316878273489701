"""Documents and folders made to hurt: each ends in a report with clear words, in little time and memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from faults.bases import BASES
from faults.repair import replace_file
from lxml import etree

from dcp.verify.engine import verify_package
from dcp.verify.finding import VerificationReport

Make = Callable[..., Any]
MOST_BYTES = 400 * 1024 * 1024
MOST_SECONDS = 10
"""Of CPU time: other work on the machine is no fault of the verifier."""
AM = "http://www.smpte-ra.org/schemas/429-9/2007/AM"

NOW = datetime(2026, 1, 31, 18, tzinfo=UTC)
RUN = """
import json, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from dcp.verify.engine import verify_package
report = verify_package(Path(sys.argv[1]), now=datetime(2026, 1, 31, 18, tzinfo=UTC), workers=1)
document = report.document(tool="t", version="1")
used = resource.getrusage(resource.RUSAGE_SELF)
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
if sys.platform == "linux":  # where ru_maxrss begins with what the parent had when it forked
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
print(json.dumps({
    "findings": [[f.id, f.severity, f.message, f.place] for f in report.findings][:60],
    "count": len(report.findings),
    "bytes": peak,
    "seconds": used.ru_utime + used.ru_stime,
}))
"""


def measured(root: Path) -> dict[str, Any]:
    """The report of a run of its own, within the bounds."""
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(root)], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found: dict[str, Any] = json.loads(run.stdout)
    assert found["bytes"] < MOST_BYTES, found["bytes"]
    assert found["seconds"] < MOST_SECONDS, found["seconds"]
    return found


def judge(root: Path, **more: Any) -> VerificationReport:
    report = verify_package(root, now=NOW, workers=1, **more)
    for finding in report.findings:
        assert "Traceback" not in finding.message
        assert len(finding.message) < 2000
    return report


def errors(report: VerificationReport) -> set[str]:
    return {finding.id for finding in report.errors}


def edit(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


LAUGHS = b"<!DOCTYPE l [<!ENTITY a 'ha'>%s]>" % b"".join(
    b"<!ENTITY %c '%s'>" % (97 + n, b"&%c;" % (96 + n) * 10) for n in range(1, 12)
)
OUTSIDE = b"<!DOCTYPE l [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
PARAMETERS = b"<!DOCTYPE l SYSTEM 'http://example.org/a.dtd' [<!ENTITY % p SYSTEM 'file:///dev/zero'> %p;]>"


@pytest.mark.parametrize("name", ["ASSETMAP.xml", "pkl.xml", "cpl.xml", "VOLINDEX.xml"])
@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE, PARAMETERS], ids=["laughs", "outside", "parameters"])
def test_entities(make: Make, name: str, doctype: bytes) -> None:
    root = make().root
    edit(root / name, b"?>", b"?>" + doctype)
    if name != "VOLINDEX.xml":
        edit(root / name, b"urn:uuid:", b"&l;urn:uuid:")
    report = judge(root)
    assert "XML-005" in errors(report)
    assert not any("root:" in finding.message for finding in report.findings)


def test_nesting(make: Make) -> None:
    root = make().root
    edit(root / "cpl.xml", b"<RatingList/>", b"<a>" * 50_000 + b"</a>" * 50_000)
    assert "XML-001" in errors(judge(root))


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "a/../../x", "C:\\x", "..%2f..%2fx", "\\\\h\\x"]
)
def test_paths_that_lead_out(make: Make, path: str) -> None:
    root = make().root
    edit(root / "ASSETMAP.xml", b"<Path>picture.mxf", b"<Path>" + path.encode())
    found = [finding for finding in judge(root).errors if finding.id in ("AM-011", "AM-010")]
    assert found
    assert all(finding.file in ("ASSETMAP.xml", path) for finding in found)


def test_a_map_of_100_mb(make: Make) -> None:
    root = make().root
    with (root / "ASSETMAP.xml").open("r+b") as file:
        file.truncate(100 * 1024 * 1024)
    found = measured(root)
    assert any("larger than" in message for _, _, message, _ in found["findings"]), found


def test_400_000_elements(make: Make) -> None:
    root = make().root
    edit(root / "cpl.xml", b"<RatingList/>", b"<RatingList>" + b"<a/>" * 400_000 + b"</RatingList>")
    found = measured(root)
    assert found["count"] < 40
    assert any("399,990 places more" in (place or "") for *_, place in found["findings"]), found


def many(root: Path, count: int) -> None:
    """So many assets, of each of which file, name and length are wrong."""
    chunk = "<ChunkList><Chunk><Path>f {}.mxf</Path><Length>x</Length></Chunk></ChunkList>"
    assets = "".join(
        f"<Asset><Id>urn:uuid:{uuid.UUID(int=number)}</Id>{chunk.format(number)}</Asset>"
        for number in range(count)
    )
    edit(root / "ASSETMAP.xml", b"<AssetList>", b"<AssetList>" + assets.encode())


def test_2_000_assets_each_wrong(make: Make) -> None:
    root = make().root
    many(root, 2_000)
    found = measured(root)
    assert found["count"] > 2_000  # each of these files is missing
    assert sum(id == "AM-001" for id, *_ in found["findings"]) <= 10


@pytest.mark.soak
def test_10_000_assets_each_wrong(make: Make) -> None:
    root = make().root
    many(root, 10_000)
    assert measured(root)["count"] > 10_000


def test_a_wrapped_signature(tmp_path: Path) -> None:
    base = BASES["encrypted"](tmp_path / "dcp")
    path = base.root / base.files["cpl"]
    good = path.read_bytes()
    signed = etree.fromstring(good)
    forged = deepcopy(signed)
    issuer = forged.find("{*}Issuer")
    signature = forged.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    assert issuer is not None and signature is not None
    issuer.text = "nobody"
    etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object").append(signed)
    replace_file(path, etree.tostring(forged))
    found = verify_package(base.root, now=NOW, keyring=base.keyring, workers=1)
    assert {finding.id for finding in found.errors} & {f"SIG-{n:03}" for n in range(1, 15)}


@pytest.mark.parametrize("value", [2**60, 10**17, 2**63, 10**40])
def test_huge_numbers(make: Make, value: int) -> None:
    root = make().root
    number = str(value).encode()
    for name, field in (("ASSETMAP.xml", b"Length"), ("pkl.xml", b"Size"), ("cpl.xml", b"IntrinsicDuration")):
        data = (root / name).read_bytes()
        (root / name).write_bytes(re.sub(rb"<%s>\d+" % field, b"<%s>%s" % (field, number), data))
    assert judge(root).verdict == "fail"
    edit(root / "cpl.xml", b"<EntryPoint>0", b"<EntryPoint>" + number)
    edit(root / "cpl.xml", b"<EditRate>24 1", b"<EditRate>%s %s" % (number, number))
    assert judge(root).verdict == "fail"


def test_circles(make: Make) -> None:
    made = make()
    root = made.root
    assert judge(root, ov=[root, root]).verdict == "pass"
    edit(root / "cpl.xml", str(made.cpl.reels[0].assets[0].id).encode(), str(made.cpl.id).encode())
    assert judge(root).verdict == "fail"
    pkl = re.search(rb"<Id>(urn:uuid:[^<]*)", (root / "pkl.xml").read_bytes())
    assert pkl
    edit(
        root / "pkl.xml",
        b"<Asset>\n      <Id>urn:uuid:" + str(made.cpl.id).encode(),
        b"<Asset>\n      <Id>" + pkl[1],
    )
    assert judge(root, ov=[root]).verdict == "fail"


@pytest.mark.skipif(os.name == "nt", reason="no links and pipes as here")
class TestFolders:
    def test_links_in_a_circle(self, make: Make) -> None:
        root = make().root
        (root / "a").symlink_to(root / "b")
        (root / "b").symlink_to(root / "a")
        (root / "folder").symlink_to(root)
        (root / "picture.mxf").unlink()
        (root / "picture.mxf").symlink_to(root / "picture.mxf")
        assert errors(judge(root)) & {"AM-010", "AM-011", "PKG-005"}

    def test_the_map_is_a_link_to_itself(self, make: Make) -> None:
        root = make().root
        (root / "ASSETMAP.xml").unlink()
        (root / "ASSETMAP.xml").symlink_to("ASSETMAP.xml")
        assert judge(root).errors

    @pytest.mark.parametrize("name", ["ASSETMAP.xml", "pkl.xml", "cpl.xml", "picture.mxf", "VOLINDEX.xml"])
    def test_pipes(self, make: Make, name: str) -> None:
        root = make().root
        (root / name).unlink()
        os.mkfifo(root / name)
        report = judge(root)
        assert any("is not a file" in finding.message for finding in report.findings), report.findings

    def test_a_device(self, make: Make) -> None:
        root = make().root
        (root / "cpl.xml").unlink()
        (root / "cpl.xml").symlink_to("/dev/zero")
        assert errors(judge(root)) & {"AM-011"}
