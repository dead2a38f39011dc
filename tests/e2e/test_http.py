#!/usr/bin/env python3
"""regied's HTTP from raw sockets: what could be read two ways, framing, deadlines, listeners, limits, origins, caching."""
import gzip
import json
import os
import re
import select
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

from evening import BUILD, LIMIT, PATIENCE, Event, check, command, end, until

# ---- a client that hides nothing -----------------------------------------------------------------------------------


class Line:
    """One connection."""

    def __init__(self, port, host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), LIMIT)
        self.bytes, self.ended = b"", False

    def send(self, data):
        try:
            self.socket.sendall(data.encode() if isinstance(data, str) else data)
        except OSError:
            pass  # what was answered tells
        return self

    def more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            data = b""
        except TimeoutError:
            raise RuntimeError(f"no answer and no end after {self.bytes[-300:]!r}") from None
        self.ended = not data
        self.bytes += data
        return data

    def head(self):
        """Status and headers of the next answer, or None when the connection ends before."""
        while b"\r\n\r\n" not in self.bytes:
            if not self.more():
                return None, None
        text, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        first, *rest = text.decode("ascii").split("\r\n")
        return int(first.split(" ")[1]), {k.lower(): v for k, v in (line.split(": ", 1) for line in rest)}

    def answer(self, head=False):
        """The next answer: (status, headers, body); head: it has no body."""
        status, headers = self.head()
        if status is None or head or status in (100, 204, 304):
            return status, headers, b""
        length = int(headers["content-length"])
        while len(self.bytes) < length:
            if not self.more():
                break
        body, self.bytes = self.bytes[:length], self.bytes[length:]
        return status, headers, body

    def rest(self):
        """All that comes until the end."""
        while not self.ended:
            self.more()
        return self.bytes

    def close(self):
        self.socket.close()


def request(line, *headers, body=None, host="h"):
    """An HTTP/1.1 request as bytes."""
    head = [line + " HTTP/1.1"] + ([f"Host: {host}"] if host else []) + list(headers)
    if body is not None and not any(h.lower().startswith(("content-length", "transfer-encoding")) for h in headers):
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + (body or b"")


def ask(port, *words, head=False, **more):
    line = Line(port)
    try:
        return line.send(request(*words, **more)).answer(head)
    finally:
        line.close()


def problem(answer, *statuses):
    """Whether it is a problem with one sentence."""
    status, headers, body = answer
    if status not in statuses or headers.get("content-type") != "application/problem+json":
        return False
    told = json.loads(body)
    return told["status"] == status and 10 < len(told["detail"]) < 300 and "\n" not in told["detail"]


JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
SMUGGLED = request("POST /v1/messages", JSON, body=b'{"text":"smuggled"}')


def question(text, *headers, **members):
    return request("POST /v1/messages", JSON, *headers, body=json.dumps({"text": text, **members}).encode())


# ---- the event -----------------------------------------------------------------------------------------------------

event = Event(seats=("web", "sms", "host", "scribe"), rooms=("main",), gateways=("g",))
event.regied("room", "add", "--slug", "salon", "--name", "Salon", "--origin", "https://salon.example",
             "--origin", "https://www.salon.example:8443")
partner_key = event.regied("gateway", "add", "--name", "portail", "--kind", "partner").out.strip()
event.regied("gateway", "add", "--name", "k", "--kind", "kannel")
event.serve("--log", "debug")
event.host.do("collect", "open")
port = event.port
host_token = event.host.bearer["Authorization"]


def messages(text):
    """How often a text is stored, as the moderator's queue tells."""
    body = event.get("/v1/messages?limit=1000", event.web)
    return sum(json.loads(row)["text"] == text for row in body.splitlines())


# ---- requests with two readings ------------------------------------------------------------------------------------

def refused_and_closed(name, data, by_library=False):
    """One refusal, then the end; what was hidden behind it is read by nobody. by_library: libmicrohttpd refuses before we
    are asked, in words of its own or with none."""
    line = Line(port).send(data)
    why = None
    try:
        answer = line.answer()
        rest = line.rest()
        if by_library:
            if answer[0] not in (400, 413, None) or re.search(rb"HTTP/1.1 [235]|receipt", rest):
                why = f"answered {answer}, then {rest[:200]!r}"
        elif not problem(answer, 400):
            why = f"answered {answer}"
        elif rest:
            why = f"after {answer[0]}: {rest[:200]!r}"
    except RuntimeError as e:
        why = e
    line.close()
    if why:
        wrong.append(f"{name}: {why}")


