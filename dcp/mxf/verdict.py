"""The verdict on a unit: right, or the first fault in a fixed order.

Order: structure, context_id, check_value (wrong_key when the key opens no unit), mic or mic_missing,
track_file_id, sequence, plaintext_offset, padding. The MIC is compared before anything of the plaintext is
used. ContextID, PlaintextOffset, SourceKey and SourceLength are not under the MIC (sheet 2.2), so each is
held against something else: the header, the file's other units, the padding.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from dcp.errors import CodestreamError, TrackFileError
from dcp.mxf import labels, triplet
from dcp.mxf.element import (
    Element,
    Fault,
    Integrity,
    MicPolicy,
    element_kind,
    element_of,
    unit_fault,
)
from dcp.mxf.header import TrackHeader
from dcp.mxf.labels import same
from dcp.mxf.triplet import BLOCK, ESV_HEAD, Triplet
from dcp.picture.codestream import first_sod_end
from dcp.secrets.keys import ContentKey

if TYPE_CHECKING:
    from dcp.mxf.cipher import Decryptor

SAMPLED_UNITS = 3
"""Units whose PlaintextOffset makes the file's custom: two of three outvote one that was changed."""


Judgement = tuple[memoryview, Fault | None, Integrity]
NOTHING = memoryview(b"")
SOC = b"\xff\x4f"


