#!/usr/bin/env python3
"""What seats are told of each other and of the link: two consoles at one question and at one theme, an air that cannot be
sent in time, addresses, a disk that fills, the interruption card; in real terminals, at three sizes."""
import signal
import sys

import evening
from evening import Event, Way, check, end, until
from terminal import Terminals

terminals = Terminals()
SIZES = ((24, 80), (40, 120), (60, 200))


def console(seat, rows=24, cols=80, options=None):
    t = terminals.start(f"{evening.BUILD}/regie", *(options or seat.options), rows=rows, cols=cols)
    t.wait("Le chat")
    t.quiet(60)
    return t


def keys(t, *names):
    for name in names:
        t.key(name)
        t.quiet(120 if name == "Esc" else 30)  # Esc is one only when nothing follows it


def sees(t, *words, seconds=None):
    """Whether all of the words come to be on the screen, whatever line breaks there are."""
    return t.until(lambda screen: all(w in " ".join(" ".join(screen).split()) for w in words), seconds) is not None


def leave(*consoles):
    for t in consoles:
        t.signal(signal.SIGTERM)
        t.ended()
        t.close()


def wordings(event):
    return [q["wording"] for q in event.producer.show("rundown")]


def a_question(event):
    if not wordings(event):
        event.host.do("compose Une question ?")


# ---- two at one question -------------------------------------------------------------------------------------------

def both_edit(host, producer, theirs, mine):
    """The producer writes, the host is quicker."""
    keys(producer, "g", "q", "Home", "e", "^A", "^K")
    producer.type(mine)
    keys(host, "Home", "e", "^A", "^K")
    told = sees(producer, "host is editing it too") and sees(host, "producer is editing it too")
    host.type(theirs)
    keys(host, "Enter")
    return told


def editing(event):
    event.host.do("compose Le Smic ?")
    for rows, cols in SIZES:
        at = f"{cols}x{rows}"
        host, producer = console(event.host, rows, cols), console(event.producer, rows, cols)
        told = both_edit(host, producer, "Le Smic en juillet ?", "Le Smic en juin ?")
        check(f"{at}: each is told that the other edits it too", told, producer.text() + host.text())
        check(f"{at}: the second sees who changed it and when, both texts, and the ways out",
              sees(producer, "host changed it at", "Le Smic en juillet ?", "Le Smic en juin ?", "F2 keep yours", "F3 take theirs", "F4 mix both"),
              producer.text())
        keys(producer, "Enter")
        check(f"{at}: Enter overwrites nothing", sees(producer, "first choose") and wordings(event) == ["Le Smic en juillet ?"], producer.text())
        keys(producer, "F4")
        check(f"{at}: mixed, both are in the line, and theirs beside it", sees(producer, "both are in the line", "Le Smic en juillet ?", "Le Smic en juin ?", "host's"), producer.text())
        keys(producer, "^_", "F2", "^A", "^K")
        producer.type("Le Smic cet été ?")
        keys(producer, "Enter")
        check(f"{at}: what was made of them is kept", until(lambda: wordings(event) == ["Le Smic cet été ?"]), wordings(event))
        both_edit(host, producer, "Le Smic en mai ?", "Le Smic en mars ?")
        sees(producer, "host changed it at")
        keys(producer, "F2")
        check(f"{at}: one key keeps yours", until(lambda: wordings(event) == ["Le Smic en mars ?"]), producer.text())
        both_edit(host, producer, "Le Smic en mai ?", "Le Smic en août ?")
        sees(producer, "host changed it at")
        keys(producer, "F3", "Enter")
        check(f"{at}: one key takes theirs", producer.gone("F8 forgets") and wordings(event) == ["Le Smic en mai ?"], producer.text())
        leave(host, producer)


def editing_apart(event):
    """Neither hears of the other before the link is back."""
    a_question(event)
    host, producer = console(event.host), console(event.producer)
    keys(producer, "g", "q", "Home")
    event.process.send_signal(signal.SIGSTOP)
    keys(host, "Home", "e", "^A", "^K")
    host.type("Le Smic, ici ?")
    keys(host, "Enter")
    host.quiet(100)
    keys(producer, "e", "^A", "^K")
    producer.type("Le Smic, là ?")
    keys(producer, "Enter")
    event.process.send_signal(signal.SIGCONT)
    both = (host, producer)
    check("apart: the second to arrive is told that the words were not taken",
          until(lambda: any("were not taken" in " ".join(t.dump()) for t in both)), host.text() + producer.text())
    second = next((t for t in both if "were not taken" in " ".join(t.dump())), host)
    keys(second, "e")
    check("and finds both texts", sees(second, "Le Smic, ici ?", "Le Smic, là ?", "F2 keeps yours"), second.text())
    keys(second, "F3", "Esc")
    leave(*both)


def drafts(event):
    a_question(event)
    producer = console(event.producer)
    keys(producer, "g", "q", "Home", "e")
    producer.type(" Et après ?")
    keys(producer, "Esc", "o")
    check("airing says that a draft is not in it", sees(producer, "ARMED", "WITHOUT your draft"), producer.text())
    keys(producer, "Esc", "e", "F8", "Esc", "o")
    check("and says nothing when there is none", sees(producer, "ARMED") and "WITHOUT" not in producer.text(), producer.text())
    producer.until(lambda s: not any("ARMED" in row for row in s), 12)
    check("an arm that lapsed is told where it was armed", sees(producer, "disarmed: the second key did not come in time"), producer.text())
    keys(producer, "O")
    check("and its second key does nothing", sees(producer, "disarmed:") and event.producer.status()["air"] == "", producer.text())
    leave(producer)