wrong = []
POST = "POST /v1/messages"
BODY = b'{"text":"deux lectures"}'
N = len(BODY)
two_readings = {
    "two lengths": request(POST, JSON, f"Content-Length: {N}", "Content-Length: 3", body=BODY),
    "one length twice": request(POST, JSON, f"Content-Length: {N}", f"Content-Length: {N}", body=BODY),
    "a list of lengths": request(POST, JSON, f"Content-Length: {N}, {N}", body=BODY),
    "a length with a sign": request(POST, JSON, f"Content-Length: +{N}", body=BODY),
    "a negative length": request(POST, JSON, "Content-Length: -1", body=BODY),
    "a length in hexadecimal": request(POST, JSON, "Content-Length: 0x18", body=BODY),
    "an empty length": request(POST, JSON, "Content-Length: ", body=BODY),
    "a length past 64 bits": request(POST, JSON, "Content-Length: 18446744073709551640", body=BODY),
    "a length with chunks": request(POST, JSON, f"Content-Length: {N}", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "chunks with a length": request(POST, JSON, "Transfer-Encoding: chunked", "Content-Length: 5", body=b"0\r\n\r\n"),
    "chunks twice": request(POST, JSON, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "chunks in a list": request(POST, JSON, "Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"),
    "chunks and gzip": request(POST, JSON, "Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "nearly chunks": request(POST, JSON, "Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "identity": request(POST, JSON, "Transfer-Encoding: identity", body=b"0\r\n\r\n"),
    "chunks after a tab": request(POST, JSON, "Transfer-Encoding:\x0bchunked", body=b"0\r\n\r\n"),
    "chunks in HTTP/1.0": b"POST /v1/messages HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two hosts": request("GET /healthz", "Host: other"),
    "the same host twice": request("GET /healthz", "Host: h"),
    "no host": request("GET /healthz", host=None),
    "a host with a space": request("GET /healthz", host="a b"),
    "a host with a path": request("GET /healthz", host="h/x"),
    "a host with a name before": request("GET /healthz", host="me@h"),
    "two hosts in the target": request("GET http://other/healthz"),
    "a space before the colon": request(POST, JSON, f"Content-Length : {N}", body=BODY),
    "a tab before the colon": request(POST, JSON, f"Transfer-Encoding\t: chunked", f"Content-Length: {N}", body=BODY),
    "a folded line": request(POST, JSON, "X-One: a\r\n folded", body=BODY),
    "a folded length": request(POST, JSON, "Content-Length:\r\n 5", body=BODY),
    "a fold at the beginning": b"GET /healthz HTTP/1.1\r\n Host: h\r\n\r\n",
    "a line without a colon": request("GET /healthz", "nothing"),
    "a field without a name": request("GET /healthz", ": x"),
    "a name with a parenthesis": request("GET /healthz", "a(b: x"),
    "a NUL in a field": request("GET /healthz", "X: a\0b"),
    "a NUL in a name": request("GET /healthz", "X\0: b"),
    "a bell in a field": request("GET /healthz", "X: a\x07b"),
    "a lone CR": request("GET /healthz", "X: a\rContent-Length: 5"),
    "line ends without CR": b"GET /healthz HTTP/1.1\nHost: h\n\n",
    "one line end without CR": b"GET /healthz HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
    "two spaces": request("GET  /healthz"),
    "a tab for a space": request("GET\t/healthz"),
    "a fragment": request("GET /healthz#x"),
    "a target without a slash": request("GET healthz"),
    "a NUL in the path": request("GET /r/main%00"),
    "broken UTF-8 in the path": request("GET /r/%ff"),
    "an overlong slash": request("GET /r%c0%afmain"),
    "a control byte in the path": request("GET /r/\x01main"),
}
by_library = {"a list of lengths", "a length with a sign", "a negative length", "a length in hexadecimal", "an empty length",
              "a length past 64 bits", "a line without a colon", "a NUL in a name", "a tab for a space"}
for what, data in two_readings.items():
    refused_and_closed(what, data + SMUGGLED, what in by_library)
check(f"requests that could be read two ways are refused and closed ({len(two_readings)})", not wrong, "\n".join(wrong))

wrong = []
chunked = [JSON, "Transfer-Encoding: chunked"]
bad_chunks = {
    "no number": b"zz\r\n" + BODY,
    "a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a minus": b"-5\r\nhello\r\n0\r\n\r\n",
    "0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "past 64 bits": b"ffffffffffffffff1\r\nhello\r\n0\r\n\r\n",
    "the largest": b"ffffffffffffffff\r\n" + b"x" * 70000,
    "no line end after the data": b"5\r\nhelloXX0\r\n\r\n",
    "an empty size": b"\r\nhello\r\n0\r\n\r\n",
    "a space in the size": b"1 8\r\n" + BODY + b"\r\n0\r\n\r\n",
}
for what, data in bad_chunks.items():
    refused_and_closed(what, request(POST, *chunked, body=data) + SMUGGLED, by_library=True)
check("bad chunk sizes end the connection", not wrong, "\n".join(wrong))

wrong = []
for what, data in {
    "a huge field": request("GET /healthz", "X: " + "a" * 20000),
    "a huge path": request("GET /" + "a" * 20000),
    "a huge name": request("GET /healthz", "a" * 20000 + ": x"),
    "a field without end": b"GET /healthz HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 40000,
    "300 fields": request("GET /healthz", *(f"X-{i}: y" for i in range(300))),
    "300 arguments": request("GET /healthz?" + "a=b&" * 300 + "a" * 20000),
}.items():
    line = Line(port).send(data + SMUGGLED)
    status, _, _ = line.answer()
    if status not in (400, 413, 414, 431) or b" 202 " in line.rest():
        wrong.append(f"{what}: {status} {line.bytes[:200]!r}")
    line.close()
check("heads that are too large are refused and closed", not wrong, "\n".join(wrong))
check("nothing that was hidden behind a refusal was read", messages("smuggled") == 0 and messages("deux lectures") == 0)

# ---- one request after another -------------------------------------------------------------------------------------

line = Line(port).send(request("GET /healthz") + question("à la file 1") + request("GET /openapi.json") +
                       question("à la file 2") + request("HEAD /healthz") + request("GET /healthz", "Connection: close"))
got = [line.answer(), line.answer(), line.answer(), line.answer(), line.answer(head=True), line.answer()]
check("requests sent in one go are answered in order", [a[0] for a in got] == [200, 202, 200, 202, 200, 200] and
      got[0][2] == b"ok\n" and got[2][1]["content-type"] == "application/json" and not line.rest(), got)
line.close()

line = Line(port)
for byte in question("octet par octet"):
    line.send(bytes([byte]))
status, headers, body = line.answer()
check("a request in single bytes is one request", status == 202 and set(json.loads(body)) == {"id", "receipt"}, body)
line.send(request("GET /healthz"))
check("and its connection goes on", line.answer()[0] == 200)
line.close()

line = Line(port).send(request(POST, *chunked, body=b'5;a="b"\r\n{"tex\r\n14\r\nt":"en morceaux 1"} \r\n0\r\nX-Trailer: y\r\n\r\n'))
check("a body in chunks, with an extension and a trailer", line.answer()[0] == 202 and messages("en morceaux 1") == 1)
check("after a body in chunks the connection ends", not line.rest())
line.close()
line = Line(port).send(request(POST, *chunked, body=b"".join(b"1\r\n%c\r\n" % c for c in b'{"text":"en morceaux 2"}') + b"0\r\n\r\n"))
check("a body in chunks of one byte", line.answer()[0] == 202 and messages("en morceaux 2") == 1)
line.close()

body = '{"text":"j\'attends"}'.encode()
line = Line(port).send(request(POST, JSON, "Expect: 100-continue", f"Content-Length: {len(body)}"))
going_on = line.answer()
line.send(body)
check("Expect: 100-continue is told to go on, then answered", going_on[0] == 100 and line.answer()[0] == 202, going_on)
line.close()
line = Line(port).send(request(POST, JSON, "Expect: 100-continue", "Content-Length: 10000000"))
answer = line.answer()
check("Expect: 100-continue with too much is refused before it is sent", problem(answer, 413) and not line.rest(), answer)
line.close()

b = b"GET /healthz HTTP/1.0\r\n\r\n"
line = Line(port).send(b)
check("HTTP/1.0 is answered and closed", line.answer()[0] == 200 and not line.rest())
line.close()
line = Line(port).send(request("GET http://h/healthz"))
check("a target with its host, as proxies get it", line.answer()[0] == 200)
line.close()
line = Line(port).send(request("GET /healthz"))
line.socket.shutdown(socket.SHUT_WR)
check("a client that sends no more is still answered", line.answer()[0] == 200)
line.close()

# ---- methods, sizes, forms -----------------------------------------------------------------------------------------

api = json.loads(event.get("/openapi.json"))
contract = {
    "post": ["/v1/messages", "/v1/sms/{gateway}", "/v1/ops"], "put": ["/v1/presence"],
    "get": ["/v1/messages", "/v1/messages/{receipt}", "/v1/sms/{gateway}", "/v1/rooms/{room}/live",
            "/v1/rooms/{room}/transcript", "/r/{room}", "/v1/changes", "/v1/themes/{id}/sample", "/healthz", "/readyz",
            "/openapi.json", "/metrics"]}
listed = {(method, path) for path, methods in api["paths"].items() for method in methods}
missing = [f"{m} {p}" for m, paths in contract.items() for p in paths if (m, p) not in listed]
check("/openapi.json lists every route of the contract", not missing, missing)
named = set(re.findall(r"^  ([a-z]+)\b", command("regie", "do", "--help").out.split("operations (")[1], re.M))
check("/openapi.json lists the operations of regie do, no more, no fewer",
      named and named == set(api["x-operations"]), named ^ set(api["x-operations"]))
check("every operation there says by whom, and helps",
      all(op["roles"] and op["help"] and all(a["help"] for a in op["args"]) for op in api["x-operations"].values()))
rough = [f"{m} {p}" for p, methods in api["paths"].items() for m, d in methods.items()
         if not d["summary"] or not d["responses"] or
         {a["name"] for a in d["parameters"] if a["in"] == "path"} != set(re.findall(r"{(\w+)}", p))]
check("every route there has a summary, answers and its parameters", not rough, rough)

receipt = event.post("Une question à suivre")["receipt"]
places = {"receipt": receipt, "gateway": "g", "room": "main", "id": "1", "asset": "app.js"}


def place(path):
    return re.sub(r"{(\w+)}", lambda m: places[m.group(1)], path)


wrong = []
key = event.keys["g"]
before = len(event.get("/v1/messages?limit=1000", event.web).splitlines())
for path, methods in api["paths"].items():
    if "get" not in methods or path == "/v1/sms/{gateway}":
        continue
    auth = [f"Authorization: {host_token}"] if methods["get"].get("security") else []
    line = Line(port).send(request("HEAD " + place(path), *auth) + request("GET /healthz"))
    status, headers, _ = line.answer(head=True)
    nothing_more = line.answer()
    line.close()
    line = Line(port).send(request("GET " + place(path), *auth))
    same = line.head()
    line.close()
    if status != 200 or nothing_more[0] != 200 or nothing_more[2] != b"ok\n" or \
       (status, headers["content-type"]) != (same[0], same[1]["content-type"]) or \
       ("content-length" in same[1] and path not in ("/v1/changes", "/v1/status", "/metrics") and
            headers["content-length"] != same[1]["content-length"]):
        wrong.append(f"{path}: HEAD {status} {headers} GET {same}")
check("HEAD is GET without its body, everywhere", not wrong, "\n".join(wrong))
sms = urllib.parse.urlencode({"key": key, "from": "0611111111", "text": "de tête", "id": "head-1"})
status, headers, _ = ask(port, f"HEAD /v1/sms/g?{sms}", head=True)
check("HEAD hands over no SMS", status == 405 and headers["allow"] == "POST, GET" and messages("de tête") == 0,
      (status, headers, messages("de tête")))

wrong = []
for path, methods in api["paths"].items():
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "M-SEARCH"):
        if method.lower() in methods and method.isupper():
            continue
        status, headers, body = answer = ask(port, f"{method} {place(path)}")
        allow = {m.lower() for m in headers.get("allow", "").split(", ")}
        if not problem(answer, 405) or allow - {"head"} != set(methods):
            wrong.append(f"{method} {path}: {answer}")
check("another method is 405, and Allow names those there are", not wrong, "\n".join(wrong))
check("an unknown path is 404 with a sentence", problem(ask(port, "GET /nowhere"), 404) and
      problem(ask(port, "POST /"), 404) and problem(ask(port, "GET /v1/rooms/nobody/transcript"), 404) and
      problem(ask(port, "GET /r/nobody"), 404) and problem(ask(port, "GET /r/../etc/passwd"), 404) and
      problem(ask(port, "GET /a/..%2f..%2fetc%2fpasswd"), 404) and problem(ask(port, "GET /r/main/"), 404))

auth = f"Authorization: {host_token}"
wrong = []
for what, limit, words in (("messages", 64 << 10, (POST, JSON)), ("ops", 2 << 20, ("POST /v1/ops", JSON, auth)),
                           ("sms", 64 << 10, (f"POST /v1/sms/g?key={key}", FORM)),
                           ("presence", 16 << 10, ("PUT /v1/presence", JSON, auth))):
    for form in ("length", "chunks"):
        line = Line(port)
        if form == "length":
            line.send(request(*words, f"Content-Length: {limit + 1}"))
        else:
            line.send(request(*words, "Transfer-Encoding: chunked") + b"%x\r\n" % (limit + 1) + b" " * (limit + 1) + b"\r\n0\r\n\r\n")
        try:
            answer = line.answer()
            if not problem(answer, 413):
                wrong.append(f"{what} by {form}: {answer}")
        except RuntimeError as e:
            wrong.append(f"{what} by {form}: {e}")
        line.close()
check("a body past its route's bound is 413, by length and by chunks", not wrong, "\n".join(wrong))
big = request(POST, JSON, "Content-Length: 10000000")
line = Line(port).send(big)
sender = threading.Thread(target=lambda: line.send(b"x" * 10000000), daemon=True)
sender.start()
answer = line.answer()
check("a body of 10 MB gets its 413 while it is being sent", problem(answer, 413), answer)
line.close()
sender.join(LIMIT)

wrong = []
for words in ((POST, "Content-Type: text/xml"), (POST, "Content-Type: text/plain"), (POST,), (POST, "Content-Type: application/jsonp"),
              ("POST /v1/ops", FORM, auth), ("PUT /v1/presence", "Content-Type: text/json", auth),
              (f"POST /v1/sms/g?key={key}", "Content-Type: image/png")):
    answer = ask(port, *words, body=b'{"text":"x"}')
    if not problem(answer, 415):
        wrong.append(f"{words}: {answer}")
check("a body in another form is 415", not wrong, "\n".join(wrong))
check("a charset beside the type is fine", ask(port, POST, "Content-Type: Application/JSON; charset=UTF-8",
                                               body=b'{"text":"avec charset"}')[0] == 202)

# ---- who may -------------------------------------------------------------------------------------------------------

wrong = []
for path, methods in api["paths"].items():
    for method, d in methods.items():
        if not d.get("security"):
            continue
        for given in ([], ["Authorization: Bearer nobody"], ["Authorization: Basic eDp5"], ["Authorization: Bearer"],
                      ["Authorization: Bearer " + "x" * 500], ["Authorization: Bearer " + partner_key]):
            status, headers, body = answer = ask(port, f"{method.upper()} {place(path)}", JSON, *given, body=b"{}")
            if not problem(answer, 401) or "bearer" not in headers["www-authenticate"].lower():
                wrong.append(f"{method} {path} {given}: {answer}")
check("seats' routes want a seat's token", not wrong, "\n".join(wrong))
sms = urllib.parse.urlencode({"from": "0611111111", "text": "sans clef"})
check("gateways want their own key", problem(ask(port, f"GET /v1/sms/g?{sms}"), 401) and
      problem(ask(port, f"GET /v1/sms/g?key=nobody&{sms}"), 403) and problem(ask(port, f"GET /v1/sms/k?key={key}&{sms}"), 403) and
      problem(ask(port, f"GET /v1/sms/nobody?key={key}&{sms}"), 403) and
      problem(ask(port, f"GET /v1/sms/portail?key={partner_key}&{sms}"), 400, 403, 404) and messages("sans clef") == 0)

# ---- ids and receipts ----------------------------------------------------------------------------------------------

first, again = (event.post("Une seule fois ?", who="personne1", id="a-1") for _ in range(2))
other = event.post("Une seule fois ?", who="personne2", id="a-1")
changed = event.post("Autre texte", who="personne1", id="a-1")
check("an id given twice by one person is stored once, and answered the same",
      first["status"] == 202 and (first["id"], first["receipt"]) == (again["id"], again["receipt"]) ==
      (changed["id"], changed["receipt"]) and messages("Autre texte") == 0, (first, again, changed))
check("the same id by another person is another message", other["id"] != first["id"] and messages("Une seule fois ?") == 2)
nameless = [event.post("Sans biscuit", id="b-1") for _ in range(2)]
check("without a cookie too", nameless[0]["id"] == nameless[1]["id"] and messages("Sans biscuit") == 1, nameless)
bearer = f"Authorization: Bearer {partner_key}"
people = [json.loads(ask(port, POST, JSON, bearer, body=json.dumps({"text": "Du portail", "from": who, "id": "c-1"}).encode())[2])
          for who in ("anne", "anne", "bob")]
check("a partner's people are told apart by from", people[0]["id"] == people[1]["id"] != people[2]["id"], people)
rows = [json.loads(row) for row in event.get("/v1/messages?limit=1000", event.web).splitlines()]
check("a partner's two people are two participants",
      len({row["participant"] for row in rows if row["text"] == "Du portail"}) == 2, rows[:3])
check("from without a partner's key is refused",
      problem(ask(port, POST, JSON, body=b'{"text":"Du portail","from":"eve"}'), 403) and
      problem(ask(port, POST, JSON, "Authorization: Bearer wrong", body=b'{"text":"Du portail","from":"eve"}'), 401))
check("a key that is not known is not taken for a visitor's",
      problem(ask(port, POST, JSON, "Authorization: Bearer wrong", body=b'{"text":"Du portail"}'), 401) and
      problem(ask(port, POST, JSON, "Authorization: Bearer  " + "x" * 300, body=b'{"text":"Du portail"}'), 401) and
      ask(port, POST, JSON, "Authorization: Basic eDp5", body=b'{"text":"Par un relais"}')[0] == 202)
threads, receipts = [], []
for i in range(8):
    threads.append(threading.Thread(target=lambda: receipts.append(event.post("En même temps", who="personne3", id="d-1")["receipt"])))
for t in threads:
    t.start()
for t in threads:
    t.join(LIMIT)
check("eight at once with one id are one", len(receipts) == 8 and len(set(receipts)) == 1 and messages("En même temps") == 1, receipts)

all_receipts = {event.post(f"Reçu {i}")["receipt"] for i in range(20)}
check("receipts cannot be guessed", len(all_receipts) == 20 and all(re.fullmatch(r"[\w-]{20,64}", r) for r in all_receipts), all_receipts)
check("an unknown receipt is 404", problem(ask(port, "GET /v1/messages/" + "x" * 32), 404) and
      problem(ask(port, "GET /v1/messages/1"), 404))
mine = event.post("Mon reçu dit-il vrai ?", who="personne4")
fates = [event.fate(mine["receipt"])]
event.web.do(f"accept m{mine['id']}", "next q1")
fates.append(event.fate(mine["receipt"]))
event.host.do("air q1")
fates.append(event.fate(mine["receipt"]))
event.scribe.do("publish Oui.")
event.host.do("close")
fates.append(event.fate(mine["receipt"]))
check("a receipt tells the way of a question: waiting, rundown, aired, answered",
      fates[0].startswith("wait") and "rundown" in fates[1] and "air" in fates[2] and fates[3] == "answered", fates)

# ---- the page, its policy, and other origins -----------------------------------------------------------------------

status, headers, body = ask(port, "GET /r/salon")
policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";") if " " in part.strip())
check("the page may be framed by its room's origins",
      policy["frame-ancestors"].split() == ["'self'", "https://salon.example", "https://www.salon.example:8443"], policy)
