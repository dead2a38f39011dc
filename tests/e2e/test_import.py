#!/usr/bin/env python3
"""regied import: CSV and JSONL, twice the same brings nothing new, directly and while the event is served."""
import os
import sys
import tempfile

from evening import Event, check, end


def imported(event, path):
    r = event.regied("import", path, fine=False)
    return r.out.strip(), r.err, r.code


def main():
    with tempfile.TemporaryDirectory() as tmp:
        csv, jsonl = os.path.join(tmp, "a.csv"), os.path.join(tmp, "b.jsonl")
        with open(csv, "w") as f:
            f.write('\ufeffname;text\r\nBob;Le smic ?\r\n;Le smic ?\r\n;Le smic ?\r\nAnn;"Deux\nlignes; ""oui"""\r\n')
        with open(jsonl, "w") as f:
            for i in range(5000):
                f.write('{"text":"Question %d","from":"p%d"}\n' % (i % 100, i))
            f.write('{"name":"x"}\nnope\n')
        event = Event(under=tmp)
        check("a CSV with quotes and a BOM is taken whole", imported(event, csv) == ("4 taken, 0 taken before, 0 not taken", "", 0))
        check("the same file again brings nothing new", imported(event, csv) == ("0 taken, 4 taken before, 0 not taken", "", 0))
        event.serve()
        host = event.host
        out, err, code = imported(event, jsonl)
        check("equal texts in one file are as many messages, while it is served",
              out == "5000 taken, 0 taken before, 2 not taken" and code == 1, out + err)
        check("each line that was not taken is named", err.count("\n") == 2 and "line 5001" in err and "line 5002" in err, err)
        check("and again nothing new", imported(event, jsonl)[0] == "0 taken, 5000 taken before, 2 not taken")
        texts = [m["text"] for m in host.show("messages")]
        check("every one is in the queue, line ends kept",
              len(texts) == 5004 and texts.count("Le smic ?") == 3 and "Deux\nlignes; \"oui\"" in texts, len(texts))
        sevens = {m["theme"] for m in host.show("messages") if m["text"] == "Question 7"}
        people = {t["id"]: t["people"] for t in host.show("themes")}
        check("people are counted apart", len(sevens) == 1 and people[sevens.pop()] >= 50, people)
        event.stop()
    return end()


sys.exit(main())
