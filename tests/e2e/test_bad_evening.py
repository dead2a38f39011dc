#!/usr/bin/env python3
"""An evening where everything goes otherwise than planned, with a crew as in 2004: two moderators, a host, a scribe, no
producer. Viewers in two rooms are cut off at random the whole time."""
import glob
import json
import random
import sys
import threading
import time

from evening import LIMIT, Event, Viewer, applied, check, end, refused, until

SECRET = "soixante-douze milliards"      # what the scribe should not have written
NEVER = "rien de tout cela"              # published while the room was interrupted, taken back before it resumed


class Cutter(threading.Thread):
    """Cuts a viewer now and then, at random (under a seed), until it is told to stop."""

    def __init__(self, viewers, seed):
        super().__init__(daemon=True)
        self.viewers, self.random, self.over, self.cuts = viewers, random.Random(seed), threading.Event(), 0
        self.start()

    def run(self):
        while not self.over.wait(self.random.uniform(0.02, 0.15)):
            self.random.choice(self.viewers).cut()
            self.cuts += 1

    def stop(self):
        self.over.set()
        self.join()


# An event of its own whose backend goes away: what is aired then must not come when it is back, 10 s later.
stuck = Event("Coupure", seats=("host", "sms"), gateways=())
stuck.serve()
stuck.host.do("open", "compose Une question qui n'attend pas ?", "next")
stuck.kill()
away = stuck.host.do("air", timeout=1)
away_since = time.monotonic()
kept = stuck.host.do("say sms Le lien est coupé.", "air", timeout=0)

event = Event("Mauvais soir", rooms=("main", "autre")).serve()
host, scribe = event.host, event.scribe
viewers = [Viewer(event, "main"), Viewer(event, "main", by="query"), Viewer(event, "autre"), Viewer(event, "autre", by="query")]
cutter = Cutter(viewers, seed=2004)
published = []                           # ids of segments, in the order in which they must come


def publish(*lines):
    run = scribe.do(*("publish " + line for line in lines))
    published.extend(v["made"] for v in run.lines)
    return run


def question(number):
    return next(q for q in host.show("rundown") if q["number"] == number)


def everybody(what):
    return all(v.wait(what) for v in viewers)


def answers_of(number):
    """Texts under a question in the transcript, in order."""
    known = event.transcript()
    id = question(number)["question"]
    linked = {a["answer"] for a in known["answers"] if id in a["questions"]}
    return [s["text"] for s in known["segments"] if s["answer"] in linked]


def opening():
    applied("a crew without a producer opens the evening", host.do("collect", "open"))
    for i, text in enumerate(("Combien de médecins en Creuse ?", "Le Smic va-t-il augmenter ?", "Fermez-vous des écoles rurales ?",
                              "Baisserez-vous la TVA des restaurants ?", "Votre voiture de fonction ?", "Le prix du gazole ?")):
        event.post(text, f"Nom {i}", f"person-{i:04}", f"w{i}")
    event.text("c koi le smic net", id="s1")
    applied("moderators accept", event.web.do("accept m1", "accept m2", "accept m3"))
    applied("on both channels", event.sms.do("accept m4", "accept m5", "accept m6"))


def improvised():
    applied("the host improvises", host.do('ask Monsieur le Premier ministre, qui êtes-vous ?'))
    check("it is on the air at once, as the room's own", everybody(lambda k, d: k == "question" and d["wording"].endswith("qui êtes-vous ?") and
          d["channel"] == "room") and question(7)["improvised"])
    applied("the answer goes to it", publish("Un provincial.", "Et un optimiste."))
    applied("the scribe may put down what the host asked", scribe.do("ask Et votre chat ?"))
    applied("published", publish("Il va bien."))
    check("each answer under its own question", answers_of(7) == ["Un provincial.", "Et un optimiste."] and answers_of(8) == ["Il va bien."])


