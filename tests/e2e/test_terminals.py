#!/usr/bin/env python3
"""The console in real terminals: sizes and resizing, names and character sets of terminals, every way out, and texts of
the public that would like to be more than text. REGIE_RESIZES: how often a window changes its size (30)."""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import unicodedata

import evening
from evening import Event, check, end, skip, until
from terminal import Terminals

RESIZES = int(os.environ.get("REGIE_RESIZES", "30"))
SIZES = [(24, 80), (30, 100), (36, 120), (60, 200)]
ASKED = ["Le Smic : de combien au 1er juillet ?", "Que faire contre la violence au collège ?", "Et l'Europe, après l'élargissement ?",
         "Pourquoi un SMS coûte-t-il 15 centimes ?", "La chasse aux oiseaux migrateurs", "Des trains de nuit pour les Alpes ?"]
FOUND = [7, 25]  # the modes of a terminal that nothing was done to: it wraps, and shows its cursor
terminals = Terminals()


def sanitizers(*options):
    """Options for those that a build may have, over the usual ones."""
    return {"ASAN_OPTIONS": ":".join((os.environ.get("ASAN_OPTIONS", ""), *options))}


def console(seat, rows=24, cols=80, **how):
    t = terminals.start(f"{evening.BUILD}/regie", *seat.options, rows=rows, cols=cols, **how)
    t.wait(seat.event.title)
    return t


def leave(t):
    t.key("Q")
    t.quiet()
    t.key("y")
    return t.ended()


def repainted(t, may=lambda a, b: False):
    """What differs between the screen as it grew and as ^L paints it anew: None, or a few of the cells."""
    t.quiet()
    grown = t.cells()
    t.key("^L")
    t.quiet()
    anew = t.cells()
    return differences(grown, anew, may)


def differences(one, other, may=lambda a, b: False):
    if any(SMS_LENGTH.search("".join(c[4] for c in row)) for row in one):  # how long a wording is in SMS is its own
        one, other = ([row for row in cells if not SMS_LENGTH.search("".join(c[4] for c in row))] for cells in (one, other))
    wrong = [f"row {r} column {c}: {a} / {b}" for r, (x, y) in enumerate(zip(one, other)) for c, (a, b) in enumerate(zip(x, y))
             if a != b and (a[4] or b[4]) and not may(a, b)]  # the second half of a wide character has no looks
    return wrong[:6] or None


def an_event(texts, title, names=None):
    event = Event(title=title, seats=("web", "sms", "host", "scribe", "producer")).serve()
    event.title = title
    event.producer.do("collect")
    for i, text in enumerate(texts):
        answer = event.post(text, names[i] if names else None, f"someone-{i:08}")
        if answer["status"] != 202:
            raise RuntimeError(f"{text!r}: {answer}")
    return event


# ---- sizes ---------------------------------------------------------------------------------------------------------

def panes_reached(t):
    """How many screens Tab leads through before the first comes again."""
    seen = []
    for _ in range(6):
        screen = t.cells()
        if any(differences(screen, s) is None for s in seen):
            break
        seen.append(screen)
        t.key("Tab")
        t.quiet()
    return len(seen)


def sizes(event):
    for rows, cols in SIZES:
        size = f"{cols}x{rows}"
        t = console(event.web, rows, cols)
        check(f"{size}: what came is there", t.until(lambda s: any("Smic" in row for row in s)), t.text())
        t.key("g", "w")
        t.quiet(200)
        check(f"{size}: it is as painted anew", not (wrong := repainted(t)), wrong)
        at = t.state()
        check(f"{size}: the cursor is on the selection", at["shown"] and "Smic" in t.dump()[at["cursor"][0]] or
              any(word in t.dump()[at["cursor"][0]] for text in ASKED for word in text.split()[:2]), (at, t.text()))
        before = t.cells()
        t.key("?")
        t.quiet()
        check(f"{size}: help covers and uncovers", differences(before, t.cells()) and
              (t.key("Esc"), t.quiet()) and not (wrong := differences(before, t.cells())), wrong if "wrong" in dir() else "")
        check(f"{size}: Tab leads to all four panes", panes_reached(t) == 4, t.text())
        check(f"{size}: it is left", leave(t) == ("exit", 0), t.text())
        t.close()
    t = terminals.start(f"{evening.BUILD}/regie", *event.web.options, rows=12, cols=50)
    t.quiet(300)
    check("too small, it says one sentence", 0 < sum(bool(row.strip()) for row in t.dump()) <= 3, t.text())
    t.resize(24, 80)
    check("and works again when it is large enough", t.wait("Smic") is not None, t.text())
    leave(t)
    t.close()


