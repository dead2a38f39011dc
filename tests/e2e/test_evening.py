#!/usr/bin/env python3
"""A normal evening, from preparing to sealed: every state, every operation of a full crew, as seats, viewers and the
senders of questions see them."""
import json
import sys

from evening import Event, Viewer, applied, check, command, end, refused, until

SEATS = ("web", "sms", "host", "scribe", "producer", "adviser", "observer", "prompter")
REVIEW = [  # what each view's --json says at least, and its columns' first words without
    ("themes", {"id", "title", "state", "people", "messages", "web", "sms", "rise", "pinned", "question", "rev"}, "theme"),
    ("messages", {"id", "channel", "text", "at", "theme", "state", "question", "hold", "rev"}, "m1"),
    ("rundown", {"question", "number", "state", "outcome", "wording", "credit", "aired_at", "hold", "rev"}, "q"),
    ("transcript", {"type", "at"}, None),
    ("rooms", {"room", "name", "viewers", "sent", "delivered", "broadcast"}, "main"),
    ("seats", {"seat", "name", "role", "away", "here", "typing"}, "1"),
    ("log", {"act", "at", "seat", "name", "op", "words", "subject", "undone", "sealed"}, "1"),
    ("status", {"title", "state", "link", "unsent", "messages", "version", "viewers", "broadcast"}, "Le chat"),
]

event = Event(seats=SEATS, rooms=("main", "autre"), gateways=("g",)).serve()
viewers = [Viewer(event, "main"), Viewer(event, "autre", by="query")]


def question(number):
    """A question of the rundown, by its number, as the host sees it."""
    return next((q for q in event.host.show("rundown") if q["number"] == number), None)


def message(number):
    return next(m for m in event.web.show("messages") if m["id"] == str(number))


def theme(number):
    return next(t for t in event.web.show("themes", "--all") if t["id"] == str(number))


def theme_of(receipt):
    return message(receipt["id"])["theme"]


def preparing():
    check("a fresh event prepares", event.host.status()["state"] == "preparing")
    early = event.post("Trop tôt ?")
    check("a question before the intake is answered, not kept", early["status"] == 409 and early["detail"], early)
    check("so is an SMS, without a body", event.text("trop to", id="s0") == 202)
    check("neither is kept", event.host.show("messages") == [] and event.host.status()["messages"] == 0)
    applied("prepare: a theme made in advance", event.web.do("prepare smic words=smic,salaire Le Smic"))
    applied("plan: the end and the number of questions", event.producer.do("plan 23:30 3"))
    check("the plan is shown", event.host.status()["plan_questions"] == 3 and event.host.status()["plan_end"] > 0)
    refused("air before the event is open is refused with its state", event.host.do("ask Une question ?"), "preparing", "open")
    refused("an observer decides nothing", event.observer.do("say all Bonjour"), "observer")
    refused("a prompter neither", event.prompter.do("notice Bonjour"), "prompter")
    applied("collect", event.host.do("collect"))


def questions_come():
    """What the public sends; receipts by a short name."""
    got = {
        "smic": event.post("De combien augmentez-vous le Smic ?", "Bob", "bob-00000001", "w1"),
        "smic2": event.post("de combien augmentez vous le SMIC", "Ann", "ann-00000001", "w2"),
        "ecole": event.post("Que faites-vous contre la violence à l'école ?", "Zoé", "zoe-00000001", "w3", "autre"),
        "train": event.post("Quand le train de nuit reviendra-t-il à Briançon ?", "Ugo", "ugo-00000001", "w4"),
        "insulte": event.post("Vous êtes tous des nuls", "Anonyme", "ano-00000001", "w5"),
        "chasse": event.post("Pourquoi ouvrir la chasse en août ?", "Lea", "lea-00000001", "w6"),
    }
    check("each question gets 202, an id and a receipt", all(m["status"] == 202 and m["id"] and m["receipt"] for m in got.values()), got)
    again = event.post("De combien augmentez-vous le Smic ?", "Bob", "bob-00000001", "w1")
    check("an id given twice is stored once, under one receipt", again["id"] == got["smic"]["id"] and again["receipt"] == got["smic"]["receipt"], again)
    codes = [event.text("Ke fetes vous pour les kolèges ?", id="s1"), event.text("Ke fetes vous pour les kolèges ?", id="s1"),
             event.text("kan le tgv a brianson", "0698765432", "s2")]
    check("SMS are taken, a repeat once", codes == [202, 202, 202] and event.host.status()["sms"] == 2, codes)
    check("the figures count people and messages", (event.host.status()["messages"], event.host.status()["people"]) == (8, 8),
          event.host.status())
    check("no number of a sender is anywhere that seats see", "0612345678" not in json.dumps(event.producer.show("messages")))
    check("paraphrases are one theme", theme_of(got["smic"]) == theme_of(got["smic2"]))
    check("a message is found by its words, folded", [m["id"] for m in event.web.show("messages", "BRIANCON")] == [got["train"]["id"]])
    check("channel and theme choose messages", len(event.web.show("messages", "--channel", "sms")) == 2 and
          len(event.web.show("messages", "--theme", theme_of(got["smic"]))) == 2)
    return got


