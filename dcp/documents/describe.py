"""A document as plain values for JSON: the field names of the classes, nothing added, nothing renamed."""

from __future__ import annotations

import base64
import dataclasses
import uuid
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from dcp.documents.raw import Raw
from dcp.mxf.labels import UL
from dcp.xml.values import rational


def describe(value: object) -> object:
    """dataclasses become dicts, tuples lists, ids and times text, rates `n d`, labels dotted,
    other bytes base64."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Raw):
        return {"namespace": value.namespace, "name": value.name}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: describe(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.name != "unread" or getattr(value, field.name)
        }
    if isinstance(value, Mapping):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [describe(item) for item in value]
    if isinstance(value, uuid.UUID | Path):
        return str(value)
    if isinstance(value, Fraction):
        return rational(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UL):
        return str(value)
    if isinstance(value, bytes) and type(value) is bytes:  # a label of the registers prints itself
        return base64.b64encode(value).decode()
    return str(value)
