#!/usr/bin/env python3
"""reading.py [--verbose] [PAIRS…]: what `regied reading` makes of SMS whose reading is known.

Prints the word error rate (words of the standard text to add, take away or change; case and punctuation apart, then
not), what the SMS themselves have, and the CPU time of a message. The pairs of reading-fr.tsv and reading-en.tsv are
what everything was set on, those of reading-held-fr.tsv were never looked at. Words of data/evening.jsonl's web messages that come back
changed are counted too.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("REGIE_BUILD", os.path.join(TOP, "build"))


def words(text, strict=False):
    text = text.replace("’", "'")
    if strict:
        return re.findall(r"\w+'|\w+(?:-\w+)*|[^\w\s]", text)
    return re.findall(r"\d+(?:[.,]\d+)*|[^\W\d]+'|[^\W\d]+(?:-[^\W\d]+)*|\+", text.lower())


def errors(want, got):
    row = list(range(len(got) + 1))
    for i, w in enumerate(want, 1):
        corner, row[0] = row[0], i
        for j, g in enumerate(got, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (w != g))
    return row[-1]


def read(lang, texts, *more):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
        f.write("".join(t.replace("\n", " ") + "\n" for t in texts))
        f.flush()
        out = subprocess.run([os.path.join(BUILD, "regied"), "reading", "--times", "--lang", lang, *more, f.name], check=True,
                             capture_output=True, text=True).stdout
    rows = [line.split("\t", 1) for line in out.splitlines()]
    return [int(r[0]) for r in rows], [r[1] for r in rows]


def rate(wants, gots, strict):
    total = sum(len(words(w, strict)) for w in wants)
    return 100 * sum(errors(words(w, strict), words(g, strict)) for w, g in zip(wants, gots)) / total


def pairs_of(path):
    with open(path, encoding="utf8") as f:
        return [line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#")]


def main():
    flags = [a for a in sys.argv[1:] if a.startswith("--")]
    files = [a for a in sys.argv[1:] if not a.startswith("--")] or [os.path.join(TOP, "tests/bench", f) for f in (
        "reading-fr.tsv", "reading-held-fr.tsv", "reading-en.tsv")]
    for path in files:
        pairs = pairs_of(path)
        took, got = read("en" if "-en" in os.path.basename(path) else "fr", [p[0] for p in pairs])
        want = [p[1] for p in pairs]
        took.sort()
        print(f"{os.path.basename(path)}: {len(pairs)} pairs, word errors {rate(want, got, False):.1f} % (the SMS: "
              f"{rate(want, [p[0] for p in pairs], False):.1f} %), with case and punctuation {rate(want, got, True):.1f} %; "
              f"{took[len(took) // 2] / 1000:.2f} ms a message, p99 {took[len(took) * 99 // 100] / 1000:.2f}")
        if "--verbose" in flags:
            for (sms, w), g in zip(pairs, got):
                if words(w) != words(g):
                    print(f"  {sms}\n    want {w}\n    got  {g}")
    with open(os.path.join(TOP, "data/evening.jsonl"), encoding="utf8") as f:
        web = [m["text"] for m in map(json.loads, f) if m["channel"] == "web"]
    took, got = read("fr", web)
    took.sort()
    n = sum(len(words(t)) for t in web)
    wrong = sum(errors(words(t), words(g)) for t, g in zip(web, got))
    print(f"evening.jsonl, web: {len(web)} messages, {100 - 100 * wrong / n:.2f} % of {n} words as they were; "
          f"{took[len(took) // 2] / 1000:.2f} ms a message, p99 {took[len(took) * 99 // 100] / 1000:.2f}")
    if "--verbose" in flags:
        for t, g in zip(web, got):
            if words(t) != words(g):
                print(f"  {t}\n  -> {g}")


if __name__ == "__main__":
    main()
