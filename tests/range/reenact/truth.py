"""Finds every request that was sent in the log that nginx wrote, and fails when one is not there."""

import re
from datetime import datetime

LINE = re.compile(r'^(\S+) - (.+?) \[([^\]]+)\] "(.*?)" (\d{3}) (\d+|-) "(.*?)" "(.*?)"$')
OWN = "127.0.0.1 - - ["                            # Apache wakes its own processes; no visitor has this address


class LogLines:
    """The log in its order: the rotated file, if any, before the current one."""

    def __init__(self, files):
        self.lines, self.own = [], 0
        for name, data in files:
            offset = 0
            for number, raw in enumerate(data.split(b"\n")[:-1], 1):
                if raw.startswith(OWN.encode()) and raw.endswith(b'(internal dummy connection)"'):
                    self.own += 1
                else:
                    self.lines.append((name, number, offset, raw.decode()))
                offset += len(raw) + 1

    def match(self, sent, removed=None):
        """One line for each request sent, in order: the range sends one at a time. removed: {number of the request,
        from 0: its line}, for those that somebody cut out of the log; they have a line that was, and no place."""
        removed = removed or {}
        if len(sent) != len(self.lines) + len(removed):
            raise RuntimeError(f"{len(sent)} requests were sent, {len(self.lines)} lines written and {len(removed)} cut out")
        found, left = [], iter(self.lines)
        for at, request in enumerate(sent):
            name, number, offset, text = (None, None, None, removed[at]) if at in removed else next(left)
            parts = LINE.match(text)
            if not parts:
                raise RuntimeError(f"unreadable line: {text}")
            client, user, stamp, line, status, size, _, _ = parts.groups()
            wanted = (request["client"], request["remote_user"] or "-", f'{request["method"]} {request["target"]} HTTP/1.1',
                      request["status"], request["body_bytes"])
            if (client, user, line, int(status), 0 if size == "-" else int(size)) != wanted:
                raise RuntimeError(f"sent {wanted}, but the log says {text}")
            found.append(dict(request, file=name, line=number, offset=offset, time=moment(stamp).isoformat(), raw=text))
            if name is None:
                found[-1]["removed"] = True
        return found

    def window(self):
        times = [moment(LINE.match(text).group(3)) for _, _, _, text in self.lines]
        return min(times), max(times)


def moment(stamp):
    return datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z")