def two_at_once():
    applied("one question, then another while the first is being answered", host.do("air q1"))
    applied("the answer begins", publish("Je réponds aux deux ensemble."))
    applied("the host puts the other up", host.do("air q2"))
    applied("the answer is linked to it too", scribe.do("attach q1 q2"))
    check("viewers see one answer of two questions", everybody(lambda k, d: k == "answer" and
          d.get("questions") == [question(1)["question"], question(2)["question"]]))
    applied("and goes on", publish("q1 Les médecins d'abord.", "q2 Le Smic ensuite."))
    check("in the transcript it stands once, under both", answers_of(1) == answers_of(2) ==
          ["Je réponds aux deux ensemble.", "Les médecins d'abord.", "Le Smic ensuite."], (answers_of(1), answers_of(2)))
    refused("linked twice is refused with a sentence", scribe.do("attach q1 q2"), "q2", "already")
    applied("a third goes up, and the guest goes back to the improvised one", host.do("air q3"))
    applied("which is closed, and takes it", publish("q7 Un mot encore de moi."))
    check("it stands there", answers_of(7)[-1] == "Un mot encore de moi." and question(7)["state"] == "closed")
    applied("he declines this one", host.do("close declined"))
    check("viewers are told", everybody(lambda k, d: k == "answer" and d.get("outcome") == "declined"))


def behind():
    applied("questions pass", host.do("air q4", "close", "air q5", "close partly", "air q6"))
    applied("the scribe is two behind", publish("q4 La TVA baissera en 2006.", "q4 À 5,5 %.", "q5 Je roule en Clio."))
    check("segments stand under the questions they answer", answers_of(4) == ["La TVA baissera en 2006.", "À 5,5 %."] and answers_of(5) == ["Je roule en Clio."])
    check("what is on the air was not moved by it", question(6)["state"] == "air" and host.status()["air"] == question(6)["question"])
    applied("a segment under the wrong question is moved", scribe.do("reassign last q6"))
    check("and stands there", answers_of(5) == [] and answers_of(6) == ["Je roule en Clio."])
    applied("back again", scribe.do("reassign last q5"))


def corrected():
    applied("a figure", publish("Cela coûte 3 milliards."))
    applied("corrected", scribe.do("correct last Cela coûte 2,7 milliards."))
    applied("corrected once more", scribe.do("correct last Cela coûte 2,8 milliards."))
    check("viewers see the third writing in place", everybody(lambda k, d: k == "correction" and d["revision"] == 3 and d["segment"] == published[-1] and
          d["text"] == "Cela coûte 2,8 milliards."))
    check("the transcript and the page hold the last one alone", answers_of(6)[-1] == "Cela coûte 2,8 milliards." and
          "2,7 milliards" not in event.get("/v1/rooms/main/transcript") + event.page() and "2,8 milliards" in event.page())


def files_of(seat, pattern="*"):
    return b"".join(open(path, "rb").read() for path in sorted(glob.glob(f"{seat.folder}/{pattern}")))


