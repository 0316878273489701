"""All tables of the corpus of KDMs, by subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forgery.kdm.algorithms import ALGORITHMS
from forgery.kdm.hostile import XML
from forgery.kdm.legal import DATES, KEYS, PEOPLE, SIGNATURES, XML_FORMS
from forgery.kdm.playlists import AUTHENTICATORS, DEVICES, FLAGS, PLAYLISTS
from forgery.kdm.sealed import BLOCKS, KEY_LISTS, SEALING
from forgery.kdm.signers import SIGNERS
from forgery.kdm.structure import ELEMENTS, TYPES
from forgery.kdm.window import RECIPIENTS, WINDOW
from forgery.kdm.wrapping import REFERENCES, VALUES, WRAPPING
from forgery.messages import Legal, Wrong

WRONG: Mapping[str, Sequence[Wrong]] = {
    "hostile": XML,
    "elements": ELEMENTS,
    "types": TYPES,
    "algorithms": ALGORITHMS,
    "wrapping": WRAPPING,
    "references": REFERENCES,
    "values": VALUES,
    "signers": SIGNERS,
    "window": WINDOW,
    "recipients": RECIPIENTS,
    "sealing": SEALING,
    "blocks": BLOCKS,
    "key lists": KEY_LISTS,
    "devices": DEVICES,
    "flags": FLAGS,
    "authenticators": AUTHENTICATORS,
    "playlists": PLAYLISTS,
}
EVERY_WRONG = [row for rows in WRONG.values() for row in rows]

LEGAL: Mapping[str, Sequence[Legal]] = {
    "XML": XML_FORMS,
    "signatures": SIGNATURES,
    "dates": DATES,
    "keys": KEYS,
    "people": PEOPLE,
}
EVERY_LEGAL = [row for rows in LEGAL.values() for row in rows]
