#!/usr/bin/env python3
"""Put back from a backup in one command: a new epoch, consoles offer again what its log lacks, the rest is listed.

regied backup (--with-key) while serving, regied restore FILE | --newest FOLDER | --missing, the check at a start.
"""
import json
import os
import shutil
import sqlite3
import sys

import evening
from evening import applied, check, command, end, until


def texts(seat):
    return {q["wording"] for q in seat.show("rundown")}


def restore(event, *words):
    return command("regied", "restore", "--data", event.data, *words)


def ask_a_little(event):
    applied("collect, open", event.host.do("collect", "open"))
    for i in range(5):
        event.post(f"Et le smic, {i} fois ?")
    applied("a question before the backup", event.host.do("compose Avant ?"))


def more_after_the_backup(event):
    for i in range(3):
        event.post(f"Et l'école, {i} fois ?")
    applied("questions after it, by two seats", event.host.do("compose Après ?", "compose Encore ?"))
    applied("words and a note", event.web.do("say all Je reste là"))
    applied("one is on the air, answered", event.host.do("air q1"))
    applied("a message set aside", event.web.do("dismiss m6 hors sujet"))


def check_backup(event, folder):
    run = event.regied("backup", folder + "/b1.db", "--with-key")
    check("backup --with-key writes both", run.out.split() == [folder + "/b1.db", folder + "/b1.db.key"]
          and open(folder + "/b1.db.key", "rb").read() == open(event.data + "/key", "rb").read()
          and os.stat(folder + "/b1.db.key").st_mode & 0o777 == 0o600, run)
    run = restore(event, folder + "/b1.db")
    check("a directory that is served is refused", run.code == 1 and "stop it first" in run.err, run)


def check_restore(event, folder):
    event.kill()
    # newer, and bad: torn in the middle, and no database at all
    good = open(folder + "/b1.db", "rb").read()
    with open(folder + "/b2.db", "wb") as f:
        f.write(good[:8192] + b"\xff" * 8192 + good[16384:])
    with open(folder + "/b3.db", "wb") as f:
        f.write(b"nothing of the kind" * 1000)
    for i, name in enumerate(("b1.db", "b2.db", "b3.db")):
        os.utime(f"{folder}/{name}", (1000000000 + i, 1000000000 + i))
    run = restore(event, folder + "/b3.db")
    check("a bad one by name changes nothing", run.code == 1 and "is not used" in run.err and "before-" not in " ".join(os.listdir(event.data)), run)
    run = restore(event, "--newest", folder)
    check("the newest good one is taken, the bad ones are named",
          run.code == 0 and f"put back: {folder}/b1.db" in run.out and "b2.db" in run.err and "b3.db" in run.err
          and "it holds 5 messages and" in run.out and "it had 3 messages and 5 acts since" in run.out and "key kept with it" in run.out, run)
    kept = [name for name in os.listdir(event.data) if name.startswith("before-")]
    check("the event before is kept, whole", len(kept) == 1 and {"event.db", "key"} <= set(os.listdir(f"{event.data}/{kept[0]}")), kept)
    check("the backup is as it was", open(folder + "/b1.db", "rb").read() == good)


def check_again(event):
    event.serve()
    check("the verdict at a start", "event checked: sound" in event.said(), event.said())
    check("a cursor of before is gone", event.http("GET", "/v1/rooms/main/live?since=1-1", timeout=5)[0] in (200, 410))
    lists = lambda: restore(event, "--missing").out
    run = restore(event, "--missing")
    check("before the consoles are back all of it is missing, also while served",
          run.code == 0 and "host: compose" in run.out and "5 acts were not had again; 3 messages" in run.out, run)
    event.post("Une autre question ?")  # gets the number 6
    applied("a seat goes on", event.host.do("compose Et après ?"))
    check("what it had asked before comes first", {"Avant ?", "Après ?", "Encore ?", "Et après ?"} <= texts(event.host), texts(event.host))
    applied("another", event.web.do("say all Me revoilà"))
    said = lists()
    check("what could not be had again is listed: the message that it was about is gone, the moment to air is over",
          "web: dismiss" in said and "m6 hors sujet" in said.replace("target=", "").replace("message:", "m")
          and "host: air" in said and "2 acts were not" in said, said)
    check("what was on the air is not put there again by a console that comes back",
          not any(q["state"] == "air" for q in event.host.show("rundown")) and not event.transcript()["questions"], event.transcript())
    check("and nothing was done to the one that has its number now", all(m["state"] == "waiting" for m in event.web.show("messages")), event.web.show("messages"))
    acts = [(a["op"], a["words"]) for a in event.host.show("log")]
    check("nothing comes twice", len(set(acts)) == len(acts), acts)
    applied("work goes on", event.host.do("compose Ensuite ?"))


