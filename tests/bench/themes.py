#!/usr/bin/env python3
"""How well and how fast messages are grouped: every labelled set that is there, five random orders, a simulated moderator,
1.3 million messages. usage: themes.py [SET-PART...]   (`make bench-themes`)

Sets: data/evening.jsonl, without and with data/evening-prepared.tsv, and ../shared/data/*.jsonl when they are there; they are
scored by ../shared/tools/theme-eval too when that is there. B3 is B-cubed F1. Times are CPU times of the engine's thread.
"""
import collections
import glob
import json
import math
import os
import random
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("REGIE_BUILD", TOP + "/build")
SHARED = os.path.dirname(TOP) + "/shared"
EVAL = SHARED + "/tools/theme-eval"
ORDERS = 5


def label(line):
    return line.get("label", line.get("theme", "")) or ""


def read(path):
    with open(path, encoding="utf8") as f:
        return [json.loads(line) for line in f if line.strip()]


def group(lines, lang, prepared, keep=None):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf8") as f:
        f.writelines(json.dumps({"id": m["id"], "text": m["text"]}) + "\n" for m in lines)
        f.flush()
        words = [BUILD + "/regied", "themes", "--format", "jsonl", "--lang", lang]
        out = subprocess.run(words + (["--prepared", prepared] if prepared else []) + [f.name], capture_output=True, check=True).stdout
    if keep:
        with open(keep, "wb") as f:
            f.write(out)
    return [json.loads(line) for line in out.splitlines()]


def scores(lines, grouped, field):
    """B-cubed F1 and NMI."""
    pairs = [(label(m), g[field] or f"alone {m['id']}") for m, g in zip(lines, grouped) if label(m)]
    n, joint = len(pairs), collections.Counter(pairs)
    rows, given = collections.Counter(a for a, _ in pairs), collections.Counter(b for _, b in pairs)
    entropy = lambda c: -sum(v / n * math.log(v / n) for v in c.values())
    precision = sum(v * v / given[b] for (a, b), v in joint.items()) / n
    recall = sum(v * v / rows[a] for (a, b), v in joint.items()) / n
    shared = sum(v / n * math.log(v * n / (rows[a] * given[b])) for (a, b), v in joint.items())
    return 2 * precision * recall / (precision + recall), 2 * shared / (entropy(rows) + entropy(given))


def language(path):
    return "fr" if os.path.basename(path).startswith(("fr", "evening")) else "en"


def measure(path, prepared):
    lines, lang = read(path), language(path)
    if not any(label(m) for m in lines) or "text" not in lines[0]:
        return
    print(f"\n{os.path.basename(path)}{' with ' + os.path.basename(prepared) if prepared else ''} ({lang}, {len(lines)} messages)")
    with tempfile.TemporaryDirectory() as folder:
        grouped = group(lines, lang, prepared, folder + "/grouped.jsonl")
        for field in ("arrival", "theme"):
            print("  {:8} B3 {:.3f}  NMI {:.3f}".format("final" if field == "theme" else field, *scores(lines, grouped, field)))
        if os.access(EVAL, os.R_OK):
            words = [sys.executable, EVAL, path, folder + "/grouped.jsonl"] + (["--named"] if prepared else [])
            for line in subprocess.run(words, capture_output=True, check=True).stdout.decode().splitlines():
                print("    " + line)
    orders = []
    for seed in range(1, ORDERS + 1):
        mixed = lines[:]
        random.Random(seed).shuffle(mixed)
        orders.append(scores(mixed, group(mixed, lang, prepared), "theme"))
    print("  {} random orders: B3 mean {:.3f} worst {:.3f}  NMI mean {:.3f} worst {:.3f}".format(
        ORDERS, sum(o[0] for o in orders) / ORDERS, min(o[0] for o in orders),
        sum(o[1] for o in orders) / ORDERS, min(o[1] for o in orders)))
    sys.stdout.flush()


def build(name, folder):
    """A program of this folder, with the archives that make built."""
    archives = [f"{BUILD}/{a}.a" for a in ("src/wire", "src/themes", "src/model", "src/base")]
    subprocess.run([*os.environ.get("CC", "cc").split(), "-std=c17", "-O2", "-I.", "-D_GNU_SOURCE", "-o", f"{folder}/{name}",
                    f"tests/bench/{name}.c", *archives, "-ljson-c", "-lstemmer", "-lunistring", "-lsodium", "-lm"], cwd=TOP, check=True)
    return f"{folder}/{name}"


def main():
    evening = TOP + "/data/evening.jsonl"
    sets = [(evening, None), (evening, TOP + "/data/evening-prepared.tsv")]
    sets += [(path, None) for path in sorted(glob.glob(SHARED + "/data/*.jsonl")) if not os.path.basename(path).startswith("evening")]
    for path, prepared in sets:
        if len(sys.argv) < 2 or any(part in path for part in sys.argv[1:]):
            measure(path, prepared)
    if len(sys.argv) > 1:
        return
    with tempfile.TemporaryDirectory() as folder:
        print()
        subprocess.run([build("themes_moderator", folder), evening], check=True)
        speed = build("themes_speed", folder)
        for copies in ("50", "0"):
            sys.stdout.flush()
            subprocess.run([speed, evening, "1300000", copies], check=True)


main()
