#!/usr/bin/env python3
"""regied themes: a file is grouped by what is asked, in the formats that the manual tells, the same every time."""
import csv
import io
import json
import os
import tempfile

from evening import check, command, end

DATA = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + "/data/"
folder = tempfile.TemporaryDirectory(prefix="themes-")


def write(name, text):
    path = f"{folder.name}/{name}"
    with open(path, "w", encoding="utf8", newline="") as f:
        f.write(text)
    return path


def themes(*words):
    return command("regied", "themes", *words)


texts = ["De combien augmente le Smic en juillet ?", "le smic va ogmenté 2 cb en juillet", "bonjour",
         "Quand aura-t-on le haut débit, \"l'ADSL\", au village ?", "é le haut débi ladsl dans mon vilage c kan"]


def shapes():
    lines = write("m.jsonl", "".join(json.dumps({"id": f"e{n}", "text": t}) + "\n" for n, t in enumerate(texts)))
    run = themes("--format", "jsonl", lines)
    check("JSON lines come back in order", [m["id"] for m in run.lines] == [f"e{n}" for n in range(5)], run)
    first = [m["theme"] for m in run.lines]
    check("spelling does not part what asks the same", first[0] == first[1] and first[3] == first[4] and first[0] != first[3], run)
    check("what asks nothing is in no theme", first[2] is None and run.lines[2]["arrival"] is None, run)
    check("again the same", themes("--format", "jsonl", lines).out == run.out)
    out = io.StringIO()
    w = csv.writer(out)
    w.writerows([["id", "text"]] + [[f"e{n}", t] for n, t in enumerate(texts)])
    run = themes("--format", "jsonl", write("m.csv", out.getvalue()))
    check("a table groups alike", [m["theme"] for m in run.lines] == first and run.lines[4]["id"] == "e4", run)
    run = themes("--format", "csv", write("m.txt", "\n".join(texts) + "\n"))
    rows = list(csv.DictReader(io.StringIO(run.out)))
    check("a text a line, out as a table", [r["theme"] for r in rows] == [str(t or "") for t in first] and rows[0]["id"] == "1", run)
    run = themes(write("m2.txt", "\n".join(texts) + "\n"))
    check("people read it", "smic" in run.out and "5 messages, 2 themes, 1 ask nothing" in run.out, run)


def prepared():
    run = themes("--format", "jsonl", "--prepared", DATA + "evening-prepared.tsv", DATA + "evening.jsonl")
    with open(DATA + "evening.jsonl", encoding="utf8") as f:
        truth = [json.loads(line) for line in f]
    named = [(m["name"], t["theme"]) for m, t in zip(run.lines, truth) if m["name"]]
    right = sum(a == b for a, b in named)
    check("prepared themes take what is theirs", right > 700 and right / len(named) > .75, (right, len(named)))
    own = write("p.tsv", "smic\tLe Smic\tsmic, salaire minimum\tLe Smic va-t-il augmenter ?\tC'est combien, le Smic ?\n")
    run = themes("--format", "jsonl", "--prepared", own, write("one.txt", "c koi le smic ?\n"))
    check("without a line of heads, with examples", run.lines[0]["name"] == "smic", run)


def mistakes():
    for words, code, says in (
            ((), 2, "name one file"),
            (("--format", "xml", "f"), 2, "--format is text, jsonl or csv"),
            (("--lang", "klingon", "f"), 2, "klingon"),
            (("/nonexistent",), 1, "cannot be read"),
            ((write("bad.jsonl", '{"id":1,"text":"a"}\n{"id":2}\n'),), 1, "line 2"),
            (("--prepared", write("bad.tsv", "a\tb\n"), DATA + "evening.jsonl"), 1, "line 1")):
        run = themes(*words)
        check(f"a mistake is told: {says}", run.code != 0 and says in run.err and len(run.err.splitlines()) == 1, (run, code))


shapes()
prepared()
mistakes()
folder.cleanup()
end()
