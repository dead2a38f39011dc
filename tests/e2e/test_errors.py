#!/usr/bin/env python3
"""What goes wrong for those who run it: each gets one sentence that says what to do, the right exit status, and nothing is
lost."""
import glob
import http.server
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading

from evening import BUILD, LIMIT, Event, applied, check, command, end, skip, until

DONE, REFUSED, USAGE = 0, 1, 2
NOBODY = 65534


def sentence(name, run, code, *words):
    """A case: nothing on stdout, exactly one line on stderr that begins with the command and has the words."""
    line = run.err.rstrip("\n")
    check(name, run.code == code and not run.out and run.err.endswith("\n") and line and "\n" not in line and
          line.startswith(("regie", "regied")) and ": " in line and all(word in line for word in words), run)


def told(name, answer, status, *words):
    """A case: a problem with a sentence in its detail."""
    problem = json.loads(answer[2])
    check(name, answer[0] == status and answer[1].get("Content-Type", "").startswith("application/problem+json") and
          problem["status"] == status and all(word in problem["detail"] for word in words), answer)


def words_of_regied(event):
    for name, words, code, said in (
            ("no command", (), USAGE, ("name a command",)),
            ("an unknown command", ("frob",), USAGE, ("frob", "--help")),
            ("an unknown option", ("serve", "--frob"), USAGE, ("regied serve: ", "--frob", "--help")),
            ("an option without its value", ("serve", "--data"), USAGE, ("--data DIR",)),
            ("an option given twice", ("init", "--data", "a", "--data", "b"), USAGE, ("--data", "twice")),
            ("init without a title", ("init", "--data", event.folder + "/new"), USAGE, ("--title",)),
            ("init in an unknown language", ("init", "--data", event.folder + "/new", "--title", "T", "--lang", "de"), USAGE, ("fr or en",)),
            ("init over an event that is served", ("init", "--data", event.data, "--title", "T"), REFUSED, (event.data,)),
            ("init under a file", ("init", "--data", event.errors + "/new", "--title", "T"), REFUSED, (event.errors,)),
            ("serve without a directory", ("serve",), USAGE, ("--data DIR",)),
            ("serve of a directory that is not there", ("serve", "--data", event.folder + "/none"), REFUSED, ("/none", "init")),
            ("seats of a directory that is not there", ("seat", "--data", event.folder + "/none", "list"), REFUSED, ("/none", "init")),
            ("serve on all addresses without saying what", ("serve", "--data", event.data, "--listen", "0.0.0.0:0"), USAGE, ("loopback", "public=")),
            ("serve on what is no address", ("serve", "--data", event.data, "--listen", "here"), USAGE, ("HOST:PORT", "here")),
            ("serve on a port that is none", ("serve", "--data", event.data, "--listen", "127.0.0.1:99999"), USAGE, ("HOST:PORT",)),
            ("an unknown log level", ("serve", "--data", event.data, "--log", "loud"), USAGE, ("--log", "warning")),
            ("a bound that is no number", ("serve", "--data", event.data, "--limit-posts", "few"), USAGE, ("--limit-posts", "few")),
            ("a certificate without its key", ("serve", "--data", event.data, "--tls-cert", "c"), USAGE, ("--tls-key",)),
            ("an unknown role", ("seat", "--data", event.data, "add", "--name", "x", "--role", "king"), USAGE, ("web, sms, host")),
            ("a seat without a name", ("seat", "--data", event.data, "add", "--role", "host"), USAGE, ("--name",)),
            ("a seat that is there already", ("seat", "--data", event.data, "add", "--name", "host", "--role", "host"), REFUSED, ("host", "another name")),
            ("a seat that is not there", ("seat", "--data", event.data, "renew", "--name", "nobody"), REFUSED, ("nobody",)),
            ("a room's name that is none", ("room", "--data", event.data, "add", "--slug", "A b"), USAGE, ("--slug", "letters")),
            ("an unknown kind of gateway", ("gateway", "--data", event.data, "add", "--name", "x", "--kind", "carrier"), USAGE, ("generic",)),
            ("a backup without a file", ("backup", "--data", event.data), USAGE, ("file",)),
            ("import of a file that is not there", ("import", "--data", event.data, event.folder + "/none.csv"), REFUSED, ("none.csv",))):
        sentence(name, command("regied", *words), code, *said)