def sorting(got):
    t = {name: theme_of(m) for name, m in got.items()}
    fate = lambda name: event.fate(got[name]["receipt"])
    check("the fate of a fresh question: waiting", {fate(n) for n in got} == {"waiting"})
    applied("label, pin", event.web.do(f"label t{t['smic']} Le salaire minimum", f"pin t{t['train']}"))
    check("label and pin are shown to the other moderator", theme(t["smic"])["title"] == "Le salaire minimum" and theme(t["train"])["pinned"])
    check("a theme that somebody took in hand is being read", fate("smic") == "being read" and fate("smic2") == "being read")
    applied("pin off", event.sms.do(f"pin t{t['train']} off"))
    check("pin off is shown", not theme(t["train"])["pinned"])
    applied("dismiss with a reason", event.sms.do(f"dismiss m{got['insulte']['id']} insulte"))
    check("a dismissed message is shown as such, with its reason", (message(got["insulte"]["id"])["state"], message(got["insulte"]["id"])["reason"]) == ("dismissed", "insulte"))
    check("its sender is told it is not kept", fate("insulte") == "not kept")
    applied("restore", event.web.do(f"restore m{got['insulte']['id']}"))
    check("a restored message waits again", message(got["insulte"]["id"])["state"] == "waiting" and fate("insulte") == "being read")
    applied("mute a sender", event.web.do(f"mute m{got['insulte']['id']}"))
    later = event.post("Encore vous !", "Anonyme", "ano-00000001", "w7")
    check("who is muted is answered as before, and set aside", later["status"] == 202 and message(later["id"])["state"] == "muted")
    applied("unmute", event.web.do(f"unmute m{got['insulte']['id']}"))
    check("who is unmuted is heard again", message(event.post("Pardon.", "Anonyme", "ano-00000001", "w8")["id"])["state"] == "waiting")
    sms = theme(message(7)["theme"])["id"]
    applied("merge", event.web.do(f"merge t{t['ecole']} t{sms}"))
    check("a merged theme counts with the other", theme(t["ecole"])["messages"] == 2 and theme(sms)["state"] == "merged" and
          message(7)["theme"] == t["ecole"], theme(t["ecole"]))
    applied("unmerge", event.web.do(f"unmerge t{sms}"))
    check("unmerged, it stands by itself", theme(t["ecole"])["messages"] == 1 and message(7)["theme"] == sms)
    applied("merge again", event.web.do(f"merge t{t['ecole']} t{sms}"))
    applied("refile", event.web.do(f"refile m{got['chasse']['id']} t{t['train']}"))
    check("a refiled message counts there", theme(t["train"])["messages"] == 2 and message(got["chasse"]["id"])["theme"] == t["train"])
    split = applied("split", event.web.do(f"split t{t['train']} m{got['chasse']['id']} La chasse"))
    made = split.lines[-1]["made"]
    check("the split theme has its message and title", message(got["chasse"]["id"])["theme"] == made and theme(made)["title"] == "La chasse" and
          theme(t["train"])["messages"] == 1)
    applied("dismiss a theme", event.web.do(f"dismiss t{made}"))
    check("its sender is told", fate("chasse") == "not kept" and theme(made)["state"] == "dismissed")
    applied("undo", event.web.do("undo"))
    check("undone, the theme is back", fate("chasse") == "being read" and theme(made)["state"] == "new")
    applied("redo", event.web.do("redo"))
    check("redone, it is gone again", fate("chasse") == "not kept" and theme(made)["state"] == "dismissed")
    refused("undo of another seat's act", event.sms.do(f"undo {split.lines[-1]['act']}"), "web", "split")
    return t


