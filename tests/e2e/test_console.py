#!/usr/bin/env python3
"""An evening worked by keys alone: four consoles in real terminals on one backend, which is killed and comes back in the
middle. Accepted, merged, edited, ordered, aired, transcribed, corrected; at the end every viewer and every seat has the
same."""
import sys

import evening
from evening import Event, Viewer, check, end, until
from terminal import Terminals

SIZES = {"web": (36, 120), "sms": (24, 80), "host": (30, 120), "scribe": (30, 100)}
WEB = ["De combien augmentez-vous le Smic au 1er juillet ?", "Les trains de nuit vers les Alpes vont-ils revenir ?",
       "Pourquoi interdire la chasse en février ?"]
SMS = ["kan es ke la violence dan lé kolège va sareter", "pourkoi 1 texto coute 15 centimes",
       "lé forfé de portable son tro cher"]

event = Event(seats=tuple(SIZES) + ("producer",)).serve()
viewers = [Viewer(event), Viewer(event, by="query")]
terminals = Terminals()
consoles = {name: terminals.start(f"{evening.BUILD}/regie", *event.seats[name].options, rows=rows, cols=cols)
            for name, (rows, cols) in SIZES.items()}
web, sms, host, scribe = consoles.values()
struck = {}  # what was typed, for the counts of keys


def keys(t, *names):
    struck.setdefault(t, []).extend(names)
    t.key(*names)
    t.quiet(30)


def line(t, text):
    """On the `:` line."""
    keys(t, ":")
    t.type(text)
    keys(t, "Enter")


def public(t, text):
    line(t, text)
    keys(t, "!")


def row_at_cursor(t):
    return t.dump()[t.state()["cursor"][0]]


def select(t, word):
    """Moves to the row that has the word, as a person does: by looking at the screen."""
    def there(screen):
        return any(word in row for row in screen)
    if not t.until(there, 2):
        keys(t, "r")  # it may be among the new ones, which are announced and come when asked for
        if not t.until(there, 5):
            return False
    keys(t, "Home")
    for _ in range(12):
        if word in row_at_cursor(t):
            return True
        keys(t, "j")
    return False


def everywhere(word, seats=None):
    """Whether the word comes to the screen of all four."""
    return all(consoles[s].wait(word) is not None for s in seats or consoles)


def screens():
    return "\n".join(f"-- {name}\n{t.text()}" for name, t in consoles.items())


def rundown(seat="producer"):
    return event.seats[seat].show("rundown")


def question(word):
    return next((q for q in rundown() if word in q["wording"]), None)


def seen(kind, word):
    return all(v.wait(lambda k, d: k == kind and word in (d.get("text") or d.get("wording") or "")) for v in viewers)


# ---- the evening ---------------------------------------------------------------------------------------------------

def opening():
    check("four consoles come up", all(t.wait("Le chat") is not None for t in consoles.values()), screens())
    public(host, "collect")
    check("the host begins to collect, armed and done", until(lambda: event.host.status()["state"] == "collecting"), host.text())
    for i, text in enumerate(WEB):
        event.post(text, f"Bob{i}", f"someone-{i:08}")
    for i, text in enumerate(SMS):
        event.text(text, f"061234567{i}", f"s{i}")
    check("what the public sends is on the screens", web.wait("Smic") and sms.wait("violence"), screens())


def sorting():
    check("a theme is selected", select(web, "Smic"), web.text())
    struck[web] = []
    keys(web, "a")
    check("accepted with at most three keys", until(lambda: question("Smic")) and len(struck[web]) <= 3, web.text())
    check("the host sees it", host.wait("Smic"), host.text())
    select(sms, "texto")
    keys(sms, "Space")
    select(sms, "portable")
    keys(sms, "Space", "m")
    merged = until(lambda: [t for t in event.sms.show("themes") if t["messages"] == 2])
    check("two themes are one", merged, sms.text())
    select(sms, "texto" if merged and "texto" in merged[0]["title"] else "portable")
    keys(sms, "a")
    check("and in the rundown", until(lambda: len(rundown()) == 2), sms.text())
    select(sms, "violence")
    keys(sms, "a")
    check("a third one", until(lambda: len(rundown()) == 3), sms.text())