def resizing(event):
    dice = random.Random(2004)
    t = console(event.producer, 36, 120)
    t.wait("Smic")
    wrong = None
    for i in range(RESIZES):
        rows, cols = dice.choice(SIZES) if i % 5 == 0 else (dice.randint(3, 70), dice.randint(5, 220))
        t.resize(rows, cols)
        t.key(*dice.choices(["j", "k", "Tab", "BackTab", "+", "PageDown", "Home", "End", "Esc", "?", "Down", "Up"], k=dice.randint(0, 4)))
        if i % 3 == 0:
            wrong = repainted(t)
            if wrong:
                wrong = (i, rows, cols, wrong, t.text())
                break
    check(f"{RESIZES} sizes at random leave no stray cell", not wrong, wrong)
    t.key("Esc")
    t.resize(30, 100)
    t.quiet(200)
    check("and it still works", leave(t) == ("exit", 0), t.text())
    t.close()


# ---- terminals -----------------------------------------------------------------------------------------------------

def work(t):
    """Until all that comes from elsewhere is there."""
    t.wait("Smic")
    t.key("Home", "j", "Down", "Up")
    t.until(lambda s: "viewers" in s[0] and any("« La chasse" in row for row in s) and any("one of 1" in row for row in s) and "a accept" in s[-1])
    t.quiet(100)


def kinds(event):
    plain = None
    for name in ("xterm-256color", "screen", "tmux", "linux", "vt100"):
        t = console(event.web, 30, 100, term=name)
        work(t)
        text = t.text()
        plain = plain or text
        check(f"TERM={name}: the same words in the same places", text == plain, f"{text}\n-- and not --\n{plain}")
        check(f"TERM={name}: as painted anew", not (wrong := repainted(t)), wrong)
        check(f"TERM={name}: left as found", leave(t) == ("exit", 0) and t.state()["modes"] == FOUND, (t.state(), t.text()))
        t.close()
    return plain


def latin1(event, utf8_text):
    folder = event.folder + "/locales"
    os.mkdir(folder)
    made = subprocess.run(["localedef", "-i", "fr_FR", "-f", "ISO-8859-1", folder + "/fr_FR.ISO-8859-1"], capture_output=True, text=True)
    if not os.path.exists(folder + "/fr_FR.ISO-8859-1"):
        return skip("ISO-8859-1", f"localedef made no locale: {made.stderr.strip()}")
    for name in ("xterm-256color", "linux", "vt100"):
        # with LOCPATH set each newlocale of glibc, such as json-c's, leaks some bytes
        t = console(event.web, 30, 100, term=name, charset="latin1",
                    env={"LC_ALL": "fr_FR.ISO-8859-1", "LANG": "fr_FR.ISO-8859-1", "LOCPATH": folder, **sanitizers("detect_leaks=0")})
        work(t)
        screen = t.dump()
        check(f"ISO-8859-1, TERM={name}: accents are letters", any("coûte-t-il" in row and "violence" not in row for row in screen), "\n".join(screen))
        where = lambda s: [(i, row.find("Smic")) for i, row in enumerate(s) if "Smic" in row]
        check(f"ISO-8859-1, TERM={name}: every word in its place", where(screen) == where(utf8_text.split("\n")), "\n".join(screen))
        check(f"ISO-8859-1, TERM={name}: as painted anew", not (wrong := repainted(t)), wrong)
        check(f"ISO-8859-1, TERM={name}: left", (ended := leave(t)) == ("exit", 0), (ended, t.text()))
        t.close()