def rundown(got, t):
    fate = lambda name: event.fate(got[name]["receipt"])
    applied("accept a theme", event.web.do(f"accept t{t['smic']}"))
    check("a question has number, wording, credit and origin", (question(1)["number"], question(1)["wording"], question(1)["credit"], question(1)["theme"]) ==
          (1, "De combien augmentez-vous le Smic ?", "Bob, par Internet", t["smic"]), question(1))
    check("all who asked it are told it is in the rundown", {fate("smic"), fate("smic2")} == {"in the rundown"})
    applied("accept messages, with words and a credit", event.sms.do(f'accept m{got["train"]["id"]},m8 credit="Ugo, des Alpes" Quand le train de nuit ?'))
    check("both messages are its sources", question(2)["messages"] == [got["train"]["id"], "8"] and question(2)["credit"] == "Ugo, des Alpes" and
          question(2)["wording"] == "Quand le train de nuit ?", question(2))
    applied("compose", event.host.do("compose Un mot pour commencer ?"))
    check("the room's own is credited to the room", question(3)["credit"] == "La rédaction" and question(3)["channel"] == "room")
    refused("and never to the public", event.host.do("credit q3 Bob"), "q3", "room's own")
    applied("edit", event.web.do("edit q1 De combien augmente le Smic ?"))
    applied("credit", event.host.do("credit q1 Bob et 1 autre"))
    check("edited", (question(1)["wording"], question(1)["credit"], question(1)["original"]) ==
          ("De combien augmente le Smic ?", "Bob et 1 autre", "De combien augmentez-vous le Smic ?"))
    applied("edit once more, undo twice, redo twice", event.host.do("edit q1 Smic ?", "undo", "undo"))
    check("undone, the words are as before", (question(1)["wording"], question(1)["credit"]) == ("De combien augmente le Smic ?", "Bob, par Internet"))
    applied("redo", event.host.do("redo"))
    check("redone, the credit is back", (question(1)["wording"], question(1)["credit"]) == ("De combien augmente le Smic ?", "Bob et 1 autre"))
    applied("move", event.host.do("move q3 first"))
    check("the reserve is in the order that was set", [q["number"] for q in event.scribe.show("rundown", "--state", "reserve")] == [3, 1, 2])
    applied("accept another, and combine", event.host.do(f"accept t{t['ecole']}", "compose Et les collèges ?", "combine q4 q5"))
    check("what was combined is dropped and says so", question(5)["state"] == "dropped" and "q4" in question(5)["reason"])
    applied("suggest", event.scribe.do("suggest q4 Que faites-vous contre la violence à l'école et au collège ?"))
    check("a suggestion stands beside the words", question(4)["suggestion"].endswith("collège ?") and question(4)["wording"].endswith("l'école ?"))
    applied("open", event.host.do("open"))
    applied("hold for legal advice", event.sms.do("hold q2 legal adviser note=\"une marque est citée\""))
    refused("what is held is not aired, with a sentence that says why", event.host.do("air q2"), "question", "held for legal advice", "une marque est citée")
    applied("clear", event.adviser.do("clear q2"))
    check("cleared", question(2)["hold"] == "none")
    applied("block", event.adviser.do(f"block m{got['insulte']['id']} injure"))
    applied("accept what is blocked", event.web.do(f"accept m{got['insulte']['id']}"))
    refused("what is blocked is not aired", event.host.do("air q6"), "question", "blocked", "injure")
    applied("return to the moderators", event.host.do("return q6 non"))
    check("its sender's question is being read again", question(6)["state"] == "returned" and fate("insulte") == "being read", fate("insulte"))
    applied("restore, then drop", event.host.do("restore q6", "drop q6 injure"))
    check("dropped: not kept", question(6)["state"] == "dropped" and fate("insulte") == "not kept")
    applied("alert", event.scribe.do("alert m7 semble en danger"))
    check("an alert is on the message", message(7)["alert"])
    applied("clear an alert", event.producer.do("clear m7"))
    check("and is lifted", not message(7)["alert"])


