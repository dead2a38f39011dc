#!/usr/bin/env python3
"""scribe.py: ten minutes at the scribe's seat, in real time: 90 words a minute, the backend killed twice while they are typed.

A console in a real terminal; letters come one by one at a typist's uneven pace, words from the evening's answers, an Enter
or a blank after each sentence. Each letter's echo is timed to the first byte the terminal gets. The backend is killed with
SIGKILL and served again DOWN_S seconds later, twice. At the end all that was typed has to be with two viewers, in order,
without a gap, once.

usage: scribe.py        MINUTES (10), WORDS a minute (90) and SEED by environment
"""
import json
import os
import random
import statistics
import sys
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, TOP + "/tests/e2e")
import evening  # noqa: E402
import terminal  # noqa: E402

MINUTES = float(os.environ.get("MINUTES", "10"))
WORDS = float(os.environ.get("WORDS", "90"))
GAP = 60 / (WORDS * 6)  # a word is five letters and a blank
DOWN_S = (20, 40)       # how long the link is away, the first time and the second
MOST_MS = 50            # a scribe who waits longer for a letter notices

missed = []


def row(name, figure, unit, goal, good):
    print(f"{name:44} {figure:>9} {unit:5} {'ok    ' if good else 'MISSED'} {goal}")
    if not good:
        missed.append(name)


def sentences():
    """Of the answers, again and again; those that the console would not close by itself, or in two, are left out."""
    with open(TOP + "/data/evening-answers.jsonl", encoding="utf8") as f:
        answers = [json.loads(line)["answer"] for line in f]
    found = []
    for answer in answers:
        for s in answer.replace("!", ".").replace("?", ".").replace("…", ".").split(". "):
            s = " ".join(s.strip(" .\n").split())
            if 40 < len(s) < 160 and not set(s) & set('«»".:;0123456789') and s not in found:
                found.append(s)
    return found


class Typist:
    def __init__(self, t):
        self.t, self.dice, self.echo, self.slow, self.lost, self.unseen = t, random.Random(int(os.environ.get("SEED", "7"))), [], [], 0, 0
        self.next = self.began = time.monotonic()

    def strike(self, send, blank=False):
        """One key at its time; how long until the terminal heard of it. A blank at the edge of a line moves nothing."""
        self.next += self.dice.gammavariate(4, GAP / 4)
        threading.Event().wait(max(0, self.next - time.monotonic()))
        send()
        deadline = time.monotonic() + (MOST_MS / 1000 if blank else 2)
        while True:
            said = self.t.ask("heard")[0]
            if len(said) > 2 and int(said[2]):
                self.echo.append(int(said[2]) / 1e6)
                if self.echo[-1] > MOST_MS:
                    self.slow.append((round(time.monotonic() - self.began, 1), round(self.echo[-1])))
                return
            if time.monotonic() > deadline:
                self.unseen += blank
                self.lost += not blank
                return
            threading.Event().wait(0.002)

    def say(self, sentence, enter):
        for c in sentence:
            self.strike(lambda: self.t.type(c), c == " ")
        if enter:
            self.strike(lambda: self.t.key("Enter"))
        else:
            self.strike(lambda: self.t.type(" "), True)


def backend(event, until):
    """Killed at a quarter and at a half of the time, away for DOWN_S."""
    began = time.monotonic()
    for part, down in zip((0.25, 0.5), DOWN_S):
        threading.Event().wait(max(0, part * until - (time.monotonic() - began)))
        event.kill()
        threading.Event().wait(min(down, until / 8))
        event.serve()


def published(viewer):
    """What a viewer has, in order: segments as they stand."""
    texts = {}
    for _, kind, data in viewer.events:
        if kind in ("segment", "correction"):
            texts[data.get("segment") or data.get("id")] = data["text"]
    return list(texts.values())


def main():
    event = evening.Event(seats=("scribe", "host")).serve()
    viewers = [evening.Viewer(event), evening.Viewer(event, by="query")]
    event.host.do("collect", "open", "compose Que ferez-vous ?", "air q1")
    t = terminal.Terminals().start(f"{evening.BUILD}/regie", *event.scribe.options, rows=30, cols=100,
                                   env={"XDG_CONFIG_HOME": event.folder, "LC_ALL": "C.UTF-8"})
    t.wait("Que ferez-vous")
    t.quiet(300)
    typist, typed, n = Typist(t), [], 0
    trouble = threading.Thread(target=backend, args=(event, MINUTES * 60), daemon=True)
    began = time.monotonic()
    trouble.start()
    lines = sentences()
    while time.monotonic() - began < MINUTES * 60:
        s = lines[n % len(lines)] + "."
        typist.say(s, enter=n % 3 == 0)
        typed.append(s)
        n += 1
    took = time.monotonic() - began
    trouble.join(120)
    t.key("F5")
    wanted = len(typed)
    evening.until(lambda: all(len(published(v)) >= wanted for v in viewers), 30)
    echo, keys = sorted(typist.echo), len(typist.echo) + typist.lost + typist.unseen
    at = lambda p: echo[min(len(echo) - 1, int(p * len(echo)))]
    print(f"{keys} keys, {wanted} sentences in {took / 60:.1f} min: {keys / 6 / (took / 60):.0f} words a minute")
    row("a letter's echo, p50", f"{statistics.median(echo):.2f}", "ms", "at most 1", statistics.median(echo) <= 1)
    row("a letter's echo, p99", f"{at(.99):.2f}", "ms", f"at most {MOST_MS}", at(.99) <= MOST_MS)
    row("a letter's echo, longest", f"{echo[-1]:.2f}", "ms", f"at most {MOST_MS}", echo[-1] <= MOST_MS)
    if typist.slow:
        print(f"    (s, ms): {typist.slow}")
    row("letters without an echo", str(typist.lost), "", f"none ({typist.unseen} blanks at the edge of a line move nothing)",
        typist.lost == 0)
    for i, v in enumerate(viewers):
        got = published(v)
        row(f"viewer {i + 1}: sentences, in order", str(len(got)), "", f"{wanted}, as typed", got == typed)
        if got != typed:
            first = next((k for k, (a, b) in enumerate(zip(got, typed)) if a != b), min(len(got), wanted))
            print(f"    from {first}: {got[first:first + 2]}\n    not    {typed[first:first + 2]}")
        row(f"viewer {i + 1}: gaps and repeats", v.trouble() or "none", "", f"none, over {v.streams} streams", not v.trouble())
    for v in viewers:
        v.leave()
    event.stop()
    if missed:
        print("missed: " + ", ".join(missed))


if __name__ == "__main__":
    main()
