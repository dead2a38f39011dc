#!/usr/bin/env python3
"""regied prepare: themes from a file, changed by name and not doubled, taught by what falls in and by what people take out."""
import os
import sys
import tempfile

from evening import Event, applied, check, end, refused

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEAD = "theme\ttitle\tkey words\n"


def write(path, text):
    with open(path, "w", encoding="utf8", newline="") as f:
        f.write(text)
    return path


def main():
    with tempfile.TemporaryDirectory(prefix="prepare-") as tmp:
        event = Event(under=tmp)
        file = os.path.join(tmp, "p.tsv")

        def prepare(text, fine=True):
            return event.regied("prepare", write(file, text), fine=fine)

        def themes():
            return {t["name"]: t for t in event.web.show("themes") if t["name"]}

        def theme_of(message):
            return next(m["theme"] for m in event.web.show("messages") if m["id"] == message)

        # ---- before the evening
        r = prepare(HEAD + "smic\tLe Smic\tsmic, salaire minimum\n# a remark\n\nnet\tInternet au village\thaut débit, ADSL\tQuand l'ADSL ?\tEt la fibre ?\r\n")
        check("before it is served", r.out == "2 prepared, 0 changed, 0 as they were\n" and not r.err, r)
        event.serve()
        got = themes()
        check("with title, words and examples", got["net"]["title"] == "Internet au village" and got["net"]["words"] == "haut débit, ADSL" and
              got["net"]["examples"] == "Quand l'ADSL ?\nEt la fibre ?" and got["smic"]["people"] == 0, got)
        r = prepare(HEAD + "smic\tLe Smic\tsmic, salaire minimum\n")
        check("again, while it is served: nothing new", r.out == "0 prepared, 0 changed, 1 as they were\n", r)

        # ---- messages fall in
        applied("collect", event.host.do("collect"))
        first = event.post("Le salaire minimum va-t-il augmenter ?", who="a")["id"]
        event.post("kan l'ADSL o vilage ?", who="b")
        got = themes()
        check("what it names falls into it", got["smic"]["messages"] == 1 and got["net"]["messages"] == 1, got)

        # ---- changed by name, keeping its messages
        r = prepare(HEAD + "smic\tLe Smic, et après ?\tsmic, salaire minimum, fin de mois\nbac\tLe bac\tbac, baccalauréat\n")
        check("after an edit: one new, one changed", r.out == "1 prepared, 1 changed, 0 as they were\n", r)
        got = themes()
        check("it has its messages still", got["smic"]["title"] == "Le Smic, et après ?" and got["smic"]["messages"] == 1 and
              sorted(got) == ["bac", "net", "smic"], got)
        check("the log says who", [a["op"] for a in event.host.show("log")].count("prepare") == 4, event.host.show("log"))
        later = event.post("la fin de mois est dure", who="c")["id"]
        check("new words draw at once", theme_of(later) == got["smic"]["id"])
        applied("a seat edits it live", event.web.do('prepare bac examples="Que vaut le bachot ? | Le bac en contrôle continu ?"'))
        check("what it does not say stays", themes()["bac"]["title"] == "Le bac" and themes()["bac"]["examples"] == "Que vaut le bachot ?\nLe bac en contrôle continu ?", themes()["bac"])
        later = event.post("et le bachot, il vaut quoi ?", who="d")["id"]
        check("examples draw, too", theme_of(later) == themes()["bac"]["id"])
        refused("a new one needs a title", event.web.do("prepare rien words=rien"), "give a new one its title")

        # ---- taught by what falls in, and by what people take out
        for n in range(12):
            event.post(f"salaire minimum et pouvoir d'achat des caissières {n}", who=f"t{n}")
        taught = event.post("le pouvoir d'achat des caissières", who="u")["id"]
        check("what fell in teaches", theme_of(taught) == got["smic"]["id"], theme_of(taught))
        wrong = [event.post(text, who=f"w{n}")["id"] for n, text in enumerate(
            ("le salaire minimum des footballeurs", "combien gagne un footballeur au minimum, quel salaire",
             "salaire des footballeurs : un minimum de décence"))]
        applied("people take some out", event.web.do("split t%s %s Les footballeurs" % (got["smic"]["id"], ",".join("m" + m for m in wrong))))
        own = theme_of(wrong[0])
        later = event.post("le salaire des footballeurs", who="x")["id"]
        check("what is like them follows them out", own != got["smic"]["id"] and theme_of(later) == own, (own, theme_of(later)))

        # ---- after a restart
        before = {t["id"]: (t["title"], t["messages"]) for t in event.web.show("themes", "--all")}
        event.stop()
        event.serve()
        check("a restart changes nothing", before == {t["id"]: (t["title"], t["messages"]) for t in event.web.show("themes", "--all")})
        later = [event.post(t, who="y" + t)["id"] for t in ("encore les footballeurs, quel salaire", "et la fin de mois ?", "le bachot, que vaut-il encore ?")]
        check("and what comes falls as before", [theme_of(m) for m in later] == [own, got["smic"]["id"], themes()["bac"]["id"]],
              [theme_of(m) for m in later])
        check("the first one is where it was", theme_of(first) == got["smic"]["id"])

        # ---- mistakes: nothing of the file is taken, and the sentence says where and what to do
        for text, words in (
                ("a\tA\tx\nb\tB\n", ("line 2", "two fields", "TAB")),
                ("a\tA\tx\n\tB\ty\n", ("line 2", "key is empty")),
                ("a\tA\tx\nb\t \ty\n", ("line 2", "title is empty")),
                ("a\tA\tx\nb\tB\t\n", ("line 2", "key words is empty")),
                ("a\tA\tx\nb\tB\ty\na\tC\tz\n", ("line 3", "\"a\"", "line 1")),
                ("a\tA\t" + "x" * 2001 + "\n", ("line 1", "2000", "shorter")),
                ("# nothing\n", ("no theme",))):
            r = prepare(HEAD + text if text[0] != "a" else text, fine=False)
            check(f"a mistake is told: {words[-1]}", r.code == 1 and len(r.err.splitlines()) == 1 and not r.out and
                  all(w in r.err for w in words), r)
        with open(file, "wb") as f:
            f.write(b"a\tA\tx\nb\t\xe9t\xe9\ty\n")
        r = event.regied("prepare", file, fine=False)
        check("a mistake is told: UTF-8", r.code == 1 and "line 2" in r.err and "UTF-8" in r.err, r)
        check("nothing of them was taken", "a" not in themes() and "b" not in themes())
        r = event.regied("prepare", file + ".none", fine=False)
        check("a file that is not there", r.code == 1 and "cannot be read" in r.err, r)

        # ---- the evening's own
        r = event.regied("prepare", os.path.join(ROOT, "data", "evening-prepared.tsv"))
        check("the evening's file is taken whole", r.out.endswith(" as they were\n") and int(r.out.split()[0]) > 20, r)
        event.stop()
    return end()


sys.exit(main())
