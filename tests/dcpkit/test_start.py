"""What a command does not import for a package that has no need of it: a short run is mostly imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from packages_packed import a_signer, facts, media, write

UNUSED = (
    "concurrent.futures", "logging", "difflib", "random", "tempfile", "importlib.resources", "importlib.util",
    "_strptime", "getpass", "cryptography", "numpy", "jinja2", "dcp.mxf.writer", "dcp.mxf.cipher",
    "dcp.trust.certificate", "dcp.verify.timedtext.reading", "dcp.text.smpte", "dcp.text.sfnt",
    "dcp.auxdata.contents", "dcp.verify.reports.html", "dcp.verify.reports.junit",
)  # fmt: skip
OF_SIGNATURES = ("cryptography", "dcp.trust.certificate", "random")
LOADED = """
import sys
before = set(sys.modules)  # an installation that leads to the tree imports at its start
from dcpkit.main import invoke
code = invoke(sys.argv[1:])
print(code, *sys.modules.keys() - before)
"""


def loaded(*words: object) -> set[str]:
    """The modules that this command line imports, which has to end well."""
    run = [sys.executable, "-c", LOADED, *map(str, words)]
    last = subprocess.run(run, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    code, *modules = last.split()
    assert code == "0"
    return set(modules)


@pytest.mark.parametrize("signed", [False, True])
def test_verify_imports_what_the_package_needs(tmp_path: Path, signed: bool) -> None:
    made = media(tmp_path / "dcp")
    package = write(tmp_path / "dcp", [made], [facts(made.reel)], a_signer() if signed else None)
    found = loaded("verify", package, "--now", "2028-06-02T00:00:00Z")
    needed = set(OF_SIGNATURES) if signed else set()
    assert found.isdisjoint(set(UNUSED) - needed), sorted(found & set(UNUSED) - needed)
    if signed:
        assert found.issuperset(("cryptography", "dcp.trust.certificate"))
        assert found.isdisjoint(("dcp.trust.mail", "dcp.trust.parcels", "dcp.trust.deny"))
