#!/usr/bin/env python3
"""kill -9 of regied and of regie, again and again, under load from all sides, over a link that goes down, loses a fifth of
its packets and reorders. Then: nothing that was acknowledged is lost, nothing is there twice, nothing is out of order.

usage: tests/kill/loop.py [KILLS]        as root; prints TAP and figures, or why it cannot run here
"""
import atexit
import collections
import http.client
import json
import os
import random
import re
import select
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import badlink  # pylint: disable=wrong-import-position
from evening import BUILD, LIMIT, Event, Viewer, check, end  # pylint: disable=wrong-import-position

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 60
BACKEND = 0.4                 # of the kills are the backend's
LOSS, LATE = 200, 250         # thousandths of the packets
SEATS = {"host": ("compose Question %d ?", "compose"), "scribe": ("publish Phrase %d.", "publish"),
         "web": ("say host Du web, %d.", "say"), "sms": ("say host Des SMS, %d.", "say")}
dice = random.Random(int(os.environ.get("SEED", "1664")))


class FarEvent(Event):
    """Served in the far namespace, each kind of caller on a port of its own, as it must be beyond loopback."""

    address = badlink.FAR
    ports = {"public": 0, "seats": 0}

    def __init__(self, link, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.link, self.tracer = link, []

    @property
    def url(self):
        return f"http://{self.address}:{self.ports['seats']}"

    def serve(self, *options):
        listen = [w for kind, port in self.ports.items() for w in ("--listen", f"{kind}={self.address}:{port}")]
        with open(self.errors, "ab") as err:
            self.process = subprocess.Popen([*self.link.far(), *self.tracer, f"{BUILD}/regied", "serve", "--data", self.data, *listen,
                                             "--limit-posts", "0", *options],
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err)
        said = b""
        while said.count(b"\n") < len(self.ports):
            ready, _, _ = select.select([self.process.stdout], [], [], LIMIT)
            more = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not more:
                raise RuntimeError(f"regied did not serve: {said!r} {self.said()}")
            said += more
        for kind, port in re.findall(r"(public|seats)=http://[^:]+:(\d+)", said.decode()):
            self.ports[kind] = int(port)
        self.port = self.ports["public"]
        return self


class Worker(threading.Thread):
    def __init__(self, do):
        super().__init__(daemon=True)
        self.do, self.over, self.begun, self.told, self.wrong = do, threading.Event(), 0, [], []

    def run(self):
        while not self.over.is_set():
            self.begun += 1
            try:
                if self.do(self.begun, self):
                    self.told.append(self.begun)
            except Exception as e:  # pylint: disable=broad-except
                self.wrong.append(repr(e))
                return


class Consoles:
    """regie do, one after another at each seat; any of them may be killed at any moment."""

    def __init__(self):
        self.lock, self.running = threading.Lock(), {}

    def at(self, seat, line):
        def do(i, worker):
            p = subprocess.Popen([f"{BUILD}/regie", "do", *seat.options, "--timeout", "20", line % i], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            with self.lock:
                self.running[p.pid] = p
            out, err = p.communicate()
            with self.lock:
                del self.running[p.pid]
            verdicts = [json.loads(l)["verdict"] for l in out.decode().splitlines() if l.endswith("}")]
            if p.returncode not in (0, 2, -9) or any(v != "applied" for v in verdicts):
                worker.wrong.append(f"exit {p.returncode}: {out.decode()}{err.decode()}")
            return verdicts == ["applied"]
        return Worker(do)

    def kill_one(self):
        with self.lock:
            alive = [p for p in self.running.values() if p.poll() is None]
            if alive:
                dice.choice(alive).kill()
            return bool(alive)


def posts(send):
    """Sends a message again and again until it is told what became of it."""
    def do(i, worker):
        while True:
            try:
                if send(i):
                    return True
            except (OSError, http.client.HTTPException, ValueError):
                pass
            if worker.over.wait(0.02):
                return False
    return Worker(do)


def number_in(words):
    """The number that these words end in, or 0."""
    at = re.search(r"(\d+)[ .?]*$", words)
    return int(at[1]) if at else 0


def desk(seat, op):
    """The numbers in the texts of the operations of that name that the desk holds, in order, and how many have no verdict."""
    held = sqlite3.connect(f"{seat.folder}/desk.db", timeout=LIMIT)
    try:
        texts = [json.loads(body)["args"]["text"] for (body,) in held.execute("SELECT body FROM op WHERE name=? ORDER BY n", (op,))]
        return [n for n in map(number_in, texts) if n], held.execute("SELECT count(*) FROM op WHERE verdict=0").fetchone()[0]
    finally:
        held.close()


def run_kills(event, link, consoles):
    """How many of each, and for how long the link was down."""
    done, down = collections.Counter(), 0.0
    while sum(done.values()) < KILLS:
        threading.Event().wait(dice.uniform(0.2, 1.0))  # any moment will do
        if dice.random() < BACKEND:
            event.kill()
            done["backend"] += 1
            threading.Event().wait(dice.uniform(0, 0.3))
            event.serve()
        elif consoles.kill_one():
            done["console"] += 1
        if dice.random() < 0.05:
            pause = dice.uniform(0.3, 2.5)
            link.set(down=1)
            threading.Event().wait(pause)
            link.set(loss=LOSS, late=LATE)
            down += pause
        if sum(done.values()) % 50 == 0:
            print(f"# {sum(done.values())} kills", flush=True)
    return done, down


def judge_seats(event, workers):
    log, figures = event.host.show("log"), collections.Counter()
    check("the log numbers acts without a gap", [int(a["act"]) for a in log] == list(range(1, len(log) + 1)))
    for name, (_, op) in SEATS.items():
        held, unsent = desk(event.seats[name], op)
        begun = [n for n in (number_in(a["words"]) for a in log if a["op"] == op and a["name"] == name) if n]
        lost, twice = [i for i in workers[name].told if i not in begun], len(begun) - len(set(begun))
        check(f"{name}: what was told applied is in the log", not lost, lost)
        check(f"{name}: what the desk holds was done once, in order, and nothing else", begun == held and unsent == 0, (begun, held, unsent))
        figures.update({"operations": len(begun), "told": len(workers[name].told), "lost": len(lost), "twice": twice,
                        "out of order": sum(a >= b for a, b in zip(begun, begun[1:]))})
    return figures


def judge_messages(event, workers):
    texts, figures = collections.Counter(m["text"] for m in event.host.show("messages")), collections.Counter()
    for name, text in (("post", "Message %d du web"), ("text", "message %d par sms")):
        told = workers[name].told
        lost = [i for i in told if not texts[text % i]]
        twice = [i for i in range(workers[name].begun + 1) if texts[text % i] > 1]
        check(f"{name}: what was acknowledged is kept, once", not lost and not twice, (lost, twice))
        figures.update({"messages": len(told), "lost": len(lost), "twice": len(twice)})
    return figures


def judge_viewers(event, viewers):
    figures, last = collections.Counter(), event.host.status()["broadcast"]
    check("every viewer received everything", all(v.wait_number(last) for v in viewers), [v.last for v in viewers])
    want = [s["text"] for s in event.transcript()["segments"]]
    held, _ = desk(event.scribe, "publish")
    check("the transcript is what the scribe's desk holds", want == [f"Phrase {i}." for i in held], (want, held))
    for i, v in enumerate(viewers):
        check(f"viewer {i}: no gap, no repeat, over {v.streams} streams", not v.trouble(), v.trouble())
        check(f"viewer {i}: what was written, once, in order", [d["text"] for _, k, d in v.events if k == "segment"] == want)
        figures.update({"events": len(v.events), "streams": v.streams})
        v.leave()
    return figures


def count_syncs(event):
    """One more life under strace: each decision that was told applied cost at least one fdatasync."""
    if subprocess.run(["which", "strace"], capture_output=True, check=False).returncode:
        print("# fsync was not counted: strace is missing")
        return
    path, acts = event.folder + "/strace", 20
    event.kill()
    event.tracer = ["strace", "-f", "-c", "-o", path, "-e", "trace=fsync,fdatasync"]
    event.serve()
    told = sum(event.web.do(f"say host Compte, {i}").code == 0 for i in range(acts))
    subprocess.run(["pkill", "-TERM", "-P", str(event.process.pid)], check=False)
    event.process.wait(LIMIT)
    event.process.stdout.close()
    event.process = None
    with open(path, encoding="utf8") as f:
        syncs = sum(int(row.split()[3]) for row in f if re.search(r"f(data)?sync$", row))
    check(f"{told} decisions, one after another, cost the backend {syncs} fsyncs", told == acts and syncs >= told)


def main():
    why = badlink.missing()
    if why:
        print(f"1..0 # SKIP {why}")
        return 0
    link = badlink.Link()
    atexit.register(link.close)
    link.near()
    event = FarEvent(link, "Les coups").serve()
    opened = event.host.do("collect", "open", "compose Une longue question ?", "air q1")
    check("it opens", opened.code == 0, opened)
    link.set(loss=LOSS, late=LATE)
    viewers, consoles = [Viewer(event), Viewer(event, by="query")], Consoles()
    workers = {name: consoles.at(event.seats[name], line) for name, (line, _) in SEATS.items()}
    workers["post"] = posts(lambda i: event.post(f"Message {i} du web", who=f"person-{i:06}", id=f"w{i}")["status"] == 202)
    workers["text"] = posts(lambda i: event.text(f"message {i} par sms", f"06{i:08}", f"s{i}") == 202)
    begun = time.monotonic()
    for w in workers.values():
        w.start()
    done, down = run_kills(event, link, consoles)
    for w in workers.values():
        w.over.set()
    link.set()
    for w in workers.values():
        w.join(4 * LIMIT)
    took = time.monotonic() - begun
    for seat in SEATS:
        event.seats[seat].do("back", timeout=20)  # sends what waited
    check("nobody was refused or gave up", not any(w.wrong or w.is_alive() for w in workers.values()), [w.wrong for w in workers.values()])
    figures = judge_seats(event, workers) + judge_messages(event, workers) + judge_viewers(event, viewers)
    check("regied had nothing to complain of", " error " not in event.said() and "Sanitizer" not in event.said(), event.said()[-2000:])
    count_syncs(event)
    carried, lost, late = link.counts()
    print(f"# {done['backend']} kills of regied and {done['console']} of regie in {took:.0f} s; the link carried {carried} packets, lost {lost}, "
          f"{late} came late, and was down for {down:.0f} s")
    print(f"# {figures['operations']} operations ({figures['told']} told applied), {figures['messages']} messages acknowledged, "
          f"{figures['events']} events to viewers over {figures['streams']} streams: {figures['lost']} lost, {figures['twice']} twice, "
          f"{figures['out of order']} out of order")
    return end()


if __name__ == "__main__":
    sys.exit(main())
