#!/usr/bin/env python3
"""regie-rehearse against a server of this file's own, which breaks off, asks to come again, and refuses; and against a
backend that is killed and comes back."""
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

BUILD = os.environ.get("REGIE_BUILD", "build")
PATIENCE = float(os.environ.get("REGIE_PATIENCE", "1"))
LIMIT = 60 * PATIENCE
EVENING = [
    {"id": "w1", "channel": "web", "name": "Léa", "from": "p-1", "text": "Combien vaut le Smic ?"},
    {"id": "s1", "channel": "sms", "name": "", "from": "p-2", "text": "kel é le smic & koi 2 9 ? 100% \"net\" 😀"},
    {"id": "w2", "channel": "web", "name": "Léa", "from": "p-1", "text": "Et les \"35 heures\" ?\nEncore une ligne"},
    {"id": "w3", "channel": "web", "from": "p-3", "text": "Bonsoir"},
    {"id": "s2", "channel": "sms", "from": "p-2", "text": "é les 35h"},
    {"id": "w2", "channel": "web", "name": "Léa", "from": "p-1", "text": "Et les \"35 heures\" ?\nEncore une ligne"},
]
done = 0
failed = 0


def check(name, good, why=""):
    global done, failed
    done += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {done} {name}")
    if not good and why:
        print("\n".join("# " + line for line in str(why).splitlines()))
    sys.stdout.flush()


class Backend(http.server.ThreadingHTTPServer):
    """Keeps what came; judge(n, path, body) → a status, or None to break off, for the n-th request from 1."""
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, judge=lambda n, path, body: 202):
        self.judge, self.lock, self.requests, self.kept, self.times = judge, threading.Lock(), [], {}, []
        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, path=""):
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, *_):
        pass


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        s, body = self.server, self.rfile.read(int(self.headers["Content-Length"]))
        with s.lock:
            s.requests.append((self.path, dict(self.headers), body))
            s.times.append(time.monotonic())
            status = s.judge(len(s.requests), self.path, body)
            key = (self.headers.get("Cookie"), body)
            number = s.kept.setdefault(key, len(s.kept) + 1) if status == 202 else 0
        if status is None:
            self.close_connection = True
            self.connection.close()
            return
        if status != 202:
            answer, kind = b'{"title":"no","status":%d,"detail":"the intake is shut"}' % status, "application/problem+json"
        elif self.path.startswith("/v1/messages"):
            answer, kind = json.dumps({"id": str(number), "receipt": "r"}).encode(), "application/json"
        else:
            answer, kind = b"", "text/plain"
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def write(lines):
    f = tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False, encoding="utf8")
    f.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    f.close()
    return f.name


def rehearse(*words):
    return subprocess.run([f"{BUILD}/regie-rehearse", *words], capture_output=True, text=True, timeout=LIMIT,
                          stdin=subprocess.DEVNULL)


def figure(report, name):
    found = re.search(rf"^{name} +(\d+)", report, re.MULTILINE)
    return int(found[1]) if found else None


def many(n):
    return write({"id": f"m{i}", "channel": "web", "from": f"p{i % 7}", "text": f"question {i}"} for i in range(n))


def whole_evening():
    b = Backend()
    p = rehearse("--backend", b.url(), "--evening", write(EVENING), "--gateway", b.url("/v1/sms/g?key=k1"), "--speed", "0",
                 "--connections", "1")
    web = [(h, json.loads(body)) for path, h, body in b.requests if path == "/v1/messages"]
    sms = [urllib.parse.parse_qs(body.decode("ascii"), keep_blank_values=True)
           for path, _, body in b.requests if path == "/v1/sms/g?key=k1"]
    cookies = [h["Cookie"] for h, _ in web]
    check("it sends everything and says so", p.returncode == 0 and figure(p.stdout, "accepted") == 6 and not p.stderr,
          p.stdout + p.stderr)
    check("web lines come as JSON", [m for _, m in web] == [
        {k: line[k] for k in ("text", "name", "id") if line.get(k)} for line in EVENING if line["channel"] == "web"], web)
    check("a cookie is a person", all(re.fullmatch(r"regie=[a-z0-9]{32}", c) for c in cookies)
          and cookies[0] == cookies[1] != cookies[2], cookies)
    check("sms lines come as a gateway's form", [(m["text"][0], m["id"][0], m["to"][0]) for m in sms] == [
        (line["text"], line["id"], "36200") for line in EVENING if line["channel"] == "sms"], sms)
    check("a number is a person", re.fullmatch(r"06\d{8}", sms[0]["from"][0]) and sms[0]["from"] == sms[1]["from"], sms)
    check("a repeat is counted", figure(p.stdout, "repeats") == 1, p.stdout)
    check("latency is told", re.search(r"^latency +p50 [\d.]+ ms, p99 [\d.]+ ms, max [\d.]+ ms$", p.stdout, re.M), p.stdout)
    b.shutdown()


