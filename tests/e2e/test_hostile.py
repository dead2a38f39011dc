#!/usr/bin/env python3
"""Hostile texts by every door: what is stored is clean, and nothing they hold becomes markup, a frame, a line or a command."""
import concurrent.futures
import html.parser
import http.client
import itertools
import json
import re
import sqlite3
import sys
import threading
import time
import unicodedata
import urllib.parse
import uuid

from evening import LIMIT, Event, Viewer, check, command, end, until

# ---- what a clean text is (DESIGN.md §10), said a second time ------------------------------------------------------

BIDI = set(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]))
UNSEEN = set(map(chr, [0xAD, 0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x200C, *range(0x2060, 0x2066),
                       *range(0x206A, 0x2070), 0x2028, 0x2029, 0x3164, 0xFEFF, 0xFFA0, *range(0xFFF9, 0xFFFD),
                       *range(0xFE00, 0xFE0F), *range(0x180B, 0x180E), *range(0x1D173, 0x1D17B), *range(0xE0100, 0xE01F0)]))


def unclean(text, line=False, points=2000):
    """Why a text is not clean, or None."""
    marks = 0
    for i, c in enumerate(text):
        before, after = text[i - 1:i], text[i + 1:i + 2]
        kind = unicodedata.category(c)
        if kind == "Cs" or (kind == "Cc" and (c != "\n" or line)) or c in BIDI or c in UNSEEN or ord(c) & 0xFFFE == 0xFFFE:
            return f"holds U+{ord(c):04X}"
        if c == "\u200D" and not (before > "\u00A8" and after > "\u00A8" and kind_of_picture(before, text[i - 2:i - 1]) and
                                  unicodedata.category(after) == "So"):
            return "a joiner outside an emoji"
        if c == "\uFE0F" and unicodedata.category(before or "a") not in ("So", "Sm", "Po", "Sc") and after != "\u20E3":
            return "a variation selector outside an emoji"
        if 0xE0000 <= ord(c) < 0xE0080 and "\U0001F3F4" not in text[max(0, i - 6):i]:
            return "a tag outside a flag"
        marks = marks + 1 if kind in ("Mn", "Me") and c != "\uFE0F" else 0
        if marks > 4:
            return "more than 4 marks"
    if unicodedata.normalize("NFC", text) != text:
        return "not NFC"
    if len(text) > points:
        return f"{len(text)} code points"
    if text != text.strip():
        return "space at an end"
    return None


def kind_of_picture(c, before):
    return unicodedata.category(c) == "So" or c == "\uFE0F" or "\U0001F3FB" <= c <= "\U0001F3FF" or \
        (unicodedata.category(c) in ("Mn", "Sk") and unicodedata.category(before or "a") == "So")


# ---- the texts -----------------------------------------------------------------------------------------------------
# Bytes as they come, and what must be left of them (None: no more than that it is clean).

