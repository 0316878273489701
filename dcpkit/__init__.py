"""dcpkit: build, verify, key, mark and play Digital Cinema Packages.

    import dcpkit

    report = dcpkit.verify("MyFilm_DCP")
    for finding in report.errors:
        print(finding.id, finding.message)

The names in `__all__` are the programs' entrance and keep their meaning; whatever else the packages hold may
change from one version to the next. Each is loaded when it is first asked for. The command is `dcpkit.main`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dcp.create.build import BuiltPackage
    from dcp.create.planning.plan import Plan
    from dcp.errors import DcpError, RefusedError, UsageError
    from dcp.mxf.reader import TrackFile
    from dcp.package.package import Package
    from dcp.secrets.keys import ContentKey, Keyring
    from dcp.trust.certificate import Certificate
    from dcp.trust.signer import Signer
    from dcp.verify.finding import Finding, VerificationReport
    from dcp.version import VERSION as __version__
    from dcpkit.entrance import (
        check_kdm,
        create,
        diagnose,
        issue_kdm,
        make_chain,
        open_package,
        open_track_file,
        plan_package,
        read_certificates,
        read_keys,
        read_signer,
        unwrap_kdm,
        verify,
    )
    from dcpkit.reworking import combine, diff, hash_package, lower, rekey, repair, retitle, write_disk
    from dcpkit.showing import embed_mark, extract_mark, play
    from kdm.checklist import KdmReport

_HOMES = {
    "dcpkit.entrance": (
        "check_kdm",
        "create",
        "diagnose",
        "issue_kdm",
        "make_chain",
        "open_package",
        "open_track_file",
        "plan_package",
        "read_certificates",
        "read_keys",
        "read_signer",
        "unwrap_kdm",
        "verify",
    ),
    "dcpkit.reworking": (
        "combine",
        "diff",
        "hash_package",
        "lower",
        "rekey",
        "repair",
        "retitle",
        "write_disk",
    ),
    "dcpkit.showing": ("embed_mark", "extract_mark", "play"),
    "dcp.create.build": ("BuiltPackage",),
    "dcp.create.planning.plan": ("Plan",),
    "dcp.errors": ("DcpError", "RefusedError", "UsageError"),
    "dcp.mxf.reader": ("TrackFile",),
    "dcp.package.package": ("Package",),
    "dcp.secrets.keys": ("ContentKey", "Keyring"),
    "dcp.trust.certificate": ("Certificate",),
    "dcp.trust.signer": ("Signer",),
    "dcp.verify.finding": ("Finding", "VerificationReport"),
    "kdm.checklist": ("KdmReport",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "BuiltPackage",
    "Certificate",
    "ContentKey",
    "DcpError",
    "Finding",
    "KdmReport",
    "Keyring",
    "Package",
    "Plan",
    "RefusedError",
    "Signer",
    "TrackFile",
    "UsageError",
    "VerificationReport",
    "__version__",
    "check_kdm",
    "combine",
    "create",
    "diagnose",
    "diff",
    "embed_mark",
    "extract_mark",
    "hash_package",
    "issue_kdm",
    "lower",
    "make_chain",
    "open_package",
    "open_track_file",
    "plan_package",
    "play",
    "read_certificates",
    "read_keys",
    "read_signer",
    "rekey",
    "repair",
    "retitle",
    "unwrap_kdm",
    "verify",
    "write_disk",
]


def __getattr__(name: str) -> object:
    """PEP 562: a name of the entrance, loaded now."""
    if name == "__version__":
        from dcp.version import VERSION

        return VERSION
    if name not in _HOME_OF:
        raise AttributeError(f"module 'dcpkit' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
