#!/usr/bin/env python3
"""regie demo plays the whole evening, says what it was, and leaves nothing behind, however it ends."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

BUILD = os.environ.get("REGIE_BUILD", "build")
PATIENCE = float(os.environ.get("REGIE_PATIENCE", "1"))
LIMIT = 90 * PATIENCE
done = 0
failed = 0


def check(name, good, why=""):
    global done, failed
    done += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {done} {name}")
    if not good and why:
        print("\n".join("# " + line for line in str(why).splitlines()))
    sys.stdout.flush()


def wait_until(condition):
    end = time.monotonic() + LIMIT
    while not condition() and time.monotonic() < end:
        threading.Event().wait(0.02)
    return condition()


class Demo:
    """A demo with a temporary folder of its own, so that what it leaves can be told from what others do."""

    def __init__(self, *words):
        self.tmp = tempfile.mkdtemp(prefix="demo-")
        self.lines = []
        self.child = subprocess.Popen([f"{BUILD}/regie", "demo", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, env=dict(os.environ, TMPDIR=self.tmp))
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.child.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait_line(self, word):
        return wait_until(lambda: any(word in line for line in list(self.lines)) or self.child.poll() is not None)

    def end(self):
        """Exit status and what it said on standard error."""
        try:
            self.child.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.child.send_signal(signal.SIGINT)
            self.child.wait(LIMIT)
        self.reader.join(LIMIT)
        return self.child.returncode, self.child.stderr.read()

    def processes(self):
        """Ids of living processes that were started for this demo: each has its folder on the command line."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    words = f.read().decode("utf8", "replace").split("\0")
            except OSError:
                continue
            if any(self.tmp in word for word in words):
                found[int(pid)] = words
        return found

    def clean(self):
        """What it left behind, which is then gone."""
        left = os.listdir(self.tmp)
        shutil.rmtree(self.tmp)
        return left


def text(demo):
    return "\n".join(demo.lines)


def evening():
    d = Demo("--speed", "20")
    d.wait_line("à l'antenne")
    url = re.search(r"http://\S+/r/\S+", text(d))
    with urllib.request.urlopen(url[0] if url else "http://127.0.0.1:1/", timeout=LIMIT) as page:
        html = page.read().decode("utf8")
    check("the public's page is served while it plays", "Le chat du Premier ministre" in html, html[:300])
    code, err = d.end()
    said = text(d)
    clock = [line[:8] for line in d.lines if re.match(r"\d\d:\d\d:\d\d  ", line)]
    check("the whole evening plays: exit 0, nothing on standard error", code == 0 and not err, f"{code}\n{said[-1500:]}\n{err}")
    check("its clock goes from 19:00 to 20:00 and never back", clock == sorted(clock) and clock[0] < "19:05" and "19:58" < clock[-1],
          clock[:3] + clock[-3:])
    check("twenty questions are put on the air, and one is improvised", said.count("  à l'antenne  ") == 20
          and len(re.findall(r"animateur +improvise +q\d+", said)) == 1, said)
    for what, line in (("a dismissal", "écarte"), ("its undoing", "annule"), ("a merge", "réunit"), ("a hold", "met en attente"),
                       ("an answer to two questions", "rattache"), ("a correction", "corrige"), ("a retraction", "retire"),
                       ("an interruption", "interrompt"), ("its end", "reprend"), ("a notice", "annonce"), ("a word", "dit à"),
                       ("its acknowledgement", "a lu"), ("a plan", "prévoit"), ("the end", "termine"), ("the seal", "scelle")):
        check(f"there is {what}", re.search(rf"^\d\d:\d\d:\d\d  (modération|animateur|scripte).* {line}( |$)", said, re.M), said)
    check("figures are told on the way", len(re.findall(r"—  +\d+ messages, \d+ personnes, \d+ thèmes, \d+ spectateurs", said)) >= 6, said)
    for figure in (r"Messages +1348 \(web 667, SMS 681\)", r"Personnes +13\d\d", r"Thèmes +\d+", r"Questions à l'antenne +21,",
                   r"Segments +\d+, dont 1 corrigé et 1 retiré", r"Actes de l'équipe +\d+", r"Spectateurs +3,",
                   r"De la scripte au public +médiane \d+ ms, au plus \d+ ms"):
        check(f"it closes with: {figure.split(' ')[0]}", re.search("^" + figure, said, re.M), said[-1200:])
    check("every viewer received everything", re.match(r"Chacun des 3 spectateurs a reçu les \d+ envois une fois", d.lines[-1]),
          d.lines[-1])
    check("no process is left", not d.processes(), d.processes())
    check("no directory is left", not d.clean())


def in_english():
    d = Demo("--speed", "40", "--lang", "en", "--headless")
    code, err = d.end()
    check("--lang en says it in English", code == 0 and "on the air" in text(d) and d.lines[-1].startswith("Each of the 3 viewers"),
          f"{code}\n{text(d)[-1500:]}\n{err}")
    d.clean()


def stopped():
    for name, number in (("Ctrl-C", signal.SIGINT), ("SIGTERM", signal.SIGTERM)):
        d = Demo("--speed", "8")
        d.wait_line("à l'antenne")
        playing = d.processes()
        d.child.send_signal(number)
        code, err = d.end()
        check(f"{name} stops it: exit 1, in a word", code == 1 and d.lines[-1] == "La démonstration est arrêtée." and not err,
              f"{code}\n{text(d)[-500:]}\n{err}")
        check(f"{name} leaves no process and no directory", len(playing) > 0 and not d.processes() and not d.clean(), d.processes())


def killed():
    d = Demo("--speed", "8")
    d.wait_line("à l'antenne")
    d.child.kill()
    d.end()
    check("killed itself, it leaves no process", wait_until(lambda: not d.processes()), d.processes())
    d.clean()


def broken():
    d = Demo("--speed", "8")
    d.wait_line("à l'antenne")
    for pid, words in d.processes().items():
        if "serve" in words:
            os.kill(pid, signal.SIGKILL)
    code, err = d.end()
    kept = re.search(r"(/\S+/regie-demo-\w+)$", err, re.M)
    check("when its backend dies it says so and keeps the directory", code == 1 and err.startswith("regie demo: ") and kept
          and os.path.isdir(kept[1]), f"{code}\n{text(d)[-500:]}\n{err}")
    check("and leaves no process", wait_until(lambda: not d.processes()), d.processes())
    d.clean()


def mistakes():
    for words, sentence in ((("--speed", "quick"), "--speed is a number"), (("--lang", "de"), "--lang is fr or en"),
                            (("now",), "needs no words"), (("--slow",), "unknown option")):
        d = Demo(*words)
        code, err = d.end()
        check(f"{' '.join(words)}: a sentence and exit 2", code == 2 and sentence in err and err.count("\n") == 1 and not d.lines, err)
        d.clean()
    d = Demo("--help")
    check("--help", d.end() == (0, "") and "usage: regie demo" in text(d))
    d.clean()


for test in (evening, in_english, stopped, killed, broken, mistakes):
    test()
print(f"1..{done}")
sys.exit(1 if failed else 0)
