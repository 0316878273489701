"""Role tokens of a D-Cinema common name, as met in certificates and named by the DCSS (9.5.1.1)."""

from __future__ import annotations

from collections.abc import Mapping

ROLES: Mapping[str, str] = {
    "CS": "content signer",
    "SM": "security manager",
    "MD": "media decryptor",
    "MDI": "media decryptor for images",
    "MDA": "media decryptor for audio",
    "FM": "forensic marker",
    "FMI": "forensic marker for images",
    "FMA": "forensic marker for audio",
    "LE": "link encryptor",
    "LD": "link decryptor",
    "SPB": "secure processing block",
    "PR": "projector",
    "TMS": "theatre management system",
    "SMS": "screen management system",
    "MIC": "media block that takes MIC keys from the KDM",
    "RES": "second identity, reserved",
    "LS": "log signer",
    "TLS": "transport layer security endpoint",
    "RO": "meaning not established",
    "DC": "meaning not established",
}
