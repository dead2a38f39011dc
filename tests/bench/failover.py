#!/usr/bin/env python3
"""failover.py: what a first address that dies costs an evening on the air, as a part of the 2 s allowed, from outside.

A scribe publishes and a host, web and SMS seat work, each as one process with two addresses; viewers follow the broadcast by
a third way. The first address breaks in each manner in turn: cut (a machine that dies), silence (a cable that is pulled in
the midst of everything), closed (nobody listens), dropped (packets fall on the floor from the start), and again and again
(silent, back, cut, back). Counted: the longest pause of the broadcast, and operations lost, done twice, out of order.

usage: failover.py        SECONDS (of work in each manner, 6) by environment
"""
import json
import os
import socket
import subprocess
import sys
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, TOP + "/tests/e2e")
import evening  # noqa: E402
from test_two_ways import Pit, Way  # noqa: E402

SECONDS = float(os.environ.get("SECONDS", "6"))
LIMIT = 2.0
SEATS = {"scribe": "publish Phrase {}.", "host": "compose Question {} ?", "web": "say host Du web, {}.", "sms": "say host Des SMS, {}."}
WORDS = 4000  # more than are done in the time
missed = []


class Work(threading.Thread):
    """One seat, one process; `told`: which of its operations were told applied, and when."""

    def __init__(self, event, name, ways, tag):
        super().__init__(daemon=True)
        seat = event.seats[name]
        words = [SEATS[name].format(f"{tag}-{i}") for i in range(WORDS)]
        backends = [w for way in ways for w in ("--backend", way)]
        self.name, self.told, self.bad, self.worst = name, [], [], 0.0
        self.process = subprocess.Popen([f"{evening.BUILD}/regie", "do", *backends, "--token-file", seat.token_file,
                                         "--data", seat.folder, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.start()

    def run(self):
        last = time.monotonic()
        for line in self.process.stdout:
            now = time.monotonic()
            self.worst, last = max(self.worst, now - last), now
            if json.loads(line)["verdict"] == "applied":
                self.told.append(len(self.told))
            else:
                self.bad.append(line)

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.join()


class Watcher:
    """A viewer that notes when each segment came."""

    def __init__(self, event):
        self.viewer, self.at, self.over = evening.Viewer(event), [], False
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        seen = 0
        while not self.over:
            with self.viewer.changed:
                self.viewer.changed.wait(0.05)
                new = [e for e in self.viewer.events[seen:]]
            seen += len(new)
            self.at += [(time.monotonic(), d["text"]) for _, k, d in new if k == "segment"]

    def pause(self, since, until):
        """The longest time without a segment between two moments, and how many came."""
        at = [since] + [t for t, _ in self.at if since <= t <= until] + [until]
        return max(b - a for a, b in zip(at, at[1:])), len(at) - 2


def closed():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return f"http://127.0.0.1:{s.getsockname()[1]}"


def again_and_again(way, over):
    while not over.wait(1.5):
        way.quiet = True
        over.wait(1.5)
        way.quiet = False


def row(name, pause, n, worst, lost):
    good = pause <= LIMIT and not any(lost.values()) and n > 0
    print(f"{name:34} broadcast paused {pause:5.2f} s, x {pause / LIMIT:4.2f} of the limit; {n:5} segments; the slowest answer to a seat "
          f"{worst:5.2f} s; {lost['lost']} lost, {lost['twice']} twice, {lost['order']} out of order   {'ok' if good else 'MISSED'}")
    sys.stdout.flush()
    if not good:
        missed.append(name)


def manner(event, watcher, name, first, break_it):
    second = Way(event)
    began = time.monotonic()
    work = [Work(event, seat, (first if isinstance(first, str) else first.url, second.url), name) for seat in SEATS]
    over = threading.Event()
    over.wait(SECONDS / 3)
    break_it(over)
    over.wait(SECONDS * 2 / 3)
    until = time.monotonic()
    over.set()
    pause, n = watcher.pause(began, until)
    for w in work:
        w.end()
    for w in work:  # what a killed process left in its desk
        event.seats[w.name].do("back", timeout=20)
    log = event.host.show("log")
    lost = {"lost": 0, "twice": 0, "order": 0}
    for w in work:
        done = [int(a["words"].rsplit(f"{name}-", 1)[1].rstrip(" .?")) for a in log if a["name"] == w.name and f"{name}-" in a["words"]]
        lost["lost"] += len([i for i in w.told if i not in set(done)]) + len(w.bad)
        lost["twice"] += len(done) - len(set(done))
        lost["order"] += sum(a > b for a, b in zip(done, done[1:]))
    row(name, pause, n, max(w.worst for w in work), lost)


def main():
    event = evening.Event().serve()
    event.host.do("collect", "open", "compose Une longue question ?", "air q1")
    watcher = Watcher(event)
    manner(event, watcher, "nothing breaks", (way := Way(event)), lambda over: None)
    manner(event, watcher, "cut", (cut := Way(event)), lambda over: cut.cut())
    manner(event, watcher, "silence", (hush := Way(event)), lambda over: hush.hush())
    manner(event, watcher, "closed", closed(), lambda over: None)
    manner(event, watcher, "dropped", Pit(), lambda over: None)
    manner(event, watcher, "again and again", (way := Way(event)),
           lambda over: threading.Thread(target=again_and_again, args=(way, over), daemon=True).start())
    trouble = watcher.viewer.trouble()
    print(f"viewers: {len(watcher.at)} segments, {trouble or 'no gap, no repeat'}")
    watcher.over = True
    event.stop()
    return 1 if missed or trouble else 0


if __name__ == "__main__":
    sys.exit(main())
