#!/usr/bin/env python3
"""Writes src/private/group_base_table.h: multiples of ristretto255's generator (RFC 9496, 4: the Ed25519 base point of RFC 8032, 5.1).

    tools/base_table.py >src/private/group_base_table.h
"""
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)
PARTS, MULTIPLES = 4, 8


def add(a, b):
    t = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, P) % P
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P
    return x, y


def limbs(value):
    return ", ".join(f"0x{value % P >> 51 * i & 2**51 - 1:x}" for i in range(5))


def main():
    assert (-BASE[0] ** 2 + BASE[1] ** 2 - 1 - D * BASE[0] ** 2 * BASE[1] ** 2) % P == 0
    print("/* Multiples of the generator: entry [part][j] is (j + 1) * 16^(16 * part) * G as y + x, y - x and 2dxy, each in five limbs of\n"
          " * radix 2^51. Written by tools/base_table.py; tests/unit/test_private_group.c holds each entry to libsodium. */")
    print("#ifndef ASSAY_PRIVATE_GROUP_BASE_TABLE_H\n#define ASSAY_PRIVATE_GROUP_BASE_TABLE_H\n\n#include <stdint.h>\n")
    print(f"enum {{ BASE_PARTS = {PARTS}, BASE_MULTIPLES = {MULTIPLES} }};\n")
    print("/* clang-format off */\nstatic const uint64_t group_base_table[BASE_PARTS][BASE_MULTIPLES][3][5] = {")
    start = BASE
    for _ in range(PARTS):
        point = start
        print("    {")
        for _ in range(MULTIPLES):
            x, y = point
            rows = [f"{{{limbs(v)}}}" for v in (y + x, y - x, 2 * D * x * y)]
            print("        {" + ",\n         ".join(rows) + "},")
            point = add(point, start)
        print("    },")
        for _ in range(64):
            start = add(start, start)
    print("};\n/* clang-format on */\n\n#endif")


main()
