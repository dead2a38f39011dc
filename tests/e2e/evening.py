"""An evening from outside, for the end-to-end tests: regied as a child, regie as commands, viewers as threads.

Event    makes an event in a folder of its own, serves it, kills it, serves it again on the same port
Seat     regie do and regie show as one seat, with a folder of its own
Viewer   follows a room's live stream as a browser does: resumes with Last-Event-ID (or since) whenever it breaks off
Way      a TCP forwarder to an event, which dies or goes silent as told
check    one line of TAP; end() prints the plan and tells the exit status

Nothing sleeps for a guess: until() asks again and again, up to a deadline that REGIE_PATIENCE multiplies.
"""
import atexit
import http.client
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

BUILD = os.path.abspath(os.environ.get("REGIE_BUILD", "build"))
PATIENCE = float(os.environ.get("REGIE_PATIENCE", "1"))
LIMIT = 15 * PATIENCE

# ---- TAP -----------------------------------------------------------------------------------------------------------

cases = {"done": 0, "failed": 0}


def check(name, good, why=""):
    cases["done"] += 1
    cases["failed"] += not good
    print(f"{'ok' if good else 'not ok'} {cases['done']} {name}")
    if not good and why != "":
        print("\n".join("# " + line for line in str(why).splitlines()))
    sys.stdout.flush()
    return bool(good)


def skip(name, why):
    cases["done"] += 1
    print(f"ok {cases['done']} {name} # SKIP {why}")
    sys.stdout.flush()


def end():
    print(f"1..{cases['done']}")
    return 1 if cases["failed"] else 0


def until(ask, seconds=None):
    """The first true answer of ask(), or its last one when the time is over."""
    deadline = time.monotonic() + (LIMIT if seconds is None else seconds * PATIENCE)
    while True:
        answer = ask()
        if answer or time.monotonic() >= deadline:
            return answer
        threading.Event().wait(0.02)


# ---- the event -----------------------------------------------------------------------------------------------------