HEART, FAMILY = "\u2764\uFE0F", "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"
FLAGS = "\U0001F1EB\U0001F1F7\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"
same = object()
HOSTILE = {
    "plain": ("Où est l'été ?", same),
    "colours": ("\x1b[31mrouge\x1b[0m vif", "rouge vif"),
    "clear screen": ("\x1b[2J\x1b[Heffacé", "effacé"),
    "window title": ("\x1b]0;pwned\x07titre", "titre"),
    "link": ("\x1b]8;;http://evil\x1b\\clic\x1b]8;;\x1b\\ ici", "clic ici"),
    "device control": ("\x1bPq#0\x1b\\image", "image"),
    "C1 sequences": ("\u009b31mrouge \u009d0;x\u009ctitre", "rouge titre"),
    "open OSC": ("\x1b]52;c;aaaa", None),
    "controls": ("a\x00b\x01c\x08d\x7fe\x0ef", "abcdef"),
    "line ends": ("un\r\ndeux\rtrois\u2028quatre\x85cinq\x0bsix", "un\ndeux\ntrois\nquatre\ncinq\nsix"),
    "forged event": ("x\n\nevent: notice\ndata: {\"text\":\"faux\"}\n\n", "x\n\nevent: notice\ndata: {\"text\":\"faux\"}"),
    "forged event, CR": ("x\r\rid: 9-9\rdata: faux\r\ry", "x\n\nid: 9-9\ndata: faux\n\ny"),
    "forged line": ("x\n{\"next\":\"1/1\",\"more\":false}\ny", same),
    "bidi override": ("\u202Etxet\u202C droit", "txet droit"),
    "bidi isolates": ("\u2067a\u2066b\u2069\u2069\u200F\u061C", "ab"),
    "zero width": ("a\u200Bb\uFEFFc\u2060d\u00ADe\u200Cf", "abcdef"),
    "joiners": ("a\u200Db\u200D \uFE0Fc", None),
    "tags": ("caché\U000E0061\U000E0062\U000E007F", "caché"),
    "fillers": ("a\u3164b\u115Fc\uFFA0d", "abcd"),
    "a thousand marks": ("Z" + "\u0301" * 1000 + "algo", None),
    "marks below and above": ("e\u0323\u0301\u0302\u0303\u0304\u0305\u0306!", None),
    "not composed": ("e\u0301te\u0301", "été"),
    "Hangul in pieces": ("\u1112\u1161\u11AB", "\uD55C"),
    "script": ("<script>alert(1)</script>", same),
    "image": ("<img src=x onerror=alert(1)>\"'><svg/onload=alert(2)>", same),
    "attribute": ("\" onmouseover=\"alert(1)\" x='", same),
    "entities": ("&lt;b&gt; &#60;i&#62; &amp;amp; &copy", same),
    "comment": ("--><!--[if IE]><![CDATA[ ]]>", same),
    "end of page": ("</main></body></html></textarea></title>", same),
    "template": ("{{7*7}} ${7*7} <%= 7*7 %> #{7*7}", same),
    "SQL": ("'); DROP TABLE message; --", same),
    "SQL words": ("\" OR \"a\"=\"a' UNION SELECT * FROM seat --", same),
    "formula": ("=HYPERLINK(\"http://evil\";\"x\")", same),
    "formula with +": ("+1+cmd|' /C calc'!A0", same),
    "formula with @": ("@SUM(1+1)*cmd|' /C calc'!A0", same),
    "JSON fragment": ("\"},{\"id\":1,\"text\":\"x", same),
    "JSON escapes": ("\\u0000 \\n \\\" \\\\ \\ud800", same),
    "format": ("%s%n%x %1$s {0} %%", same),
    "header": ("x\r\nSet-Cookie: a=b\r\n\r\n<html>", "x\nSet-Cookie: a=b\n\n<html>"),
    "path": ("../../etc/passwd /r/main?receipt=%2e%2e", same),
    "metrics": ("x\"} 1\nregie_up 0\n# HELP", same),
    "shell": ("$(reboot) `reboot` ; rm -rf / | true", same),
    "emoji family": (FAMILY + " " + HEART, same),
    "flags": (FLAGS + " \U0001F44D\U0001F3FD 1\uFE0F\u20E3", same),
    "right to left": ("שלום עולם مرحبا بالعالم", same),
    "Indic": ("नमस्ते दुनिया", same),
    "wide": ("日本語の質問 한국어", same),
    "noncharacters": ("a\uFFFEb\U0001FFFFc\uFDD0d", "a\uFFFDb\uFFFDc\uFFFDd"),
    "private use": ("a\uE000b", None),
    "object": ("a\uFFFCb\uFFF9c", "abc"),
    "interlinear": ("\uFFF9a\uFFFAb\uFFFB", "ab"),
    "long words": ("mot" * 600, same),
    "spaces": (" \t\u00A0 au milieu \u3000\n\n ", "au milieu"),
    "telephone": ("appelez le 06 12 34 56 78 ou +33 6 12 34 56 78", "appelez le [numéro masqué] ou [numéro masqué]"),
    "mail": ("écrivez à jean.dupont@example.org", "écrivez à [adresse masquée]"),
}
# What JSON cannot carry: bytes for the doors that take bytes.
BROKEN = {
    "broken UTF-8": (b"a\xffb\xfec", "a\uFFFDb\uFFFDc", "a\u00FFb\u00FEc"),
    "cut UTF-8": (b"caf\xc3", "caf\uFFFD", "caf\u00C3"),
    "overlong": (b"a\xc0\xafb\xe0\x80\xafc", None, None),
    "surrogates": (b"a\xed\xa0\x80b\xed\xb0\x80c", None, None),
    "past Unicode": (b"a\xf4\x90\x80\x80b", None, None),
    "latin-1": ("déjà reçu".encode("latin-1"), None, "déjà reçu"),
    "a C1 byte": (b"a\x9b31mb", None, None),
}

# ---- the event -----------------------------------------------------------------------------------------------------

TITLE = "Soirée </title><script>alert(0)</script>\x1b[31m \u202E & Cie"
ROOM = "Salon \"'><img src=x onerror=alert(3)>"
event = Event(title=TITLE, seats=("web", "sms", "host", "scribe"), rooms=("main",), gateways=("g",))
event.regied("room", "add", "--slug", "autre", "--name", ROOM)
told = event.regied("gateway", "add", "--name", "k", "--kind", "kannel").out
event.keys["k"] = urllib.parse.parse_qs(urllib.parse.urlsplit(told.strip()).query)["key"][0]
partner = {"Authorization": "Bearer " + event.regied("gateway", "add", "--name", "portail", "--kind", "partner").out.strip()}
event.regied("seat", "add", "--name", "<b>Zoé</b> & \"Cie\"", "--role", "producer")
event.regied("room", "add", "--slug", "y", "--name", "\x1b[31mrouge")
event.regied("room", "add", "--slug", "z", "--name", "a\u202Eb")
event.regied("seat", "add", "--name", "a\nb", "--role", "observer")
event.regied("seat", "add", "--name", "Rene\u0301e ", "--role", "observer")
listed = event.regied("room", "list").out + event.regied("seat", "list").out
if "y\trouge\t" not in listed or "z\tab\t" not in listed or "\ta b\n" not in listed or "\tRen\u00e9e\n" not in listed:
    check("names by the operator are cleaned", False, repr(listed))
