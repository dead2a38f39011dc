#!/usr/bin/env python3
"""texts.py LANG DEB…: the running text in that language of some Debian packages, a paragraph a line, for count.py.

Reads translations into French (.mo; for English what they are of), help and manuals in HTML, MediaWiki's JSON, and the dictionary of Littré (public domain; its
historical parts, in old French, are left out). Nothing of what it prints is committed; its counts are.
"""
import gettext
import gzip
import html
import io
import json
import re
import subprocess
import sys
import tarfile

BLOCK = re.compile(r"</?(?:p|div|li|ul|ol|h[1-6]|br|hr|td|th|tr|table|dt|dd|dl|title|section|pre|script|style|head)\b[^>]*>", re.I)
TAG = re.compile(r"<[^>]*>")
DROP = re.compile(r"<(script|style|pre|code|head)\b.*?</\1>", re.I | re.S)


def plain(text):
    text = DROP.sub(" ", text)
    return html.unescape(TAG.sub("", BLOCK.sub("\n", re.sub(r"\s+", " ", text))))


def of_mo(data, lang):
    try:
        catalog = gettext.GNUTranslations(io.BytesIO(data))._catalog
    except (UnicodeDecodeError, OSError, ValueError, IndexError):
        return
    for key, value in catalog.items():
        if key and isinstance(value, str) and value != key:
            # one paragraph is often folded into lines
            text = (key if isinstance(key, str) else key[0]).split("\4")[-1] if lang == "en" else value
            for part in re.split(r"\n\s*\n|\\n", TAG.sub("", text)):
                yield re.sub(r"\s+", " ", re.sub(r"[_&](?=\w)", "", part))


def of_littre(data):
    text = gzip.decompress(data).decode()
    text = re.sub(r"<b><big>(HISTORIQUE|ÉTYMOLOGIE)</big></b>.*?(?=<i><small>|<b><big>REMARQUE)", "\n", text, flags=re.S)
    text = re.sub(r'<span foreground="#(B22222|556B2F)">.*?</span>', "", text)
    text = re.sub(r"<i><small>\(.*?</small></i>|<b>.{0,12}</b>", "\n", text, flags=re.S)
    for line in TAG.sub("", text).split("\n"):
        yield line


def of_json(data):
    for value in json.loads(data).values():
        if isinstance(value, str):
            yield re.sub(r"\{\{.*?\}\}|\[\[|\]\]|\$\d", "", TAG.sub("", value))


def readers(lang):
    return [
        (re.compile(r"(^|/)fr(_FR)?/.*\.mo$|/fr\.mo$"), lambda d: of_mo(d, lang)),
        (re.compile(rf"(/|[._-]){lang}[./].*\.?html?$|/{lang}/.*\.(html|page|xml)$"),
         lambda d: plain(d.decode(errors="replace")).split("\n")),
        (re.compile(r"XMLittre\.dict\.dz$") if lang == "fr" else re.compile("$^"), of_littre),
        (re.compile(rf"/{lang}\.json$"), of_json),
        (re.compile(rf"/{lang}\.txt$|[._-]{lang}\.(txt|lua)$"), lambda d: d.decode(errors="replace").split("\n")),
    ]


def main():
    rows = readers(sys.argv[1])
    for deb in sys.argv[2:]:
        if deb.endswith(".mo"):
            with open(deb, "rb") as f:
                found = [(lambda d: of_mo(d, sys.argv[1]), f.read())]
        else:
            pipe = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
            found = ((read, tar.extractfile(m).read())
                     for tar in [tarfile.open(fileobj=pipe.stdout, mode="r|")] for m in tar if m.isreg()
                     for pattern, read in rows if pattern.search(m.name))
        for read, data in found:
            for line in read(data):
                line = line.strip()
                if len(line) > 12:
                    print(line)


if __name__ == "__main__":
    main()