def without_gateway():
    b = Backend()
    p = rehearse("--backend", b.url(), "--evening", write(EVENING), "--speed", "0")
    check("without a gateway the sms are left out and named", p.returncode == 0 and figure(p.stdout, "skipped") == 2
          and figure(p.stdout, "accepted") == 4 and len(b.requests) == 4, p.stdout + p.stderr)
    b.shutdown()


def repeats_people():
    b = Backend()
    p = rehearse("--backend", b.url(), "--evening", write(EVENING[:2]), "--gateway", b.url("/g"), "--speed", "0", "--repeat", "3")
    people = {h["Cookie"] for path, h, _ in b.requests if path == "/v1/messages"}
    ids = [json.loads(body)["id"] for path, _, body in b.requests if path == "/v1/messages"]
    check("--repeat sends each line from other people under other ids", p.returncode == 0 and len(people) == 3
          and sorted(ids) == ["w1", "w1.2", "w1.3"] and figure(p.stdout, "sent") == 6, (people, ids, p.stdout))
    b.shutdown()


def trouble():
    b = Backend(lambda n, path, body: None if n % 5 == 0 else 503 if n % 3 == 0 else 202)
    p = rehearse("--backend", b.url(), "--evening", many(60), "--speed", "0")
    kept = [json.loads(body)["id"] for _, body in b.kept]
    check("what is broken off or put off is sent again with its id until it is taken", p.returncode == 0
          and sorted(kept) == sorted(f"m{i}" for i in range(60)) and 0 < figure(p.stdout, "retries") <= len(b.requests) - 60,
          p.stdout + p.stderr)
    b.shutdown()


def refusal():
    b = Backend(lambda n, path, body: 409 if n % 2 else 202)
    p = rehearse("--backend", b.url(), "--evening", many(10), "--speed", "0")
    check("a refusal is told with its sentence, and exit 1", p.returncode == 1 and figure(p.stdout, "refused") == 5
          and "  status 409  5: the intake is shut\n" in p.stdout and len(b.requests) == 10, p.stdout + p.stderr)
    b.shutdown()


def nobody():
    b = Backend()
    url = b.url()
    b.shutdown()
    b.server_close()
    p = rehearse("--backend", url, "--evening", many(3), "--speed", "0", "--patience", "0.3")
    check("nobody there: unanswered, with the reason, and exit 1", p.returncode == 1 and "refused\n" in p.stdout
          and figure(p.stdout, "unanswered") == 3, p.stdout + p.stderr)


def pace():
    b = Backend()
    p = rehearse("--backend", b.url(), "--evening", many(41), "--rate", "100")
    took = b.times[-1] - b.times[0]
    check("--rate is a pace", p.returncode == 0 and 0.35 <= took <= 0.4 * 5 * PATIENCE, took)
    lines = [{"id": f"m{i}", "channel": "web", "text": "t", "at": 1000000 + i * 1000} for i in range(5)]
    b.times.clear()
    p = rehearse("--backend", b.url(), "--evening", write(lines), "--speed", "20")
    took = b.times[-1] - b.times[0]
    check("the file's times are kept to, at --speed", p.returncode == 0 and 0.18 <= took <= 1 * PATIENCE, took)
    b.times.clear()
    p = rehearse("--backend", b.url(), "--evening", many(200), "--minutes", "1", "--speed", "60")
    half = sum(t < b.times[0] + 0.5 for t in b.times)
    check("without times more come as the evening opens", p.returncode == 0 and 90 <= half <= 170, half)
    b.shutdown()