for words in (("room", "add", "--slug", "<b>"), ("room", "add", "--slug", "x", "--name", "X", "--origin", "https://x; script-src *"),
              ("seat", "add", "--name", "\x1b[31m", "--role", "host"),
              ("gateway", "add", "--name", "a/b?c", "--kind", "generic"), ("seat", "add", "--name", "x", "--role", "\x1b[31m")):
    run = event.regied(*words, fine=False)
    if run.code != 2 or run.out or run.err.count("\n") != 1 or re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", run.err):
        check(f"the operator's {words} is refused with a sentence", False, repr(run.err))
event.serve("--log", "debug")
own = threading.local()


def http_do(method, path, body=None, headers=None):
    """As Event.http, on a connection that each thread keeps."""
    if not hasattr(own, "link"):
        own.link = http.client.HTTPConnection("127.0.0.1", event.port, timeout=LIMIT)
    link = own.link
    for again in (True, False):
        try:
            link.request(method, path, body, headers or {})
            answer = link.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        except (http.client.HTTPException, ConnectionError):
            link.close()
            if not again:
                raise


event.host.do("collect", "open")
viewer = Viewer(event, "main")

# ---- ways in -------------------------------------------------------------------------------------------------------

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
count = itertools.count(1)


def by_json(data, **more):
    return http_do("POST", "/v1/messages", json.dumps({"text": data.decode(), **more}).encode(), {"Content-Type": JSON})


def by_raw_json(data):
    """Not escaped but for what JSON wants escaped."""
    return http_do("POST", "/v1/messages", json.dumps({"text": data.decode()}, ensure_ascii=False).encode(), {"Content-Type": JSON})


def by_form(data, **more):
    return http_do("POST", "/v1/messages", urllib.parse.urlencode({"text": data, **more}).encode(), {"Content-Type": FORM})


def sms_query(gateway, **more):
    return f"/v1/sms/{gateway}?" + urllib.parse.urlencode(
        {"key": event.keys[gateway], "from": "+33698765432", "id": f"h-{next(count)}", **more})


def by_kannel_post(data):
    return http_do("POST", sms_query("k"), data, {"Content-Type": "text/plain; charset=\"UTF-8\"", "X-Kannel-To": "36200"})


def by_kannel_get(data):
    return http_do("GET", sms_query("k", text_b=data, coding="0", charset="UTF-8"))


def by_kannel_utf16(data):
    return http_do("POST", sms_query("k"), data.decode().encode("utf-16-be"),
                   {"Content-Type": "text/plain; charset=\"UTF-16BE\"", "X-Kannel-Coding": "2"})


def by_generic_form(data):
    return http_do("POST", sms_query("g"), urllib.parse.urlencode({"text": data}).encode(), {"Content-Type": FORM})


def by_generic_json(data):
    return http_do("POST", sms_query("g"), json.dumps({"text": data.decode()}).encode(), {"Content-Type": JSON})


def by_generic_text(data):
    return http_do("POST", sms_query("g"), data, {"Content-Type": "text/plain; charset=utf-8"})


WEB = (by_json, by_raw_json, by_form)
SMS = (by_kannel_post, by_kannel_get, by_kannel_utf16, by_generic_form, by_generic_json, by_generic_text)