def retracted():
    applied("a sentence too many", publish(f"Entre nous, {SECRET}.", "Passons."))
    check("viewers saw it", everybody(lambda k, d: k == "segment" and d["segment"] == published[-1]))
    for seat in event.seats.values():
        seat.show("transcript")          # every replica had it
    applied("corrected, a suggestion, then taken back", scribe.do(f"correct last-1 Soit, {SECRET}."))
    applied("a moderator proposes other words", event.sms.do(f"suggest {published[-2]} Pas {SECRET}."))
    applied("taken back", scribe.do("retract last-1"))
    check("viewers are told which", everybody(lambda k, d: k == "retraction" and d["segment"] == published[-2]))
    refused("what was taken back is not corrected", scribe.do(f"correct {published[-2]} Rien."), "retracted")
    last = host.status()["broadcast"]
    for by in ("header", "query"):
        fresh = Viewer(event, "autre", by=by)
        check(f"a fresh viewer ({by}) gets tombstones, without a gap", fresh.wait_number(last) and not fresh.trouble() and
              SECRET.encode() not in fresh.bytes, fresh.trouble())
        check("numbers stay", sum(1 for e in fresh.events if e[2].get("retracted")) == 2, [e for e in fresh.events if e[2].get("retracted")])
        fresh.leave()
    for room in ("main", "autre"):
        check(f"gone from transcript and page of {room}", SECRET not in event.get(f"/v1/rooms/{room}/transcript") + event.page(room))
    for name, seat in event.seats.items():
        shown = "".join(json.dumps(seat.show(view), ensure_ascii=False) + "\n".join(seat.show(view, text=True))
                        for view in ("transcript", "rundown", "log", "messages", "themes"))
        check(f"gone from what {name} is shown, the log included", SECRET not in shown)
        check(f"gone from what {name} may ask", SECRET not in event.get("/v1/changes", seat))
        check(f"gone from the files of {name}'s replica", SECRET.encode() not in files_of(seat, "replica.db*"))
    check("other seats' folders hold nothing of it", SECRET.encode() not in files_of(host) + files_of(event.web))
    event.add_seat("adviser", "adviser")
    check("an adviser, added meanwhile, reads the evidence in the log", SECRET in json.dumps(event.adviser.show("log")))
    event.regied("seat", "remove", "--name", "adviser")


def held():
    event.post("Que pensez-vous du procès de Monsieur X ?", "Nom 9", "person-0009", "w9")
    number = host.show("messages")[-1]["id"]
    applied("a moderator's message is held for legal advice", event.web.do(f'hold m{number} legal note="une affaire en cours"', f"accept m{number}"))
    refused("air is refused with a sentence that names it", host.do("air q9"), "question", "held for legal advice", "une affaire en cours")
    check("what was on the air still is", host.status()["air"] == question(6)["question"])
    refused("next passes it over", host.do("next"), "no question")
    applied("without producer and adviser, the host lifts it", host.do(f"clear m{number}", "clear q9"))
    applied("then it is aired", host.do("air q9", "close"))


def technical():
    applied("the line breaks: the scribe puts up the card", scribe.do("interrupt"))
    check("viewers see it", everybody(lambda k, d: k == "state" and d["state"] == "interrupted"))
    refused("nothing is aired meanwhile", host.do("air q3"), "interrupted", "resume")
    seen = max(len(v.events) for v in viewers)
    applied("the scribe writes on", publish("q6 Pendant la coupure, un.", "q6 Pendant la coupure, deux.", "q6 Pendant la coupure, trois."))
    applied("corrects one, takes one back", scribe.do("correct last Pendant la coupure, trois et demi.", f"correct last-1 Soit, {NEVER}.", "retract last-1"))
    published.pop(-2)
    check("the public has none of it", "Pendant la coupure" not in event.get("/v1/rooms/main/transcript") + event.page() and
          max(len(v.events) for v in viewers) == seen)
    applied("resume", host.do("resume"))
    check("what was published flows, as it stands now", everybody(lambda k, d: k == "segment" and d["text"] == "Pendant la coupure, trois et demi."))
    texts = [d.get("text") for k, d in after(viewers[0], "resumed") if k == "segment"]
    check("in order, after the card is taken down", texts == ["Pendant la coupure, un.", "Pendant la coupure, trois et demi."], texts)


def after(viewer, state):
    at = max(i for i, (_, k, d) in enumerate(viewer.events) if k == "state" and d["state"] == state)
    return [(k, d) for _, k, d in viewer.events[at + 1:]]


