#!/usr/bin/env python3
"""console.py: the screen in a real terminal, from outside, beside less in the same run.

On the replica of `make bench-replica` (1.3 million messages), 120x36, in turns with less on a text file of as many lines:
the first useful screen; a line, a page and the end, to the last byte before a quiet gap; bytes for a line; 1,000 held
keys; letters of a filter; anonymous memory. Then on a backend: a typed letter while sync takes 5,000 messages a second,
and bytes and wake-ups of a screen at which nobody touches anything.

usage: console.py [part]...        parts: start keys filter memory idle echo; ROUNDS, RATE, IDLE_S by environment
"""
import glob
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, TOP + "/tests/e2e")
import evening  # noqa: E402
import terminal  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "20"))
RATE = int(os.environ.get("RATE", "5000"))
IDLE_MS = 1000 * int(os.environ.get("IDLE_S", "10"))
REPLICA = os.environ.get("REPLICA", evening.BUILD + "/replica")
GAP = 40  # ms of quiet after which a screen counts as settled
SIZE = {"rows": 36, "cols": 120}

terminals = terminal.Terminals()
missed = []


def row(name, ours, unit, beside=None, goal=None, good=None):
    """One line of the table; goal in words, good whether it was met."""
    than = "" if beside is None else f"less {beside:8.2f} {unit}   ratio {ours / beside if beside else 0:5.2f}"
    print(f"{name:44} {ours:9.2f} {unit:5} {than:38} {'' if goal is None else ('ok   ' if good else 'MISSED ') + goal}")
    sys.stdout.flush()
    if good is False:
        missed.append(name)


def p50(values):
    return statistics.median(values) if values else float("nan")


# ---- the two programs ----------------------------------------------------------------------------------------------

def lines_file():
    """The replica's messages as text, a line each, for less."""
    path = REPLICA + "/messages.txt"
    if not os.path.exists(path):
        db = sqlite3.connect(f"file:{REPLICA}/replica.db?mode=ro", uri=True)
        with open(path + ".new", "w", encoding="utf8") as f:
            for (text,) in db.execute("SELECT text FROM message ORDER BY id"):
                f.write(text.replace("\n", " ") + "\n")
        os.rename(path + ".new", path)
    return path


def busiest():
    """How many people ask the theme that most ask by SMS, as the screen writes it: its words may be of any of them."""
    db = sqlite3.connect(f"file:{REPLICA}/replica.db?mode=ro", uri=True)
    people, = db.execute("SELECT MAX(people_sms) FROM count").fetchone()
    return f"{people:,}"


def less():
    return terminals.start("less", "-n", "-S", LINES, number=0, env={"LESS": "", "LESSHISTFILE": "-"}, **SIZE)


def console(first=False):
    """With the desk it had, but no place of before; `first`: with none, as when a seat is sat on for the first time."""
    if first or not os.path.exists(REPLICA + "/desk.db"):
        for path in glob.glob(REPLICA + "/desk.db*"):
            os.remove(path)
    else:
        with sqlite3.connect(REPLICA + "/desk.db") as desk:
            desk.execute("DELETE FROM value WHERE name = 'place'")
        desk.close()
    env = {"REGIE_TOKEN": "0" * 40, "XDG_CONFIG_HOME": FOLDER, "LC_ALL": "C.UTF-8"}
    return terminals.start(f"{evening.BUILD}/regie", "--backend", "http://127.0.0.1:9", "--data", REPLICA,
                           number=1, env=env, **SIZE)


def close(t):
    t.key("q") if t.number == 0 else t.key("Q", "y")
    t.close()


# ---- parts ---------------------------------------------------------------------------------------------------------