check("and another room's page by none", "frame-ancestors 'self'" in ask(port, "GET /r/main")[1]["content-security-policy"] and
      "salon.example" not in ask(port, "GET /r/main")[1]["content-security-policy"])
text = body.decode()
check("the policy allows no inline script, and the page has none",
      policy["default-src"] == "'none'" and "unsafe" not in str(policy) and
      not re.search(r"<script(?![^>]* src=)|\son\w+\s*=|\sstyle\s*=|<style|javascript:", text), (policy, text[:500]))
check("the page's other guards", headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer" and
      headers["content-type"] == "text/html; charset=utf-8", headers)
cookie = headers["set-cookie"]
check("the page's cookie is random, its own, and not for scripts",
      re.match(r"regie=[\w-]{20,};", cookie) and "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie and
      "Domain" not in cookie and ask(port, "GET /r/salon")[1]["set-cookie"] != cookie, cookie)
check("a browser that has one keeps it", "set-cookie" not in ask(port, "GET /r/salon", "Cookie: a=b; " + cookie.split(";")[0])[1])

wrong = []
host = f"127.0.0.1:{port}"


def post_from(origin, text, **members):
    line = Line(port).send(request(POST, JSON, f"Origin: {origin}", host=host, body=json.dumps({"text": text, **members}).encode()))
    answer = line.answer()
    line.close()
    return answer


