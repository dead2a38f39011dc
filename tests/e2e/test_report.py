#!/usr/bin/env python3
"""regied report: the figures are those of the evening that was played, served or not, in three formats, two languages."""
import html.parser
import json
import os
import sys

from evening import Event, applied, check, command, end, refused, until

event = Event(title="Le chat & <l'heure>", seats=("web", "sms", "host", "scribe", "producer"), gateways=("g",)).serve()


def report(form="json"):
    return event.regied("report", "--format", form, fine=False)


def figures():
    run = report()
    return json.loads(run.out) if run.code == 0 else {"failed": str(run)}


def empty():
    run = report()
    check("a fresh event has a report", run.code == 0 and not run.err, run)
    f = json.loads(run.out)
    check("of nothing", f["totals"]["messages"] == 0 and f["largest"] == [] and f["arrivals"] == [] and f["delays"]["to_air"]["n"] == 0, f)
    for form in ("text", "html"):
        run = report(form)
        check(f"also as {form}", run.code == 0 and run.out and not run.err, run)


def play():
    event.post("Trop tôt ?")
    applied("collect", event.host.do("collect"))
    for n in range(4):
        event.post("De combien augmentez-vous le Smic ?", f"P{n}", f"smic-000000{n}", f"s{n}")
    event.post("De combien augmentez-vous le Smic ?", "P0", "smic-0000000", "again")
    event.post("De combien augmentez-vous le Smic ?", "P0", "smic-0000000", "again")
    for n in range(3):
        event.text("kan le tgv a brianson", f"061234567{n}", f"t{n}")
    event.post("<b>Et \"l'école\" & moi</b> 06 12 34 56 78 ?", "Zoé", "zoe-00000001", "w1")
    event.post("La chasse en août ?", "Lea", "lea-00000001", "w2")
    event.post("Rien du tout", "Nul", "nul-00000001", "w3")
    event.text("STOP", "0612345670", "t9")
    theme = {m["text"]: m["theme"] for m in event.web.show("messages")}
    school = next(t for text, t in theme.items() if "école" in text)
    hunt = theme["La chasse en août ?"]
    applied("accepted", event.web.do(f"accept t{theme['De combien augmentez-vous le Smic ?']}",
                                     f"accept t{theme['kan le tgv a brianson']}", f"accept t{hunt}"))
    applied("merged, held, dismissed", event.sms.do(f"merge t{school} t{hunt}", "hold m1 legal", "hold m2 fact", "undo",
                                                    f"dismiss t{theme['Rien du tout']}"))
    refused("a refusal", event.web.do("accept t999"))
    applied("cleared", event.producer.do("clear m1"))
    applied("the hour", event.host.do("compose Un mot ?", "open", "air q1"))
    applied("an answer", event.scribe.do("publish Oui.", "publish Nno.", "correct last Non.", "publish Zut", "retract last"))
    applied("an interruption", event.host.do("interrupt editorial", "resume", "interrupt"))
    applied("goes on", event.host.do("resume", "close partly", "air q2", "close declined", "ask Et demain ?", "strike q5", "drop q3 non"))
    check("a seat is told whom the questions aired stand for, each person once",
          until(lambda: told().get("people_aired") == 7), told())


def told():
    return event.host.post("/v1/status", None, "GET")[1]


def totals(f):
    check("messages, people, themes", (f["totals"]["messages"], f["totals"]["people"], f["totals"]["themes"]) == (12, 10, 5), f["totals"])
    check("repeats, not kept, STOP", (f["totals"]["repeats"], f["totals"]["not_kept"], f["totals"]["stops"]) == (1, 1, 1), f["totals"])
    web, sms, room = (f["channels"][c] for c in ("web", "sms", "room"))
    check("by channel: messages and people", (web["messages"], web["people"], sms["messages"], sms["people"]) == (8, 7, 4, 3), f["channels"])
    check("by channel: questions and what was aired", (web["questions"], web["aired"], sms["questions"], sms["aired"], room["questions"],
                                                       room["aired"]) == (2, 1, 1, 1, 2, 0), f["channels"])
    check("arrivals add up, in bins of five minutes", sum(b["web"] for b in f["arrivals"]) == 8 and sum(b["sms"] for b in f["arrivals"]) == 4 and
          all(b["at"] % 300000 == 0 for b in f["arrivals"]), f["arrivals"])


def themes(f):
    smic, tgv, school = f["largest"][:3]
    check("the largest theme, its people once", (smic["people"], smic["messages"], smic["question"], smic["outcome"]) == (4, 5, 1, "partly"), smic)
    check("its question's end has a time", 0 < smic["aired_at"] <= smic["closed_at"], smic)
    check("the next", (tgv["people"], tgv["sms"], tgv["question"], tgv["outcome"]) == (3, 3, 2, "declined"), tgv)
    check("a theme has the questions of those that were merged into it", (school["people"], school["question"], school["state"]) ==
          (2, 3, "dropped"), school)
    check("numbers in titles are masked", "06 12" not in json.dumps(f) and "école" in school["title"], school)
    check("a dismissed one says so", [t["dismissed"] for t in f["largest"]] == [False, False, False, True], f["largest"])