def restarted():
    """Killed under way and started again, the backend has each message once, and nothing was lost."""
    top = tempfile.mkdtemp(prefix="rehearse-")
    data, token = f"{top}/event", f"{top}/token"

    def regied(*words):
        return subprocess.run([f"{BUILD}/regied", *words], capture_output=True, text=True, timeout=LIMIT, check=True).stdout

    def serve(port):
        p = subprocess.Popen([f"{BUILD}/regied", "serve", "--data", data, "--listen", f"127.0.0.1:{port}"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return p, p.stdout.readline().split()[-1]

    regied("init", "--data", data, "--title", "Essai")
    with open(token, "w", encoding="ascii") as f:
        f.write(regied("seat", "--data", data, "add", "--name", "Marc", "--role", "host"))
    backend, url = serve(0)
    gateway = url + "/v1/sms/" + regied("gateway", "--data", data, "add", "--name", "g", "--kind", "generic").split("/v1/sms/")[1].strip()

    def regie(*words):
        return subprocess.run([f"{BUILD}/regie", words[0], "--backend", url, "--token-file", token, "--data", f"{top}/desk", *words[1:]],
                              capture_output=True, text=True, timeout=LIMIT, check=True).stdout

    regie("do", "collect")
    regied("room", "--data", data, "add", "--slug", "salon", "--name", "Salon")
    lines = [{"id": f"m{i}", "channel": "sms" if i % 2 else "web", "from": f"p{i}", "text": f"question {i}"} for i in range(600)]
    p = subprocess.Popen([f"{BUILD}/regie-rehearse", "--backend", url, "--evening", write(lines), "--gateway", gateway, "--rate", "400"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)

    def taken():
        return json.loads(regie("show", "status", "--json"))["messages"]

    end = time.monotonic() + LIMIT
    while taken() < 100 and time.monotonic() < end:
        pass
    backend.kill()
    backend.wait()
    backend, _ = serve(url.rsplit(":", 1)[1])
    out, err = p.communicate(timeout=LIMIT)
    texts = sorted(json.loads(line)["text"] for line in regie("show", "messages", "--json").splitlines())
    check("a backend that is killed and comes back has each message once", p.returncode == 0 and figure(out, "retries") > 0
          and texts == sorted(line["text"] for line in lines), f"{out}{err}{len(texts)} messages")
    live = urllib.request.Request(f"{url}/v1/rooms/salon/live", headers={"Last-Event-ID": "1-0"})
    try:
        with urllib.request.urlopen(live, timeout=10 * PATIENCE) as stream:
            first = next((line for line in stream if line.startswith(b"event:")), b"")
    except OSError as e:
        first = e
    check("and gives a viewer who comes back what was sent before", first == b"event: state\n", first)
    backend.terminate()
    backend.wait()


def interrupted():
    b = Backend()
    p = subprocess.Popen([f"{BUILD}/regie-rehearse", "--backend", b.url(), "--evening", many(50), "--rate", "10"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    end = time.monotonic() + LIMIT
    while len(b.requests) < 3 and time.monotonic() < end:
        threading.Event().wait(0.01)
    p.terminate()
    out, _ = p.communicate(timeout=LIMIT)
    check("ended early, it still reports", p.returncode == 1 and "were left to send" in out
          and figure(out, "accepted") == len(b.requests), out)
    b.shutdown()


def mistakes():
    good = write(EVENING)
    bad = write([EVENING[0], {"id": "x", "text": "no channel"}])
    for name, words, code, sentence in (
            ("no backend", ("--evening", good), 2, "give --backend URL and --evening FILE"),
            ("no file", ("--backend", "http://127.0.0.1:1", "--evening", good + ".none"), 1, good),
            ("a bad line", ("--backend", "http://127.0.0.1:1", "--evening", bad), 1, "line 2"),
            ("a bad number", ("--backend", "http://127.0.0.1:1", "--evening", good, "--rate", "fast"), 2, "--rate is a number")):
        p = rehearse(*words)
        check(f"{name}: a sentence and exit {code}", p.returncode == code and sentence in p.stderr and p.stderr.count("\n") == 1
              and not p.stdout, (p.returncode, p.stdout, p.stderr))
    check("--help", rehearse("--help").returncode == 0)
    check("--version", rehearse("--version").stdout.startswith("regie-rehearse "))


for test in (whole_evening, without_gateway, repeats_people, trouble, refusal, nobody, pace, restarted,
             interrupted, mistakes):
    test()
print(f"1..{done}")
sys.exit(1 if failed else 0)