def at_once(jobs):
    """The answers of many calls, in order; eight at a time, so that they share commits."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda job: job[0](*job[1:]), jobs))


def rows():
    """All messages, as the backend tells its seats."""
    out, before = [], 0
    while True:
        _, _, body = http_do("GET", f"/v1/messages?limit=1000&before={before}", headers=event.web.bearer)
        page = [json.loads(line) for line in body.decode().split("\n")[:-1]]
        out += page
        if len(page) < 1000:
            return out
        before = page[-1]["id"]


def problem(answer, *statuses):
    status, headers, body = answer
    if status not in statuses or headers.get("Content-Type") != "application/problem+json":
        return False
    told = json.loads(body)
    return told["status"] == status and 10 < len(told["detail"]) < 400 and not unclean(told["detail"], line=True)


# ---- texts, by every way in ----------------------------------------------------------------------------------------

wrong, expected = [], {}
answers = iter(at_once([(way, text.encode()) for text, _ in HOSTILE.values() for way in WEB + SMS]))
for name, (text, left) in HOSTILE.items():
    for way in WEB + SMS:
        status, headers, body = next(answers)
        nul = way in (by_json, by_raw_json, by_generic_json) and "\0" in text
        if way in WEB and status == 202:
            expected[json.loads(body)["id"]] = (name, way.__name__, text if left is same else left)
        elif nul and status == 400 and problem((status, headers, body), 400):
            pass  # JSON with a NUL in it is refused as a whole
        elif name == "open OSC" and status == 400:
            pass  # nothing that can be seen may be left of it
        elif way in WEB or status != 202 or body:
            wrong.append(f"{name} {way.__name__}: {status} {body}")
check("every hostile text is taken by every way in, or refused with a sentence", not wrong, "\n".join(wrong))

wrong, all_rows = [], rows()
texts = {}
for row in all_rows:
    texts.setdefault((row["channel"], row["text"]), []).append(row)
    why = unclean(row["text"])
    if why or "raw" in row:
        wrong.append(f"{row['id']} {row['text']!r}: {why or 'raw bytes are told'}")
check("every stored text is clean", all_rows and not wrong, "\n".join(wrong))
by_id = {row["id"]: row for row in all_rows}
wrong = [f"{name} {way}: {by_id[id]['text']!r}, not {want!r}" for id, (name, way, want) in expected.items()
         if want is not None and by_id[id]["text"] != want]
check("of each text is left what can be seen, exactly (web)", not wrong, "\n".join(wrong))
wanted = {}
for name, (text, left) in HOSTILE.items():
    want = text if left is same else left
    if want is not None:
        wanted[want] = wanted.get(want, 0) + len(SMS) - ("\0" in text)
wrong = [f"{len(texts.get(('sms', want), []))} of {n} are {want!r}" for want, n in wanted.items() if len(texts.get(("sms", want), [])) != n]
check("of each text is left what can be seen, exactly (SMS)", not wrong, "\n".join(wrong))

wrong = []
for name, (data, web, sms) in BROKEN.items():
    for way in (by_form, by_kannel_post, by_kannel_get, by_generic_form, by_generic_text):
        status, _, body = way(data)
        if status != 202:
            wrong.append(f"{name} {way.__name__}: {status} {body}")
    for body in (b'{"text":"' + data + b'"}', data):
        answer = http_do("POST", "/v1/messages", body, {"Content-Type": JSON})
        if not problem(answer, 400):
            wrong.append(f"{name} as JSON: {answer}")
        answer = http_do("POST", sms_query("g"), body, {"Content-Type": JSON})
        if not problem(answer, 400):
            wrong.append(f"{name} as JSON of a gateway: {answer}")
check("broken bytes are taken where bytes are taken, and refused in JSON", not wrong, "\n".join(wrong))
wrong, texts = [], {}
for row in rows():
    texts.setdefault((row["channel"], row["text"]), []).append(row)
    if unclean(row["text"]):
        wrong.append(f"{row['text']!r}: {unclean(row['text'])}")
for name, (data, web, sms) in BROKEN.items():
    if web is not None and ("web", web) not in texts:
        wrong.append(f"{name}: {web!r} is not there")
    if sms is not None and len(texts.get(("sms", sms), [])) != 4:
        wrong.append(f"{name}: {sms!r} {len(texts.get(('sms', sms), []))} times, not 4")
check("what is left of broken bytes is clean", not wrong, "\n".join(wrong))

wrong = []
for body in (b'{"text":"\\ud800"}', b'{"text":"a\\udc00\\ud800b"}', b'{"text":"x\\u0000y"}', b'{"text":"\\x41"}',
             b'{"text":"\\u12"}', b'{"text":"a\nb"}',
             b'{"text":"a\x1bb"}', b'{"text":1}', b'{"text":null}', b'{"text":["a"]}', b'{"text":{"a":1}}', b'{"text":"a","name":1}',
             b'{"text":"a","id":5}', b'{"text":"a"', b'{"text":"a"}{"text":"b"}', b'{"text":"a"} x', b'', b'null', b'"a"', b'[]', b'{}',
             b'[{"text":"a"}]', b'{"name":"a"}', b'{"text":""}', b'{"text":" \\n\\t"}', b'{"text":"\\u200b\\u202e"}', b"{'text':'a'}",
             b'{"text":"a",}', b'{text:"a"}', b'\xef\xbb\xbf{"text":"a"}', b'{"text":"a","room":"nowhere"}',
             b'{"text":"a","room":"\\u001b[31m"}', b'{"text":"a","room":"../main"}', b'{"text":"a","room":"<script>"}',
             b'{"text":"a","id":"' + b"x" * 129 + b'"}', b"[" * 60000, b'{"a":' * 10000 + b"1" + b"}" * 10000,
             b'{"text":NaN}', b'{"text":"a"/**/}'):
    answer = http_do("POST", "/v1/messages", body, {"Content-Type": JSON})
    surrogate = answer[0] == 202 and b"\\ud" in body  # may as well be U+FFFD
    if not surrogate and not problem(answer, 400):
        wrong.append(f"{body[:50]}: {answer}")
for body in (b"", b"text", b"text=", b"text=%20", b"name=a", b"text=%e2%80%8b", b"=a", b"&&&", b"text=a&room=nowhere", b"text=a&room=%1b"):
    answer = http_do("POST", "/v1/messages", body, {"Content-Type": FORM})
    if not problem(answer, 400):
        wrong.append(f"{body[:50]}: {answer}")
check("bad questions get one clear sentence", not wrong, "\n".join(wrong))
wrong = []
for query, body, kind, status in (
        ("from=%2B33612345678", b"", "text/plain", 202), ("from=%2B33612345678", b"", FORM, 400), ("", b"text=a", FORM, 400),
        ("from=", b"text=a", FORM, 400), ("from=%00", b"text=a", FORM, 400), ("from=+33612345678&from=0711111111", b"text=a", FORM, 400),
        ("from=0612345678", b'{"text":5}', JSON, 202), ("from=0612345678", b'{"text":[]}', JSON, 400), ("from=0612345678", b"{", JSON, 400),
        ("from=0612345678", b'["a"]', JSON, 400), ("from=" + "9" * 5000, b"text=a", FORM, 400),
        ("from=0612345678", b"<xml/>", "text/xml", 415),
        ("from=0612345678", b"text=" + b"a" * 20000, FORM, 413)):
    path = f"/v1/sms/g?key={event.keys['g']}&{query}"
    answer = http_do("POST", path, body, {"Content-Type": kind})
    if not (answer[0] == 202 if status == 202 else problem(answer, status)):
        wrong.append(f"{query[:60]} {body[:40]}: {answer}, not {status}")
    if b"612345678" in answer[2] or b"711111111" in answer[2]:
        wrong.append(f"{query[:60]}: the number is told: {answer}")
check("bad SMS get one clear sentence that holds no number", not wrong, "\n".join(wrong))

# ---- lengths -------------------------------------------------------------------------------------------------------

wrong, before = [], len(rows())
lengths = {"letters": "a" * 1998, "accents": "é" * 1998, "emoji": "\U0001F600" * 1998, "not composed": "e\u0301" * 1998,
           "families": FAMILY * 285 + "a" * 3}
taken = 0
for name, text in lengths.items():
    for way in WEB + SMS:
        for extra, status in (("+\u00DF", 202), ("+\u00DF!", 413)):
            sent = (text + extra).encode()
            if way is by_kannel_get and len(urllib.parse.quote_plus(sent)) > 6000:
                continue  # a head of 8 KiB holds no more; no SMS is so long
            answer = way(sent)
            sms_refused = way in SMS and status == 413 and answer[0] in (202, 413)
            if answer[0] != status and not sms_refused or (way in WEB and status == 413 and not problem(answer, 413)):
                wrong.append(f"{name} {way.__name__} {extra}: {answer[0]} {answer[2][:200]}")
            taken += answer[0] == 202 and status == 202
after = rows()
check("2,000 code points are taken, 2,001 are not", not wrong and len(after) - before == taken and
      sum(len(r["text"]) == 2000 for r in after) == taken and not any(unclean(r["text"]) for r in after),
      "\n".join(wrong) + f"\n{len(after) - before} stored, {taken} taken")
wrong = []
ten = b"x" * 10_000_000
for path, kind, wrap in (("/v1/messages", JSON, b'{"text":"%s"}'), ("/v1/messages", FORM, b"text=%s"), (sms_query("g"), FORM, b"text=%s"),
                         (sms_query("k"), "text/plain", b"%s"), ("/v1/ops", JSON, b'{"client":"%s"}'),
                         ("/v1/presence", JSON, b'{"typing":"%s"}')):
    heavy = http.client.HTTPConnection("127.0.0.1", event.port, timeout=LIMIT)
    try:
        heavy.putrequest("PUT" if "presence" in path else "POST", path)
        for field in (("Content-Type", kind), ("Content-Length", str(len(ten) + len(wrap) - 2)), *event.host.bearer.items()):
            heavy.putheader(*field)
        heavy.endheaders()
        try:
            heavy.send(wrap % ten)
        except ConnectionError:
            pass  # it was refused before the end
        answer = heavy.getresponse()
        answer = answer.status, dict(answer.getheaders()), answer.read()
        if not problem(answer, 413):
            wrong.append(f"{path}: {answer}")
    except OSError as e:
        wrong.append(f"{path}: {e!r}")
    heavy.close()
check("10 MB are 413 everywhere", not wrong, "\n".join(wrong))

# ---- names, rooms, ids, people -------------------------------------------------------------------------------------

wrong, ids = [], {}
answers = iter(at_once([job for name, (text, _) in HOSTILE.items() if "\0" not in text for job in (
    *((lambda way, n, t: way(f"Nom hostile : {n}".encode(), name=t, room="autre", id=t[:30]), way, name, text)
      for way in (by_json, by_form)),
    (http_do, "POST", "/v1/messages", json.dumps({"text": "D'un portail", "from": text}).encode(), {"Content-Type": JSON, **partner}))]))
for name, (text, left) in HOSTILE.items():
    if "\0" in text:
        continue
    for way in (by_json, by_form):
        status, _, body = next(answers)
        if status == 202:
            ids[json.loads(body)["id"]] = (name, text if left is same else left)
        else:
            wrong.append(f"{name} {way.__name__}: {status} {body}")
    status, _, body = next(answers)
    if status != 202:
        wrong.append(f"from {name}: {status} {body}")
by_id = {row["id"]: row for row in rows()}
for id, (name, want) in ids.items():
    got = by_id[id]["name"]
    if unclean(got, line=True, points=80):
        wrong.append(f"{name}: {got!r}: {unclean(got, line=True, points=80)}")
    elif want is not None and len(want) <= 80 and "masqué" not in want and got != re.sub("\n", " ", want):
        wrong.append(f"{name}: {got!r}, not {want!r}")
    if "06 12" in got or "@example" in got:
        wrong.append(f"{name}: {got!r} tells a number or an address")
check("names are cleaned to one line of at most 80, rooms and ids harm nothing", not wrong, "\n".join(wrong))

# ---- the room's own words ------------------------------------------------------------------------------------------


class Client:
    """Operations as a console sends them, without its help."""

    def __init__(self, seat):
        self.seat, self.client, self.n = seat, str(uuid.uuid4()), 0

    def do(self, *ops):
        """The verdicts; what cannot be read is refused as a whole."""
        now = int(time.time() * 1000)
        batch = [{"n": self.n + 1 + i, "op": op, "at": now, "until": now + 60000, "args": args} for i, (op, args) in enumerate(ops)]
        answer = http_do("POST", "/v1/ops", json.dumps({"client": self.client, "ops": batch}).encode(),
                         {"Content-Type": JSON, **self.seat.bearer})
        if answer[0] == 200:
            self.n += len(ops)
            return json.loads(answer[2])["verdicts"]
        if not problem(answer, 400):
            wrong.append(f"{ops}: {answer}")
        return [{"verdict": "unreadable"} for _ in ops]


clean_ones = {n for n, (t, _) in HOSTILE.items() if not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", t)}
producer = Client(event.add_seat("producer", "producer"))
wrong, tally = [], {}
message = all_rows[-1]["id"]
for name, (text, _) in HOSTILE.items():
    word = text.replace("\n", " ")
    ops = (("compose", {"text": text}), ("ask", {"text": text, "credit": word}), ("reword", {"question": "air", "text": text}),
           ("speaker", {"name": word[:60]}), ("publish", {"text": text}), ("correct", {"segment": "last", "text": text + " !"}),
           ("publish", {"text": text, "speaker": word[:60]}), ("notice", {"text": text}), ("say", {"text": text}),
           ("label", {"theme": "1", "text": text}), ("dismiss", {"target": [f"m{message}"], "reason": text}),
           ("hold", {"target": [f"m{message}"], "why": "legal", "whom": word[:60], "note": text}), ("close", {"outcome": text}),
           ("prepare", {"name": word[:30], "title": text, "words": word}))
    for batch in [ops] if name in clean_ones else [(op,) for op in ops]:
        for (op, _), verdict in zip(batch, producer.do(*batch)):
            tally.setdefault(op, {}).setdefault(verdict["verdict"], []).append(name)
            if unclean(verdict.get("text", ""), line=True):
                wrong.append(f"{op} {name}: the verdict says {verdict['text']!r}")
for op in ("compose", "ask", "reword", "publish", "correct", "notice", "label"):
    missing = clean_ones - set(tally[op].get("applied", []))
    if missing:
        wrong.append(f"{op} did not take {missing}: {tally[op].keys()}")
check("operations with hostile words are applied clean, or refused with a sentence", not wrong, "\n".join(wrong))
# What the public wrote goes on the air too.
producer.do(*(("accept", {"source": f"m{row['id']}"}) for row in all_rows[:40]), ("accept", {"source": f"m{next(iter(ids))}"}))
reserve = event.producer.show("rundown", "--state", "reserve")
verdicts = producer.do(*(op for row in reserve for op in (("next", {"question": row["question"]}), ("air", {"question": row["question"]}))))
check("they are aired", len(verdicts) > 80 and sum(v["verdict"] == "applied" for v in verdicts) > 80, verdicts[:4])

# ---- what comes out ------------------------------------------------------------------------------------------------


def strings(value):
    """All the texts in a JSON value, names of members too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for v in value:
            yield from strings(v)
    elif isinstance(value, dict):
        for k, v in value.items():
            yield k
            yield from strings(v)


