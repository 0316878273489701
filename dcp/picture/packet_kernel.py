"""The packet headers of a codestream, bit by bit (ISO 15444-1 B.10).

Integers and things that are indexed alone, so that numba can compile it; where it is not installed the same
lines run as they are. `dcp.picture.packets` prepares the tables and puts what is found into values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dcp.extras import present

COMPILED = present("numba") and present("numpy")

POSITION, BYTE, BITS, END, FAULT = range(5)
"""Of the reader's state: next byte, current one, bits left of it, where the tile part ends, what is wrong."""

PAST, STUFFED, PLANES, PASSES, LENGTH, SOP, EPH, AFTER, MISSING = range(1, 10)
"""What is wrong: header or body reach past the tile part, no zero bit after a byte FF, more empty bit planes,
passes, bytes than there can be, SOP of another number, no EPH, bytes after the last packet, packets that do
not come."""

NEVER = 1 << 30


def _compiler() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    if not COMPILED:
        return lambda function: function
    import numba

    return numba.njit(nogil=True, cache=True)


compiled = _compiler()


@compiled
def load(data, state):  # type: ignore[no-untyped-def]
    """The next byte: how many bits it brings; none past the end."""
    position = state[POSITION]
    if position >= state[END]:
        state[FAULT] = PAST
        return 0
    left = 7 if state[BYTE] == 255 else 8
    byte = data[position]
    if left == 7 and byte > 127:
        state[FAULT] = STUFFED
    state[BYTE] = byte
    state[POSITION] = position + 1
    state[BITS] = left
    return left


@compiled
def bit(data, state):  # type: ignore[no-untyped-def]
    """The next bit; 0 from a fault on."""
    left = state[BITS]
    if left == 0:
        left = load(data, state)
        if left == 0:
            return 0
    state[BITS] = left - 1
    return (state[BYTE] >> (left - 1)) & 1


@compiled
def bits(data, state, count):  # type: ignore[no-untyped-def]
    """The next bits as a number."""
    value = 0
    while count > 0:
        left = state[BITS]
        if left == 0:
            left = load(data, state)
            if left == 0:
                return value << count
        some = min(left, count)
        left -= some
        count -= some
        value = value << some | (state[BYTE] >> left) & ((1 << some) - 1)
        state[BITS] = left
    return value


@compiled
def below(data, state, parent, value, low, leaf, threshold, path):  # type: ignore[no-untyped-def]
    """Whether a leaf of a tag tree is below a threshold (B.10.2)."""
    depth = 0
    node = leaf
    while node >= 0:
        path[depth] = node
        depth += 1
        node = parent[node]
    least = 0
    while depth > 0:
        depth -= 1
        node = path[depth]
        if low[node] > least:
            least = low[node]
        while least < threshold and least < value[node]:
            if bit(data, state):
                value[node] = least
            else:
                least += 1
        low[node] = least
    return value[leaf] < threshold


@compiled
def passes_of(data, state):  # type: ignore[no-untyped-def]
    """The number of coding passes (table B.4)."""
    if not bit(data, state):
        return 1
    if not bit(data, state):
        return 2
    more = bits(data, state, 2)
    if more < 3:
        return 3 + more
    more = bits(data, state, 5)
    if more < 31:
        return 6 + more
    return 37 + bits(data, state, 7)


@compiled
def walk(  # type: ignore[no-untyped-def]
    data,
    parts,
    order,
    first_band,
    first_block,
    blocks,
    planes,
    samples,
    parent,
    marks,
    trees,
    block_state,
    out,
    places,
):
    """All packets of a tile: (what is wrong or 0, where, packets read, contributions found).

    parts: begin and end of each tile part's data, in turn. order: precinct and layer of each packet, in turn.
    first_band: of each precinct, and one more. first_block, blocks, planes, samples: of each band of a
    precinct its first leaf, leaves, bit planes, and samples of a block. marks: 1 may have SOP, 2 has EPH.
    trees: value and low of inclusion, value and low of empty planes. block_state: Lblock, planes left (-1
    before the first time), passes so far. out: block, passes, bytes, offset of each contribution. places: of
    each packet where its header begins, where its body begins and ends, its last contribution and one more.
    """
    in_value, in_low, zero_value, zero_low = trees
    lblock, left, done = block_state
    out_block, out_passes, out_bytes, out_offset = out
    begins, bodies, ends, last = places
    state, path = marks[1], marks[2]
    may_sop, has_eph = marks[0][0], marks[0][1]
    packets = len(order) // 2
    packet, found = 0, 0
    for part in range(len(parts) // 2):
        position, end = parts[2 * part], parts[2 * part + 1]
        state[END] = end
        while position < end:
            if packet == packets:
                return AFTER, position, packet, found
            begins[packet] = position
            if may_sop and position + 6 <= end and data[position] == 255 and data[position + 1] == 145:
                if (data[position + 4] << 8 | data[position + 5]) != packet & 65535:
                    return SOP, position, packet, found
                position += 6
            state[POSITION], state[BYTE], state[BITS], state[FAULT] = position, 0, 0, 0
            precinct, layer = order[2 * packet], order[2 * packet + 1]
            start = found
            if bit(data, state):
                for band in range(first_band[precinct], first_band[precinct + 1]):
                    for block in range(first_block[band], first_block[band] + blocks[band]):
                        if left[block] < 0:
                            if not below(data, state, parent, in_value, in_low, block, layer + 1, path):
                                continue
                            if state[FAULT]:
                                break
                            most = planes[band]
                            known = below(data, state, parent, zero_value, zero_low, block, most + 1, path)
                            empty = zero_value[block]
                            if state[FAULT]:
                                break
                            if not known or empty >= most:
                                return PLANES, state[POSITION], packet, found
                            left[block] = planes[band] - empty
                            lblock[block] = 3
                        elif not bit(data, state):
                            continue
                        passes = passes_of(data, state)
                        while bit(data, state):
                            lblock[block] += 1
                        wide = lblock[block]
                        halved = passes
                        while halved > 1:
                            halved >>= 1
                            wide += 1
                        if state[FAULT]:
                            break
                        if wide > 31:
                            return LENGTH, state[POSITION], packet, found
                        size = bits(data, state, wide)
                        if state[FAULT]:
                            break
                        done[block] += passes
                        if done[block] > 3 * left[block] - 2:
                            return PASSES, state[POSITION], packet, found
                        if size > samples[band] * left[block] // 4 + 64:
                            return LENGTH, state[POSITION], packet, found
                        out_block[found], out_passes[found], out_bytes[found] = block, passes, size
                        found += 1
                    if state[FAULT]:
                        break
            if state[FAULT]:
                return state[FAULT], state[POSITION], packet, found
            position = state[POSITION]
            if state[BYTE] == 255:  # the bit that is stuffed behind it fills a byte
                position += 1
            if has_eph:
                if position + 2 > end or data[position] != 255 or data[position + 1] != 146:
                    return EPH, position, packet, found
                position += 2
            bodies[packet] = position
            for number in range(start, found):
                out_offset[number] = position
                position += out_bytes[number]
            if position > end:
                return PAST, bodies[packet], packet, found
            ends[packet] = position
            last[packet] = found
            packet += 1
    if packet < packets:
        return MISSING, end, packet, found
    return 0, end, packet, found
