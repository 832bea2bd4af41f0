"""Just enough of PNG (RFC 2083) to make pictures of pages small: read what Chromium writes, write 256 colours."""

import struct
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS: Final = 256

Colour = tuple[int, int, int]


def few_colours(content: bytes) -> bytes:
    """The same picture in its 256 most telling colours. Takes 8-bit RGB and RGBA, as Chromium writes them."""
    width, height, channels, data = _read(content)
    lines = list(_unfiltered(data, width, height, channels))
    pixels = [list(zip(line[::channels], line[1::channels], line[2::channels], strict=True)) for line in lines]
    counts: Counter[Colour] = Counter()
    for row in pixels:
        counts.update(row)
    palette = _palette(counts)
    nearest = {colour: _nearest(colour, palette) for colour in counts}
    rows = b"".join(b"\0" + bytes([nearest[colour] for colour in row]) for row in pixels)
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(value for colour in palette for value in colour)),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _palette(counts: Counter[Colour]) -> list[Colour]:
    """The commonest colours, at most one of those that the eye can hardly tell apart."""
    alike: defaultdict[Colour, list[Colour]] = defaultdict(list)
    for colour, _ in counts.most_common():
        red, green, blue = colour
        alike[red >> 3, green >> 3, blue >> 3].append(colour)
    groups = sorted(alike.values(), key=lambda group: -sum(counts[colour] for colour in group))
    return [group[0] for group in groups[:MOST_COLOURS]]


def _nearest(colour: Colour, palette: list[Colour]) -> int:
    """The place of the colour that is most like this one."""
    red, green, blue = colour
    return min(
        range(len(palette)),
        key=lambda at: (palette[at][0] - red) ** 2 + (palette[at][1] - green) ** 2 + (palette[at][2] - blue) ** 2,
    )


def _read(content: bytes) -> tuple[int, int, int, bytes]:
    """Width, height, channels and the filtered lines. Raises ValueError for another kind of PNG."""
    at, data, head = len(SIGNATURE), [], b""
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        body = content[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            head = body
        elif kind == b"IDAT":
            data.append(body)
        at += length + 12
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    if depth != 8 or colours not in (2, 6) or interlaced:
        raise ValueError("this is not an 8-bit RGB picture")
    return width, height, 3 if colours == 2 else 4, zlib.decompress(b"".join(data))


def _unfiltered(data: bytes, width: int, height: int, step: int) -> Iterator[bytearray]:
    """The lines as they were before filtering (RFC 2083, section 6)."""
    length = width * step
    above = bytearray(length)
    for number in range(height):
        start = number * (length + 1)
        kind, line = data[start], bytearray(data[start + 1 : start + 1 + length])
        for at in range(length if kind else 0):
            left = line[at - step] if at >= step else 0
            corner = above[at - step] if at >= step else 0
            line[at] = (line[at] + _predicted(kind, left, above[at], corner)) & 0xFF
        yield line
        above = line


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 1:
        return left
    if kind == 2:
        return up
    if kind == 3:
        return (left + up) // 2
    return min((left, up, corner), key=lambda value: abs(left + up - corner - value))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
