"""Facility list messages made by code, in every shape that senders use, with whatever shall be wrong."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from dcp.trust.certificate import Certificate
from dcp.trust.making import NewChain

ISDCF = "http://isdcf.com/2010/06/FLM"
SAMPLE = "http://www.smpte-ra.org/schemas/430-7/20XX/FLM"
EXTENDED = "http://www.smpte-ra.org/ns/430-16/2017/FLM"
OLD = "http://www.smpte-ra.org/schemas/430-7/2008/FLM"
DCML = "http://www.smpte-ra.org/schemas/433/2008/dcmlTypes"
ETM = "http://www.smpte-ra.org/schemas/430-3/2006/ETM"
DS = "http://www.w3.org/2000/09/xmldsig#"

ISSUED = "2027-04-01T09:00:00+08:00"


def base64_of(certificate: Certificate) -> str:
    return base64.encodebytes(certificate.der).decode()


def x509(certificate: Certificate | str) -> str:
    """An X509Data; a text stands in for base64 that is wrong."""
    text = certificate if isinstance(certificate, str) else base64_of(certificate)
    return f"<ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data>"


def key_info(certificates: Iterable[Certificate | str]) -> str:
    return f"<ds:KeyInfo>{''.join(map(x509, certificates))}</ds:KeyInfo>"


def identifier(thumbprint: bytes) -> str:
    text = base64.b64encode(thumbprint).decode()
    return f'<DeviceIdentifier idtype="CertThumbprint">{text}</DeviceIdentifier>'


def device(
    chain: NewChain | Sequence[Certificate | str] | None,
    *,
    kind: str = "SM",
    serial: str = "1",
    name: str = "",
    active: str = "true",
    infos: str | None = None,
) -> str:
    """chain: root first, as the published example has it. infos: whole KeyInfo elements in its place."""
    given = reversed(tuple(chain.chain)) if isinstance(chain, NewChain) else chain
    infos = infos if infos is not None else (key_info(given) if given is not None else "")
    holder = f"<KeyInfoList>{infos}</KeyInfoList>" if infos else ""
    return (
        f"<Device><DeviceTypeID>{kind}</DeviceTypeID>{name}<DeviceSerial>{serial}</DeviceSerial>"
        f"<ManufacturerName>Maker</ManufacturerName><ModelNumber>M-1</ModelNumber>"
        f"<IsActive>{active}</IsActive>{holder}</Device>"
    )


def auditorium(*devices: str, number: object = 1, name: str = "", extended: bool = False) -> str:
    if extended:
        return (
            f"<Auditorium><AuditoriumNumberOrName>{name or number}</AuditoriumNumberOrName>"
            f"<SuiteList><Suite>{''.join(devices)}</Suite></SuiteList>"
            "<NonSecurityDeviceList><Device><DeviceTypeID>sound</DeviceTypeID></Device></NonSecurityDeviceList>"
            "</Auditorium>"
        )
    called = f"<AuditoriumNumber>{number}</AuditoriumNumber>" if number is not None else ""
    called += f"<AuditoriumName>{name}</AuditoriumName>" if name else ""
    return (
        f"<Auditorium>{called}<Supports35MM>false</Supports35MM>"
        f"<DeviceGroupList><DeviceGroup>{''.join(devices)}</DeviceGroup></DeviceGroupList></Auditorium>"
    )


INFO = (
    "<FacilityID>urn:x-facilityID:example.com:1</FacilityID><FacilityName>Rex</FacilityName>"
    "<FacilityTimeZone>Asia/Shanghai</FacilityTimeZone><Circuit>Circuit</Circuit>"
    "<ContactList><Contact><Name>Wang</Name><CountryCode>CN</CountryCode>"
    "<Email>booth@rex.example</Email></Contact></ContactList>"
)


def message(
    *auditoriums: str, info: str = INFO, namespace: str = ISDCF, issued: str = ISSUED, end: str = ""
) -> bytes:
    """A FacilityListMessage."""
    date = f"<IssueDate>{issued}</IssueDate>" if issued else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<FacilityListMessage xmlns="{namespace}" xmlns:ds="{DS}">'
        f"<MessageId>urn:uuid:11111111-2222-3333-4444-555555555555</MessageId>{date}"
        f"<FacilityInfo>{info}</FacilityInfo><AuditoriumList>{''.join(auditoriums)}</AuditoriumList>{end}"
        "</FacilityListMessage>\n"
    ).encode()


def security_device(chain: NewChain, *, kind: str, serial: str) -> str:
    """One of ST 430-7:2008, its description in the namespace of ST 433."""
    return (
        f"<SecurityDevice>{key_info(chain.chain)}"
        f'<DeviceDescription xmlns:dcml="{DCML}">'
        f'<dcml:DeviceIdentifier idtype="DeviceUID">urn:uuid:{serial * 8}-2222-3333-4444-555555555555'
        "</dcml:DeviceIdentifier>"
        f"<dcml:DeviceTypeID>{kind}</dcml:DeviceTypeID><dcml:DeviceSerial>{serial}</dcml:DeviceSerial>"
        "<dcml:ModelNumber>M-1</dcml:ModelNumber></DeviceDescription></SecurityDevice>"
    )


def old_message(*devices: str, lab: NewChain, extensions: str | None = None) -> bytes:
    """The same as an extension of an extra-theatre message, unsigned."""
    leaf = lab.leaf
    body = extensions if extensions is not None else (
        f'<FLMRequiredExtensions xmlns="{OLD}"><FLMPartial>false</FLMPartial><FacilityInfo>'
        "<FacilityID>urn:x-facilityID:example.com:1</FacilityID><FacilityName>Rex</FacilityName>"
        "<UTCOffset><Offset>+08:00</Offset></UTCOffset>"
        "<ContactInfo><Name>Wang</Name><CountryCode>CN</CountryCode><Email>booth@rex.example</Email></ContactInfo>"
        f"</FacilityInfo><SecurityDeviceList>{''.join(devices)}</SecurityDeviceList></FLMRequiredExtensions>"
    )  # fmt: skip
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<DCinemaSecurityMessage xmlns="{ETM}" xmlns:ds="{DS}">'
        '<AuthenticatedPublic Id="ID_AuthenticatedPublic">'
        "<MessageId>urn:uuid:11111111-2222-3333-4444-555555555555</MessageId>"
        f"<MessageType>{OLD}</MessageType><IssueDate>{ISSUED}</IssueDate>"
        f"<Signer><ds:X509IssuerName>{leaf.issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{leaf.serial}</ds:X509SerialNumber></Signer>"
        f"<RequiredExtensions>{body}</RequiredExtensions><NonCriticalExtensions/></AuthenticatedPublic>"
        '<AuthenticatedPrivate Id="ID_AuthenticatedPrivate"/></DCinemaSecurityMessage>\n'
    ).encode()