def check_other_backups(event, folder):
    """Put back twice more: from an older backup, then from a newer one of the time before. What an earlier client id of
    the desk did is offered again where it is missing, and nowhere twice."""
    applied("a word", event.host.do("compose Entre ?"))
    event.regied("backup", folder + "/c1.db")
    applied("two more", event.host.do("compose Tard ?", "compose Plus tard ?"))
    event.regied("backup", folder + "/c2.db")
    applied("and one", event.host.do("compose Enfin ?"))
    for file in ("b1.db", "c1.db", "c2.db", "b1.db"):
        event.stop()
        run = restore(event, f"{folder}/{file}")
        check(f"back to {file}", run.code == 0, run)
        event.serve()
        applied("work goes on", event.host.do(f"say all {file}"))
        wordings = [q["wording"] for q in event.host.show("rundown")]
        check("all of the desk's questions are there, each once, in order",
              [w for w in wordings if w in OURS] == OURS and len(set(wordings)) == len(wordings), wordings)


OURS = ["Avant ?", "Après ?", "Encore ?", "Et après ?", "Ensuite ?", "Entre ?", "Tard ?", "Plus tard ?", "Enfin ?"]


def spoil_index(event, index):
    """Damages one leaf that nothing reads at a start."""
    db = sqlite3.connect(event.data + "/event.db")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (page,), (size,) = (db.execute("SELECT rootpage FROM sqlite_schema WHERE name=?", (index,)).fetchone(),
                        db.execute("PRAGMA page_size").fetchone())
    db.close()
    with open(event.data + "/event.db", "r+b") as f:
        f.seek((page - 1) * size + size - 200)
        f.write(b"\xff" * 200)


def check_while_serving(event, folder):
    """A start that may not look goes on looking while it serves, and tells the verdict wherever it is asked for."""
    event.regied("backup", folder + "/d1.db")
    event.stop()
    had = len(event.said())
    event.serve("--check", "0")
    said = lambda: event.said()[had:]
    check("what was looked at and what not", until(lambda: "event checked in part: 0 of " in said()), said())
    check("the verdict comes while it serves", until(lambda: "event checked: sound, " in said()), said())
    status = lambda: json.loads(event.get("/v1/status", event.host))
    check("and in the status", status()["check"]["verdict"] == "sound" and status()["check"]["done"] == status()["check"]["of"] > 9, status())
    check("and as a metric", "regie_check_verdict 0" in event.get("/metrics"))
    event.stop()
    spoil_index(event, "live_record")
    event.serve("--check", "0")
    check("damage is found while it serves", until(lambda: status()["check"]["verdict"] == "damaged"), status())
    command_line = f"regied restore --data {event.data} {folder}/d1.db"
    check("with the command that puts it right, for every seat and in the log",
          command_line in status()["trouble"] and command_line in said() and "regie_check_verdict 2" in event.get("/metrics"), status())
    told = lambda: json.loads(event.get("/v1/changes?status=0", event.host).splitlines()[-1])["status"]
    check("consoles are told with their rows", until(lambda: command_line in told()["trouble"]), told())
    applied("the room can go on meanwhile", event.host.do("say all On continue ?"))
    event.stop()
    run = command("regied", "serve", "--data", event.data, "--listen", "127.0.0.1:0", timeout=20)
    check("at the next start it is refused", run.code == 1 and command_line in run.err, run)
    check("which is that command", restore(event, folder + "/d1.db").code == 0)
    event.serve()


def check_damaged(event, folder):
    event.regied("backup", folder + "/b4.db")
    event.stop()
    with open(event.data + "/event.db", "r+b") as f:
        f.seek(4096)
        f.write(b"\xff" * 65536)
    run = command("regied", "serve", "--data", event.data, "--listen", "127.0.0.1:0", timeout=20)
    check("a damaged event is refused, with the command that puts the newest backup back",
          run.code == 1 and "damaged" in run.err and f"regied restore --data {event.data} {folder}/b4.db" in run.err, run)
    run = restore(event, folder + "/b4.db")
    check("which works, though what was cannot be read", run.code == 0 and "cannot be read" in run.out, run)
    event.serve()
    check("nothing was lost", {"Avant ?", "Après ?", "Encore ?", "Ensuite ?"} <= texts(event.host))


def main():
    event = evening.Event()
    folder = event.folder + "/backups"
    os.mkdir(folder)
    event.serve()
    ask_a_little(event)
    check_backup(event, folder)
    more_after_the_backup(event)
    check_restore(event, folder)
    check_again(event)
    check_other_backups(event, folder)
    check_while_serving(event, folder)
    check_damaged(event, folder)
    # A disk that is gone: a directory made anew.
    event.stop()
    shutil.rmtree(event.data)
    run = restore(event, "--newest", folder)
    check("into an empty place", run.code == 0 and "event before" not in run.out, run)
    event.serve()
    check("with all seats", event.host.status()["link"] == "up")
    return end()


if __name__ == "__main__":
    sys.exit(main())