# ---- every way out -------------------------------------------------------------------------------------------------

def ways_out(event):
    for name, go, how in (("Q", leave, ("exit", 0)),
                          ("SIGTERM", lambda t: (t.signal(signal.SIGTERM), t.ended())[1], None),
                          ("SIGHUP", lambda t: (t.signal(signal.SIGHUP), t.ended())[1], None),
                          ("SIGSEGV", lambda t: (t.signal(signal.SIGSEGV), t.ended())[1], ("signal", signal.SIGSEGV)),
                          ("SIGABRT", lambda t: (t.signal(signal.SIGABRT), t.ended())[1], ("signal", signal.SIGABRT))):
        # what a shell leaves: the line settings of a fresh pty, taken before the console has touched them
        t = terminals.start("sh", "-c", 'read go; exec "$@"', "sh", f"{evening.BUILD}/regie", *event.web.options,
                            env=sanitizers("handle_segv=0"))  # else they take it before the console
        found = t.stty()
        t.key("Enter")
        t.wait("Smic")
        t.quiet()
        taken = t.stty() != found and t.state()["alternate"]
        ended = go(t)
        state = t.state()
        check(f"{name}: it ends", ended == how if how else ended is not None, ended)
        check(f"{name}: the terminal is as it was found", taken and t.stty() == found and not state["alternate"] and state["modes"] == FOUND and
              state["shown"], (taken, found, t.stty(), state))
        t.close()


def suspended(event):
    t = terminals.start("bash", "--norc", "--noprofile", "-i", env={"PS1": "here$ "})
    t.wait("here$")
    t.type(" ".join(f"'{w}'" for w in [f"{evening.BUILD}/regie", *event.web.options]) + "\n")
    t.wait("Smic")
    t.quiet()
    before = t.cells()
    t.key("^Z")
    check("^Z goes to the shell", t.until(lambda s: any("Stopped" in row for row in s)) and not t.state()["alternate"], t.text())
    t.resize(24, 80)
    t.type("fg\n")
    check("and back to the same screen", t.wait("Smic") is not None and t.quiet(200) and not (wrong := differences(before, t.cells())), t.text())
    t.key("Q")
    t.quiet()
    t.key("y")
    check("and out of it", t.wait("here$") is not None and not t.state()["alternate"])
    t.close()


# ---- hostile texts -------------------------------------------------------------------------------------------------

HOSTILE = [
    "\x1b[2J\x1b[31;7mrouge\x1b]0;titre\x07",
    "\x9b31mc1\x9b2J",
    "\u202edrauger\u202c\u2066isole\u2069",
    "zero\u200bwidth\u200c\u200djoint\ufeff",
    "日本語のとても長い質問はここに",
    "e\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308 zalgo\u0321\u0322\u0327\u0328\u0345",
    "👨\u200d👩\u200d👧\u200d👦 famille 🇫🇷 drapeau ☎\ufe0f",
    "שלום עולם مرحبا بالعالم",
    "tab\tici\r\nligne\nneuve\x08\x7f",
    "ｆｕｌｌｗｉｄｔｈ\u3000ﾊﾝｶｸ \u00ad\u2060\u180e",
    "क्षत्रिय नमस्ते ក្រុងភ្នំពេញ",
    "\U000e0041\U000e0042 etiquettes \u0378 \ue000 \U0010fffd",
    "a" + "\u0300" * 200 + "b",
    "ﷺ et 𒐫 et ꧅",
    "%s%n%x \\e[5m $(reboot) `id` <script>",
]
LETTERS = "xqzjkw"
SMS_LENGTH = re.compile(r"\d+/\d+, \d SMS")
# One before each, so that both events have the same themes.
TOPICS = ["Le salaire minimum ?", "Trains de nuit alpins ?", "Chasse en hiver ?", "Prix des timbres ?", "Écoles rurales ?", "Retraite anticipée ?",
          "Permis à points ?", "Langues régionales ?", "Énergie nucléaire ?", "Logement étudiant ?", "Pêche au thon ?", "Impôt sur la fortune ?",
          "Vaccins obligatoires ?", "Vote des étrangers ?", "Autoroutes payantes ?"]