class Run:
    """What a command said: code, out, err; lines are the JSON objects of out."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def verdicts(self):
        return [line["verdict"] for line in self.lines]

    def __str__(self):
        return f"exit {self.code}\n{self.out}{self.err}"


def command(program, *words, stdin=None, timeout=None, env=None):
    done = subprocess.run([f"{BUILD}/{program}", *words], capture_output=True, timeout=timeout or 4 * LIMIT,
                          input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                          env=None if env is None else {**os.environ, **env})
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


class Event:
    """seats, rooms and gateways are made in `folder`; serve() begins, and gives the port that later serve() calls keep."""

    address = "127.0.0.1"

    def __init__(self, title="Le chat", seats=("web", "sms", "host", "scribe"), rooms=("main",), gateways=("g",), under=None):
        self.folder = tempfile.mkdtemp(prefix="evening-", dir=under)
        self.data = self.folder + "/event"
        self.port, self.process, self.keys, self.seats = 0, None, {}, {}
        self.errors = self.folder + "/regied.err"
        atexit.register(self.clear)
        self.regied("init", "--title", title)
        for room in rooms:
            self.regied("room", "add", "--slug", room, "--name", room.capitalize())
        for name in gateways:
            url = self.regied("gateway", "add", "--name", name, "--kind", "generic").out
            self.keys[name] = urllib.parse.parse_qs(urllib.parse.urlsplit(url.strip()).query)["key"][0]
        for name in seats:
            self.add_seat(name, name.rstrip("0123456789"))

    def regied(self, *words, fine=True):
        run = command("regied", words[0], "--data", self.data, *words[1:])
        if fine and run.code:
            raise RuntimeError(f"regied {' '.join(words)}: {run}")
        return run

    def add_seat(self, name, role):
        token = self.regied("seat", "add", "--name", name, "--role", role).out.strip()
        self.seats[name] = Seat(self, name, token)
        return self.seats[name]

    def __getattr__(self, name):
        try:
            return self.__dict__["seats"][name]
        except KeyError:
            raise AttributeError(name)

    @property
    def url(self):
        return f"http://{self.address}:{self.port}"

    def serve(self, *options):
        with open(self.errors, "ab") as err:
            self.process = subprocess.Popen(
                [f"{BUILD}/regied", "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", *options],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err)
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], LIMIT)
            more = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not more:
                raise RuntimeError(f"regied did not serve: {line!r} {self.said()}")
            line += more
        self.port = int(line.decode().rsplit(":", 1)[1])
        return self

    def said(self):
        """What regied wrote to stderr so far."""
        with open(self.errors, encoding="utf8") as f:
            return f.read()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def stop(self):
        """SIGTERM; the exit status."""
        process, self.process = self.process, None
        process.terminate()
        try:
            status = process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = None
        process.stdout.close()
        return status

    def clear(self):
        if self.process:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- what the public and programs ask

    def http(self, method, path, body=None, headers=None, timeout=None):
        """(status, headers, body as bytes); raises OSError or HTTPException when nobody answers."""
        link = http.client.HTTPConnection(self.address, self.port, timeout=timeout or LIMIT)
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            link.request(method, path, body, headers)
            answer = link.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            link.close()

    def get(self, path, seat=None):
        status, _, body = self.http("GET", path, headers=seat.bearer if seat else None)
        return body.decode() if status == 200 else f"status {status}: {body.decode()}"

    def post(self, text, name=None, who=None, id=None, room=None):
        """A question left on the web; what was answered, as a dict with its status."""
        message = {k: v for k, v in (("text", text), ("name", name), ("id", id), ("room", room)) if v is not None}
        status, _, body = self.http("POST", "/v1/messages", message, {"Cookie": f"regie={who}"} if who else None)
        return {"status": status, **json.loads(body)}

    def text(self, text, sender="0612345678", id="", gateway="g"):
        """The status of one SMS handed over by a gateway."""
        form = urllib.parse.urlencode({"from": sender, "to": "36200", "id": id, "text": text}).encode()
        status, _, body = self.http("POST", f"/v1/sms/{gateway}?key={self.keys[gateway]}", form,
                                    {"Content-Type": "application/x-www-form-urlencoded"})
        return status

    def fate(self, receipt):
        return json.loads(self.get("/v1/messages/" + receipt))["fate"]

    def transcript(self, room="main"):
        return json.loads(self.get(f"/v1/rooms/{room}/transcript"))

    def page(self, room="main"):
        return self.get("/r/" + room)


class Seat:
    def __init__(self, event, name, token):
        self.event, self.name = event, name
        self.bearer = {"Authorization": "Bearer " + token}
        self.token_file, self.folder = f"{event.folder}/{name}.token", f"{event.folder}/{name}"
        with open(self.token_file, "w", encoding="ascii") as f:
            f.write(token + "\n")

    @property
    def options(self):
        return ["--backend", self.event.url, "--token-file", self.token_file, "--data", self.folder]

    def do(self, *operations, timeout=None):
        return command("regie", "do", *self.options, *(["--timeout", str(timeout)] if timeout is not None else []),
                       *operations)

    def show(self, view, *words, text=False):
        """A list of dicts; with text, the lines as people see them."""
        run = command("regie", "show", view, *self.options, *([] if text else ["--json"]), *words)
        if run.code:
            raise RuntimeError(f"regie show {view}: {run}")
        return run.out.splitlines() if text else run.lines

    def status(self):
        return self.show("status")[0]

    def post(self, path, body, method="POST"):
        status, _, answer = self.event.http(method, path, body, self.bearer)
        return status, json.loads(answer) if answer else None


def applied(name, run):
    """A case: every operation was applied. Gives the run back."""
    check(name, run.code == 0 and run.lines and all(v == "applied" for v in run.verdicts) and not run.err, run)
    return run


def refused(name, run, *words):
    """A case: the last operation was refused, with a sentence that has all of the words."""
    text = run.lines[-1]["text"] if run.lines else ""
    check(name, run.code == 1 and run.verdicts[-1] == "refused" and all(word in text for word in words), run)
    return run


# ---- addresses ----------------------------------------------------------------------------------------------------

class Way:
    """A TCP forwarder to the event: cut() as a machine that dies, hush() as a cable that is pulled."""

    def __init__(self, event):
        self.event, self.open, self.quiet, self.links, self.taken = event, True, False, [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def run(self):
        while True:
            try:
                one, _ = self.listener.accept()
            except OSError:
                return
            if not self.open:
                one.close()
                return
            other = socket.create_connection(("127.0.0.1", self.event.port))
            self.links += [one, other]
            self.taken += 1
            for a, b in ((one, other), (other, one)):
                threading.Thread(target=self.pass_on, args=(a, b), daemon=True).start()

    def pass_on(self, a, b):
        try:
            while data := a.recv(65536):
                if not self.quiet:
                    b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        self.open = False
        for s in [self.listener, *self.links]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def hush(self):
        self.quiet = True


# ---- viewers -------------------------------------------------------------------------------------------------------

class Viewer:
    """Follows a room from its first event on, or from after `since`. by: how it resumes, "header" or "query"."""

    def __init__(self, event, room="main", by="header", since=None):
        self.event, self.room, self.by = event, room, by
        self.events, self.bytes, self.streams, self.wrong = [], b"", 0, []
        self.last, self.wanted, self.socket = since, True, None
        self.lock, self.changed = threading.Lock(), threading.Condition()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.wanted)
            if self.wanted == "no more":
                return
            try:
                self.follow()
            except (OSError, http.client.HTTPException):
                pass
            threading.Event().wait(0.02)  # a browser waits for `retry`; nothing depends on it

    def follow(self):
        link = http.client.HTTPConnection(self.event.address, self.event.port, timeout=60)
        path, headers = f"/v1/rooms/{self.room}/live", {}
        if self.last and self.by == "header":
            headers["Last-Event-ID"] = self.last
        elif self.last:
            path += "?since=" + self.last
        try:
            link.connect()
            self.socket = link.sock
            link.request("GET", path, headers=headers)
            answer = link.getresponse()
            if answer.status != 200:
                self.wrong.append((answer.status, answer.read()))
                return
            self.streams += 1
            self.read(answer)
        finally:
            self.socket = None
            link.close()

    def read(self, answer):
        fields = {}
        while True:
            line = answer.readline()
            if not line.endswith(b"\n"):
                return  # what is not whole is not dispatched
            self.bytes += line
            name, _, value = line.decode().rstrip("\r\n").partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
                continue
            if "data" in fields:
                with self.changed:
                    self.last = fields["id"]
                    self.events.append((fields["id"], fields["event"], json.loads(fields["data"])))
                    self.changed.notify_all()
            fields = {}

    def wait(self, what, seconds=None):
        """The first event for which what(kind, data) is true; None when it does not come in time."""
        def found():
            return next((e for e in self.events if what(e[1], e[2])), None)
        with self.changed:
            return self.changed.wait_for(found, LIMIT if seconds is None else seconds * PATIENCE)

    def wait_number(self, number):
        """Whether the broadcast has come up to a number."""
        with self.changed:
            return self.changed.wait_for(lambda: self.last and int(self.last.split("-")[1]) >= number, LIMIT)

    def cut(self):
        """As when the line breaks: the viewer resumes by itself."""
        sock = self.socket
        try:
            if sock:
                sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self):
        self.wanted = False
        self.cut()

    def resume(self):
        with self.changed:
            self.wanted = True
            self.changed.notify_all()

    def leave(self):
        with self.changed:
            self.wanted = "no more"
            self.changed.notify_all()
        self.cut()
        self.thread.join(LIMIT)

    def kinds(self):
        return [kind for _, kind, _ in self.events]

    def trouble(self):
        """What is wrong with the numbers: a gap, a repeat, an answer that is no stream. None when nothing is."""
        if self.wrong:
            return f"answered {self.wrong[0]}"
        for i, (name, _, _) in enumerate(self.events):
            epoch, number = name.split("-")
            if int(number) != i + 1 or epoch != self.events[0][0].split("-")[0]:
                return f"event {i + 1} has the id {name}, after {self.events[i - 1][0] if i else 'nothing'}"
        return None
