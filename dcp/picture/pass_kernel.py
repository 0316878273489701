"""Packet headers written anew with fewer coding passes (ISO 15444-1 B.10); what is not said of passes and
lengths is copied bit by bit. Like `packet_kernel` it runs compiled, or as it stands.
"""

from __future__ import annotations

from dcp.picture.packet_kernel import (
    BITS,
    BYTE,
    END,
    FAULT,
    POSITION,
    below,
    bit,
    bits,
    compiled,
    load,
    passes_of,
)

AT, HELD, FREE = range(3)
"""Of the writer's state: where the next byte goes, the bits of the current one, how many more it takes."""


@compiled
def put_bits(out, writer, value, count):  # type: ignore[no-untyped-def]
    """The lowest of a number; behind a byte FF the next one has seven."""
    held, free = writer[HELD], writer[FREE]
    while count > 0:
        some = min(count, free)
        count -= some
        free -= some
        held |= ((value >> count) & ((1 << some) - 1)) << free
        if free == 0:
            out[writer[AT]] = held
            writer[AT] += 1
            free = 7 if held == 255 else 8
            held = 0
    writer[HELD], writer[FREE] = held, free


@compiled
def put(out, writer, value):  # type: ignore[no-untyped-def]
    put_bits(out, writer, value, 1)


@compiled
def put_passes(out, writer, passes):  # type: ignore[no-untyped-def]
    """Table B.4."""
    if passes == 1:
        put(out, writer, 0)
    elif passes == 2:
        put_bits(out, writer, 2, 2)
    elif passes < 6:
        put_bits(out, writer, 12 | (passes - 3), 4)
    elif passes < 37:
        put_bits(out, writer, 0x1E0 | (passes - 6), 9)
    else:
        put_bits(out, writer, 0xFF80 | (passes - 37), 16)


@compiled
def copied(data, before, state, out, writer):  # type: ignore[no-untyped-def]
    """The bits between two states of the reader."""
    while before[POSITION] != state[POSITION] or before[BITS] != state[BITS]:
        left = before[BITS]
        if left == 0:
            left = load(data, before)
        some = left - state[BITS] if before[POSITION] == state[POSITION] else left
        left -= some
        put_bits(out, writer, before[BYTE] >> left, some)
        before[BITS] = left


@compiled
def rewritten(  # type: ignore[no-untyped-def]
    data,
    order,
    first_band,
    first_block,
    blocks,
    planes,
    parent,
    trees,
    states,
    places,
    keep,
    sizes,
    out,
    starts,
):
    """Packets of one layer with the passes of `keep`, behind one another in `out`: how many bytes.

    What `packet_kernel.walk` found right is taken for right. keep, sizes: of each contribution. starts: where
    each packet begins in `out`, filled.
    """
    in_value, in_low, zero_value, zero_low = trees
    state, before, path, writer = states
    begins, bodies, ends = places
    found = 0
    writer[AT] = 0
    for packet in range(len(order) // 2):
        starts[packet] = writer[AT]
        writer[HELD], writer[FREE] = 0, 8
        state[POSITION], state[BYTE], state[BITS], state[FAULT] = begins[packet], 0, 0, 0
        state[END] = bodies[packet]
        before[END] = bodies[packet]
        precinct = order[2 * packet]
        there = bit(data, state)
        put(out, writer, there)
        if there:
            for band in range(first_band[precinct], first_band[precinct + 1]):
                for block in range(first_block[band], first_block[band] + blocks[band]):
                    before[POSITION], before[BYTE], before[BITS] = state[POSITION], state[BYTE], state[BITS]
                    included = below(data, state, parent, in_value, in_low, block, 1, path)
                    if included:
                        below(data, state, parent, zero_value, zero_low, block, planes[band] + 1, path)
                    copied(data, before, state, out, writer)
                    if not included:
                        continue
                    passes = passes_of(data, state)
                    more = 0
                    while bit(data, state):
                        more += 1
                    halved = 0
                    while passes >> (halved + 1):
                        halved += 1
                    bits(data, state, 3 + more + halved)
                    kept, size = keep[found], sizes[found]
                    if kept != passes:
                        halved = 0
                        while kept >> (halved + 1):
                            halved += 1
                        more = 0
                        while size >> (3 + more + halved):
                            more += 1
                    put_passes(out, writer, kept)
                    put_bits(out, writer, (2 << more) - 2, more + 1)
                    put_bits(out, writer, size, 3 + more + halved)
                    found += 1
        if writer[FREE] < 8:  # also the seven that follow a byte FF
            out[writer[AT]] = writer[HELD]
            writer[AT] += 1
            if writer[HELD] == 255:
                out[writer[AT]] = 0
                writer[AT] += 1
        length = ends[packet] - bodies[packet]
        out[writer[AT] : writer[AT] + length] = data[bodies[packet] : ends[packet]]
        writer[AT] += length
    starts[len(order) // 2] = writer[AT]
    return writer[AT]
