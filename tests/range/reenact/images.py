"""Real little PNG and JPEG pictures: mosaics of coloured squares."""

import struct
import zlib


def mosaic(rng, tiles):
    """tiles x tiles colours around one hue, mirrored so that it looks like an emblem."""
    base = [rng.randrange(60, 200) for _ in range(3)]
    rows = []
    for _ in range(tiles):
        half = [tuple(min(255, max(0, c + rng.randrange(-50, 50))) for c in base) for _ in range((tiles + 1) // 2)]
        rows.append(half + half[:tiles // 2][::-1])
    return rows


def png(rng, tiles=8, scale=8):
    rows = mosaic(rng, tiles)
    raw = b"".join((b"\0" + b"".join(bytes(c) * scale for c in row)) * scale for row in rows)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    side = tiles * scale
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


# ITU-T T.81 table K.3, and the shortest AC table that holds only "end of block"
DC_LENGTHS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
DC_CODES = ["00", "010", "011", "100", "101", "110", "1110", "11110", "111110", "1111110", "11111110", "111111110"]


def jpeg(rng, tiles=8):
    """A baseline JPEG of 8 x 8 tiles. A flat tile is one DC coefficient and no AC."""
    bits, before = [], [0, 0, 0]
    for row in mosaic(rng, tiles):
        for r, g, b in row:
            y = 0.299 * r + 0.587 * g + 0.114 * b
            for i, level in enumerate((y - 128, 0.564 * (b - y), 0.713 * (r - y))):
                dc = round(level)                      # with a quantiser of 8 the DC is the level itself
                diff, before[i] = dc - before[i], dc
                size = abs(diff).bit_length()
                bits.append(DC_CODES[size])
                if size:
                    bits.append(format(diff if diff > 0 else diff + (1 << size) - 1, f"0{size}b"))
                bits.append("0")                       # end of block
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    scan = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")

    def segment(mark, data):
        return struct.pack(">BBH", 0xff, mark, len(data) + 2) + data
    side = tiles * 8
    return (b"\xff\xd8" + segment(0xe0, b"JFIF\0" + struct.pack(">HBHHBB", 0x0102, 0, 1, 1, 0, 0))
            + segment(0xdb, b"\0" + bytes([8] * 64))
            + segment(0xc0, struct.pack(">BHHB", 8, side, side, 3) + bytes([1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]))
            + segment(0xc4, b"\0" + DC_LENGTHS + bytes(range(12)))
            + segment(0xc4, b"\x10" + bytes([1] + [0] * 15) + b"\0")
            + segment(0xda, bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])) + scan + b"\xff\xd9")
