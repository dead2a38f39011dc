#!/usr/bin/env python3
"""Fifty SMS through a real Kannel (bearerbox, smsbox, its fake SMS centre), while regied hangs, is killed, and comes back.

Skipped where Kannel is not installed: its Debian package brings databases' libraries and a service of its own, so
tests/deps.sh does not. Nothing of the system's Kannel is touched: configuration, spool, logs and ports are the test's.
Facts: Kannel 1.4.5 gw/smsc/smsc_fake.c (lines "SENDER RECEIVER TYPE DATA", one client), and what it was seen to send.
"""
import atexit
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import unicodedata
import urllib.parse
import urllib.request

from evening import LIMIT, PATIENCE, Event, check, end, skip, until

BOXES = {name: shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin") for name in ("bearerbox", "smsbox")}
if not all(BOXES.values()):
    skip("fifty SMS through Kannel", "Kannel is not installed (apt-get install kannel)")
    sys.exit(end())

# ---- what is sent --------------------------------------------------------------------------------------------------

# Every way in which the fake SMS centre lets a number be written, by the person it names.
PEOPLE = {
    "ann": ["+33698701234", "0033698701234", "33698701234", "0698701234", "06.98.70.12.34", "06-98-70-12-34", "+33(0)698701234",
            "tel:+33698701234", "+33-6-98-70-12-34", "(0)698701234"],
    "bob": ["+33757319246", "0757319246", "00-33-7-57-31-92-46", "07/57/31/92/46"],
    "réunion": ["+262692731648", "0692731648", "00262692731648"],
    "martinique": ["+596696538217", "0696538217"],
    "bruxelles": ["+32478651923", "0032478651923"],
}
# (sender, text, how): text and ucs2 are one SMS; parts: a long one, each part with a user data header. The fake SMS centre
# knows no header beside UCS-2, and a line of its ends a text: what has line ends goes as UCS-2.
SENT = []


def add(text, how="text"):
    ways = [way for person in PEOPLE.values() for way in person]
    SENT.append((ways[len(SENT) % len(ways)], text, how))


for question in (
        "Où est l'été ? à é è ù ì ò", "Ke KonT vou fer pour kil i é moin 2 violence dans lé kolège 2 france",
        "10 € 100% a+b&c=d @£$ #{}[]~\\|^", "« Œuvre » ŒÆ ÀÈÊÙ ç î ô û ë ï ÿ – — …", "😀 👨‍👩‍👧‍👦 🇫🇷 👍🏽",
        "?id=1&from=%2B33&text=x", "%00 %41 %zz + ++ %2B", "\"'<b>&amp;</b>; DROP TABLE", "Combien vaut le Smic ?",
        "Combien vaut le Smic en 2005 ?", "STOPPER la violence ?", "日本語 שלום مرحبا", "a", "…"):
    add(question)
    add(question + " (bis)", "ucs2")
for question in ("Première ligne\nDeuxième ligne", "Un\n\nDeux\nTrois", "Combien ?\nEt quand ?\n😀 Merci", "é\nà\nç"):
    add(question, "ucs2")
LONG = ("Monsieur le Premier ministre, je vous écris au sujet de l'école de mes enfants, où il n'y a plus de maître remplaçant "
        "depuis le mois de janvier : que comptez-vous faire pour que cela ne se reproduise pas à la rentrée ? Merci d'avance, €.")
add(LONG, "parts")
add(LONG.upper() + " 2", "parts")
add("Court mais en deux parts", "parts")
add("Parts dans le désordre : " + LONG, "parts reversed")
add("Une part deux fois : " + LONG, "parts twice")
add("😀" * 60 + " en deux parts, " + LONG, "parts")
while len(SENT) < 50:
    add(f"Question numéro {len(SENT)} : où en est-on, à 100 % ?", "ucs2" if len(SENT) % 3 == 0 else "text")


def quoted(data):
    return urllib.parse.quote_from_bytes(data, safe="")


def lines_of(n, sender, text, how):
    """The fake SMS centre's lines for one SMS; all but the plain text is percent-encoded there."""
    if "parts" not in how:
        yield f"{sender} 36200 text {text}" if how == "text" else f"{sender} 36200 ucs2 {quoted(text.encode('utf-16-be'))}"
        return
    size = 153 if len(text) > 60 else 10
    parts = [text[i:i + size] for i in range(0, len(text), size)]
    lines = []
    for i, part in enumerate(parts):
        head = struct.pack("6B", 5, 0, 3, n, len(parts), i + 1)
        lines.append(f"{sender} 36200 udh-text {quoted(head)} {part}")
    if how == "parts reversed":
        lines.reverse()
    if how == "parts twice":
        lines.insert(1, lines[0])
    yield from lines


# ---- Kannel --------------------------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Kannel:
    def __init__(self, folder, service):
        """service: the settings that `regied gateway` told, by name."""
        os.mkdir(folder)
        self.folder, self.boxes = folder, []
        self.admin, self.centre, self.inner = free_port(), free_port(), free_port()
        self.config = folder + "/kannel.conf"
        with open(self.config, "w", encoding="utf8") as f:
            f.write(f"""
group = core
admin-port = {self.admin}
admin-password = test
admin-interface = 127.0.0.1
smsbox-port = {self.inner}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
log-file = {folder}/bearerbox.log
log-level = 1
store-type = file
store-location = {folder}/store
dlr-storage = internal
sms-combine-concatenated-mo-timeout = 60
http-timeout = 2

group = smsc
smsc = fake
smsc-id = FAKE
port = {self.centre}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {self.inner}
log-file = {folder}/smsbox.log
log-level = 0
access-log = {folder}/access.log
mo-recode = {service["mo-recode"]}
http-request-retry = {service["http-request-retry"]}
http-queue-delay = 1
http-timeout = 2

group = sms-service
keyword = default
catch-all = true
post-url = "{service["post-url"]}"
max-messages = {service["max-messages"]}
""")
        atexit.register(self.stop)

    def start(self):
        self.begin("bearerbox")
        until(lambda: "smsbox" in self.status() or "running" in self.status())
        self.begin("smsbox")
        return until(lambda: re.search(r"smsbox:.*IP 127.0.0.1", self.status())) and until(self.connect)

    def begin(self, box):
        with open(f"{self.folder}/{box}.out", "wb") as out:
            self.boxes.append(subprocess.Popen([BOXES[box], self.config], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.folder,
                                               start_new_session=True))

    def status(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/status.txt?password=test", timeout=LIMIT) as f:
                return f.read().decode("utf8", "replace")
        except OSError:
            return ""

    def connect(self):
        try:
            self.line = socket.create_connection(("127.0.0.1", self.centre), LIMIT)
            return True
        except OSError:
            return False

    def send(self, lines):
        self.line.sendall("".join(line + "\n" for line in lines).encode())

    def log(self, name):
        try:
            with open(f"{self.folder}/{name}", encoding="utf8", errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def done(self):
        """How many SMS smsbox is through with."""
        return len(re.findall("SMS HTTP-request|SMS request sender", self.log("access.log")))

    def retries(self):
        return self.log("smsbox.log").count("Retrying request")

    def stop(self):
        for box in reversed(self.boxes):
            if box.poll() is None:
                box.terminate()
                try:
                    box.wait(5 * PATIENCE)
                except subprocess.TimeoutExpired:
                    box.kill()
                    box.wait()
        self.boxes = []


# ---- the evening ---------------------------------------------------------------------------------------------------

event = Event(gateways=())
event.serve("--log", "debug")
event.host.do("collect", "open")
told = event.regied("gateway", "add", "--name", "kannel", "--kind", "kannel")
service = {name: a or b for name, a, b in re.findall(r'([a-z-]+) = (?:"([^"]*)"|([^\s,;]+))', told.err)}
check("regied says what Kannel needs, and where it really is",
      {"post-url", "max-messages", "mo-recode", "http-request-retry"} <= set(service) and
      service["post-url"].startswith(told.out.strip()) and
      f"127.0.0.1:{event.port}/" in service["post-url"] and "id=%I" in service["post-url"], told.err)
kannel = Kannel(event.folder + "/kannel", service)
if not check("Kannel starts with it", kannel.start(), kannel.log("bearerbox.out")[-2000:] + kannel.log("smsbox.out")[-2000:]):
    sys.exit(end())


def stored():
    try:
        return len([r for r in event.get("/v1/messages?limit=1000", event.web).splitlines() if '"sms"' in r])
    except OSError:
        return -1


def inject(begin, to):
    for n in range(begin, to):
        kannel.send(lines_of(n, *SENT[n]))


inject(0, 15)
check("fifteen come through at once", until(lambda: stored() == 15), f"{stored()} {kannel.log('smsbox.log')[-1500:]}")

# It hangs: requests wait in its socket until Kannel gives up and sends them anew, under the same ids.
event.process.send_signal(signal.SIGSTOP)
inject(15, 25)
check("while regied hangs, Kannel tries again", until(lambda: kannel.retries() >= 3), kannel.log("smsbox.log")[-1500:])
event.process.send_signal(signal.SIGCONT)
check("once it goes on, they are there", until(lambda: stored() == 25), f"{stored()}")

# It is killed with requests under way, and SMS go on coming.
event.process.send_signal(signal.SIGSTOP)
inject(25, 35)
check("requests are under way", until(lambda: kannel.log("smsbox.log").count("Starting to service") >= 35))
before = kannel.retries()
event.kill()
inject(35, 42)
check("while it is gone, Kannel tries again", until(lambda: kannel.retries() > before + 5), kannel.log("smsbox.log")[-1500:])
event.serve("--log", "debug")
inject(42, 50)
until(lambda: stored() > 30)
event.kill()  # in the middle of what it makes up for
event.serve("--log", "debug")
check("once it is back, all fifty are there", until(lambda: stored() >= 50, 30), f"{stored()} {kannel.log('smsbox.log')[-1500:]}")
check("Kannel is through with all of them", until(lambda: kannel.done() >= 50, 30), f"{kannel.done()} {kannel.log('access.log')[-1500:]}")

# ---- what came of it -----------------------------------------------------------------------------------------------

rows = event.sms.show("messages", "--channel", "sms")
texts = [row["text"] for row in rows]
twice = {t for t in texts if texts.count(t) > 1}
check("every SMS is in the queue once", len(rows) == 50 and not twice, f"{len(rows)} rows; twice: {twice}")


def clean(text):
    """As the door leaves it; Kannel's text lines lose nothing else."""
    return unicodedata.normalize("NFC", text)


wanted = [clean(text) for _, text, _ in SENT]
check("with its text exact", sorted(texts) == sorted(wanted),
      f"missing: {[t for t in wanted if t not in texts]}\nunknown: {[t for t in texts if t not in wanted]}")
who = {row["text"]: row["participant"] for row in rows}
person_of = {way: person for person, ways in PEOPLE.items() for way in ways}
found = {}
for sender, text, _ in SENT:
    found.setdefault(person_of[sender], set()).add(who.get(clean(text)))
check("every way of writing a number is one person, and other numbers are others",
      all(len(ids) == 1 for ids in found.values()) and len(set.union(*found.values())) == len(PEOPLE), found)
check("they count as people", event.host.status()["people"] == len(PEOPLE), event.host.status())
check("no reply went to a telephone", not re.search(r"sent (?!0 )\d+ \(", "\n".join(re.findall("SMS:.*", kannel.status()))) and
      not select.select([kannel.line], [], [], 0)[0], kannel.status())

# ---- nobody's number, anywhere -------------------------------------------------------------------------------------

significant = {"ann": ("698701234", 33), "bob": ("757319246", 33), "réunion": ("692731648", 262), "martinique": ("696538217", 596),
               "bruxelles": ("478651923", 32)}
needles = {way.encode() for ways in PEOPLE.values() for way in ways}
for number, country in significant.values():
    pairs = [number[0]] + [number[i:i + 2] for i in range(1, 9, 2)]
    needles |= {number.encode(), number.encode("utf-16-le"), number.encode("utf-16-be"), number.encode().hex().encode(),
                *(s.join(pairs).encode() for s in (" ", ".", "-", "/", "%20", "+"))}
    for whole in (int(number), int(f"{country}{number}")):  # as SQLite would keep a number: 6 or 8 bytes
        raw = struct.pack(">q", whole)
        needles |= {raw[2:], struct.pack("<q", whole)}
places = {"stderr": event.said().encode()}
for folder in (event.data, *(seat.folder for seat in event.seats.values())):
    for where, _, names in os.walk(folder):
        for name in names:
            if not os.path.isfile(os.path.join(where, name)):
                continue  # the control socket
            with open(os.path.join(where, name), "rb") as f:
                places[os.path.join(where, name)[len(event.folder):]] = f.read()
check("there is a write-ahead log to look into", any(name.endswith("-wal") and data for name, data in places.items()), list(places))
for path in ("/v1/messages?limit=1000", "/v1/changes?limit=50000", "/v1/status"):
    places[path] = event.get(path, event.web).encode()
for path in ("/metrics", "/openapi.json", "/v1/rooms/main/transcript", "/r/main"):
    places[path] = event.get(path).encode()
for view in ("messages", "themes", "log", "seats"):
    places["regie show " + view] = "\n".join(event.sms.show(view, text=True)).encode()


def look(where, needles=needles):
    return [f"{name}: {needle!r}" for name, data in places.items() if where in name for needle in needles if needle in data]


check("what is there is found", look("/event/event.db", [b"Combien vaut le Smic en 2005"]) and
      look("regie show messages", [b"Ke KonT vou fer"]))
check("no sender's number is in the data directory, whatever its form", not look("/event"), "\n".join(look("/event")))
check("nor in the log, any answer, or a console's files", not look(""), "\n".join(look("")))
key = told.out.strip().rsplit("key=", 1)[1]
check("the gateway's key is nowhere either", not [name for name, data in places.items() if key.encode() in data])
check("regied ends well", event.stop() == 0 and not re.search("Sanitizer|runtime error", event.said()), event.said()[-3000:])
places = {name: open(os.path.join(event.data, name), "rb").read() for name in os.listdir(event.data)}
check("and leaves no number behind", places and not look(""), "\n".join(look("")))
kannel.stop()
sys.exit(end())
