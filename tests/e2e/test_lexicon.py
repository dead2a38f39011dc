#!/usr/bin/env python3
"""regied lexicon: the operator's words, by command, by a file and SIGHUP, at a start; mistakes change nothing; restarts know when."""
import os
import signal
import sys
import tempfile

from evening import Event, applied, check, end, until


def main():
    with tempfile.TemporaryDirectory(prefix="lexicon-") as tmp:
        event = Event(under=tmp)
        file, own = os.path.join(tmp, "mine.tsv"), os.path.join(event.data, "lexicon-fr.tsv")

        def write(path, text):
            with open(path, "w", encoding="utf8") as f:
                f.write(text)
            return path

        def lexicon(*words):
            return event.regied("lexicon", *words, fine=False)

        def theme_of(message):
            return next(m["theme"] for m in event.web.show("messages") if m["id"] == message)

        def post(text):
            post.n += 1
            return event.post(text, who=f"p{post.n}")["id"]
        post.n = 0

        def hup(words):
            before = len(event.said())
            os.kill(event.process.pid, signal.SIGHUP)
            return until(lambda: words in event.said()[before:])

        def restart():
            """What it says while it starts."""
            before = len(event.said())
            event.serve()
            return event.said()[before:]

        r = lexicon()
        check("none yet, and what to do", r.code == 1 and own in r.err and "name a file" in r.err, r)
        event.serve()
        applied("collect", event.host.do("collect"))
        fuel = post("Le prix du gazole va-t-il baisser ?")
        post("Quel est le prix du gazole ?")
        check("an unknown word is no known one", theme_of(post("Le zblorg va-t-il baisser ?")) != theme_of(fuel))
        noise = post("ouaf ouaf")

        # ---- by command
        r = lexicon(write(file, "# ours\nsynonym\tzblorg\tgazole\nchatter\tglouglou\n"))
        check("taken while it is served", r.code == 0 and r.out == "taken: it counts from the next message on\n", r)
        check("and kept in the event's directory", open(own, encoding="utf8").read() == open(file, encoding="utf8").read() and os.stat(own).st_mode & 0o77 == 0)
        check("it counts from the next message on", theme_of(post("Le prix du zblorg ?")) == theme_of(fuel))
        bucket = post("glouglou")
        asks = {t["id"]: t["asks_nothing"] for t in event.web.show("themes")}
        check("for what asks nothing, too", asks[theme_of(bucket)] and not asks[theme_of(noise)], asks)
        check("the same again is the same", lexicon().out == "it is as it was\n")

        # ---- mistakes change nothing
        for text, words in (("synonym\tzblorg\n", ("line 1",)), ("stop\tx\nspel\ta\tb\n", ("line 2", "spel")), ("stop\t\n", ("line 1",))):
            r = lexicon(write(file, text))
            check(f"a mistake is told: {text!r}", r.code == 1 and not r.out and len(r.err.splitlines()) == 1 and file in r.err and
                  all(w in r.err for w in words), r)
        check("and nothing has changed", "zblorg\tgazole" in open(own, encoding="utf8").read() and theme_of(post("Zblorg : quel prix ?")) == theme_of(fuel))
        r = lexicon(file + ".none")
        check("a file that is not there", r.code == 1 and "cannot be read" in r.err, r)

        # ---- by the file and SIGHUP
        write(own, "synonym\tzblarg\tgazole\n")
        check("SIGHUP takes the file", hup("was taken"), event.said())
        check("its words count", theme_of(post("Le prix du zblarg ?")) == theme_of(fuel))
        check("those that left it do not", theme_of(post("zblorg zblorg")) != theme_of(fuel))
        check("SIGHUP without a change says so", hup("is as it was"), event.said())
        write(own, "synonym\tzblarg\n")
        check("SIGHUP with a mistake says where", hup("line 1"), event.said())
        check("and the one before goes on", theme_of(post("Baisser le prix du zblarg ?")) == theme_of(fuel))

        # ---- restarts
        before = {m["id"]: m["theme"] for m in event.web.show("messages")}
        event.stop()
        said = restart()
        check("a start with a mistake in the file serves, and says where", "line 1" in said and theme_of(post("zblarg : le prix ?")) == theme_of(fuel), said)
        event.stop()
        write(own, "synonym\tzblurg\tgazole\n")
        said = restart()
        check("a start takes the file", "was taken" in said and theme_of(post("Le prix du zblurg ?")) == theme_of(fuel), said)
        event.kill()
        check("and the next one finds it as it was", "lexicon" not in restart())
        now = {m["id"]: m["theme"] for m in event.web.show("messages")}
        check("every message is where it was", all(now[m] == before[m] for m in before))
        check("and the words are those of the last one", theme_of(post("Baisse du prix du zblurg ?")) == theme_of(fuel))
        event.stop()
    return end()


sys.exit(main())
