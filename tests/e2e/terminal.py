"""Programs in real terminals, for tests and measurements: tests/term on a pty each, emulated by libvterm.

Terminals   the driver; start() gives a Terminal, and several live at once
Terminal    keys in, screen out: key("j", "Enter"), type("text"), wait("text"), dump(), cells(), quiet(), state()

Nothing sleeps: wait, until and quiet end when what they are about is seen, or at a limit that REGIE_PATIENCE multiplies.
"""
import atexit
import os
import subprocess
import time

import evening

ESCAPES = {" ": "\\s", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e", "\\": "\\\\"}


def escaped(text):
    return "".join(ESCAPES.get(c, c) if c in ESCAPES or c >= " " else f"\\x{ord(c):02x}" for c in text)


def words(*all_words):
    return " ".join(escaped(str(w)) for w in all_words)


class Refused(Exception):
    pass


class Terminals:
    def __init__(self):
        self.process = subprocess.Popen([f"{evening.BUILD}/term/terminals"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.used = 0
        atexit.register(self.end)

    def ask(self, line):
        """(words, lines) of the answer; Refused when it is no."""
        self.process.stdin.write(line.encode("utf8", "surrogateescape") + b"\n")
        self.process.stdin.flush()
        first = self.process.stdout.readline().decode("utf8").rstrip("\n")
        if not first.startswith("ok "):
            raise Refused(f"{line}: {first.removeprefix('no ') or 'the driver ended'}")
        n, *said = first.split(" ")[1:]
        return said, [self.process.stdout.readline().decode("utf8").rstrip("\n") for _ in range(int(n))]

    def start(self, *command, rows=24, cols=80, term="xterm-256color", charset="utf8", env=None, number=None, tee=None):
        """Runs a command in a terminal, a new one unless its number is given."""
        if number is None:
            number, self.used = self.used, self.used + 1
        t = Terminal(self, number)
        for name, value in (env or {}).items():
            t.ask("env", f"{name}={value}")
        t.ask("start", f"{rows}x{cols}", term, charset, *command)
        if tee:
            t.ask("tee", tee)
        return t

    def end(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait()
            self.process.stdout.close()


class Terminal:
    def __init__(self, driver, number):
        self.driver, self.number = driver, number

    def ask(self, verb, *rest):
        return self.driver.ask(f"{self.number} {verb} {words(*rest)}")

    def limit(self, seconds):
        return int(1000 * (evening.LIMIT if seconds is None else seconds * evening.PATIENCE))

    def key(self, *names):
        """Keys in one write; "j*1000" is a held one."""
        self.ask("key", *names)

    def type(self, text):
        self.driver.ask(f"{self.number} type {escaped(text)}")

    def raw(self, data):
        self.driver.ask(f"{self.number} raw {data.hex()}")

    def paste(self, text):
        self.driver.ask(f"{self.number} paste {escaped(text)}")

    def resize(self, rows, cols):
        self.ask("resize", f"{rows}x{cols}")

    def wait(self, text, seconds=None):
        """Seconds from the last key (or the start) until the screen held the text; None when it did not come."""
        try:
            said, _ = self.driver.ask(f"{self.number} wait {self.limit(seconds)} {escaped(text)}")
            return int(said[0]) / 1e9
        except Refused:
            return None

    def until(self, good, seconds=None):
        """The first screen (a list of rows) for which good(screen) is true, or None."""
        deadline = time.monotonic() + self.limit(seconds) / 1000
        while True:
            screen = self.dump()
            if good(screen):
                return screen
            left = int(1000 * (deadline - time.monotonic()))
            if left <= 0:
                return None
            try:
                self.ask("more", left)
            except Refused:
                pass

    def gone(self, text, seconds=None):
        return self.until(lambda screen: not any(text in row for row in screen), seconds) is not None

    def quiet(self, ms=60, seconds=None):
        """(s to the first byte, s to the last, bytes) since the last key, once nothing came for ms; None: never quiet."""
        try:
            said, _ = self.ask("quiet", ms, self.limit(seconds))
        except Refused:
            return None
        return int(said[0]) / 1e9, int(said[1]) / 1e9, int(said[2])

    def pause(self, ms):
        """The bytes that come within ms, whatever happens: for measurements of idleness."""
        return int(self.ask("pause", ms)[0][0])

    def dump(self):
        return self.ask("dump")[1]

    def text(self):
        return "\n".join(self.dump())

    def cells(self):
        """Rows of cells (attributes, foreground, background, width, text)."""
        return [[tuple(cell.split(";", 4)) for cell in row.split("\t")] for row in self.ask("cells")[1]]

    def state(self):
        said, _ = self.ask("state")
        return {"cursor": (int(said[1]), int(said[2])), "shown": said[3] == "shown", "alternate": said[4] == "alternate",
                "bells": int(said[6]), "modes": [] if said[8] == "-" else [int(m) for m in said[8].split(",")]}

    def stty(self):
        return " ".join(self.ask("stty")[0])

    def pid(self):
        return int(self.ask("pid")[0][0])

    def signal(self, number):
        self.ask("signal", int(number))

    def ended(self, seconds=None):
        """("exit", status) or ("signal", number); None while it runs."""
        try:
            said, _ = self.ask("ended", self.limit(seconds))
            return said[0], int(said[1])
        except Refused:
            return None

    def close(self):
        self.ask("close")
