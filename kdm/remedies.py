"""What to do about a step of the checklist that failed; the step's own message says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping

_REMEDIES: Mapping[str, str] = {
    "SIG-001": "get the package again: its playlist is not as its maker signed it",
    "SIG-009": "ask the package's maker for one whose playlist is signed with a sound chain",
    "KDM-101": "the message was changed after it was signed: ask its sender for the original file",
    "KDM-102": "ask the sender for a KDM signed with a sound chain",
    "SIG-014": "add the sender's root to the trusted ones, if you know it to be theirs",
    "KDM-002": "ask the distributor for a new KDM",
    "KDM-003": "wait until the window begins, or ask for a KDM with an earlier one",
    "KDM-103": "ask for a KDM whose window lies inside the signer's validity",
    "KDM-106": "ask for a KDM for this device's certificate",
    "KDM-009": "give the private key of the certificate that the KDM was made for",
    "KDM-005": "ask for the KDM of this composition; a package made again needs a new one",
    "KDM-010": "ask for a KDM with the keys of this package's playlist, or get the package again",
    "KDM-120": "ask for a KDM whose content authenticator is the playlist's signer",
    "KDM-130": "ask for a KDM whose device list names the attached devices",
}
_OTHERWISE = "ask the sender for a KDM that is right"


def remedy_for(step: str) -> str:
    """What to do when the step with this id failed."""
    return _REMEDIES.get(step, _OTHERWISE)
