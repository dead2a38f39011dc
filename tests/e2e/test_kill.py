#!/usr/bin/env python3
"""kill -9 of the backend, ten times in an evening, and of regie do at any moment: nothing acknowledged is missing, nothing
is done twice, what was written meanwhile is published in order, and streams go on where they were."""
import collections
import http.client
import random
import select
import sqlite3
import subprocess
import sys
import threading

from evening import BUILD, LIMIT, Event, Viewer, applied, check, end, until

KILLS = 10                               # of regied; between two of them every worker gets two things acknowledged
DO_KILLS, DO_LONGEST = 45, 0.12          # kills of regie do; seconds by which it is over in most cases
dice = random.Random(1664)


class Worker(threading.Thread):
    """Does one numbered thing after another until it is told to stop; `done` holds what was acknowledged, in order."""

    def __init__(self, do):
        super().__init__(daemon=True)
        self.do, self.over, self.done, self.begun, self.wrong = do, threading.Event(), [], 0, []

    def run(self):
        while not self.over.is_set():
            self.begun += 1
            try:
                got = self.do(self.begun, self.over)
            except Exception as e:  # pylint: disable=broad-except
                self.wrong.append(repr(e))
                return
            if got is not None:
                self.done.append((self.begun, got))


def operations(seat, wrong, line):
    """A worker that does `line` with its number; what could not be sent in time waits in the desk for the next one."""
    def do(i, over):
        run = seat.do(line % i, timeout=20)
        if run.code == 0:
            return run.lines[0]
        if run.code != 2:
            wrong.append(str(run))
        return None
    return Worker(do)


def posts(send):
    """A worker that sends a message again and again until it is taken."""
    def do(i, over):
        while True:
            try:
                got = send(i)
                if got:
                    return got
            except (OSError, http.client.HTTPException):
                over.wait(0.02)
    return Worker(do)


def regied_killed():
    event = Event("Les pannes").serve()
    wrong = []
    applied("it opens", event.host.do("collect", "open", "compose Une longue question ?", "air q1"))
    viewers = [Viewer(event), Viewer(event, by="query"), Viewer(event)]
    workers = {
        "host": operations(event.host, wrong, "compose Question %d ?"),
        "scribe": operations(event.scribe, wrong, "publish Phrase %d."),
        "web": operations(event.web, wrong, "say host Du web, %d."),
        "sms": operations(event.sms, wrong, "say host Des SMS, %d."),
        "post": posts(lambda i: (lambda m: m if m["status"] == 202 else None)(
            event.post(f"Message {i} du web", who=f"person-{i:06}", id=f"w{i}"))),
        "text": posts(lambda i: event.text(f"message {i} par sms", f"06{i:08}", f"s{i}") == 202),
    }
    for w in workers.values():
        w.start()
    for kill in range(KILLS):
        goal = {name: len(w.done) + 2 for name, w in workers.items()}
        until(lambda: all(len(w.done) >= goal[name] for name, w in workers.items()) or any(w.wrong for w in workers.values()))
        threading.Event().wait(dice.uniform(0, 0.1))  # any moment will do
        if kill == KILLS // 2:
            viewers[2].close()
        event.kill()
        event.serve()
    for w in workers.values():
        w.over.set()
    for w in workers.values():
        w.join(4 * LIMIT)
    check("nobody was refused or gave up", not wrong and not any(w.wrong or w.is_alive() for w in workers.values()),
          wrong or [w.wrong for w in workers.values()])
    viewers[2].resume()
    check_operations(event, workers)
    check_messages(event, workers)
    check_viewers(event, viewers, workers["scribe"].begun)
    check("after ten kills it stops well", event.stop() == 0)
    check("and had nothing to complain of", " error " not in event.said() and "Sanitizer" not in event.said(), event.said())


def number_in(text):
    return int("".join(c for c in text.rsplit(" ", 1 if text[-1] == "." else 2)[1] if c.isdigit()))


def check_operations(event, workers):
    log = event.host.show("log")
    check("the log numbers acts without a gap", [int(a["act"]) for a in log] == list(range(1, len(log) + 1)))
    for name, op in (("host", "compose"), ("scribe", "publish"), ("web", "say"), ("sms", "say")):
        worker = workers[name]
        acts = [a for a in log if a["op"] == op and a["name"] == name][1 if name == "host" else 0:]
        numbers = [number_in(a["words"]) for a in acts]
        check(f"{name}: each operation was done once, in order, none is missing", numbers == list(range(1, worker.begun + 1)), numbers)
        known = {a["act"]: a for a in acts}
        check(f"{name}: what was acknowledged is what the log has", len(worker.done) > KILLS and
              all(v["act"] in known and number_in(known[v["act"]]["words"]) == i for i, v in worker.done))
    wordings = [q["wording"] for q in event.host.show("rundown", "--state", "reserve")]
    check("the reserve holds each question once", wordings == [f"Question {i} ?" for i in range(1, workers["host"].begun + 1)], wordings)


