"""What a batch works with, handed to a process that inherits nothing.

Only where a system cannot fork: the private key and the blocks with the content keys then go to the process
through the pipe that is its own, in no file and on no command line. Private keys and content keys are pickled
here alone; everywhere else they refuse it.
"""

from __future__ import annotations

import io
import pickle
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from dcp.trust.certificate import Certificate


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, RSAPrivateKey):
            der = value.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            return _private_key, (der,)
        if isinstance(value, Certificate):
            return Certificate, (value.der,)
        if isinstance(value, MappingProxyType):
            return dict, (dict(value),)
        return NotImplemented


def packed(work: object) -> bytes:
    """All of it, for `unpacked` in another process. Secret: for the pipe of that process and nothing else."""
    stream = io.BytesIO()
    _Pickler(stream, pickle.HIGHEST_PROTOCOL).dump(work)
    return stream.getvalue()


def unpacked(data: bytes) -> Any:
    """What `packed` packed; only ever given what this program's own parent process sends."""
    return pickle.loads(data)


def _private_key(der: bytes) -> RSAPrivateKey:
    key = serialization.load_der_private_key(der, password=None)
    assert isinstance(key, RSAPrivateKey)
    return key