def the_rest(f):
    q, a, d = f["questions"], f["answers"], f["decisions"]
    check("questions", (q["accepted"], q["composed"], q["improvised"], q["aired"], q["waiting"], q["dropped"], q["struck"]) ==
          (3, 1, 1, 2, 1, 1, 1), q)
    check("outcomes", (q["outcomes"]["partly"], q["outcomes"]["declined"], q["outcomes"]["answered"]) == (1, 1, 0), q)
    check("coverage: each person once", q["people_aired"] == 7, q)
    check("answers", (a["answers"], a["segments"], a["corrections"], a["retracted"]) == (1, 2, 1, 1), a)
    check("delays are counted where there is one", (f["delays"]["to_accept"]["n"], f["delays"]["to_air"]["n"], f["delays"]["to_answer"]["n"]) ==
          (3, 2, 1) and all(0 <= s["median"] <= s["ninth"] <= s["longest"] < 600000 for s in f["delays"].values()), f["delays"])
    check("interruptions, with their ends", [i["kind"] for i in f["interruptions"]] == ["editorial", "technical"] and
          all(i["until"] >= i["at"] > 0 for i in f["interruptions"]), f["interruptions"])
    seats = {s["name"]: s for s in f["seats"]}
    check("acts by seat", (seats["web"]["acts"], seats["sms"]["acts"], seats["sms"]["undone"], seats["producer"]["acts"]) == (3, 5, 1, 1), seats)
    check("holds, refusals", (d["holds"], d["refused"], d["expired"]) == (1, 1, 0), d)
    check("acts add up", d["acts"] == sum(o["acts"] for o in f["operations"].values()) and f["operations"]["air"]["acts"] == 2, f["operations"])


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.open, self.wrong, self.text = set(), [], [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.wrong += [f"{k}={v}" for k, v in attributes if k in ("src", "href") or k.startswith("on")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")

    def handle_data(self, data):
        self.text += data


def formats(f):
    run = report("html")
    page = Page()
    page.feed(run.out)
    check("html is whole, by itself, without script", run.code == 0 and not page.open and not page.wrong and not page.tags & {"script", "b", "img", "link"},
          (page.open, page.wrong, page.tags))
    check("html escapes what it shows", "Le chat & <l'heure>" in page.text and "<b>Et \"l'école\" & moi</b>" in page.text)
    check("html has a drawing and every section", "svg" in page.tags and all(w in page.text for w in (
        "Équilibre des canaux", "Les plus grands thèmes", "Délais", "Interruptions", "Postes")))
    run = report("text")
    lines = run.out.splitlines()
    check("text is in the event's language, and as a table", run.code == 0 and "Bilan – Le chat & <l'heure>" == lines[0] and
          any(l.split()[:2] == ["Messages", "12"] for l in lines) and any("█" in l for l in lines), run)
    check("text says what became of a theme", any("Smic" in l and "en partie" in l and "q1" in l for l in lines), run.out)
    check("text has no line end in blanks, no control character", all(l == l.rstrip(" ") and min(l, default=" ") >= " " for l in lines))
    plain = command("regied", "report", "--data", event.data)
    check("text is what comes by itself", plain.out == run.out, plain)


def mistakes():
    check("another format is refused", event.regied("report", "--format", "pdf", fine=False).code == 2)
    check("a word too many as well", event.regied("report", "tout", fine=False).code == 2)
    check("and a directory without an event", command("regied", "report", "--data", event.folder).code == 1)


def without_backend(f):
    applied("end", event.host.do("end"))
    until(lambda: event.host.status()["state"] == "ended")
    os.rename(event.data + "/control", event.data + "/elsewhere")
    again = figures()
    os.rename(event.data + "/elsewhere", event.data + "/control")
    check("the backend is not asked", again["event"]["state"] == "ended" and again["totals"] == f["totals"], again)
    check("the end is in it", again["event"]["ended_at"] > again["event"]["opened_at"] > 0 and again["operations"]["ended"]["acts"] == 1, again["event"])
    event.stop()
    check("not served, it is the same", figures() == again)
    event.regied("purge", "people")
    people = figures()
    check("after purge people, every count is the same", people["totals"] == f["totals"] and people["questions"] == f["questions"] and
          people["delays"] == f["delays"] and people["event"]["purged"].startswith("people"), people)
    event.regied("purge", "event")
    whole = figures()
    check("after purge event too", whole["totals"] == f["totals"] and whole["questions"] == f["questions"] and
          [{**t, "title": ""} for t in whole["largest"]] == [{**t, "title": ""} for t in people["largest"]] and
          whole["answers"]["segments"] == 2 and whole["event"]["purged"].startswith("event"), whole)
    check("and its words are gone", "Smic" not in json.dumps(whole) and "Smic" not in report("html").out)


def english():
    other = Event(title="Hour", seats=("host",))
    command("regied", "init", "--data", other.folder + "/en", "--title", "The hour", "--lang", "en")
    run = command("regied", "report", "--data", other.folder + "/en")
    check("an English event has an English report", run.out.startswith("Report – The hour\n") and "Balance of the channels" in run.out, run)


def main():
    empty()
    play()
    f = figures()
    totals(f)
    themes(f)
    the_rest(f)
    formats(f)
    mistakes()
    without_backend(f)
    english()
    return end()


if __name__ == "__main__":
    sys.exit(main())
