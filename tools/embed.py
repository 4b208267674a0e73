#!/usr/bin/env python3
"""embed.py INPUT OUTPUT NAME: a file as a C array NAME[], comments and indentation of a style sheet removed."""
import re
import sys


def squeeze(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    return "\n".join(line.strip() for line in css.splitlines() if line.strip())


def main(source: str, target: str, name: str) -> None:
    with open(source, encoding="utf-8") as file:
        data = file.read()
    if source.endswith(".css"):
        data = squeeze(data)
    raw = data.encode("utf-8")
    rows = [", ".join(f"0x{byte:02x}" for byte in raw[at : at + 20]) for at in range(0, len(raw), 20)]
    with open(target, "w", encoding="ascii") as file:
        file.write(f"/* {name}: made from a source file by tools/embed.py */\n")
        file.write(f"static const unsigned char {name}[] = {{\n    " + ",\n    ".join(rows) + "\n};\n")


if __name__ == "__main__":
    main(*sys.argv[1:4])