def finely():
    """A merged theme is read by its clusters; one is split off, and the theme has one message less."""
    select(sms, "texto" if any("texto" in row for row in sms.dump()) else "portable")
    keys(sms, "Enter")
    check("a theme is open", sms.wait("drawn by lot"), sms.text())
    keys(sms, "c")
    check("its clusters are read", sms.wait("clusters"), sms.text())
    sms.until(lambda screen: any("portable" in row for row in screen) and any("texto" in row for row in screen), 5)
    select(sms, "portable")
    keys(sms, "s")
    keys(sms, "Enter")
    check("one is split off", until(lambda: len([t for t in event.sms.show("themes") if t["messages"] == 1 and "portable" in t["title"]]) == 1),
          (sms.text(), event.sms.show("themes")))
    keys(sms, "u")
    check("and comes back by undo", until(lambda: [t for t in event.sms.show("themes") if t["messages"] == 2]), sms.text())
    keys(sms, "q")
    keys(sms, "Esc")
    check("themes are read again", sms.until(lambda screen: any("violence" in row for row in screen)), sms.text())


def ordering():
    public(host, "open")
    check("it opens", until(lambda: event.host.status()["state"] == "open"), host.text())
    check("the host finds the SMS", select(host, "violence"), host.text())
    keys(host, "e")
    keys(host, "^A", "^K")
    host.type("Quand cessera la violence au collège ?")
    keys(host, "Enter")
    check("edited", until(lambda: question("Quand cessera")), host.text())
    check("and seen by the moderators", web.wait("Quand cessera"), web.text())
    select(host, "Quand cessera")
    keys(host, "Less")
    check("ordered: a place up", until(lambda: [q for q in rundown() if q["state"] == "reserve"][1]["wording"].startswith("Quand")), host.text())


def airing():
    select(host, "Smic")
    struck[host] = []
    keys(host, "o")
    armed = host.text()
    keys(host, "O")
    check("on the air by two different keys", seen("question", "Smic") and struck[host] == ["o", "O"], armed + "\n" + host.text())
    check("every seat sees what is on the air", everywhere("Smic"), screens())
    scribe.type("Le Smic augmentera de 5,8 % au premier juilet.")
    keys(scribe, "Enter")
    check("what was said is with the viewers", seen("segment", "premier juilet"), scribe.text())


def backend_dies():
    event.kill()
    check("the scribe is told that the link is down", scribe.until(lambda s: any("down" in row or "link" in row.lower() for row in s)), scribe.text())
    scribe.type("Et nous en reparlerons.")
    keys(scribe, "Enter")
    select(web, "trains")
    keys(web, "a")
    select(host, "Quand cessera")
    keys(host, "Less")
    check("meanwhile each sees what he did", web.wait("trains") and host.wait("Quand cessera"), screens())
    event.serve()
    check("it comes back: the segment arrives", seen("segment", "reparlerons"), scribe.text())
    check("and the acceptance, and the order", until(lambda: question("trains") and [q for q in rundown() if q["state"] == "reserve"][0]
                                                     ["wording"].startswith("Quand")), (rundown(), web.text(), host.text()))


def correcting():
    struck[scribe] = []
    keys(scribe, "F4", "F4", "End")
    keys(scribe, "Backspace*7")
    scribe.type("juillet.")
    keys(scribe, "Enter")
    check("a correction of the segment before the last comes to the viewers, by three keys and the typing",
          seen("correction", "premier juillet."), scribe.text())


def closing():
    select(host, "Quand cessera")
    keys(host, "o")
    keys(host, "O")
    check("the next question is on the air", seen("question", "Quand cessera"), host.text())
    scribe.type("Dès la rentrée.")
    keys(scribe, "Enter")
    check("and answered", seen("segment", "rentrée"), scribe.text())


def the_same():
    for v in viewers:
        v.wait_number(event.host.status()["broadcast"])
    check("viewers have the same, without a gap", viewers[0].events == viewers[1].events and not any(v.trouble() for v in viewers),
          [v.trouble() for v in viewers])
    for view in ("rundown", "transcript", "themes"):
        shown = [event.seats[name].show(view) for name in SIZES]
        check(f"every seat has the same {view}", until(lambda: len({str(event.seats[n].show(view)) for n in SIZES}) == 1), shown)
    check("every screen shows it", everywhere("Quand cessera la violence") and everywhere("rentrée", ("host", "scribe")), screens())
    for name, t in consoles.items():
        t.quiet(40)
        check(f"{name}: nothing waits, nothing crashed", t.ended(0) is None and event.seats[name].status().get("unsent", 0) == 0, t.text())


def leaving():
    for name, t in consoles.items():
        if name == "scribe":
            t.key("F10")
        t.key("Q")
        t.quiet(40)
        t.key("y")
        check(f"{name} is left with the terminal as it was", t.ended() == ("exit", 0) and not t.state()["alternate"] and t.state()["modes"] == [7, 25],
              (t.text(), t.state()))


for part in (opening, sorting, finely, ordering, airing, backend_dies, correcting, closing, the_same, leaving):
    part()
for v in viewers:
    v.leave()
check("the backend has nothing to complain of", "error" not in event.said(), event.said())
sys.exit(end())