def words_of_regie(event):
    options = event.host.options
    for name, words, code, said in (
            ("no operation", ("do", *options), USAGE, ("accept t12",)),
            ("an unknown operation", ("do", *options, "frob q1"), USAGE, ("frob", "--help")),
            ("an argument is missing", ("do", *options, "edit q1"), USAGE, ("usage: edit QUESTION TEXT",)),
            ("an argument too many", ("do", *options, "open now"), USAGE, ("usage: open",)),
            ("a wait that is no number", ("do", *options, "--timeout", "soon", "open"), USAGE, ("--timeout", "seconds")),
            ("nothing to show", ("show", *options), USAGE, ("themes", "status")),
            ("an unknown view", ("show", *options, "weather"), USAGE, ("themes", "status")),
            ("an unknown order", ("show", *options, "themes", "--order", "size"), USAGE, ("--order", "people")),
            ("an unknown state of questions", ("show", *options, "rundown", "--state", "lost"), USAGE, ("--state", "reserve")),
            ("an unknown state of messages", ("show", *options, "messages", "--state", "lost"), USAGE, ("--state", "dismissed")),
            ("an unknown channel", ("show", *options, "themes", "--channel", "fax"), USAGE, ("--channel", "sms")),
            ("a limit that is no number", ("show", *options, "log", "--limit", "-3"), USAGE, ("--limit",)),
            ("a theme that is no number", ("show", *options, "messages", "--theme", "x"), USAGE, ("--theme", "number")),
            ("what is no address", ("do", *options[2:], "--backend", "ftp://x", "open"), USAGE, ("ftp://x", "http://HOST:PORT")),
            ("a token file that is not there", ("do", *options[:2], "--token-file", "none", *options[4:], "open"), USAGE, ("none",)),
            ("no token", ("show", *options[:2], *options[4:], "status"), USAGE, ("--token-file", "REGIE_TOKEN"))):
        sentence(name, command("regie", *words), code, *said)
    status = event.host.status()
    check("nothing came of any of it", status["state"] == "preparing" and status["unsent"] == 0 and event.host.show("log") == [])
    several = event.host.do("collect", "frob")
    sentence("one bad line of several: none is done", several, USAGE, "frob")
    check("not even the good one", event.host.status()["state"] == "preparing")
    odd = event.host.do("close q1", "label t99 Rien", "accept m99", "say nobody Bonjour", "ack", "undo 99")
    check("what is not there is refused, a sentence each", odd.code == REFUSED and odd.verdicts == ["refused"] * 6 and not odd.err and
          all(len(line["text"]) > 10 for line in odd.lines), odd)


def served_twice(event):
    sentence("a second serve of a directory", command("regied", "serve", "--data", event.data, "--listen", "127.0.0.1:0"), REFUSED,
             event.data, "another process", "stop it first")
    check("the first goes on", event.host.status()["link"] == "up")
    other = Event("Un autre", seats=("host",), gateways=())
    sentence("a port in use", command("regied", "serve", "--data", other.data, "--listen", f"127.0.0.1:{event.port}"), REFUSED,
             str(event.port), "another program", "choose another port")
    check("the event is as it was", other.serve().host.status()["title"] == "Un autre" and other.stop() == 0)
    extra = event.add_seat("scribe2", "scribe")
    check("seat add while served goes through its control socket and counts at once", extra.do("say all Me voici.").code == 0)
    check("room add too", event.regied("room", "add", "--slug", "late").code == 0 and event.get("/v1/rooms/late/transcript").startswith("{"))
    extra_token = event.regied("seat", "renew", "--name", "scribe2").out.strip()
    sentence("a token that was renewed is not taken any more", extra.do("say all Encore."), USAGE, "token", "regied seat renew")
    with open(extra.token_file, "w", encoding="ascii") as f:
        f.write(extra_token)
    check("the new one is", extra.do("say all Encore.").code == 0)
    event.regied("seat", "remove", "--name", "scribe2")
    sentence("a seat that was removed does nothing", extra.do("say all Toujours."), USAGE, "token", "operator")
    check("the control socket is the owner's alone", os.stat(event.data + "/control").st_mode & 0o777 == 0o600)
    check("so are the files", all(os.stat(f).st_mode & 0o077 == 0 for f in glob.glob(event.data + "/*")), [oct(os.stat(f).st_mode) for f in glob.glob(event.data + "/*")])