def width(text):
    n, i = 0, 0
    for c in text:
        if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Cf"):
            continue
        n += 2 if unicodedata.category(c) != "Cn" and unicodedata.east_asian_width(c) in "WF" else 1
    return n


def harmless(text, dice):
    return "".join(c if c in " \n" else "".join(dice.choice(LETTERS) for _ in range(width(c))) for c in text)


def hostile():
    dice = random.Random(4)
    bad = an_event([f"{topic} {text}" for topic, text in zip(TOPICS, HOSTILE)], "Le chat", names=[h[:20] for h in HOSTILE])
    kept = {int(m["id"]): m for m in bad.producer.show("messages")}
    order = [kept[i] for i in sorted(kept)]
    good = an_event([topic + harmless(m["text"].removeprefix(topic), dice) for topic, m in zip(TOPICS, order)], "Le chat", names=[harmless(m["name"], dice) or "x" for m in order])
    for event in (bad, good):
        event.host.do("open", "accept m1", "accept m5", "accept m6", "accept m7", "accept m8", "accept m10", "air q2", "next q3")
        event.scribe.do("publish q2 " + (HOSTILE[6] if event is bad else harmless(HOSTILE[6], dice)))

    def clock(a, b):
        return a[:3] == b[:3] and all("0" <= c[4] <= "9" for c in (a, b))

    def may(a, b):
        same = a[:3] == b[:3] or not a[4]
        text = b[4] and all(c in LETTERS or c == "…" for c in b[4]) or not b[4]
        return clock(a, b) or same and text

    for seat, size in (("web", (36, 120)), ("web", (24, 80)), ("host", (36, 120)), ("producer", (60, 200)), ("scribe", (30, 100))):
        for event in (bad, good):  # neither has a place of before
            shutil.rmtree(event.seats[seat].folder, ignore_errors=True)
        pair = [console(event.seats[seat], *size) for event in (bad, good)]
        for t in pair:  # what is selected is the same once all is there
            t.wait(f"{len(HOSTILE)} messages")
        wrong = None
        for keys in ([], ["j"], ["j*4"], ["Enter"], ["Esc"], ["Tab"], ["j"]):
            for t in pair:
                if keys:
                    t.key(*keys)
                t.quiet(60)
            # what rests is looked at a moment later: previews come to both, not at once
            if not until(lambda: not differences(*(t.cells() for t in pair), may)):
                wrong = differences(*(t.cells() for t in pair), may)
                break
        check(f"{seat} at {size[1]}x{size[0]}: hostile texts change no other cell", not wrong,
              f"after {keys}\n" + "\n".join(wrong or []) + f"\n{pair[0].text()}\n{pair[1].text()}")
        check(f"{seat}: nor the terminal's modes", all(t.state()["modes"] == pair[1].state()["modes"] for t in pair) and pair[0].state()["bells"] == 0,
              [t.state() for t in pair])
        check(f"{seat}: as painted anew", not (wrong := [w for t in pair for w in repainted(t, clock) or []]), wrong)
        for t in pair:
            t.close()
    for event in (bad, good):
        event.stop()


event = an_event(ASKED, "Le chat")
PARTS = {"sizes": lambda: sizes(event), "resizing": lambda: resizing(event), "kinds": lambda: latin1(event, kinds(event)),
         "ways_out": lambda: ways_out(event), "suspended": lambda: suspended(event), "hostile": hostile}
for part in sys.argv[1:] or PARTS:
    PARTS[part]()
sys.exit(end())