def editorial():
    applied("an editorial interruption", host.do("interrupt editorial"))
    run = scribe.do("publish q6 À relire, un.", f"publish q6 À relire : {NEVER}.", "publish q6 À relire, trois.", "publish q6 À relire, quatre.")
    applied("the scribe writes on", run)
    one, two, three, four = (v["made"] for v in run.lines)
    applied("the host resumes", host.do("resume"))
    check("viewers see that it goes on", everybody(lambda k, d: k == "state" and d["state"] == "resumed") and
          until(lambda: [d["state"] for _, k, d in viewers[0].events if k == "state"].count("resumed") == 2))
    applied("what is said now goes out", publish("q6 Dit après la reprise."))
    check("now", everybody(lambda k, d: k == "segment" and d["segment"] == published[-1]))
    check("what was written meanwhile waits for review", "À relire" not in event.get("/v1/rooms/main/transcript") + event.page() and
          [s["state"] for s in host.show("transcript", "À relire")] == ["review"] * 4, [s["state"] for s in host.show("transcript", "À relire")])
    applied("reviewed: the third goes out first, one is taken back", host.do(f"release {three}"))
    applied("retract one", scribe.do(f"retract {two}"))
    applied("and the rest", host.do("release"))
    refused("nothing is left to review", host.do("release"), "no segment waits")
    published.extend((three, one, four))
    check("they come in the order in which they were let out", everybody(lambda k, d: k == "segment" and d["segment"] == four))


def ends():
    applied("another is on the air", host.do("air q3"))
    status, _ = scribe.post("/v1/presence", {"here": True, "typing": "Un dernier m"}, "PUT")
    applied("end, while the scribe types", host.do("end"))
    cursor = json.loads(event.get("/v1/changes", host).splitlines()[-1])["next"]
    rows = event.get(f"/v1/changes?since={cursor}&wait=2", host).splitlines()
    check("it waits", status == 204 and not any(json.loads(row).get("state") == "ended" for row in rows) and
          (host.status()["state"], host.status()["ending"]) == ("open", True), rows)
    event.kill()
    event.serve()
    cursor = json.loads(event.get("/v1/changes", host).splitlines()[-1])["next"]
    event.get(f"/v1/changes?since={cursor}&wait=2", host)
    check("also over a kill of the backend, until the scribe is heard of again", host.status()["state"] == "open")
    status, _ = scribe.post("/v1/presence", {"here": True, "typing": "Un dernier m"}, "PUT")
    refused("no question goes up any more", host.do("air q9"), "ending")
    applied("the last sentence is published", publish("Un dernier mot : merci."))
    scribe.post("/v1/presence", {"here": True, "typing": ""}, "PUT")
    check("then it ends", until(lambda: host.status()["state"] == "ended"))
    check("and viewers have the sentence before the end", everybody(lambda k, d: k == "state" and d["state"] == "ended") and
          all([k for _, k, d in v.events if k == "state" or d.get("segment") == published[-1]][-2:] == ["segment", "state"] for v in viewers))
    check("the question on the air was closed", question(3)["state"] == "closed")


def too_late():
    now = json.loads(event.get("/v1/status", host))["time"]
    client = "01900000-0000-7000-8000-00000000c0de"
    batch = {"client": client, "ops": [
        {"n": 1, "op": "reopen", "at": now, "args": {}},
        {"n": 2, "op": "air", "at": now - 60000, "until": now - 50000, "args": {"question": question(9)["question"]}},
        {"n": 3, "op": "close", "at": now - 60000, "args": {"question": question(9)["question"]}},
        {"n": 4, "op": "air", "at": now, "until": now + 10000, "args": {"question": question(9)["question"]}}]}
    status, answer = host.post("/v1/ops", batch)
    verdicts = answer["verdicts"]
    check("an air that was stuck for a minute is not aired, and says so", status == 200 and verdicts[1]["verdict"] == "expired" and
          "too late" in verdicts[1]["text"] and "air" in verdicts[1]["text"], answer)
    check("a close that was stuck is harmless", verdicts[2]["verdict"] == "refused" and "closed" in verdicts[2]["text"], verdicts[2])
    check("one in time is aired", verdicts[3]["verdict"] == "applied")
    again = host.post("/v1/ops", batch)[1]["verdicts"]
    check("a repeat gets the same verdicts again", [(v["verdict"], v["text"]) for v in again] == [(v["verdict"], v["text"]) for v in verdicts] and
          all(v["seen"] for v in again), again)
    other = host.post("/v1/ops", {"client": client, "ops": [{"n": 4, "op": "close", "at": now, "args": {"question": question(9)["question"]}}]})
    check("the same number with other content is refused", other[1]["verdicts"][0]["verdict"] == "refused" and question(9)["state"] == "air", other)
    gap = host.post("/v1/ops", {"client": client, "ops": [{"n": 7, "op": "close", "at": now, "args": {}}]})
    check("a gap is answered 409 with the last number", gap[0] == 409 and gap[1]["last"] == 4, gap)
    check("another seat cannot speak for this desk", scribe.post("/v1/ops", {"client": client, "ops": [{"n": 5, "op": "say", "at": now, "args": {"to": "all", "text": "x"}}]})[0] == 409)