def strangers(event):
    """Wrong tokens, somebody else's desk, something else than Régie at the address, nobody there."""
    wrong = event.folder + "/wrong.token"
    with open(wrong, "w", encoding="ascii") as f:
        f.write("0123456789abcdef0123456789abcdef\n")
    run = command("regie", "do", *event.host.options[:2], "--token-file", wrong, "--data", event.folder + "/w", "collect")
    sentence("a wrong token", run, USAGE, "token is not known", "regied seat renew")
    sentence("a wrong token shows nothing", command("regie", "show", "status", *event.host.options[:2], "--token-file", wrong, "--data",
             event.folder + "/w"), REFUSED, "token is not known")
    before = event.host.status()["unsent"]
    run = command("regie", "do", *event.scribe.options[:4], "--data", event.host.folder, "collect")
    sentence("a seat that uses another seat's folder", run, USAGE, "another seat", "--data")
    check("leaves nothing in that desk", event.host.status()["unsent"] == before == 0)
    applied("so the other seat sends its own alone", event.host.do("say scribe C'est moi."))
    check("and the event is as it was", event.host.status()["state"] == "preparing")

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>not R\xc3\xa9gie</html>")

        def log_message(self, *_):
            pass
    page = http.server.HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=page.serve_forever, args=(0.02,), daemon=True).start()
    run = command("regie", "do", "--backend", f"http://127.0.0.1:{page.server_port}", *event.web.options[2:4], "--data", event.folder + "/o", "--timeout", "1", "collect")
    sentence("something else at the address", run, USAGE, "nothing is known of the event yet")
    page.shutdown()
    page.server_close()
    run = command("regie", "do", "--backend", f"http://127.0.0.1:{page.server_port}", *event.web.options[2:4], "--data", event.folder + "/o", "--timeout", "1", "collect")
    sentence("nobody at the address", run, USAGE, "cannot be reached")
    two = command("regie", "do", "--backend", f"http://127.0.0.1:{page.server_port}", *event.web.options, "say all Par l'autre chemin.")
    check("with a second address the event is reached by that", two.code == DONE, two)


def requests(event):
    told("a message that is no JSON", event.http("POST", "/v1/messages", b"{", {"Content-Type": "application/json"}), 400)
    told("a message without text", event.http("POST", "/v1/messages", {"name": "x"}), 400, "text")
    told("a message of another type", event.http("POST", "/v1/messages", b"x", {"Content-Type": "image/png"}), 415, "application/json")
    told("a message too long", event.http("POST", "/v1/messages", {"text": "é" * 2001}), 413, "2000")
    told("a message of a room that is not there", event.http("POST", "/v1/messages", {"text": "x", "room": "none"}), 400, "none")
    told("nothing to see in a message", event.http("POST", "/v1/messages", {"text": "\u200b \u202e"}), 400)
    told("while the intake is shut", event.http("POST", "/v1/messages", {"text": "Bonsoir"}), 409)
    told("an address that is none", event.http("GET", "/v2/frob"), 404, "openapi.json")
    told("a method that is not taken", event.http("PUT", "/v1/messages", {"text": "x"}), 405, "POST")
    told("a room that is not there", event.http("GET", "/v1/rooms/none/live"), 404, "room")
    told("a receipt that is none", event.http("GET", "/v1/messages/none"), 404, "receipt")
    told("changes without a token", event.http("GET", "/v1/changes"), 401, "Authorization")
    told("changes from a cursor that is none", event.http("GET", "/v1/changes?since=frob", headers=event.host.bearer), 400)
    told("operations that are none", event.http("POST", "/v1/ops", {"client": "x"}, event.host.bearer), 400)
    told("presence that is none", event.http("PUT", "/v1/presence", [1], event.host.bearer), 400, "object")
    status, _, body = event.http("POST", "/v1/sms/g?key=wrong", b"from=1&text=x", {"Content-Type": "application/x-www-form-urlencoded"})
    check("a gateway's key that is wrong", status in (401, 403), (status, body))
    check("it goes on all the same", event.get("/readyz") == "ready\n")