for origin, members, fine in (
        (f"http://{host}", {}, True), (f"http://{host}", {"room": "main"}, True), (f"http://{host}", {"room": "salon"}, True),
        ("https://salon.example", {"room": "salon"}, True), ("https://www.salon.example:8443", {"room": "salon"}, True),
        ("https://salon.example", {}, True), ("https://salon.example", {"room": "main"}, False),
        ("https://evil.example", {"room": "salon"}, False), ("http://salon.example", {"room": "salon"}, False),
        ("https://salon.example.evil.example", {"room": "salon"}, False), ("https://salon.exampl", {"room": "salon"}, False),
        ("https://www.salon.example", {"room": "salon"}, False), ("null", {"room": "salon"}, False), ("", {"room": "salon"}, False),
        (f"http://{host}.evil.example", {}, False), ("https://salon.example https://www.salon.example:8443", {}, False)):
    status, headers, body = answer = post_from(origin, "d'ailleurs " + origin + str(members), **members)
    shared = headers.get("access-control-allow-origin")
    if fine and (status != 202 or (host not in origin and (shared != origin or headers.get("vary") != "Origin"))):
        wrong.append(f"{origin} {members}: {answer}")
    if not fine and (not problem(answer, 403) or messages("d'ailleurs " + origin + str(members))):
        wrong.append(f"{origin} {members}: {answer}")