def check_messages(event, workers):
    texts = collections.Counter(m["text"] for m in event.host.show("messages"))
    for name, text in (("post", "Message %d du web"), ("text", "message %d par sms")):
        worker = workers[name]
        check(f"{name}: each message that was acknowledged is kept once", len(worker.done) > KILLS and
              [texts[text % i] for i, _ in worker.done] == [1] * len(worker.done), texts)
    check("and there is no other", sum(texts.values()) == sum(len(workers[n].done) for n in ("post", "text")), texts)
    check("its receipt is known", {event.fate(m["receipt"]) for _, m in workers["post"].done[::5]} == {"waiting"})
    figures = event.host.status()
    check("the counts are those of the messages", figures["messages"] == sum(texts.values()) == figures["people"], figures)
    themes = event.host.show("themes", "--all")
    check("and of the themes", sum(t["messages"] for t in themes if t["state"] != "merged") == figures["messages"])


def check_viewers(event, viewers, segments):
    last = event.host.status()["broadcast"]
    check("every viewer received everything", all(v.wait_number(last) for v in viewers), [v.last for v in viewers])
    want = [f"Phrase {i}." for i in range(1, segments + 1)]
    for i, v in enumerate(viewers):
        check(f"viewer {i}: over kills of the backend no gap and no repeat", not v.trouble() and v.streams > (KILLS // 2), v.trouble())
        check(f"viewer {i}: what was written is published once, in order", [d["text"] for _, k, d in v.events if k == "segment"] == want)
    check("the transcript too", [s["text"] for s in event.transcript()["segments"]] == want)
    for v in viewers:
        v.leave()


# ---- regie do, killed ----------------------------------------------------------------------------------------------

def desk(seat, op):
    """Texts of the operations of that name that the desk holds, in order."""
    held = sqlite3.connect(f"{seat.folder}/desk.db", timeout=LIMIT)
    try:
        return [body.split('"text":"', 1)[1].split('"', 1)[0] for (body,) in
                held.execute("SELECT body FROM op WHERE name = ? ORDER BY n", (op,))]
    finally:
        held.close()


def killed_do(seat, *lines, after):
    """Begins regie do and kills it `after` seconds later, or once it has said its last verdict; what it had said."""
    p = subprocess.Popen([f"{BUILD}/regie", "do", *seat.options, *lines], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if not select.select([p.stdout], [], [], after)[0]:
        p.kill()
    p.kill()
    out = p.stdout.read().decode()
    p.stdout.close()
    p.wait()
    return out


def do_killed():
    event = Event("Des coups", seats=("host", "scribe"), gateways=()).serve()
    applied("it opens", event.host.do("open", "compose Texte 0"))
    told = []
    for i in range(1, DO_KILLS + 1):
        if '"verdict":"applied"' in killed_do(event.host, f"compose Texte {i}", after=dice.uniform(0, DO_LONGEST)):
            told.append(f"Texte {i}")
    event.kill()
    lonely = subprocess.Popen([f"{BUILD}/regie", "do", *event.host.options, "--timeout", "1", "compose Texte seul"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    check("without a backend it reaches the desk", until(lambda: "Texte seul" in desk(event.host, "compose")))
    lonely.kill()
    lonely.wait()
    event.serve()
    held = desk(event.host, "compose")[1:]
    check("what it told was in the desk", set(told) <= set(held), (told, held))
    applied("the next command sends what waited", event.host.do("compose Le dernier"))
    words = [a["words"] for a in event.host.show("log", "compose")]
    done = [w.split(" ", 1)[1] if w.startswith("id=") else w for w in words]
    check("each operation in the desk was done once, in order, and none that was not", done == ["Texte 0", *held, "Le dernier"], (done, held))
    check("nothing is left unsent", event.host.status()["unsent"] == 0)
    many = [f"publish Phrase {i}." for i in range(1, 9)]
    applied("one to write under", event.host.do("ask Alors ?"))
    for _ in range(4):
        killed_do(event.scribe, *many, after=dice.uniform(0.05, DO_LONGEST))
    event.scribe.do("say host Fini.")
    texts = [s["text"] for s in event.transcript()["segments"]]
    check("killed in the midst of several: those in the desk, in order, once", texts == desk(event.scribe, "publish"), (texts, desk(event.scribe, "publish")))
    check("it stops well", event.stop() == 0)


def one_desk():
    """Several regie do of one seat at once: one sends for all."""
    event = Event("Ensemble", seats=("host",), gateways=()).serve()
    event.host.do("open")
    runs = []
    crowd = [threading.Thread(target=lambda i=i: runs.append(event.host.do(f"compose Ensemble {i}", timeout=20))) for i in range(6)]
    for t in crowd:
        t.start()
    event.kill()
    event.serve()
    for t in crowd:
        t.join()
    check("six commands of one seat at once, over a kill: all applied", [r.code for r in runs] == [0] * 6, "\n".join(map(str, runs)))
    check("each once", sorted(q["wording"] for q in event.host.show("rundown")) == [f"Ensemble {i}" for i in range(6)])
    check("it stops well", event.stop() == 0)


for part in (regied_killed, do_killed, one_desk):
    part()
sys.exit(end())
