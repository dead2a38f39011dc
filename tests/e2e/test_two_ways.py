#!/usr/bin/env python3
"""Two addresses of one backend: the first dies or goes silent in the midst of work, nothing is lost, 2 s at most pass."""
# What is left of the 2 s is printed: "x 0.5" is half of the limit.
import json
import socket
import subprocess
import sys
import time

import evening
from evening import BUILD, Way, check, end, until


class Pit:
    """An address whose packets are dropped: nobody accepts, and the queue is full, so that not even a connection is made."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.full = []
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(self.listener.getsockname())
            self.full.append(s)


def work(event, first, second, break_it, name):
    """One process that composes; the first way breaks after some."""
    seat = event.host
    words = [f"compose {name} {i}" for i in range(150)]
    process = subprocess.Popen(
        [f"{BUILD}/regie", "do", "--backend", first.url, "--backend", second.url, "--token-file", seat.token_file,
         "--data", seat.folder, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines, worst, last = [], 0, time.monotonic()
    for line in process.stdout:
        now = time.monotonic()
        worst = max(worst, now - last)
        last = now
        lines.append(json.loads(line))
        if len(lines) == 40:
            break_it()
    err = process.stderr.read().decode()
    code = process.wait()
    check(f"{name}: all are applied", code == 0 and len(lines) == 150 and all(v["verdict"] == "applied" for v in lines), (code, err, lines[-1:]))
    asked = sorted(q["wording"] for q in seat.show("rundown") if q["wording"].startswith(name))
    check(f"{name}: each once", asked == sorted(f"{name} {i}" for i in range(150)), len(asked))
    check(f"{name}: the second way took over within 2 s: {worst:.2f} s, x {worst / 2:.2f}", worst <= 2.0 * evening.PATIENCE + 0.5 and second.taken > 0, worst)


def main():
    event = evening.Event().serve()
    event.host.do("collect")
    second = Way(event)
    first = Way(event)
    work(event, first, second, first.cut, "Coupe")
    work(event, first, second, lambda: None, "Morte")
    first = Way(event)
    work(event, first, second, first.hush, "Silence")
    work(event, Pit(), second, lambda: None, "Muette")
    return end()


if __name__ == "__main__":
    sys.exit(main())