def on_air(got):
    fate = lambda name: event.fate(got[name]["receipt"])
    applied("next", event.host.do("next"))
    check("next is the first of the reserve", question(3)["state"] == "next")
    refused("its words are the host's", event.web.do("edit q3 Autre chose ?"), "q3", "suggest")
    applied("edit by the host, air", event.host.do("edit next Un mot d'abord ?", "air"))
    check("every room sees it", all(v.wait(lambda k, d: k == "question" and d["wording"] == "Un mot d'abord ?") for v in viewers))
    applied("publish, a speaker, publish", event.scribe.do("publish Bonsoir à tous.", "speaker Le Premier ministre", "publish Merci d'être là."))
    check("segments come to the viewers, with their speaker", all(v.wait(lambda k, d: k == "segment" and d["text"] == "Merci d'être là." and
          d["speaker"] == "Le Premier ministre") for v in viewers))
    applied("air of another closes the one before", event.host.do("air q1"))
    check("closed as answered", question(3)["outcome"] == "answered" and question(3)["state"] == "closed" and question(1)["state"] == "air")
    check("who asked is told: aired", {fate("smic"), fate("smic2")} == {"aired"})
    applied("publish to the one on the air, and to the one before", event.scribe.do("publish De 5 % au 1er juillet.", "publish q3 Bonsoir encore."))
    applied("correct", event.scribe.do("correct last-1 De 5,5 % au 1er juillet."))
    check("a correction replaces in place, numbered", all(v.wait(lambda k, d: k == "correction" and d["text"] == "De 5,5 % au 1er juillet." and
          d["revision"] == 2) for v in viewers))
    applied("retract", event.scribe.do("retract last"))
    check("a retraction is told", all(v.wait(lambda k, d: k == "retraction") for v in viewers))
    check("and its words are nowhere", all("Bonsoir encore" not in place for place in
          (event.get("/v1/rooms/main/transcript"), event.page(), json.dumps(event.host.show("transcript")), json.dumps(event.host.show("log")))))
    applied("reword what was aired", event.host.do("reword q1 De combien augmente le Smic en juillet ?"))
    check("a rewording comes to the viewers", all(v.wait(lambda k, d: k == "reword" and "en juillet" in d["wording"]) for v in viewers))
    applied("close with an outcome", event.host.do("close partly"))
    check("partly is answered for who asked", question(1)["outcome"] == "partly" and {fate("smic"), fate("smic2")} == {"answered"})
    applied("outcome, changed after", event.scribe.do("outcome q1 answered"))
    check("the outcome comes to the viewers", all(v.wait(lambda k, d: k == "answer" and d.get("outcome") == "answered" and d.get("number") == 1) for v in viewers))
    applied("notice", event.producer.do("notice Le Premier ministre a dix minutes de retard."))
    check("a notice comes to the viewers", all(v.wait(lambda k, d: k == "notice" and "dix minutes" in d["text"]) for v in viewers))
    applied("air, declined", event.host.do("air q2", "close declined"))
    check("declined stays aired for who asked", fate("train") == "aired" and question(2)["outcome"] == "declined", fate("train"))
    applied("air, strike", event.host.do("air q4", "strike q4"))
    check("struck: off the air, not kept, its words gone", event.host.status()["air"] == "" and fate("ecole") == "not kept" and
          all("école" not in place for place in (event.get("/v1/rooms/main/transcript"), event.page())), (fate("ecole"), event.host.status()["air"]))
    refused("what was struck is not aired again", event.host.do("air q4"), "q4", "struck")