check("questions come from the page itself and from origins that the room lists", not wrong, "\n".join(wrong))
check("anybody may read a room from any origin", all(
    ask(port, f"GET {path}", "Origin: https://evil.example", head=True)[1].get("access-control-allow-origin") == "*"
    for path in ("/v1/rooms/main/transcript", "/v1/rooms/main/live", f"/v1/messages/{receipt}", "/v1/rooms/nobody/transcript")))
check("seats' and gateways' routes are shared with no origin", all(
    "access-control-allow-origin" not in ask(port, f"GET {path}", auth, "Origin: https://evil.example")[1]
    for path in ("/v1/changes", "/v1/messages", "/v1/status", "/metrics", "/r/main", f"/v1/sms/g?key={key}")))
status, headers, _ = ask(port, "OPTIONS /v1/messages", "Origin: https://salon.example", "Access-Control-Request-Method: POST",
                         "Access-Control-Request-Headers: content-type")
check("a browser's preflight is answered", status == 204 and "POST" in headers["access-control-allow-methods"] and
      "Content-Type" in headers["access-control-allow-headers"] and "access-control-allow-credentials" not in headers, headers)

# ---- caching, compression ------------------------------------------------------------------------------------------

path = "/v1/rooms/main/transcript"
status, headers, body = ask(port, "GET " + path)
tag = headers["etag"]
check("the transcript has an ETag", re.fullmatch(r'"[^"]+"', tag) and json.loads(body)["since"], tag)
for have in (tag, f'"other", {tag}', "W/" + tag):
    status, headers, body = ask(port, "GET " + path, "If-None-Match: " + have)
    if (status, body, headers.get("etag")) != (304, b"", tag) or headers["access-control-allow-origin"] != "*":
        check(f"If-None-Match {have}", False, (status, headers, body))
