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
from kdm.phrases import phrase

RECIPIENT_KINDS = frozenset(("SM", "MB", "IMB", "OMB"))
ATTACHED_KINDS = frozenset(("PR", "LD"))
ATTACHED_ROLES = frozenset(("PR", "LD", "LE", "SPB", "MD", "MDI", "MDA", "FM", "FMI", "FMA"))


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
    if len(certificates) > MAX_CERTIFICATES:
        many = phrase("facility.many-certificates-of-device", most=MAX_CERTIFICATES)
        return Sorted(problems=(of_device(about, many),))
    distinct = list(dict.fromkeys(certificates))
    own = [leaf for leaf in leaves_of(distinct) if not leaf.is_ca]
    if not own:
        what = phrase("facility.authorities-alone") if distinct else phrase("facility.no-certificate")
        return Sorted(problems=(of_device(about, what),))
    recipients, devices, married = [], [], []
    problems: list[str] = []
    notes: list[str] = []
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
                    phrase("facility.called-media-block", certificate=leaf.label, roles=" ".join(roles))
                )
        elif "CS" in roles:
            problems.append(phrase("facility.signers", certificate=leaf.label))
        elif roles and (about.kind not in RECIPIENT_KINDS or len(own) > 1):
            notes.append(phrase("facility.no-part", certificate=leaf.label, roles=" ".join(roles)))
        elif roles:
            problems.append(phrase("facility.unfit-roles", certificate=leaf.label, roles=" ".join(roles)))
        else:
            problems.append(phrase("facility.no-role", certificate=leaf.label))
    twins = older_twins(recipients)
    kept = [device for device in recipients if device.leaf not in twins]
    if twins:
        notes.append(phrase("facility.older-twin"))
    if len(kept) > 1:
        notes.append(phrase("facility.several-certificates", number=len(kept)))
    return Sorted(
        tuple(kept),
        tuple(devices),
        tuple(married),
        problems=tuple([of_device(about, each) for each in problems]),
        notes=tuple([of_device(about, each) for each in notes]),
    )


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
        found.append(phrase("facility.no-media-block"))
    known = {device.leaf.thumbprint() for device in (*devices, *recipients)}
    bare = dict.fromkeys(print_ for part in parts for print_ in part.bare_thumbprints if print_ not in known)
    return Screen(
        name=name,
        recipients=recipients,
        devices=devices,
        bare_thumbprints=tuple(bare),
        problems=tuple(found),
        notes=(
            *notes,
            *([phrase("facility.older-twin")] if twins else []),
            *(text for part in parts for text in part.notes),
        ),
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
    if not above:
        return (leaf,)
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


def of_device(about: Device, said: str) -> str:
    """A sentence with the device before it that a list describes."""
    described = describe(about)
    return phrase("place.colon", place=described, what=said) if described else said


def _once(devices: Iterable[Device]) -> tuple[Device, ...]:
    found: dict[Certificate, Device] = {}
    for device in devices:
        known = found.get(device.leaf)
        if known is None or len(known.certificates) < len(device.certificates):
            found[device.leaf] = device if known is None else replace(known, certificates=device.certificates)
    return tuple(found.values())
