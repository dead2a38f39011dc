#!/usr/bin/env python3
"""ui/po/fr.po: all that the screen says has its French, and the program finds it."""
import errno
import os
import re
import shutil
import subprocess
import tempfile

from evening import BUILD, Event, check, end, skip
from terminal import Terminals

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = "all words of the screen are in French"
DIRECTIVE = re.compile(r"%[-+ 0#]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:ll|l|z|j)?[a-zA-Z]")


def run(*words):
    done = subprocess.run(words, cwd=TOP, capture_output=True, encoding="utf8", check=False)
    return done.stdout, done.stderr


def read(path):
    with open(path, encoding="utf8") as f:
        return f.read()


def entries(text):
    """{(context, msgid): (plural or None, [msgstr…], fuzzy)} of a .po, strings as they are escaped there."""
    found = {}
    for block in re.split(r"\n\s*\n", text):
        said, key = {}, None
        for line in block.splitlines():
            at = re.match(r'(msg[a-z_]+(?:\[\d\])?) "(.*)"$', line)
            if at:
                key = at[1]
                said[key] = at[2]
            elif key and line.startswith('"'):
                said[key] += line[1:-1]
        if said.get("msgid"):
            strings = [said[k] for k in sorted(said) if k.startswith("msgstr")]
            fuzzy = bool(re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE))
            found[said.get("msgctxt"), said["msgid"]] = said.get("msgid_plural"), strings, fuzzy
    return found


def tables():
    """What tables outside of xgettext's sight show: the helps of operations and of settings."""
    operations = re.findall(r'\.help = "((?:[^"\\]|\\.)*)"', read(f"{TOP}/src/model/op_table.c"))
    settings = re.search(r"#define UI_SETTINGS.*?\n\n", read(f"{TOP}/ui/config.h"), re.DOTALL)[0]
    return operations + re.findall(r'"((?:[^"\\]|\\.)*)"\)(?: \\)?\n', settings)


def source():
    ui = sorted(f"ui/{f}" for f in os.listdir(f"{TOP}/ui") if f.endswith((".c", ".h")))
    with tempfile.TemporaryDirectory(prefix="french-") as folder:
        pot = f"{folder}/regie.pot"
        run("xgettext", "--from-code=UTF-8", "--no-location", "-k_", "-kN_", "-kC_:1c,2", "-kNC_:1c,2", "-kP_:1,2", "-o", pot, *ui)
        return entries(read(pot))


def refusals():
    """The sentences with which operations are refused, as far as xgettext sees them."""
    files = sorted(f"src/model/{f}" for f in os.listdir(f"{TOP}/src/model") if f.endswith(".c")) + ["data/apply.c"]
    with tempfile.TemporaryDirectory(prefix="french-") as folder:
        pot = f"{folder}/said.pot"
        run("xgettext", "--from-code=UTF-8", "--no-location", "-krefuse:2", "-kerror_set:3", "-o", pot, *files)
        return [i for _, i in entries(read(pot)) if i != "%s"]


def below():
    """All that is written below the screen, strings that follow each other joined."""
    folders = [f"{TOP}/{d}" for d in ("src/base", "src/model", "data", "net/client", "net/server", "src/cmd")]
    text = "\n".join(read(f"{d}/{f}") for d in folders for f in sorted(os.listdir(d)) if f.endswith(".c"))
    return re.sub(r'"\s*\n\s*"', "", text)


def strerror(text):
    """The number of the system's own word, or None."""
    return next((n for n in errno.errorcode if os.strerror(n).lower() == text), None)


def says(screen, words):
    return any(words in row for row in screen)


def on_the_screen():
    """A refusal of the model, and one of the backend, at a console that speaks French."""
    event = Event(seats=("host", "web")).serve()
    terminals = Terminals()
    t = terminals.start(f"{BUILD}/regie", *event.host.options, env={"LC_ALL": "fr_FR.UTF-8", "XDG_CONFIG_HOME": event.folder}, rows=30, cols=120)
    t.until(lambda screen: says(screen, "Le chat"))
    t.type(":air q9")
    t.key("Enter")
    check("a refusal is in French on a French screen", t.until(lambda screen: says(screen, "il n'y a pas de question q9")), t.text())
    t.close()
    event.stop()


french = entries(read(f"{TOP}/ui/po/fr.po"))
if shutil.which("xgettext"):
    here = source()
    missing = [i for c, i in here if not all(french.get((c, i), (None, [""]))[1])]
    check(NAME, here and not missing, "\n".join(missing))
    plurals = [i for k, (p, _, _) in here.items() for i in [k[1]] if p and french.get(k) and (french[k][0] != p or len(french[k][1]) != 2)]
    check("plurals have two forms", not plurals, "\n".join(plurals))
    stale = [i for c, i in french if c != "said" and (c, i) not in here and i not in tables()]
    check("nothing is translated that is no longer said", not stale, "\n".join(stale))
    missing = [i for i in refusals() if not all(french.get(("said", i), (None, [""]))[1])]
    check("all refusals are in French", not missing, "\n".join(missing))
else:
    skip(NAME, "no xgettext here")
missing = [i for i in tables() if not all(french.get((None, i), (None, [""]))[1])]
check("helps of operations and settings are in French", tables() and not missing, "\n".join(missing))
written = below()
stale = [i for c, i in french if c == "said" and max(DIRECTIVE.split(i), key=len) not in written and strerror(i) is None]
check("no refusal is translated that nobody makes", not stale, "\n".join(stale))
check("nothing is fuzzy", not [i for (_, i), e in french.items() if e[2]])
wrong = [t for (_, i), e in french.items() for t in e[1] if DIRECTIVE.findall(t.replace("%%", "")) != DIRECTIVE.findall(i.replace("%%", ""))]
check("figures and names come in their order", not wrong, "\n".join(wrong))
wrong = [t for e in french.values() for t in e[1] if re.search(r" [;!?»](?!\S)|« | :(?=\s|$)", t)]
check("no line breaks before : ; ! ? nor inside guillemets", not wrong, "\n".join(wrong))
on_the_screen()
end()