def files(event):
    """What stands on the disk is not as it should be."""
    event.stop()
    db, key = event.data + "/event.db", event.data + "/key"
    sentence("init over an event", command("regied", "init", "--data", event.data, "--title", "T"), REFUSED, event.data, "another directory")
    was = version(db, 99)
    for name, words in (("serve", ("serve", "--listen", "127.0.0.1:0")), ("seat", ("seat", "list")), ("init", ("init", "--title", "T"))):
        sentence(f"{name} of a newer event", command("regied", words[0], "--data", event.data, *words[1:]), REFUSED, "newer version", "schema 99", "use that version")
    version(db, was)
    shutil.copy(key, key + ".good")
    with open(key, "wb") as f:
        f.write(b"short")
    sentence("a key that is none", command("regied", "serve", "--data", event.data), REFUSED, "key", "put back")
    os.replace(key + ".good", key)
    good = open(db, "rb").read()
    with open(db, "r+b") as f:
        f.write(b"This is no database, whatever it was before. " * 100)
    sentence("a damaged event", command("regied", "serve", "--data", event.data), REFUSED, "damaged", "backup")
    with open(db, "wb") as f:
        f.write(good)
    check("put back, it serves as before", event.serve().host.status()["link"] == "up" and event.host.show("log"))
    was = version(event.host.folder + "/desk.db", 99)
    sentence("a newer desk", event.host.do("collect"), USAGE, "desk.db", "newer version")
    version(event.host.folder + "/desk.db", was)
    for name in glob.glob(event.host.folder + "/replica.db*"):
        os.unlink(name)
    check("without its replica a console begins anew", event.host.show("log") != [] and event.host.status()["whole"])
    with open(event.host.folder + "/replica.db", "r+b") as f:
        f.write(b"This is no database, whatever it was before. " * 100)
    check("with a damaged one too", event.host.show("log") != [] and event.host.do("say all Me revoilà.").code == 0)


def version(path, number):
    db = sqlite3.connect(path)
    was = db.execute("PRAGMA user_version").fetchone()[0]
    db.execute(f"PRAGMA user_version={number}")
    db.commit()
    db.close()
    return was


def read_only():
    event = Event("Lecture seule", seats=("host",), gateways=(), under="/tmp")  # all folders above it may be walked
    if os.geteuid():
        who = {}
        os.chmod(event.data, 0o500)
    else:                                # root may write anywhere: somebody else tries
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        os.chmod(event.folder, 0o755)
        os.chmod(event.data, 0o755)
        for name in glob.glob(event.data + "/*"):
            os.chmod(name, 0o644)
    try:
        p = subprocess.run([f"{BUILD}/regied", "serve", "--data", event.data, "--listen", "127.0.0.1:0"], capture_output=True,
                           text=True, timeout=LIMIT, stdin=subprocess.DEVNULL, **who)
    except PermissionError as e:
        return skip("a directory that may not be written", f"nobody may not run {e.filename}")
    p.code, p.out, p.err = p.returncode, p.stdout, p.stderr
    if "error while loading" in p.err:
        return skip("a directory that may not be written", "nobody may not run the programs")
    sentence("a directory that may not be written", p, REFUSED, event.data, "ermission denied")
    os.chmod(event.folder, 0o700)
    if not os.geteuid():
        p = subprocess.run([f"{BUILD}/regied", "serve", "--data", event.data], capture_output=True, text=True, timeout=LIMIT,
                           stdin=subprocess.DEVNULL, **who)
        p.code, p.out, p.err = p.returncode, p.stdout, p.stderr
        sentence("nor one that may not be looked into", p, REFUSED, event.data, "ermission denied")
    os.chmod(event.data, 0o700)
    check("once it may, it serves", event.serve().host.status()["title"] == "Lecture seule" and event.stop() == 0)


