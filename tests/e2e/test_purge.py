#!/usr/bin/env python3
"""regied purge, served and not: what was purged is in no file, no answer, no console and no stream any more."""
import os
import sys

from evening import Event, Viewer, applied, check, command, end, refused, until

event = Event(seats=("web", "host", "scribe", "producer"), gateways=("g",)).serve()


def on_disk(word, *folders):
    """The files under the event's directory (or those folders) that have the word."""
    found = []
    for top in folders or (event.data,):
        for folder, _, files in os.walk(top):
            for name in files:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, "rb") as f:
                        if word.encode() in f.read():
                            found.append(name)
    return sorted(found)


def rundown():
    return sorted(event.web.show("rundown"), key=lambda q: q["number"])


def play():
    applied("collect", event.host.do("collect"))
    event.post("Le smic en clair, Zébulon ?", "Secretnom", "bob-00000001", "w1")
    kept = event.post("Secretretraite pour tous ?", "Secretann", "ann-00000001", "w2")
    event.post("Secret\u200bjamais lu", "Secrettim", "tim-00000001", "w3")
    event.text("secretsms ke fetes vous ?", "0612345678", "secretgateway")
    applied("the evening", event.web.do("accept m1", "accept m2", "dismiss m3 secretraison", "say all secretmot"))
    applied("on the air", event.host.do("open", "air q1", "compose Notreparole ?"))
    applied("answered", event.scribe.do("publish Notrereponse."))
    return kept


def refused_while_open():
    for what in ("people", "event"):
        run = event.regied("purge", what, fine=False)
        check(f"purge {what} is refused while the event is open", run.code == 1 and "open" in run.err and "\"end\"" in run.err, run)
    run = event.regied("purge", fine=False)
    check("purge wants to know what", run.code == 2 and "people" in run.err, run)
    check("and does not know what it does not know", event.regied("purge", "all", fine=False).code == 2)
    check("nothing is lost by what was refused", on_disk("Secretretraite") != [] and len(event.web.show("messages")) == 4)


def ended():
    applied("close and end", event.host.do("close", "end"))
    check("the event has ended", until(lambda: event.host.status()["state"] == "ended"))


def people(kept):
    viewer = Viewer(event)
    check("a viewer has all", viewer.wait(lambda kind, data: data.get("state") == "ended"))
    with open(event.data + "/key", "rb") as f:
        key = f.read()
    pid = event.process.pid
    run = event.regied("purge", "people")
    check("purge people, while served", run.code == 0 and "4 messages of 4 people" in run.out and "backup" in run.err, run)
    check("it was the serving backend that did it", event.process.poll() is None and event.process.pid == pid)
    for word in ("ecretretraite", "ecretnom", "ecretann", "ecrettim", "jamais lu", "secretsms", "secretgateway", "secretraison",
                 "secretmot"):
        check(f"no file has \"{word}\"", on_disk(word) == [], on_disk(word))
    check("what was aired is the room's", on_disk("Zébulon") == ["event.db"] and on_disk("Notrereponse") == ["event.db"])
    with open(event.data + "/key", "rb") as f:
        fresh = f.read()
    check("the key is another one, and nobody else's", fresh != key and len(fresh) == 32 and
          os.stat(event.data + "/key").st_mode & 0o777 == 0o600)
    check("receipts are not known any more", event.http("GET", "/v1/messages/" + kept["receipt"])[0] == 404)
    messages = until(lambda: event.web.show("messages") == [])
    check("a console that had them has no messages any more", messages)
    check("nor finds them by their words", event.web.show("messages", "secretretraite") == [])
    check("a question that was not aired has lost its words", [q["wording"] for q in rundown()] ==
          ["Le smic en clair, Zébulon ?", "[effacé]", "Notreparole ?"], rundown())
    check("the aired one its asker", rundown()[0]["credit"] == "par Internet")
    check("themes count on, without words", {t["title"] for t in event.web.show("themes", "--all")} == {"[effacé]"} and
          event.host.status()["messages"] == 4, event.web.show("themes", "--all"))
    check("the page shows what was aired", "Zébulon" in event.page() and "Notrereponse" in event.page() and
          "ecretnom" not in event.page())
    check("and the transcript", "Zébulon" in str(event.transcript()) and "ecretnom" not in str(event.transcript()))
    late = Viewer(event)
    check("a replay has it without the asker", late.wait(lambda kind, data: data.get("state") == "ended") and
          b"ecretnom" not in late.bytes and "Zébulon".encode() in late.bytes)
    check("its numbers are as they were", late.trouble() is None and viewer.trouble() is None and len(late.events) == len(viewer.events))
    refused("undo brings nothing back", event.web.do("undo 6"))
    check("the backend is well", event.http("GET", "/readyz")[0] == 200 and not any(
        word in event.said() for word in (" error ", " warning ")), event.said())
    viewer.leave()
    late.leave()


def whole_event():
    viewer = Viewer(event)
    check("a viewer has what was aired", viewer.wait(lambda kind, data: kind == "segment"))
    applied("seal", event.host.do("seal"))
    run = event.regied("purge", "event")
    check("purge event, while served", run.code == 0, run)
    check("an open page hears that its words are taken back", viewer.wait(lambda kind, data: kind == "retraction" and "segment" in data) and
          viewer.wait(lambda kind, data: kind == "retraction" and "question" in data))
    for word in ("Zébulon", "Notreparole", "Notrereponse"):
        check(f"no file has \"{word}\"", on_disk(word) == [], on_disk(word))
    check("the transcript is empty, the page without it", event.transcript()["questions"] == [] and event.transcript()["segments"] == [] and
          "Notrereponse" not in event.page() and "Zébulon" not in event.page())
    late = Viewer(event)
    check("a replay has no word of it, and no gap", late.wait(lambda kind, data: kind == "retraction" and "segment" in data) and
          "Zébulon".encode() not in late.bytes and b"Notrereponse" not in late.bytes and late.trouble() is None and viewer.trouble() is None)
    check("a console has no rundown and no transcript any more", until(lambda: event.producer.show("rundown") == [] and
          not any(line["type"] in ("question", "segment") for line in event.producer.show("transcript"))), event.producer.show("transcript"))
    check("the event's title and counts stay", event.host.status()["title"] == "Le chat" and event.host.status()["messages"] == 4)
    viewer.leave()
    late.leave()


def not_served():
    check("the backend ends well", event.stop() == 0)
    run = event.regied("purge", "people")
    check("purge, not served", run.code == 0 and "4 messages" in run.out, run)
    run = command("regied", "purge", "--data", event.folder + "/nothing", "people")
    check("where there is no event, it says so", run.code == 1 and "init" in run.err, run)
    event.serve()
    check("it is served again", event.http("GET", "/readyz")[0] == 200 and event.transcript()["questions"] == [])


def main():
    kept = play()
    refused_while_open()
    ended()
    people(kept)
    whole_event()
    not_served()
    event.stop()
    return end()


if __name__ == "__main__":
    sys.exit(main())
