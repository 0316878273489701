"""Which certificates of a device are media blocks, which attached devices, which only authorities.

The role tokens of the certificate decide: SM receives KDMs, a projector or link decryptor without SM is
attached to one. The list's own word only matters for a projector whose certificate has SM as well (married
to its media block): the media block of the screen receives then, the projector where there is no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.suite import SHA1_WITH_RSA
from dcp.trust.certificate import MAX_CERTIFICATES, Certificate
from dcp.trust.order import leaves_of, order_chain
from kdm.facility.values import Device, Screen

RECIPIENT_KINDS = frozenset(("SM", "MB", "IMB", "OMB"))
ATTACHED_KINDS = frozenset(("PR", "LD"))
ATTACHED_ROLES = frozenset(("PR", "LD", "LE", "SPB", "MD", "MDI", "MDA", "FM", "FMI", "FMA"))

OLDER_TWIN = "its SHA-1 certificate is left out, it has one with SHA-256 for the same key"


@dataclass(frozen=True)
class Sorted:
    """What the certificates of one device came to. `married`: projectors that can receive as well."""

    recipients: tuple[Device, ...] = ()
    devices: tuple[Device, ...] = ()
    married: tuple[Device, ...] = ()
    bare_thumbprints: tuple[bytes, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def sort_certificates(
    certificates: Sequence[Certificate],
    *,
    about: Device | None = None,
    authorities: Sequence[Certificate] = (),
) -> Sorted:
    """The devices that some certificates, in any order, are of.

    about: what the list says of them; its certificates are not looked at. authorities: of other files, to
    complete the chains.
    """
    about = about or Device(())
    named = f"{describe(about)}: " if describe(about) else ""
    if len(certificates) > MAX_CERTIFICATES:
        return Sorted(
            problems=(f"{named}more than {MAX_CERTIFICATES} certificates are given for one device",)
        )
    distinct = list(dict.fromkeys(certificates))
    own = [leaf for leaf in leaves_of(distinct) if not leaf.is_ca]
    if not own:
        what = (
            "only certificates of authorities are given, none of a device" if distinct else "no certificate"
        )
        return Sorted(problems=(f"{named}{what}",))
    recipients, devices, married, problems, notes = [], [], [], [], []
    for leaf in own:
        device = replace(about, certificates=chain_of(leaf, distinct, authorities))
        roles = roles_of(leaf)
        if "SM" in roles and about.kind in ATTACHED_KINDS:
            married.append(device)
        elif "SM" in roles:
            recipients.append(device)
        elif ATTACHED_ROLES.intersection(roles):
            devices.append(device)
            if about.kind in RECIPIENT_KINDS and len(own) == 1:
                problems.append(
                    f"{named}the list calls it a media block, its certificate {leaf.label} has the roles"
                    f" {' '.join(roles)} and no SM: no KDM can be made for it"
                )
        elif "CS" in roles:
            problems.append(f"{named}{leaf.label} is a certificate for signing, not of a device")
        elif roles and (about.kind not in RECIPIENT_KINDS or len(own) > 1):
            notes.append(f"{named}{leaf.label} (roles {' '.join(roles)}) takes no part in KDMs")
        else:
            has = f"the roles {' '.join(roles)}" if roles else "no role"
            problems.append(f"{named}{leaf.label} has {has}: no KDM can be made for it")
    twins = older_twins(recipients)
    kept = [device for device in recipients if device.leaf not in twins]
    if twins:
        notes.append(f"{named}{OLDER_TWIN}")
    if len(kept) > 1:
        notes.append(f"{named}{len(kept)} different certificates of media blocks are given for one device")
    return Sorted(tuple(kept), tuple(devices), tuple(married), (), tuple(problems), tuple(notes))


def make_screen(
    name: str,
    parts: Iterable[Sorted],
    *,
    problems: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Screen:
    """A screen of its devices; each certificate counts once. One without a media block is a problem."""
    parts = tuple(parts)
    recipients = _once(device for part in parts for device in part.recipients)
    married = _once(device for part in parts for device in part.married)
    attached = [device for part in parts for device in part.devices]
    twins = older_twins(recipients)
    recipients = tuple(device for device in recipients if device.leaf not in twins)
    if not recipients:
        recipients, married = married, ()
    devices = _once((*attached, *married))
    found = [*problems, *(text for part in parts for text in part.problems)]
    if not recipients and not found:
        found.append("there is no media block (role SM): no KDM can be made for this screen")
    known = {device.leaf.thumbprint() for device in (*devices, *recipients)}
    bare = dict.fromkeys(print_ for part in parts for print_ in part.bare_thumbprints if print_ not in known)
    return Screen(
        name=name,
        recipients=recipients,
        devices=devices,
        bare_thumbprints=tuple(bare),
        problems=tuple(found),
        notes=(*notes, *([OLDER_TWIN] if twins else []), *(text for part in parts for text in part.notes)),
    )


def roles_of(certificate: Certificate) -> tuple[str, ...]:
    """Its role tokens; none where the name cannot be read."""
    try:
        return certificate.roles
    except CertificateError:
        return ()


def chain_of(
    leaf: Certificate, given: Sequence[Certificate], authorities: Sequence[Certificate]
) -> tuple[Certificate, ...]:
    """The leaf with as much of its chain as is at hand, in order."""
    above = [each for each in dict.fromkeys((*given, *authorities)) if each.is_ca]
    wanted: list[Certificate] = []
    child = leaf
    while not child.is_self_issued and len(wanted) < MAX_CERTIFICATES:
        parents = [one for one in above if one not in wanted and one.fields.subject == child.fields.issuer]
        if not parents:
            break
        wanted.extend(parents)
        child = parents[0]
    return tuple(order_chain((leaf, *wanted[: MAX_CERTIFICATES - 1]), leaf=leaf))


def older_twins(devices: Iterable[Device]) -> frozenset[Certificate]:
    """The certificates signed with SHA-1 of whose key there is a newer one: older servers have both."""
    leaves = [device.leaf for device in devices if device.leaf.fields.spki is not None]
    old = [leaf for leaf in leaves if leaf.fields.outer_algorithm == SHA1_WITH_RSA]
    newer = {leaf.fields.spki for leaf in leaves if leaf.fields.outer_algorithm != SHA1_WITH_RSA}
    return frozenset(leaf for leaf in old if leaf.fields.spki in newer)


def describe(device: Device) -> str:
    """What a list says of a device, for messages: `SM Doremi DCP-2000 227577`."""
    return " ".join(word for word in (device.kind, device.maker, device.model, device.serial) if word)


def _once(devices: Iterable[Device]) -> tuple[Device, ...]:
    found: dict[Certificate, Device] = {}
    for device in devices:
        known = found.get(device.leaf)
        if known is None or len(known.certificates) < len(device.certificates):
            found[device.leaf] = device if known is None else replace(known, certificates=device.certificates)
    return tuple(found.values())