def crew():
    applied("say", event.host.do("say scribe Plus court, s'il te plaît."))
    applied("ack", event.scribe.do("ack"))
    refused("nothing else waits for an answer", event.scribe.do("ack"), "no word")
    applied("away, back", event.sms.do("away"))
    check("away is shown", next(s for s in event.host.show("seats") if s["name"] == "sms")["away"])
    applied("back", event.sms.do("back"))
    check("back is shown", not next(s for s in event.host.show("seats") if s["name"] == "sms")["away"])
    applied("baton to the producer", event.host.do("baton producer"))
    refused("the host does not air without it", event.host.do("ask Et maintenant ?"), "baton", "producer")
    applied("baton back", event.producer.do("baton host"))
    status, _ = event.scribe.post("/v1/presence", {"here": True, "typing": "Nous allons", "claims": ["q1"]}, "PUT")
    shown = lambda: next(s for s in event.host.show("seats") if s["name"] == "scribe")
    check("presence is seen by the others", status == 204 and shown()["here"] and shown()["typing"] == "Nous allons")
    event.scribe.post("/v1/presence", {"here": True, "typing": ""}, "PUT")


def views():
    for view, members, word in REVIEW:
        rows = event.producer.show(view)
        check(f"show {view} --json", rows and all(members <= set(row) for row in rows), rows[:1])
        lines = event.producer.show(view, text=True)
        check(f"show {view}", lines and (word is None or any(line.startswith(word) for line in lines)), lines[:3])
    log = event.host.show("log")
    check("the log numbers acts without a gap", [int(a["act"]) for a in log] == list(range(1, len(log) + 1)))
    check("the log is found by words", {a["op"] for a in event.host.show("log", "notice")} == {"notice"})
    check("what was undone is marked", any(a["undone"] for a in log) and any(a["undo_of"] for a in log))
    check("what was taken back is sealed to the host, and open to producer and adviser",
          all("Bonsoir encore" not in json.dumps(s.show("log")) for s in (event.host, event.scribe)) and
          all("Bonsoir encore" in json.dumps(s.show("log")) for s in (event.producer, event.adviser)))
    check("show of nothing known is a mistake", command("regie", "show", "weather", *event.host.options).code == 2)


def close_up():
    applied("interrupt, resume", event.producer.do("interrupt technical", "resume"))
    check("both are told", all(v.wait(lambda k, d: k == "state" and d["state"] == "resumed") for v in viewers))
    applied("intake off", event.host.do("intake sms off"))
    check("an SMS is answered and not kept; the web goes on", event.text("trop tard", id="s9") == 202 and event.host.status()["sms"] == 2 and
          event.post("Encore une ?", id="w9")["status"] == 202)
    applied("end", event.host.do("end"))
    check("nobody types: it ends at once", until(lambda: event.host.status()["state"] == "ended"))
    check("the end is told", all(v.wait(lambda k, d: k == "state" and d["state"] == "ended") for v in viewers))
    check("ended: no more is kept", event.post("Trop tard ?", id="w10")["status"] == 409)
    applied("an answer may still be completed", event.scribe.do("publish q1 Le décret paraîtra demain."))
    applied("reopen, end, seal", event.host.do("reopen", "end"))
    check("ended again", until(lambda: event.host.status()["state"] == "ended"))
    applied("seal", event.host.do("seal"))
    refused("sealed: nothing changes any more", event.scribe.do("publish q1 Un mot encore."), "sealed")
    check("the transcript stands", "Le décret paraîtra demain." in event.get("/v1/rooms/autre/transcript") and "Le décret" in event.page("autre"))


def streams():
    last = event.host.status()["broadcast"]
    check("viewers received everything", all(v.wait_number(last) for v in viewers), [v.last for v in viewers])
    check("in order, without a gap or a repeat", not any(v.trouble() for v in viewers), [v.trouble() for v in viewers])
    check("both rooms received the same", viewers[0].events == viewers[1].events)
    fresh = Viewer(event)
    check("who comes now reads the same, what was taken back excepted", fresh.wait_number(last) and fresh.trouble() is None and
          [e for e in fresh.events if not e[2].get("retracted")] == [e for i, e in enumerate(viewers[0].events) if not fresh.events[i][2].get("retracted")])
    answer = event.transcript()
    check("the transcript names where to go on from", answer["since"] in (last, f"1-{last}"), answer["since"])
    for v in [*viewers, fresh]:
        v.leave()




preparing()
receipts = questions_come()
themes = sorting(receipts)
rundown(receipts, themes)
on_air(receipts)
crew()
views()
close_up()
streams()
check("it stops well", event.stop() == 0)
check("and had nothing to complain of", "error" not in event.said() and "Sanitizer" not in event.said(), event.said())
sys.exit(end())