def came_back():
    check("air without a backend could not be sent, and says where it is", away.code == 2 and away.verdicts == ["unsent"] and "desk" in away.lines[0]["text"], away)
    check("what follows is kept behind it", kept.code == 2 and kept.verdicts == ["unsent", "unsent"], kept)
    until(lambda: time.monotonic() > away_since + 11, 30)
    stuck.serve()
    back = stuck.host.do("say sms Nous revoilà.")
    check("with the backend back, the next command sends what waited", back.code == 0 and back.verdicts == ["applied"], back)
    check("and says of each that came too late what became of it", [line.startswith('regie do: "air", which was waiting') and "too late" in line
          for line in back.err.splitlines()] == [True, True], back)
    check("the air of before was not done", stuck.host.status()["air"] == "" and stuck.host.status()["aired"] == 0 and
          [q["state"] for q in stuck.host.show("rundown")] == ["next"])
    check("the words of before were, in order", [a["words"] for a in stuck.host.show("log", "say")] == ["2 Le lien est coupé.", "2 Nous revoilà."] or
          [a["words"].split(" ", 1)[1].split(" ", 1)[-1] for a in stuck.host.show("log", "say")], stuck.host.show("log", "say"))
    check("nothing is left unsent", stuck.host.status()["unsent"] == 0)
    applied("decided anew, it is aired", stuck.host.do("air"))


def streams():
    cutter.stop()
    last = host.status()["broadcast"]
    check("every viewer received everything", all(v.wait_number(last) for v in viewers), [v.last for v in viewers])
    for v in viewers:
        check(f"{v.room}, by {v.by}: no gap, no repeat over {'many' if v.streams > 3 else v.streams} streams", not v.trouble() and v.streams > 3, v.trouble())
        came = [d["segment"] for _, k, d in v.events if k == "segment"]
        check(f"{v.room}, by {v.by}: segments in the order in which they were published", came == published, (came, published))
        check(f"{v.room}, by {v.by}: what was taken back unseen never came", NEVER.encode() not in v.bytes)
    known = event.transcript()
    tail = Viewer(event, since=str(known["since"]))
    applied("a notice after the transcript", host.do("notice Fin."))
    check("who reads the transcript and goes on from its since misses nothing", tail.wait(lambda k, d: k == "notice") and
          int(tail.events[0][0].split("-")[1]) == last + 1, tail.events)
    status, _, _ = event.http("GET", "/v1/rooms/main/live", headers={"Last-Event-ID": "7-3"})
    check("an id of another epoch is answered 410", status == 410)
    status, _, _ = event.http("GET", f"/v1/rooms/main/live?since={last + 99}")
    check("so is a number that is not there yet", status == 410)
    for v in [*viewers, tail]:
        v.leave()


for part in (opening, improvised, two_at_once, behind, corrected, retracted, held, technical, editorial, ends, too_late, streams, came_back):
    part()
check("both stop well", event.stop() == 0 and stuck.stop() == 0)
check("and had nothing to complain of", "error" not in event.said() + stuck.said() and "Sanitizer" not in event.said(), event.said())
sys.exit(end())