# ---- two at one theme, and the link --------------------------------------------------------------------------------

def one_theme(event):
    event.post("Les trains de nuit ?", "Bob", "someone-0")
    web, producer = console(event.web), console(event.producer)
    sees(web, "trains")
    keys(web, "Home", "Enter")
    keys(producer, "g", "w", "Home")
    check("the claim shows before", sees(producer, "web is on it"), producer.text())
    keys(web, "Esc")
    event.process.send_signal(signal.SIGSTOP)
    keys(web, "a")
    web.quiet(100)
    check("what was sent and not answered is counted", sees(web, "sending 1"), web.text())
    keys(producer, "a")
    event.process.send_signal(signal.SIGCONT)
    both = (web, producer)
    told = until(lambda: [t for t in both if "not done: accept" in " ".join(t.dump())])
    check("the verdict shows after: one accepted it, the other is told by whom and when",
          told and len(told) == 1 and sees(told[0], "the theme was changed since you looked, by", "(accept) at"), web.text() + producer.text())
    check("and it is in the rundown once", sum("trains" in w for w in wordings(event)) == 1, wordings(event))
    leave(*both)


def the_link(event):
    a_question(event)
    host, web = console(event.host), console(event.web)
    event.kill()
    keys(host, "Home", "t")
    check("offline since when, and how much is kept", sees(host, "offline since", ", 1 kept here", "NO LINK since") and sees(web, "offline since"), host.text())
    keys(host, "Home", "o", "O")
    check("what nobody sees is not called on the air", sees(host, "NOT YET ON AIR", "2 kept here"), host.text())
    check("an air that was not sent in time says so", sees(host, "not done: air q", "did not hear of it in time", seconds=20), host.text())
    event.serve()
    check("nothing of it is left on the screen when the link is back",
          host.until(lambda s: not any(w in " ".join(s) for w in ("kept here", "offline", "NO LINK", "NOT YET", "until the link"))), host.text())
    check("and it is not on the air", event.host.status()["air"] == "" and sees(web, "synced"), host.text())
    leave(host, web)


def frozen(event):
    """The backend neither answers nor breaks off, and nothing is asked of it but what it holds."""
    web = console(event.web)
    web.quiet(4000, 30)
    size = web.pause(10000)
    check("while nothing happens the link stays up, and the screen still", size < 200 and sees(web, "synced"), (size, web.text()))
    event.process.send_signal(signal.SIGSTOP)
    check("a link that only seems up is not called up for long", sees(web, "offline since", seconds=12), web.text())
    event.process.send_signal(signal.SIGCONT)
    check("and is again when it is", sees(web, "synced") and web.gone("offline"), web.text())
    leave(web)


def addresses(event):
    first, second = Way(event), Way(event)
    options = ["--backend", first.url, "--backend", second.url, *event.host.options[2:]]
    host = console(event.host, options=options)
    check("the address in use is named", sees(host, "first address"), host.text())
    first.cut()
    check("and the other one when it has to do", sees(host, "second address"), host.text())
    keys(host, "g", "e")
    check("seats and rooms tell it whole", sees(host, second.url), host.text())
    leave(host)


def disk(event):
    event.stop()
    event.serve("--disk-low", "99999999")
    consoles = [console(event.seats[s], *size) for s, size in zip(("web", "host", "scribe", "producer"), (*SIZES, (24, 80)))]
    check("a disk that fills is told to every seat", all(sees(t, "DISK NEARLY FULL: the backend has") for t in consoles), consoles[1].text())
    leave(*consoles)
    event.stop()
    event.serve()


def card(event):
    host, web, scribe = (console(event.seats[s]) for s in ("host", "web", "scribe"))
    event.producer.do("interrupt")
    for name, t in (("host", host), ("web", web), ("scribe", scribe)):
        check(f"{name}: the card shows, since when and by whom", sees(t, "INTERRUPTED since", "by producer"), t.text())
    check("who may take it down is told how", sees(host, ":resume takes it down") and sees(web, "the host takes it down"), host.text() + web.text())
    keys(host, ":")
    host.type("resume")
    keys(host, "Enter", "!")
    check("and does", all(t.gone("INTERRUPTED") for t in (host, web, scribe)) and event.host.status()["state"] == "open", host.text())
    leave(host, web, scribe)


def back_again(event):
    web = console(event.web)
    keys(web, "g", "w", "Home", "i")
    check("the wording opens from a queue", sees(web, "Question q"), web.text())
    keys(web, "Esc")
    check("and Esc leads back to the queue", sees(web, "a accept"), web.text())
    leave(web)


def settings(event):
    """`:set` takes at once."""
    host = console(event.host)

    def takes(line):
        keys(host, ":")
        host.type(line)
        keys(host, "Enter")
        host.quiet(100)

    def colours():
        return {(c[1], c[2]) for row in host.cells() for c in row}

    before = colours()
    takes("set colours 0")
    check("set colours 0", len(before) > 1 and colours() == {("-", "-")}, colours())
    takes("set colours -1")
    check("and as the terminal says again", len(colours()) > 1, colours())
    takes("set mouse on")
    check("set mouse on", {1000, 1006} <= set(host.state()["modes"]), host.state())
    takes("set mouse off")
    check("and off", not {1000, 1006} & set(host.state()["modes"]), host.state())
    leave(host)


event = Event(seats=("web", "host", "scribe", "producer")).serve()
event.host.do("collect", "open")
PARTS = (editing, editing_apart, drafts, one_theme, the_link, frozen, addresses, disk, card, back_again, settings)
for part in PARTS:
    if not sys.argv[1:] or part.__name__ in sys.argv[1:]:
        part(event)
sys.exit(end())