def all_clean(value):
    return [f"{s!r}: {unclean(s, points=9000)}" for s in strings(value) if unclean(s, points=9000)]


raw = http_do("GET", "/v1/rooms/main/transcript")[2]
transcript = json.loads(raw)
wrong = all_clean(transcript)
spoken = {s for s in strings(transcript)}
check("the transcript is one JSON object of clean texts", not wrong and not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", raw) and
      "<script>alert(1)</script>" in spoken and "'); DROP TABLE message; --" in spoken, "\n".join(wrong) or raw[:500])
asked = transcript["questions"]
check("numbers and addresses are masked in its questions", len(asked) > 50 and "[numéro masqué]" in str(asked) and
      "[adresse masquée]" in str(asked) and not re.search("06 12 34|jean.dupont", str(asked)), str(asked)[:500])



class Page(html.parser.HTMLParser):
    """The names of elements and attributes, and where a page would run or fetch something."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.kinds, self.fetched, self.open, self.wrong, self.text = set(), set(), [], [], ""
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append(f"left open: {self.open}")

    def handle_starttag(self, tag, attrs):
        self.kinds |= {(tag, None)} | {(tag, name) for name, _ in attrs}
        self.fetched |= {(tag, name, value) for name, value in attrs if name in ("src", "href", "action", "formaction", "srcset", "data")}
        if len({name for name, _ in attrs}) != len(attrs):
            self.wrong.append(f"an attribute twice: {attrs}")
        if tag not in ("meta", "link", "input", "br", "img", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> does not close what is open")

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.wrong.append(f"a comment: {data}")

    def handle_pi(self, data):
        self.wrong.append(f"an instruction: {data}")


# The structure of a page of harmless words, in every state that the hostile one may be in.
calm = Event(title="Calme", seats=("web", "host", "scribe"), rooms=("main", "autre"), gateways=())
calm.serve()
calm.host.do("collect", "open")
calm_receipt = calm.post("Une question")["receipt"]
calm.web.do("accept m1")
calm.host.do("next q1", "air")
for who in ("un", "deux", "trois"):
    calm.post("Combien vaut le Smic ?", who="personne-" + who)
calm.web.do("accept t2")
calm.host.do("next", "air")
calm.scribe.do("publish Bonjour", "publish speaker=Moi Bonsoir\nencore", "correct last Bonsoir", "notice Silence")
calm.host.do("ask Une autre", "close", "compose x", "next", "air")
harmless = [Page(calm.page("main")), Page(calm.page("autre")), Page(calm.get(f"/r/main?receipt={calm_receipt}"))]
calm_form = calm.http("POST", "/v1/messages", b"text=Une+autre&room=main&name=Moi", {"Content-Type": FORM, "Accept": "text/html"})[2]
calm_refused = calm.http("POST", "/v1/messages", b"text=&room=main&name=Moi", {"Content-Type": FORM, "Accept": "text/html"})[2]
harmless += [Page(calm_form.decode()), Page(calm_refused.decode())]
allowed = set().union(*(p.kinds for p in harmless)) | {("br", None), ("time", None), ("time", "datetime")}
calm.stop()


def page_faults(text):
    page = Page(text)
    faults = page.wrong + [f"{k} is not on a harmless page" for k in page.kinds - allowed]
    faults += [f"fetches {f}" for f in page.fetched if not re.fullmatch(
        r"/(a/[\w.-]+|v1/messages|r/[\w-]*(\?receipt=\w+)?)(#[\w-]*)?|#[\w-]*", f[2] or "")]
    faults += [f"holds U+{ord(c):04X}" for c in set(text) if c not in "\n\t" and
               (unicodedata.category(c) in ("Cc", "Cs") or c in BIDI or c in UNSEEN)]
    return faults


wrong = []
pages = {"main": event.page("main"), "autre": event.page("autre")}
some = next(iter(by_id))
receipt = json.loads(by_json("<b>Reçu</b>".encode())[2])["receipt"]
pages["receipt"] = event.get(f"/r/main?receipt={receipt}")
for bad in ("\"><script>", "x" * 5000, "%00", "\x1b[31m"):
    pages[f"receipt {bad[:20]!r}"] = http_do("GET", "/r/main?receipt=" + urllib.parse.quote(bad))[2].decode()
forms = [[{"text": t, "name": t, "room": "main"}, {"text": t, "name": t, "room": t}, {"text": "", "name": t}] for t, _ in HOSTILE.values()]
answers = iter(at_once([(http_do, "POST", "/v1/messages", urllib.parse.urlencode(form).encode(),
                         {"Content-Type": FORM, "Accept": "text/html"})
                        for three in forms for form in three]))
for name, three in zip(HOSTILE, forms):
    for form in three:
        status, headers, body = next(answers)
        if headers["Content-Type"] != "text/html; charset=utf-8" or "Content-Security-Policy" not in headers:
            wrong.append(f"{name}: {status} {headers}")
        pages[f"answer to {name}, {form['room'][:9] if 'room' in form else 'no text'}"] = body.decode()
for name, text in pages.items():
    wrong += [f"{name}: {fault}" for fault in page_faults(text)][:3]
check(f"no text changes a page ({len(pages)} pages)", not wrong, "\n".join(wrong[:20]))
check("the words are on the page as text", "<script>alert(1)</script>" in Page(pages["main"]).text and
      "'); DROP TABLE message; --" in Page(pages["main"]).text)

last = event.host.status()["broadcast"]
check("the live stream came whole", viewer.wait_number(last) and not viewer.trouble(), (viewer.last, last, viewer.trouble()))
wrong = all_clean([data for _, _, data in viewer.events])
wrong += list(set(viewer.kinds()) - set(json.loads(http_do("GET", "/openapi.json")[2])["x-live-events"]))
for line in viewer.bytes.split(b"\n"):
    if not re.fullmatch(rb"|:.*|retry: \d+|id: \d+-\d+|event: [a-z]+|data: \{.*\}", line) or re.search(rb"[\x00-\x1f\x7f]", line):
        wrong.append(repr(line[:200]))
check("no text breaks a frame of the live stream", not wrong, "\n".join(wrong[:20]))
check("and it told the hostile words", sum("<script>" in json.dumps(data) for _, _, data in viewer.events) >= 5)
viewer.leave()

status, headers, body = http_do("GET", "/v1/changes?limit=50000", headers=event.host.bearer)
lines = body.split(b"\n")
wrong = [repr(line[:200]) for line in lines if re.search(rb"[\x00-\x1f\x7f]", line)]
changes = [json.loads(line) for line in lines[:-1]]
wrong += [w for row in changes for w in all_clean(row)]
check("no text breaks a line of the changes", status == 200 and lines[-1] == b"" and changes[-1]["more"] is False and
      not any("next" in row for row in changes[:-1]) and not wrong, "\n".join(wrong[:20]))
public = [row for row in changes if row.get("kind") == "message"]
check("and they tell no raw bytes, and nobody's number or address", len(public) > 500 and b'"raw"' not in body and
      not [row for row in public if re.search("06 12 34|jean.dupont", row.get("text", "") + row.get("name", ""))])
every = [text for text, _ in HOSTILE.values() if "\0" not in text]
presence = {"here": True, "typing": "".join(every)[:3000], "choice": "\u202Eq1", "claims": ["theme:1", *(text[:40] for text in every)]}
presence = http_do("PUT", "/v1/presence", json.dumps(presence).encode(), {"Content-Type": JSON, **event.web.bearer})
seen = http_do("GET", "/v1/status", headers=event.host.bearer)[2]
check("what a seat is typing and claims is clean to the others", presence[0] == 204 and not all_clean(json.loads(seen)["presence"]) and
      "theme:1" in json.loads(seen)["presence"][0]["claims"] and
      not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", seen), (presence, seen[:1000]))
metrics = http_do("GET", "/metrics")[2].decode()
wrong = [line for line in metrics.split("\n") if not re.fullmatch(
    r'|# (HELP|TYPE) regie_\w+ .+|regie_\w+(\{\w+="[\w.+-]*"(,\w+="[\w.-]*")*\})? -?[\d.e+-]+', line)]
check("no text is in the metrics", not wrong and metrics.count("\nregie_up 1\n") == 1, "\n".join(wrong))

# ---- the terminal --------------------------------------------------------------------------------------------------

wrong = []
counts = {}
for view in ("messages", "themes", "rundown", "transcript", "log", "seats", "rooms", "status"):
    text = command("regie", "show", view, *event.host.options)
    wrong += [f"{view}: holds U+{ord(c):04X}" for c in set(text.out + text.err) if c != "\n" and
              (unicodedata.category(c) in ("Cc", "Cs") or c in BIDI or c in UNSEEN)]
    objects = command("regie", "show", view, *event.host.options, "--json")
    counts[view] = (text.out.count("\n"), objects.out.count("\n"))
    if text.code or text.err or objects.code:
        wrong.append(f"{view}: {text.err} {objects.err}")
    wrong += [w for line in objects.out.split("\n")[:-1] for w in all_clean(json.loads(line))]
check("regie show puts no control byte on the terminal", not wrong, "\n".join(wrong[:20]))
wrong = [f"{view}: {lines} lines for {objects} objects" for view, (lines, objects) in counts.items()
         if view != "status" and lines != objects + (view == "themes")]
check("and no text makes a line of its own there", not wrong, "\n".join(wrong))
for words in ("<script>", "DROP TABLE", "%", "\"", "*", "' OR 1=1 --", "AND OR NOT (", "\x1b[31m", "_", "\\"):
    got = http_do("GET", "/v1/messages?limit=5&q=" + urllib.parse.quote(words), headers=event.web.bearer)
    local = command("regie", "show", "messages", *event.web.options, "--json", "--limit", "5", words)
    if got[0] not in (200, 400) or local.code != 0 or not all(json.loads(x) for x in got[2].splitlines()):
        check(f"a search for {words!r}", False, (got, local))
check("hostile words can be searched for", len(event.web.show("messages", "DROP TABLE")) >= 9)
for words in (["publish \x1b[31mrouge\x1b[0m"], ["\x1b]0;x\x07"], ["publish"], ["\u202Eair"], ["say " + "x" * 9000], ["close \x1b[2J"]):
    run = command("regie", "do", *event.scribe.options, *words)
    said = run.out + run.err
    if re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", said) or run.code not in (0, 1, 2) or (run.code and not said):
        check(f"regie do {words[0][:30]!r}", False, repr(said))
check("regie do says nothing that moves the cursor", True)
run = command("regie", "do", *event.scribe.options, "publish question=q1 Après tout cela.")
check("and what it refuses does not stand before what follows", run.code == 0 and run.verdicts == ["applied"], run)

# ---- it is all still there -----------------------------------------------------------------------------------------

n = len(rows())
said = event.said()
check("the log is lines of printable text", not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", said) and
      not [l for l in said.splitlines() if not re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z (error|warning|info|debug) ", l)], said[-2000:])
check("the log holds no text and no number", "DROP TABLE" not in said and "script" not in said and "98765432" not in said, said[-2000:])
check("regied ends well", event.stop() == 0 and not re.search("Sanitizer|runtime error", event.said()), event.said()[-3000:])
db = sqlite3.connect(f"file:{event.data}/event.db?mode=ro", uri=True)
check("the database is sound, every table in it", db.execute("PRAGMA integrity_check").fetchall() == [("ok",)] and
      db.execute("SELECT count(*) FROM message").fetchone() == (n,), n)
kept = dict(db.execute("SELECT CAST(raw AS BLOB), text FROM message WHERE raw IS NOT NULL").fetchall())
db.close()
wrong = [name for name, (text, left) in HOSTILE.items() if left is not same and "masqué" not in str(left) and left is not None and
         "\0" not in text and text.encode() not in kept]
check("the bytes as they came are kept where cleaning changed them", not wrong and b"a\xffb\xfec" in kept, wrong)
sys.exit(end())
