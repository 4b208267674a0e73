"""What one run of a program costs. As a program itself it is the small parent that such a measure needs: a child's peak memory begins with
that of who forked it, and a test runner's is larger than what is measured.

  bench/spent.py COMMAND...     the last line of stderr is: wall seconds, processor seconds, peak memory in bytes, status"""
import collections
import os
import subprocess
import sys
import time

Spent = collections.namedtuple("Spent", "wall cpu peak status out")


def spent(command, stdin=None, keeps_output=False, environment=None):
    """Runs a command; out is its standard output if that is kept. environment: what is set besides."""
    with open(stdin or os.devnull, "rb") as given:
        done = subprocess.run([sys.executable, "-I", "-S", __file__, *map(str, command)], stdin=given, check=True,
                              stdout=subprocess.PIPE if keeps_output else subprocess.DEVNULL, stderr=subprocess.PIPE,
                              env={**os.environ, **(environment or {})})
    wall, cpu, peak, status = done.stderr.splitlines()[-1].split()
    return Spent(float(wall), float(cpu), int(peak), int(status), done.stdout)


def main():
    began = time.monotonic()
    silent = os.open(os.devnull, os.O_WRONLY)
    child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, silent, 2)])
    _, status, usage = os.wait4(child, 0)
    print(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status), file=sys.stderr)


if __name__ == "__main__":
    main()
