#!/usr/bin/env python3
"""Breaks the code on purpose, one promise at a time, and counts the evenings until the simulation notices.

usage: tests/mutations/run.py [--seeds N] [--only WORD] [--jobs N]

Each mutation is made in a copy of the tree, built, and played by up to N seeds (1000). Prints a table: the mutation, the
first seed that failed and what it said, or, where no evening came to it, the case of tests/unit/test_faults.c that did, or
MISSED. Exit status 1 when one was missed, 2 when one does not apply any more.
A mutation names its file and the exact words it replaces, which must stand there once.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# name, then as often as needed: file, what stands there, what is put there instead
MUTATIONS = [
    ("the store commits without fsync", "data/store.c",
     '"PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-131072;"',
     '"PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-131072; PRAGMA synchronous=NORMAL;"'),
    ("the desk commits without fsync", "data/desk.c",
     'd->relaxed = !db_run(&d->db, "PRAGMA synchronous=FULL", e);', "d->relaxed = false;"),
    # two walls, the second for what does not know the first
    ("a transaction that the disk ended goes on in pieces", "data/db.c",
     "return d->begun && sqlite3_get_autocommit(d->handle);", "return d->begun && 0;",
     "data/apply.c", "return why.code == ERR_REFUSED ? false : batch_fail(s, &why);", "return false;"),
    ("drafts are never flushed", "data/desk.c",
     "\tif (!d->unsure && strcmp(sets, flushed) == 0)\n\t\treturn true;", "\treturn true;"),
    ("what a killed desk left is taken for flushed", "data/desk.c", "d->unsure = true;", "d->unsure = false;"),
    ("what a killed backend left is taken for durable", "data/store.c",
     "if (db_make_durable(&s->db, &why))", "if (true || db_make_durable(&s->db, &why))"),
    ("answered before the commit", "net/server/writer.c",
     "\t\tb->durable = store_commit(w->store, &done, &b->error);",
     "\t\tstruct batch *early = xcalloc(1, sizeof *early);\n"
     "\t\t*early = (struct batch){ .jobs = jobs, .durable = true, .writer = w };\n"
     "\t\tloop_post(w->loop, deliver, early);\n\t\tjobs = NULL;\n"
     "\t\tb->durable = store_commit(w->store, &done, &b->error);"),
    ("answered although the commit failed", "net/server/writer.c",
     "b->durable = store_commit(w->store, &done, &b->error);",
     "store_commit(w->store, &done, &b->error), b->durable = true;"),
    ("operations are not known again", "data/apply.c",
     "if (op->n <= last)\n\t\treturn recall_verdict(s, client, op->n, content, v, e);",
     "if (op->n <= last && db_do(&s->db, e, \"DELETE FROM verdict WHERE client=? AND n=?\", \"si\", client, op->n))\n"
     "\t\tgoto anew;\nanew:"),
    ("messages are not known again", "data/ingest.c",
     "uint32_t known = is_key(a->source) ? map128_get(&s->sources, a->source) : 0;",
     "uint32_t known = 0;"),
    ("messages are not known again after a restart", "data/ingest.c",
     "\tif (is_key(source))\n\t\tmap128_put(&s->sources, source, s->messages);",
     "\tif (0 && is_key(source))\n\t\tmap128_put(&s->sources, source, s->messages);"),
    ("the cursor is saved before its rows", "data/replica.c",
     "\tdone = done && apply_lines(r, rows, end, info, e);\n"
     "\tsnprintf(r->state.cursor, sizeof r->state.cursor, \"%s\", cursor);\n",
     "\tsnprintf(r->state.cursor, sizeof r->state.cursor, \"%s\", cursor);\n"
     "\tdone = done && finish(r, replica_save_state(r, e), e) && db_run(&r->db, \"BEGIN IMMEDIATE\", e);\n"
     "\tdone = done && apply_lines(r, rows, end, info, e);\n"),
    ("two operations of the outbox change places", "data/desk.c",
     "\tdb_end(q);\n\tif (!failed)\n\t\treturn true;\n\twhile (*n > 0)",
     "\tdb_end(q);\n\tif (!failed && *n > 1) {\n\t\tstruct wire_op first = v[0];\n\t\tint64_t at = first.n;\n"
     "\t\tfirst.n = v[1].n;\n\t\tv[0] = v[1];\n\t\tv[0].n = at;\n\t\tv[1] = first;\n\t}\n"
     "\tif (!failed)\n\t\treturn true;\n\twhile (*n > 0)"),
    ("a refusal loses its sentence", "data/desk.c",
     'v->text == NULL ? "" : v->text, v->made,', '"", v->made,'),
    ("a verdict is kept without its operation's effect on the numbers", "data/apply.c",
     'db_do(&s->db, e, SQL_DESK_SET, "ssi", client, seat, v->n);',
     'db_do(&s->db, e, SQL_DESK_SET, "ssi", client, seat, v->n - (v->verdict == V_REFUSED));'),
    ("viewers resume one event late", "net/server/hub.c",
     "v->has = (uint32_t)(since < h->n_events ? since : h->n_events);",
     "v->has = (uint32_t)(since && since < h->n_events ? since + 1 : since < h->n_events ? since : h->n_events);"),
    ("viewers resume one event early", "net/server/hub.c",
     "v->has = (uint32_t)(since < h->n_events ? since : h->n_events);",
     "v->has = (uint32_t)(since > 0 && since < h->n_events ? since - 1 : since < h->n_events ? since : h->n_events);"),
    ("a retraction keeps its words for replays", "data/casts.c",
     "if (c->erase && !erase(s, c, e))", "if (0 && c->erase && !erase(s, c, e))"),
    ("nothing expires", "src/model/op.c",
     "if (done && (o.op->flags & OP_EXPIRES) && o.until && o.now > o.until)",
     "if (0 && done && (o.op->flags & OP_EXPIRES) && o.until && o.now > o.until)"),
    ("memory is not read anew after a failed batch", "data/store.c",
     "\tif (wrote)\n\t\tstore_reload(s);", "\t(void)wrote;"),
    ("a retraction leaves its words in the broadcast's memory", "net/server/backend.c",
     "\t\tif (ev->tombstone)\n\t\t\thub_replace(", "\t\tif (ev->tombstone && 0)\n\t\t\thub_replace("),
    ("a first load torn by a power cut is taken for whole", "data/replica.c",
     "return !r->state.synced && strcmp(r->boot, r->state.boot) != 0;", "return false;"),
    ("the version is not saved with the batch", "data/store.c",
     'SQL_STATE_SET, "iiii", s->version, s->number,', 'SQL_STATE_SET, "iiii", s->version - 1, s->number,'),
    ("a desk forgets its place in the numbers", "data/desk.c",
     "SELECT coalesce(max(w), 0) + 1 FROM op WHERE client = ?", "SELECT coalesce(max(w), 0) + 1 FROM op WHERE client = ? AND verdict <> 2"),
]


class DoesNotApply(Exception):
    pass


def copy_tree(to):
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=TOP, check=True, capture_output=True, text=True).stdout
    for name in files.splitlines():
        if os.path.isfile(f"{TOP}/{name}"):
            os.makedirs(os.path.dirname(f"{to}/{name}"), exist_ok=True)
            shutil.copy2(f"{TOP}/{name}", f"{to}/{name}")


def build(tree):
    done = subprocess.run(["make", "-s", "build/sim/simulate", "build/test/test_faults", *MAKE], cwd=tree, capture_output=True, text=True)
    if done.returncode:
        raise DoesNotApply(f"it does not compile:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def play(tree, args):
    """(the first failing seed, what it said), or None."""
    run = subprocess.run(["build/sim/simulate", "--seeds", str(args.seeds), "--jobs", str(args.jobs)], cwd=tree,
                         capture_output=True, text=True, errors="replace")
    at = re.search(r"the first at seed (\d+)", run.stdout)
    if not at:
        run = subprocess.run(["build/test/test_faults"], cwd=tree, capture_output=True, text=True, errors="replace")
        failed = re.findall(r"^\[  FAILED  \] (test_\w+)$", run.stdout + run.stderr, re.M)
        return ("faults", failed[0]) if failed else None
    said = re.search(r"^seed " + at[1] + r" went wrong \((.*)\):$", run.stdout, re.M)
    after = run.stdout[said.end():] if said else run.stdout
    words = re.findall(r"ERROR: (.*)", after) or re.findall(r"(.*)\n.*\[   LINE   \]", after)
    return at[1], words[0].strip() if words else said[1] if said else "?"


def try_one(tree, mutation, args):
    edits, kept = [mutation[i:i + 3] for i in range(1, len(mutation), 3)], {}
    try:
        for path, old, new in edits:
            with open(f"{tree}/{path}", encoding="utf8") as f:
                kept[path] = f.read()
            if kept[path].count(old) != 1:
                raise DoesNotApply(f"{path} has {kept[path].count(old)} times, not once:\n{old}")
            with open(f"{tree}/{path}", "w", encoding="utf8") as f:
                f.write(kept[path].replace(old, new))
        build(tree)
        return play(tree, args)
    finally:
        for path, was in kept.items():
            with open(f"{tree}/{path}", "w", encoding="utf8") as f:
                f.write(was)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args, MAKE[:] = parser.parse_known_args()
    missed = broken = 0
    chosen = [m for m in MUTATIONS if args.only in m[0]]
    with tempfile.TemporaryDirectory(prefix="regie-mutations-") as tree:
        copy_tree(tree)
        build(tree)
        for mutation in chosen:
            try:
                found = try_one(tree, mutation, args)
            except DoesNotApply as e:
                print(f"{mutation[0]:55} DOES NOT APPLY: {e}", flush=True)
                broken += 1
                continue
            missed += found is None
            print(f"{mutation[0]:55} " + (f"{found[0]:>6}  {found[1][:150]}" if found else "MISSED"), flush=True)
    print(f"{'':55}  (the number is the first seed that noticed)")
    print(f"{len(chosen)} mutations, {len(chosen) - missed - broken} caught within {args.seeds} seeds, {missed} missed, {broken} do not apply")
    return 2 if broken else 1 if missed else 0


MAKE = []
if __name__ == "__main__":
    sys.exit(main())