class Judge:
    """Judges the units of one pass in their order. peek: gives the heads of the first encrypted units.

    with_mic: whether the header or any unit of the file has a MIC; asked when a unit without one is met.
    iv: of the last unit that was right, empty when it was not encrypted. source_key: that the last unit says
    it has in the clear, empty when it is not encrypted or cannot be read. base: where the data of the last
    unit, an encrypted one that was right, begin in the object that has them.
    """

    def __init__(
        self,
        header: TrackHeader,
        *,
        key: ContentKey | None,
        mic: MicPolicy,
        raw: bool,
        peek: Callable[[int], Iterator[memoryview]],
        with_mic: Callable[[], bool],
    ) -> None:
        self._header = header
        self._decryptor = _decryptor(key, header) if key is not None and not raw else None
        self._policy: MicPolicy = "off" if raw else mic
        self._peek = peek
        self._with_mic = with_mic
        self._met_mic = False  # for files so broken that asking beforehand leads nowhere
        self._context_id = header.context_id.bytes if header.context_id else None
        self._asset_id = header.asset_id.bytes
        self._codestreams = element_of(header.container) == labels.ELEMENT_J2K
        self._good_source: tuple[bytes, bool] | None = None
        self._order = _Order()
        self._custom: int | None = None
        self._key_opens: bool | None = None
        self.iv = b""
        self.source_key = b""
        self.base = 0

    def judge(self, element: Element) -> Judgement:
        """(data, fault, integrity); the data are the plaintext, borrowed until the next call."""
        self.source_key = b""
        if element.encrypted != self._header.encrypted:
            id = "mxf.unit-encrypted" if element.encrypted else "mxf.unit-plain"
            return NOTHING, unit_fault(id, "structure"), "unchecked"
        if not element.encrypted:
            return element.value, None, "none"
        try:
            parsed = triplet.parse_triplet(element.value)
        except TrackFileError as error:
            return NOTHING, Fault(reason="structure", text=error.text), "unchecked"
        self.source_key = parsed.source_key
        return self._judge(element, parsed)

    def _judge(self, element: Element, parsed: Triplet) -> Judgement:
        esv = element.value[parsed.esv_offset : parsed.esv_offset + parsed.esv_length]
        if (parsed.source_key, element.generic) != self._good_source:  # the same in every unit
            if not _fits(parsed.source_key, self._header.container, element.generic):
                return NOTHING, unit_fault("mxf.source-key", "structure"), "unchecked"
            self._good_source = (parsed.source_key, element.generic)
        if self._context_id is not None and parsed.context_id != self._context_id:
            return NOTHING, unit_fault("mxf.context-id", "context_id"), "unchecked"

        context = None
        if self._decryptor is not None:
            context = self._decryptor.begin(esv)
            if context is None:
                return NOTHING, self._check_value_fault(element.ordinal), "unchecked"
            self._key_opens = True

        integrity = self._integrity(element, parsed)
        if isinstance(integrity, Fault):
            return NOTHING, integrity, "unchecked"
        fault = (
            self._track_file_id_fault(parsed)
            or self._sequence_fault(element.ordinal, parsed)
            or self._plaintext_offset_fault(parsed, esv)
        )
        if fault is not None:
            return NOTHING, fault, integrity
        self.iv = bytes(esv[:BLOCK])
        if self._decryptor is None or context is None:
            self.base = element.base + parsed.esv_offset
            return esv, None, integrity
        self.base = 0
        data = self._decryptor.finish(context, esv, parsed)
        if data is None:
            return NOTHING, unit_fault("mxf.padding", "padding"), integrity
        return data, None, integrity

    def _check_value_fault(self, ordinal: int) -> Fault:
        """Of one unit: damage. Of the first unit, hence of every unit: the wrong key."""
        if self._key_opens is None and ordinal > 0:
            self._key_opens = self._opens_first()
        if not self._key_opens:
            return unit_fault("mxf.wrong-key", "wrong_key")
        return unit_fault("mxf.check-value", "check_value")

    def _opens_first(self) -> bool:
        assert self._decryptor is not None
        found = next((triplet.peek_triplet(value) for value in self._peek(1)), None)
        return found is not None and self._decryptor.begin(found[1]) is not None

    def _integrity(self, element: Element, parsed: Triplet) -> Integrity | Fault:
        """One rule for the whole file: where the header or any unit has a MIC, every unit must have it.

        Neither the header nor the items of a unit are under a MIC, so both can be taken away one by one.
        """
        if None in (parsed.mic, parsed.track_file_id, parsed.sequence):
            if self._policy == "off":
                return "none"
            if self._met_mic or self._with_mic():
                return unit_fault("mxf.mic-missing", "mic_missing")
            if self._policy == "require":
                return unit_fault("mxf.no-mic", "mic_missing", shared=True)
            return "none"
        self._met_mic = True
        if self._policy == "off" or self._decryptor is None:
            return "unchecked"
        if not self._decryptor.authentic(element.value, parsed):
            return unit_fault("mxf.mic-wrong", "mic")
        return "ok"

    def _track_file_id_fault(self, parsed: Triplet) -> Fault | None:
        if parsed.track_file_id in (None, self._asset_id):
            return None
        return unit_fault("mxf.track-file-id", "track_file_id")

    def _sequence_fault(self, ordinal: int, parsed: Triplet) -> Fault | None:
        """Asked only of units whose MIC, if there is one to check, holds."""
        if parsed.sequence is None or self._order.accepts(ordinal, parsed.sequence):
            return None
        return unit_fault("mxf.sequence", "sequence", number=parsed.sequence, expected=ordinal + 1)

    def _plaintext_offset_fault(self, parsed: Triplet, esv: memoryview) -> Fault | None:
        """As in the file's other units, or the end of this codestream's own headers."""
        if self._custom is None:
            self._custom = self._usual_offset()
        offset = parsed.plaintext_offset
        if offset == 0 == self._custom or self._is_header_end(offset, esv):
            return None
        if offset == self._custom and not (self._codestreams and esv[ESV_HEAD : ESV_HEAD + 2] != SOC):
            return None  # what is clear does begin a codestream, or nothing is known of the essence
        return unit_fault("mxf.plaintext-offset", "plaintext_offset", offset=offset)

    def _usual_offset(self) -> int:
        """What most of the first units have; 0 where they do not agree."""
        heads = (triplet.peek_triplet(value) for value in self._peek(SAMPLED_UNITS))
        found = [head[0] for head in heads if head is not None]
        return next((each for each in found if found.count(each) > len(found) // 2 and len(found) > 1), 0)

    @staticmethod
    def _is_header_end(offset: int, esv: memoryview) -> bool:
        if offset == 0:
            return False
        try:
            return first_sod_end(esv[ESV_HEAD : ESV_HEAD + offset]) == offset
        except CodestreamError:
            return False


class _Order:
    """The sequence numbers of one pass. A unit has its own number (its place and one), or it goes on where
    the units before it stood, so that one lost unit is one fault. No number is accepted twice.
    """

    def __init__(self) -> None:
        self._moved = array("Q")  # accepted away from their own place; they ascend
        self._greatest = 0  # of all that were accepted
        self._last: tuple[int, int] | None = None  # (place, number) of the last that was not there before

    def accepts(self, place: int, number: int) -> bool:
        new = number > self._greatest
        if number == place + 1:
            right = not self._moved or not self._was_moved(number)
        else:
            right = new and self._goes_on(place, number)
            if right:
                self._moved.append(number)
        if new:
            self._last = (place, number)
        if right:
            self._greatest = max(self._greatest, number)
        return right

    def _goes_on(self, place: int, number: int) -> bool:
        """The next number; or as many on as there are units between, which were damaged."""
        if self._last is None:
            return False
        last_place, last_number = self._last
        return number - last_number in (1, place - last_place)

    def _was_moved(self, number: int) -> bool:
        at = bisect_left(self._moved, number)
        return at < len(self._moved) and self._moved[at] == number


def _fits(source_key: bytes, container: bytes | None, generic: bool) -> bool:
    if generic:
        return same(source_key, labels.ELEMENT_GENERIC_STREAM)
    expected = element_of(container)
    return expected is None or element_kind(source_key) == element_kind(expected)


def _decryptor(key: ContentKey, header: TrackHeader) -> Decryptor:
    from dcp.mxf.cipher import Decryptor  # cryptography is loaded for encrypted files only

    return Decryptor(key=key, label_set=header.label_set)
