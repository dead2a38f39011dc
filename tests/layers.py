#!/usr/bin/env python3
"""Reads the includes and fails on a breach of the layers. Prints TAP. usage: tests/layers.py [TOP]

A file includes only from its own layer and those under it, and names project headers from the repository's top. A
library with a room of its own stays there, through headers too: nothing outside may come to it by including something.
"""
import glob
import os
import re
import sys

# Bottom up. Layers of one row do not know each other.
ROWS = [
    ["src/base"],
    ["src/model"],
    ["src/themes"],
    ["src/wire"],
    ["data"],
    ["net"],  # what both sides of net share
    ["net/client", "net/server", "ui"],
    ["src/cmd"],
    ["src"],
]
RANK = {layer: rank for rank, row in enumerate(ROWS) for layer in row}
UNKNOWING = {("ui", "net")}  # rows apart, and yet: ui and net meet in data

# library, headers that are it, its room, and whether one source file there is all that may come to it
LIBRARIES = [
    ("ncurses", r"(ncursesw?/)?n?curses\.h|term\.h", "ui", True),
    ("libcurl", r"curl/.*", "net/client", True),
    ("libmicrohttpd", r"microhttpd\.h", "net/server", True),
    ("sqlite3", r"sqlite3(ext)?\.h", "data", False),
    ("json-c", r"json-c/.*|json\.h", "src/wire", False),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def read(top):
    """{file: [(line number, "<" or '"', what is included)]} of every source file in a layer's folder."""
    files = {}
    for layer in RANK:
        for path in sorted(glob.glob(f"{top}/{layer}/*.[ch]")):
            with open(path, encoding="utf8") as f:
                found = ((n, INCLUDE.match(line)) for n, line in enumerate(f, 1))
                files[os.path.relpath(path, top)] = [(n, m[1], m[2]) for n, m in found if m]
    return files


def breaches(files):
    for path, includes in files.items():
        layer = os.path.dirname(path)
        for n, quote, name in includes:
            if quote == "<":
                continue
            other = os.path.dirname(name)
            if other not in RANK:
                yield f"{path}:{n}: \"{name}\" is not named from the repository's top, or lies in no layer"
            elif other != layer and (RANK[other] >= RANK[layer] or (layer, other) in UNKNOWING):
                yield f"{path}:{n}: {layer} includes \"{name}\", which does not lie under it"


def reach(files, path, pattern, seen):
    """The chain of includes by which path comes to a library, or None."""
    seen.add(path)
    for _, quote, name in files.get(path, []):
        if quote == "<" and re.fullmatch(pattern, name):
            return [path, f"<{name}>"]
        if quote == '"' and name not in seen:
            chain = reach(files, name, pattern, seen)
            if chain:
                return [path, *chain]
    return None


def strays(files, pattern, room, one):
    chains = {path: chain for path in files if (chain := reach(files, path, pattern, set()))}
    for path, chain in chains.items():
        if os.path.dirname(path) != room:
            yield " -> ".join(chain)
    sources = [path for path in chains if path.endswith(".c") and os.path.dirname(path) == room]
    if one and len(sources) > 1:
        yield "one file is to know it, these do: " + ", ".join(sources)


def main():
    files = read(sys.argv[1] if len(sys.argv) > 1 else ".")
    checks = [("files include only what lies under them", breaches(files))]
    checks += [(f"{name} stays in {'one file of ' if one else ''}{room}", strays(files, pattern, room, one))
               for name, pattern, room, one in LIBRARIES]
    failed = False
    for n, (name, found) in enumerate(checks, 1):
        found = list(found)
        failed |= bool(found)
        print(f"{'not ok' if found else 'ok'} {n} {name}")
        for line in found:
            print("# " + line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