def full_disk():
    event = Event("Disque plein")
    small = event.folder + "/small"
    os.mkdir(small)
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "none", small], stdin=subprocess.DEVNULL,
                                      capture_output=True).returncode:
        return skip("a full disk", "a small one can be mounted by root alone")
    try:
        shutil.move(event.data, small + "/event")
        event.data = small + "/event"
        event.serve("--disk-stop", "0")  # as far as it goes
        fill(event, small + "/ballast")
    finally:
        if event.process:
            event.kill()
        subprocess.run(["umount", "-l", small], check=True, stdin=subprocess.DEVNULL)


def fill(event, ballast):
    applied("it opens", event.host.do("collect", "open", "ask Alors ?"))
    kept, text = [], "Combien de temps cela tiendra-t-il ? " * 20
    kept.append(event.post(text + "0", id="w0", who="person-0000"))
    with open(ballast, "wb") as f:
        room = os.statvfs(ballast)
        f.write(b"x" * (room.f_bavail * room.f_bsize - 65536))
    refusal = None
    for i in range(1, 400):
        answer = event.post(text + str(i), id=f"w{i}", who=f"person-{i:04}")
        if answer["status"] != 202:
            refusal = answer
            break
        kept.append(answer)
    check("full: the public is told to come again, with a sentence", refusal and refusal["status"] == 503 and "again in a minute" in refusal["detail"] and
          event.folder not in refusal["detail"], refusal)
    run = event.host.do("compose Et maintenant ?", timeout=1)
    check("an operation stays in the desk", run.code == 2 and run.verdicts == ["unsent"] and "full" in run.lines[0]["text"], run)
    check("the log of the backend says so", "disk" in event.said() and "full" in event.said())
    check("it is not ready and says why", "disk is full" in event.get("/readyz"), event.get("/readyz"))
    check("it lives, and viewers read on", event.get("/healthz") == "ok\n" and "Alors" in event.page() and "Alors" in event.get("/v1/rooms/main/transcript"))
    cursor = json.loads(event.get("/v1/changes", event.web).splitlines()[-1])["next"]
    event.get(f"/v1/changes?since={cursor}&wait=2", event.web)
    check("two seconds later it is not ready still", "disk is full" in event.get("/readyz"), event.get("/readyz"))
    os.unlink(ballast)
    check("with space again it is ready by itself", until(lambda: event.get("/readyz") == "ready\n"))
    applied("what waited in the desk is sent", event.host.do("say all Cela remarche."))
    again = event.post(text + str(len(kept)), id=f"w{len(kept)}", who=f"person-{len(kept):04}")
    check("who comes again is taken", again["status"] == 202, again)
    messages = event.host.show("messages")
    check("nothing acknowledged is lost, nothing is there twice", [m["id"] for m in messages] == [m["id"] for m in [*kept, again]], (len(messages), len(kept)))
    check("the operation was done once", [q["wording"] for q in event.host.show("rundown", "--state", "reserve")] == ["Et maintenant ?"])
    event.kill()
    event.serve()
    check("all of it also after a kill", len(event.host.show("messages")) == len(kept) + 1 and event.stop() == 0)


occasion = Event("Les fautes").serve()
for part in (words_of_regied, words_of_regie, served_twice, strangers, requests, files):
    part(occasion)
check("after all that it stops well", occasion.stop() == 0)
check("without a complaint of its own", "Sanitizer" not in occasion.said(), occasion.said())
read_only()
full_disk()
sys.exit(end())
