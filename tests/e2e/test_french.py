#!/usr/bin/env python3
"""ui/po/fr.po: all that the screen says has its French, and the program finds it."""
import os
import re
import shutil
import subprocess
import tempfile

from evening import check, end, skip

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


french = entries(read(f"{TOP}/ui/po/fr.po"))
if shutil.which("xgettext"):
    here = source()
    missing = [i for c, i in here if not all(french.get((c, i), (None, [""]))[1])]
    check(NAME, here and not missing, "\n".join(missing))
    plurals = [i for k, (p, _, _) in here.items() for i in [k[1]] if p and french.get(k) and (french[k][0] != p or len(french[k][1]) != 2)]
    check("plurals have two forms", not plurals, "\n".join(plurals))
    stale = [i for c, i in french if (c, i) not in here and i not in tables()]
    check("nothing is translated that is no longer said", not stale, "\n".join(stale))
else:
    skip(NAME, "no xgettext here")
missing = [i for i in tables() if not all(french.get((None, i), (None, [""]))[1])]
check("helps of operations and settings are in French", tables() and not missing, "\n".join(missing))
check("nothing is fuzzy", not [i for (_, i), e in french.items() if e[2]])
wrong = [t for (_, i), e in french.items() for t in e[1] if DIRECTIVE.findall(t.replace("%%", "")) != DIRECTIVE.findall(i.replace("%%", ""))]
check("figures and names come in their order", not wrong, "\n".join(wrong))
wrong = [t for e in french.values() for t in e[1] if re.search(r" [;!?»](?!\S)|« | :(?=\s|$)", t)]
check("no line breaks before : ; ! ? nor inside guillemets", not wrong, "\n".join(wrong))
end()
