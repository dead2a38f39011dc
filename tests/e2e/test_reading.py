#!/usr/bin/env python3
"""regied reading: a line a message, from a file or standard input, in two languages, with an operator's own spellings."""
import os
import sys
import tempfile

from evening import check, command, end

SMS = "Ke KonT vou fer pour kil i é moin 2 violence dans lé kolège 2 france"
READ = "Que comptez-vous faire pour qu'il y ait moins de violence dans les collèges de France ?"


def main():
    with tempfile.TemporaryDirectory(prefix="reading-") as folder:
        file, own = folder + "/sms", folder + "/own.tsv"
        with open(file, "w", encoding="utf8") as f:
            f.write(f"{SMS}\n\nQue comptez-vous faire pour l'école ?\n")
        run = command("regied", "reading", file)
        check("a line a message", run.code == 0 and run.out.split("\n") == [READ, "", "Que comptez-vous faire pour l'école ?", ""], run)
        for words in ((), ("-",), ("--lang", "fr", "-")):
            run = command("regied", "reading", *words, stdin=SMS.encode())
            check(f"standard input {' '.join(words)}", run.code == 0 and run.out == READ + "\n", run)
        run = command("regied", "reading", "--lang", "en", stdin=b"wen r u gonna do sumthing 4 the skool\n")
        check("English", run.code == 0 and run.out == "When are you going to do something for the school?\n", run)
        run = command("regied", "reading", "--times", stdin=b"koi\nki\n")
        times = [line.split("\t") for line in run.out.splitlines()]
        check("times", run.code == 0 and [t[1].lower() for t in times] == ["quoi ?", "qui ?"] and all(int(t[0]) < 20000 for t in times), run)
        with open(own, "w", encoding="utf8") as f:
            f.write("# ours\nspell\tzblug\tgouvernement\n")
        run = command("regied", "reading", "--lexicon", own, stdin=b"le zblug fe rien\n")
        check("an operator's spellings", run.code == 0 and "gouvernement" in run.out, run)
        with open(own, "a", encoding="utf8") as f:
            f.write("spel\tx\ty\n")
        run = command("regied", "reading", "--lexicon", own, stdin=b"x\n")
        check("their mistakes are named", run.code == 1 and f'"{own}": line 3: "spel" is no kind of row' in run.err, run)
        hostile = b"\xff\xfe kan \x1b[31m ?\r\n" + b"k" * 3000 + b"\n" + "é".encode() * 20000 + b"\n" + os.urandom(4000)
        run = command("regied", "reading", stdin=hostile)
        check("hostile bytes", run.code == 0 and "\x1b" not in run.out and len(run.out.split("\n")) == hostile.count(b"\n") + 2, run.code)
        check("an empty file", command("regied", "reading", stdin=b"").out == "")
        check("another language is refused", command("regied", "reading", "--lang", "de", stdin=b"").code == 2)
        check("one file", command("regied", "reading", file, file).code == 2)
        check("a file that is not there", command("regied", "reading", folder + "/none").code == 1)
    return end()


if __name__ == "__main__":
    sys.exit(main())