check("unchanged, it is 304, for HEAD as well", ask(port, "HEAD " + path, "If-None-Match: " + tag, head=True)[0] == 304)
event.scribe.do("publish question=q1 Et encore ceci.")
status, headers, body = ask(port, "GET " + path, "If-None-Match: " + tag)
check("changed, it is 200 with another tag", status == 200 and headers["etag"] != tag and b"Et encore ceci." in body, headers)
check("the page's files have one too", ask(port, "GET /a/app.js", "If-None-Match: " + ask(port, "GET /a/app.js")[1]["etag"])[0] == 304)

plain = ask(port, "GET /v1/changes", auth)
packed = ask(port, "GET /v1/changes", auth, "Accept-Encoding: deflate, gzip")
rows = [[json.loads(row) for row in data.splitlines()] for data in (plain[2], gzip.decompress(packed[2]))]
check("changes are compressed for who asks", packed[1]["content-encoding"] == "gzip" and "content-encoding" not in plain[1] and
      len(packed[2]) < len(plain[2]) / 2 and rows[0][:-1] == rows[1][:-1], (packed[1], len(plain[2]), len(packed[2])))
check("and not for who refuses", "content-encoding" not in ask(port, "GET /v1/changes", auth, "Accept-Encoding: gzip;q=0, identity")[1])
check("changes end with their cursor", set(rows[0][-1]) >= {"next", "more", "time"}, rows[0][-1])
cursor = rows[0][-1]["next"]
wrong = []
for query, statuses in (("since=nonsense", (400, 410)), ("since=%00", (400, 410)), ("since=" + "9" * 300, (400, 410)), ("limit=0", (400,)),
                        ("limit=-1", (400,)), ("limit=x", (400,)), ("wait=x", (400,)), ("wait=-5", (400,)),
                        ("since=" + urllib.parse.quote(cursor).replace(cursor[:4], "zzzz"), (400, 410)), ("wait=1e9", (400,))):
    answer = ask(port, "GET /v1/changes?" + query, auth)
    if not problem(answer, *statuses):
        wrong.append(f"{query}: {answer[0]} {answer[2][-200:]}")
