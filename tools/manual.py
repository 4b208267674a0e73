"""Writes the manual page's source: docs/man/assay.1.scd with a section per command, taken from the program's own help,
so that the two never say different things.

  manual.py ASSAY FRAME      scdoc source on standard output
"""
import itertools
import pathlib
import re
import subprocess
import sys


def ask(program, *words):
    return subprocess.run([program, *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def commands(program):
    """Names in the order of `assay help`: its indented lines."""
    return re.findall(r"^  ([a-z]+)  *\S", ask(program, "help"), re.M)


def literal(text):
    """Text in which scdoc finds no markup."""
    return re.sub(r"([\\*_<>#]|^[-.`])", r"\\\1", text)


def column(lines):
    """Where the help of a block of options begins: the first column that a space stands before and a word in, in all of them."""
    return next(at for at in range(20, 80) if all(len(line) > at and line[at - 1] == " " and line[at] != " " for line in lines))


def option(lines, at):
    """["  --case DIR   help", "                more"] as a definition."""
    head, text = lines[0][:at], lines[0][at:]
    name, _, value = head.strip().partition(" ")
    more = " ".join([text] + [line.strip() for line in lines[1:]])
    shown = f"*{name}*" + (f" _{literal(value)}_" if value else "")
    return f"{shown}\n\t{literal(more)}\n"


def paragraph(lines):
    if lines[0].startswith("  --"):
        groups = []
        for line in lines:
            if line.startswith("  --"):
                groups.append([])
            groups[-1].append(line)
        at = column([group[0] for group in groups])
        return "\n".join(option(group, at) for group in groups)
    parts = []
    for is_list, run in itertools.groupby(lines, lambda line: line.startswith("  ")):
        if is_list:
            parts.append("```\n" + "\n".join(line[2:] for line in run) + "\n```\n")
        else:
            parts.append("\n".join(literal(line) for line in run) + "\n")
    return "\n".join(parts)


def section(program, name):
    usage, *rest = ask(program, "help", name).rstrip("\n").split("\n")
    parts = [f"## {name}\n", f"*assay {name}* {literal(usage.removeprefix(f'assay {name} '))}\n"]
    for block in re.split(r"\n\n+", "\n".join(rest).strip("\n")):
        parts.append(paragraph(block.split("\n")))
    return "\n".join(parts)


def main():
    program, frame = sys.argv[1:]
    body = "\n".join(section(program, name) for name in commands(program))
    sys.stdout.write(pathlib.Path(frame).read_text(encoding="utf-8").replace("@COMMANDS@\n", body))


if __name__ == "__main__":
    main()