def start():
    first = {"less": [], "console": [], "new": []}
    for _ in range(max(5, ROUNDS // 2)):
        for name, begin, text in (("less", less, FIRST), ("new", lambda: console(True), THEME), ("console", console, THEME)):
            t = begin()
            seconds = t.wait(text)
            if seconds is None:
                print(t.text())
                raise SystemExit(f"{name}: its first screen never showed {text!r}")
            first[name].append(1000 * seconds)
            t.close()
    ours, theirs = p50(first["console"]), p50(first["less"])
    row("first useful screen", ours, "ms", theirs, "within 3 times less, aim 1.5", ours <= 3 * theirs)
    row("   and with a desk that has to be made", p50(first["new"]), "ms", theirs)


def settled(t, *names):
    """(ms to the last byte, bytes) of keys in one write."""
    t.key(*names)
    _, last, size = t.quiet(GAP)
    return 1000 * last, size


def keys():
    a, b = less(), console()
    a.wait(FIRST)
    b.wait(THEME)
    b.key("g", "s")
    b.key("Home")
    a.quiet(300)
    b.quiet(300)
    figures = {}
    plans = (("a line down", ["j"], ["j"], ROUNDS), ("a page down", [" "], ["PageDown"], ROUNDS),
             ("the end, and back", None, None, max(4, ROUNDS // 4)))
    for name, theirs, ours, rounds in plans:
        mine, other = [], []
        for _ in range(rounds):
            if theirs:
                other.append(settled(a, *[k.replace(" ", "Space") for k in theirs]))
                mine.append(settled(b, *ours))
            else:
                other.append(settled(a, "G"))
                mine.append(settled(b, "End"))
                settled(a, "g")
                settled(b, "Home")
        figures[name] = mine
        x, y = p50([m for m, _ in mine]), p50([m for m, _ in other])
        row(name + ", settled", x, "ms", y, "within 3 times less, aim 2", x <= 3 * y)
    sizes = [n for _, n in figures["a line down"]]
    row("bytes for a line down", p50(sizes), "bytes", None, "at most 260", p50(sizes) <= 260)
    settled(b, "Home")
    mine, other = [], []
    for _ in range(3):
        settled(a, "g"), settled(b, "Home")
        other.append(settled(a, "j*1000")[0])
        mine.append(settled(b, "j*1000")[0])
    row("1,000 held j, to the last byte", p50(mine), "ms", p50(other), "at most 50", p50(mine) <= 50)
    close(a)
    close(b)


def filters():
    filter_of("themes")
    filter_of("messages", "v")


def filter_of(what, *before):
    b = console()
    b.wait(THEME)
    b.key("g", "s")
    b.key("Home")
    b.key(*before) if before else None
    b.quiet(300)
    everything = []
    for word in ("smic", "ecole", "pk", "qz", "chomage", "zqxjw", "sms", "le prix", "e"):
        b.key("/")
        b.quiet(GAP)
        times = []
        for letter in word:
            b.type(letter)
            echo, last, _ = b.quiet(150)
            times.append((1000 * echo, 1000 * last))
        row(f"{what}: \"{word}\": a letter, to the last byte", p50([t for _, t in times]), "ms", None,
            f"(echo {p50([e for e, _ in times]):.2f}, slowest {max(t for _, t in times):.1f})", True)
        everything += times
        b.key("Esc")
        b.quiet(150)
    all_times = p50([t for _, t in everything])
    row(f"filter of {what}: a letter, over all words", all_times, "ms", None, "within 30, aim 5", all_times <= 30)
    row(f"filter of {what}: its echo", p50([e for e, _ in everything]), "ms")
    close(b)


def anonymous(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("Anonymous:")) / 1024


def memory():
    b = console()
    b.wait(THEME)
    b.quiet(500)
    b.key("g", "s")
    b.quiet()
    at_first = anonymous(b.pid())
    for name in ("PageDown*20", "End", "Home"):
        settled(b, name)
    b.key("/")
    b.type("smic")
    b.quiet(500)
    b.key("Esc")
    b.quiet(500)
    after = anonymous(b.pid())
    row("anonymous memory, first screen", at_first, "MB", None, "at most 20", at_first <= 20)
    row("anonymous memory, after working", after, "MB", None, "at most 20", after <= 20)
    close(b)


def switches(pid):
    """{thread's name: voluntary switches}: how often each was woken."""
    found = {}
    for task in glob.glob(f"/proc/{pid}/task/*"):
        with open(task + "/comm", encoding="utf8") as f:
            name = f.read().strip() + ":" + task.rsplit("/", 1)[1]
        with open(task + "/status", encoding="utf8") as f:
            found[name] = next(int(line.split()[1]) for line in f if line.startswith("voluntary"))
    return found


def at(event, seat, number):
    return terminals.start(f"{evening.BUILD}/regie", *seat.options, number=number,
                           env={"XDG_CONFIG_HOME": FOLDER, "LC_ALL": "C.UTF-8"}, **SIZE)


def watch(t):
    """(bytes, wake-ups of the interface, of all threads) in IDLE_MS."""
    t.quiet(4000, 30)  # its place is kept a moment after the last key
    before = switches(t.pid())
    size = t.pause(IDLE_MS)
    after = switches(t.pid())
    woken = {name: n - before.get(name, 0) for name, n in after.items()}
    main = sum(n for name, n in woken.items() if name.endswith(f":{t.pid()}"))
    print(f"    wake-ups by thread: {woken}")
    return size, main


def idle():
    event = evening.Event(seats=("producer", "host")).serve()
    event.host.do("collect")
    event.post("Le Smic ?")
    t = at(event, event.producer, 2)
    t.wait("Smic")
    size, main = watch(t)
    row(f"idle before opening, {IDLE_MS // 1000} s", size, "bytes", None, "none", size == 0)
    row("   wake-ups of the interface", main, "", None, "none", main == 0)
    event.host.do("open", "accept t1", "air q1")
    t.until(lambda screen: sum("Smic" in r for r in screen) > 1)
    size, main = watch(t)
    seconds = IDLE_MS / 1000
    row("on the air, bytes a second", size / seconds, "bytes", None, "at most 20", size / seconds <= 20)
    row("   wake-ups of the interface a second", main / seconds, "", None, "at most 1", main / seconds <= 1)
    close(t)
    event.stop()


def echo():
    event = evening.Event(seats=("scribe", "host")).serve()
    event.host.do("collect", "open")
    t = at(event, event.scribe, 3)
    t.until(lambda screen: any("Le chat" in r for r in screen))
    t.quiet(300)
    still, busy = [], []
    letters = random.Random(1)
    for times in (still, busy):
        sender = None
        if times is busy:
            url = f"{event.url}/v1/sms/g?key={event.keys['g']}"
            sender = subprocess.Popen([f"{evening.BUILD}/regie-rehearse", "--backend", event.url, "--evening", TOP + "/data/evening.jsonl",
                                       "--gateway", url, "--rate", str(RATE), "--repeat", "60", "--connections", "64"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            evening.until(lambda: event.host.status()["sms"] > 1000)
            had = event.host.status()["sms"]
            began = os.times().elapsed
        for _ in range(150):
            t.type(letters.choice("abcdefgh "))
            threading.Event().wait(0.02)  # the pace of a fast typist
            said = t.ask("heard")[0]
            if len(said) > 2 and int(said[2]):
                times.append(int(said[2]) / 1e6)
        if sender:
            rate = (event.host.status()["sms"] - had) / (os.times().elapsed - began)
            sender.terminate()
            sender.wait()
    row("a typed letter, nothing else going on", p50(still), "ms")
    row(f"a typed letter, {rate:.0f} messages/s coming", p50(busy), "ms", None, "at most 1, aim 0.4", p50(busy) <= 1)
    close(t)
    event.stop()


PARTS = {"start": start, "keys": keys, "filter": filters, "memory": memory, "idle": idle, "echo": echo}
LARGE = ("start", "keys", "filter", "memory")

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(PARTS)
    FOLDER = tempfile.mkdtemp(prefix="bench-console-")
    if any(part in LARGE for part in wanted):
        if not os.path.exists(REPLICA + "/replica.db"):
            sys.exit("there is no replica to measure on; make it with: make bench-replica")
        LINES, THEME = lines_file(), busiest()
        with open(LINES, encoding="utf8") as f:
            FIRST = next(f).strip()[:40]
    for part in wanted:
        PARTS[part]()
    os.rmdir(FOLDER) if not os.listdir(FOLDER) else None
    if missed:
        print("missed: " + ", ".join(missed))