check("a bad cursor, limit or wait gets a sentence", not wrong, "\n".join(wrong))
wrong = []
for body in (b"", b"{", b"[]", b"{}", b'{"client":1}', b'{"client":"x","ops":[]}', b'{"ops":{}}', b"null", b'"x"', b"\xff", b"[" * 5000):
    answer = ask(port, "POST /v1/ops", JSON, auth, body=body)
    if not problem(answer, 400):
        wrong.append(f"ops {body[:30]}: {answer}")
    answer = ask(port, "PUT /v1/presence", JSON, auth, body=body)
    if body not in (b"{}", b'{"client":1}', b'{"client":"x","ops":[]}', b'{"ops":{}}') and not problem(answer, 400):
        wrong.append(f"presence {body[:30]}: {answer}")
check("operations and presence that cannot be read get a sentence", not wrong, "\n".join(wrong))

# ---- a client that lets go ------------------------------------------------------------------------------------------

for _ in range(50):
    for data in (request("GET /v1/changes?wait=60&since=" + urllib.parse.quote(rows[0][-1]["next"]), auth),
                 request("GET /v1/rooms/main/live"), question("parti avant la réponse", id="parti"), request(POST, JSON, "Content-Length: 100") + b"{"):
        line = Line(port).send(data)
        line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        line.close()
check("clients that leave without a word harm nobody", ask(port, "GET /readyz")[0] == 200 and
      until(lambda: "regie_viewers 0\n" in event.get("/metrics")) and event.process.poll() is None, event.get("/metrics"))
check("regied ends well after all this", event.stop() == 0 and event.process is None, event.said()[-2000:])


# ---- listeners of their own, limits, deadlines ---------------------------------------------------------------------

def serve(*options):
    """regied with other listeners; its ports by kind, as the lines say."""
    with open(event.errors, "ab") as err:
        event.process = subprocess.Popen([f"{BUILD}/regied", "serve", "--data", event.data, "--log", "debug", *options],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err)
    text, want = b"", max(1, options.count("--listen"))
    while text.count(b"\n") < want:
        ready, _, _ = select.select([event.process.stdout], [], [], LIMIT)
        data = os.read(event.process.stdout.fileno(), 4096) if ready else b""
        if not data:
            raise RuntimeError(f"regied did not serve: {text!r} {event.said()[-1000:]}")
        text += data
    return {m[0]: int(m[1]) for m in re.findall(r"listening on (?:(\w+)=)?http://[^ ]*?:(\d+)\n", text.decode())}


ports = serve("--listen", "public=127.0.0.1:0", "--listen", "seats=127.0.0.1:0", "--listen", "admin=127.0.0.1:0",
              "--limit-posts", "3", "--limit-viewers", "2", "--deadline", "1.5")
check("each listener says its kind", set(ports) == {"public", "seats", "admin"}, ports)
wrong = []
belongs = {"/v1/messages": {"post": "public", "get": "seats"}, "/v1/messages/{receipt}": {"get": "public"},
           "/v1/sms/{gateway}": {"get": "public", "post": "public"}, "/v1/rooms/{room}/live": {"get": "public"},
           "/v1/rooms/{room}/transcript": {"get": "public"}, "/r/{room}": {"get": "public"}, "/a/{asset}": {"get": "public"},
           "/v1/changes": {"get": "seats"}, "/v1/ops": {"post": "seats"}, "/v1/presence": {"put": "seats"},
           "/v1/themes/{id}/sample": {"get": "seats"}, "/v1/status": {"get": "seats"}, "/metrics": {"get": "admin"},
           "/healthz": {"get": "all"}, "/readyz": {"get": "all"}, "/openapi.json": {"get": "all"}}
for path, methods in api["paths"].items():
    for method in methods:
        for kind in ports:
            line = Line(ports[kind]).send(request(f"{method.upper()} {place(path)}", auth, JSON, body=b"x"))
            status = line.head()[0]
            line.close()
            there = belongs.get(path, {}).get(method) in (kind, "all")
            if (status not in (404, 405)) != there:
                wrong.append(f"{method} {path} on {kind}: {status}")
check("each listener answers its own routes only", not wrong, "\n".join(wrong))

public, seats = ports["public"], ports["seats"]


def post(text, *headers):
    line = Line(public).send(question(text, *headers))
    answer = line.answer()
    line.close()
    return answer


got = [post(f"trop {i}", f"X-Forwarded-For: 203.0.113.{i}") for i in range(5)]
statuses = [a[0] for a in got]
# The wrong bodies above took from the same bucket: what counts is that it is empty now.
check("over its limit an address is told when to come again",
      statuses[-1] == 429 and problem(got[-1], 429) and 0 < int(got[-1][1]["retry-after"]) <= 60, got[-1])
check("without a trusted proxy X-Forwarded-For is no way around", statuses.count(202) <= 3, statuses)
sms = [ask(public, f"GET /v1/sms/g?key={key}&from=0612345678&id=limit-{i}&text=SMS+{i}")[0] for i in range(10)]
check("gateways have no such limit", sms == [202] * 10, sms)
check("nor has a partner", [post(f"du portail {i}", bearer)[0] for i in range(6)] == [202] * 6)
check("nor have seats", [ask(seats, "GET /v1/status", auth)[0] for _ in range(10)] == [200] * 10)

viewers = [Line(public).send(request("GET /v1/rooms/main/live")) for _ in range(2)]
check("two viewers of an address are let in", [v.head()[0] for v in viewers] == [200, 200])
answer = ask(public, "GET /v1/rooms/main/live")
check("the third is told to come again", problem(answer, 429) and "retry-after" in answer[1], answer)
viewers.pop().close()


def let_in():
    line = Line(public).send(request("GET /v1/rooms/main/live"))
    if line.head()[0] != 200:
        line.close()
        return None
    return line


third = until(let_in)
check("and is let in when one has left", third is not None)
if third:
    third.close()

# Drop by drop, faster than any idle time: only the whole counts.
slow = {
    "a head": (b"GET /healthz HTTP/1.1\r\nHost: h\r\nX: ", b"a"),
    "a body": (request(POST, JSON, "Content-Length: 5000"), b" "),
    "chunks": (request(POST, JSON, "Transfer-Encoding: chunked"), b"1\r\n \r\n"),
    "nothing": (b"", b""),
    "nothing after an answer": (request("GET /healthz"), b""),
    "empty lines": (b"", b"\r\n"),
}
lines = {name: Line(public).send(start) for name, (start, _) in slow.items()}
began, ended = time.monotonic(), {}
while len(ended) < len(lines) and time.monotonic() - began < 10 * PATIENCE:
    readable, _, _ = select.select([l.socket for n, l in lines.items() if n not in ended], [], [], 0.05)
    for name, line in lines.items():
        if name in ended:
            continue
        if line.socket in readable and not line.more():
            ended[name] = time.monotonic() - began
        elif slow[name][1]:
            line.send(slow[name][1])
for line in lines.values():
    line.close()
check("slow clients are cut when their time is over, whatever they drip", len(ended) == len(lines) and
      all(1 < t < 8 * PATIENCE for t in ended.values()), ended)
event_port, event.port = event.port, seats
event.scribe.do("publish question=q1 Toujours là ?")
event.port = event_port
viewer = viewers[0]
while "Toujours là ?".encode() not in viewer.bytes and not viewer.ended:
    viewer.more()
check("viewers are not", not viewer.ended, viewer.bytes[-300:])
viewer.close()
check("regied ends well", event.stop() == 0)

ports = serve("--listen", "public=127.0.0.1:0", "--trust-proxy", "127.0.0.0/8", "--trust-proxy", "198.51.100.0/24", "--limit-posts", "3")
public = ports["public"]
wrong = []
for chain, expected in (
        (["203.0.113.9"], 202), (["203.0.113.9"], 202), (["203.0.113.9"], 202), (["203.0.113.9"], 429),
        (["203.0.113.10"], 202),                                 # another address has its own
        (["8.8.8.8, 203.0.113.9"], 429),                         # what the client wrote itself does not count
        (["8.8.8.8", "203.0.113.9"], 429),                       # in a line of its own neither
        (["203.0.113.9, 198.51.100.7"], 429),                    # a second trusted proxy is looked through
        (["203.0.113.9, 198.51.100.7, 127.0.0.5"], 429),
        (["203.0.113.9, 192.0.2.1"], 202),                       # an untrusted one is the client
        (["[2001:db8::1]:1234"], 202), (["203.0.113.9:4711"], 429)):
    status = post("par un mandataire", *(f"X-Forwarded-For: {c}" for c in chain))[0]
    if status != expected:
        wrong.append(f"{chain}: {status}, not {expected}")
check("behind trusted proxies the address is the last one that is not trusted", not wrong, "\n".join(wrong))
status, headers, _ = ask(public, "GET /r/main", "X-Forwarded-Proto: https")
check("behind TLS of a trusted proxy the cookie is for TLS", "; Secure" in headers["set-cookie"], headers)
check("regied ends well again", event.stop() == 0)


def serve_fails(*options):
    run = command("regied", "serve", "--data", event.data, *options)
    return run.code == 2 and run.err.count("\n") == 1 and not run.out or print("# " + str(run))


check("all three together are for loopback only", serve_fails("--listen", "0.0.0.0:0") and serve_fails("--listen", "[::]:0") and
      serve_fails("--listen", "127.0.0.1:0", "--listen", "0.0.0.0:0"))
check("what is no address is refused with a sentence", serve_fails("--listen", "8080") and serve_fails("--listen", "public=") and
      serve_fails("--listen", "127.0.0.1:99999") and serve_fails("--listen", "127.0.0.1:x") and
      serve_fails("--listen", "127.0.0.1:0", "--trust-proxy", "10.0.0.0/99") and serve_fails("--limit-posts", "many"))

said = event.said()
secrets = [key, partner_key, *(seat.bearer["Authorization"].split()[1] for seat in event.seats.values()), receipt, mine["receipt"],
           cookie.split("=")[1].split(";")[0]]
check("no token, key, receipt or cookie is ever logged", not [s for s in secrets if s in said] and "key=" not in said, said[-1000:])
stored = b""
for folder, _, names in os.walk(event.data):
    for name in names:
        with open(os.path.join(folder, name), "rb") as f:
            stored += f.read()
check("nor stored but as a hash", not [s for s in secrets[:6] if s.encode() in stored])
check("no sanitizer had a word to say", not re.search("Sanitizer|runtime error", said), said[-3000:])
sys.exit(end())
