#!/usr/bin/env python3
"""The manual pages and README.md say what the programs do: neither less nor more.

The programs tell their tables: PROGRAM --help its commands, COMMAND --help the options, regie do --help the `:` line,
/openapi.json operations, routes and live events, /metrics its figures. The pages are read as mdoc source. README.md is
held to the source (files, functions, make targets), and its "Run your own evening" is run.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("REGIE_BUILD", TOP + "/build"))
LIMIT = 60 * float(os.environ.get("REGIE_PATIENCE", "1"))
cases = {"done": 0, "failed": 0}


def check(name, wrong):
    """One line of TAP; `wrong` is what is not as it should be."""
    cases["done"] += 1
    cases["failed"] += bool(wrong)
    print(f"{'not ok' if wrong else 'ok'} {cases['done']} {name}")
    for line in wrong:
        print("# " + line)
    sys.stdout.flush()


def said(program, *words):
    done = subprocess.run([f"{BUILD}/{program}", *words], capture_output=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
    return done.stdout.decode()


def read(path):
    with open(f"{TOP}/{path}", encoding="utf8") as f:
        return f.read()


# What a page holds between ".\\" WHAT: begin" and ".\\" WHAT: end" is what `regie keys --mdoc WHAT` prints.
MARKED = [("man/regie.1", "keys"), ("man/regie.conf.5", "settings"), ("man/regie.conf.5", "roles")]


# ---- the pages -----------------------------------------------------------------------------------------------------

def parts(page, macro):
    """{title: text} of the .Sh or .Ss of a page; a .Ss ends at the next .Sh too."""
    found = {}
    stop = r"(?=^\.Sh |\Z)" if macro == "Sh" else r"(?=^\.S[hs] |\Z)"
    for at in re.finditer(rf"^\.{macro} (.*)\n((?s:.*?)){stop}", page, re.MULTILINE):
        found[at[1].strip('"')] = found.get(at[1], "") + at[2]
    return found


def items(text, macro):
    """{head: text up to the next such head or the list's end} of ".It MACRO …"."""
    found = {}
    for at in re.finditer(rf"^\.It ({macro} .*)\n((?s:.*?))(?=^\.It {macro} |^\.El|\Z)", text, re.MULTILINE):
        found[at[1]] = at[2]
    return found


def option_items(text):
    return {at[1]: at[0] for at in re.finditer(r"^\.It Fl -([a-z-]+)\b.*$", text, re.MULTILINE)}


# ---- the programs' own words ---------------------------------------------------------------------------------------

def commands(program):
    return re.findall(r"^  ([a-z]+) +\S", said(program, "--help").split("options:")[0], re.MULTILINE)


def options(program, *command):
    """{name: (its value or "", its environment variable or "")}"""
    table = said(program, *command, "--help").split("options:\n", 1)[1].split("\n\n")[0]
    found = {}
    for row in re.split(r"\n(?=  --)", table):
        at = re.match(r"  --([a-z-]+)(?: (\S+))?(?:  |\n|$)", row)
        env = re.search(r"\(or \$(\w+)\)", row)
        found[at[1]] = (at[2] or "", env[1] if env else "")
    return found


def usages():
    """{operation: its usage} of the `:` line."""
    text = said("regie", "do", "--help").split("operations", 1)[1]
    return {at[1]: at[2].strip() for at in re.finditer(r"^  ([a-z]+)((?: \S+)*?)(?:  !?x?)?$", text, re.MULTILINE)}


def operation_head(name, usage):
    """hold TARGET… WHY [note=NOTE] as the manual writes it."""
    words = [".It Ic", name]
    for word in usage.split():
        optional, named, arg, many = re.fullmatch(r"(\[?)(?:([a-z]+)=)?([A-Z]+)(…?)\]?", word).groups()
        shown = (["Cm", named, "Ns", "=", "Ns"] if named else []) + ["Ar", arg.lower()] + ["..."] * bool(many)
        words += ["Oo", *shown, "Oc"] if optional else shown
    return " ".join(words)


def operation_tail(op):
    back = "undo" if op["undo"] else f"taken back by {op['takenBackBy']}" if "takenBackBy" in op else "stands"
    return ".Bq " + "; ".join([", ".join(op["roles"])] + ["public"] * op["public"] + ["expires"] * op["expires"] + [back])


class Backend:
    """An event that is served, to be asked for its tables."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="manual-")
        data = self.folder + "/event"
        said("regied", "init", "--data", data, "--title", "Le chat")
        said("regied", "room", "--data", data, "add", "--slug", "main")
        self.process = subprocess.Popen([f"{BUILD}/regied", "serve", "--data", data, "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.url = self.process.stdout.readline().decode().split()[-1]
        return self

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=LIMIT) as answer:
            return answer.read().decode()

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(LIMIT)
        shutil.rmtree(self.folder)


# ---- what is held against what -------------------------------------------------------------------------------------

def check_options(page, section, shared, table, where):
    """`section`: the command's own text; `shared`: where options of several commands are."""
    own, common = option_items(section), option_items(shared)
    wrong = []
    for name, (value, env) in table.items():
        line = own.get(name) or common.get(name)
        if name in ("help", "version"):
            continue
        if not line:
            wrong.append(f"{where}: --{name} is missing: .It Fl -{name}{' Ar ' + value.lower() if value else ''}")
        elif bool(value) != bool(re.search(r" (Ar|Cm) ", line)):
            wrong.append(f"{where}: \"{line}\", and --{name} takes {value or 'no value'}")
        if env and not re.search(rf"^\.(It )?Ev {env}\b", page, re.MULTILINE):
            wrong.append(f"{where}: the environment's {env} is missing")
    wrong += [f"{where}: there is no option --{name}" for name in own if name not in table]
    return wrong


def check_commands(program, path):
    page = read(path)
    sections = parts(page, "Ss")
    names = commands(program)
    shared = page
    for name in names:
        shared = shared.replace(sections.get(name, "\0"), "")
    synopsis = parts(page, "Sh")["SYNOPSIS"]
    wrong = [f"{name}: .Ss {name} is missing" for name in names if name not in sections]
    wrong += [f"{name} is not in the SYNOPSIS" for name in names if f".Cm {name}\n" not in synopsis]
    for name in names:
        wrong += check_options(page, sections.get(name, ""), shared, options(program, name), name)
    check(f"{path} has every command and option of {program}, and no other", wrong)


def check_program(program, path):
    page = read(path)
    check(f"{path} has every option of {program}, and no other", check_options(page, page, "", options(program), program))


def check_operations(api):
    told = items(parts(read("man/regie.1"), "Sh")["OPERATIONS"], "Ic")
    texts = {head.split()[1]: (".It " + head, text) for head, text in told.items()}
    wrong, usage = [], usages()
    for name, op in api["x-operations"].items():
        head, text = texts.pop(name, ("", ""))
        want_head, want_tail = operation_head(name, usage[name]), operation_tail(op)
        if head != want_head:
            wrong.append(f"\"{head}\" should be \"{want_head}\"")
        if want_tail + "\n" not in text:
            wrong.append(f"{name} wants the line \"{want_tail}\"")
        for arg in op["args"]:
            wrong += [f"{name}: its {arg['name']} may be \"{c}\"" for c in arg.get("choices", [])
                      if not re.search(rf"\b{c}\b", text)]
    wrong += [f"there is no operation \"{name}\"" for name in texts]
    check("man/regie.1 has every operation: arguments, choices, roles, what is public, what takes it back", wrong)


def marked(path, what):
    """The text before, between and after the marks."""
    return re.fullmatch(rf'((?s:.*)\n\.\\" {what}: begin\n)((?s:.*?))(\.\\" {what}: end\n(?s:.*))', read(path)).groups()


def check_marked(path, what):
    wrong = marked(path, what)[1] != said("regie", "keys", "--mdoc", what)
    check(f"{path} has the {what} as the screen's tables have them",
          [f"run: tests/e2e/test_manual.py --write, which puts in what regie keys --mdoc {what} prints"] if wrong else [])


def write_marked():
    """Puts the tables into the pages, for whoever changed one."""
    for path, what in MARKED:
        before, _, after = marked(path, what)
        with open(f"{TOP}/{path}", "w", encoding="utf8") as f:
            f.write(before + said("regie", "keys", "--mdoc", what) + after)


def check_routes(api):
    http = parts(read("man/regied.8"), "Sh")["HTTP"]
    told = {tuple(head.split()[1::2]): text for head, text in items(http, "Ic [A-Z]+ Pa").items()}
    wrong = []
    for path, methods in api["paths"].items():
        for method, route in methods.items():
            name = f"{method.upper()} {path}"
            text = told.pop((method.upper(), path), None)
            if text is None:
                wrong.append(f".It Ic {method.upper()} Pa {path} is missing")
                continue
            wrong += [f"{name}: its {p['name']} is missing" for p in route["parameters"]
                      if p["in"] == "query" and not re.search(rf"\b{p['name']}\b", text)]
            codes = set(re.findall(r"\b[2345]\d\d\b", text.split(".Bq ", 1)[-1].split("\n", 1)[0]))
            if codes != set(route["responses"]):
                wrong.append(f"{name} wants the line \".Bq {' '.join(route['responses'])}\"")
            if "x-body-max" in route and f"{route['x-body-max'] // 1024} KiB" not in text:
                wrong.append(f"{name}: its body is at most {route['x-body-max'] // 1024} KiB")
    wrong += [f"there is no {' '.join(route)}" for route in told]
    check("man/regied.8 has every route: parameters, answers, bounds", wrong)
    live = items(parts(http, "Ss")["Live events"], "Cm")
    names = {head.split()[1] for head in live}
    check("man/regied.8 has every live event", sorted(names ^ set(api["x-live-events"])))


def check_metrics(text):
    page = read("man/regied.8")
    names = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    told = set(re.findall(r"\b(regie_\w+)", page))
    check("man/regied.8 has every metric", [f"{name} is missing" for name in sorted(names - told)] +
          [f"there is no {name}" for name in sorted(told - names)])


# ---- README.md -----------------------------------------------------------------------------------------------------

def check_readme():
    text = read("README.md")
    wrong = [f"line {n} has {len(line)} columns" for n, line in enumerate(text.splitlines(), 1) if len(line) > 100]
    check("README.md is 100 columns wide", wrong)
    layers = "src src/cmd src/wire src/themes src/model src/base ui net net/client net/server data".split()
    sources = {f"{d}/{f}" for d in layers if os.path.isdir(f"{TOP}/{d}") for f in os.listdir(f"{TOP}/{d}") if f.endswith((".c", ".h"))}
    source = "\n".join(read(path) for path in sources)
    words = set(re.findall(r"`([^`\n]+)`", text))
    wrong = [f"there is no {w}" for w in words
             if re.fullmatch(r"(src|ui|net|data|tests|man)/[\w./-]*", w) and "NAME" not in w and not os.path.exists(f"{TOP}/{w}")]
    wrong += [f"no source defines {w}" for w in words
              if re.fullmatch(r"\w+\(\)", w) and not re.search(rf"\b{w[:-2]}\(|\b(HANDLER|TRANSITION)\({w[:-2]}\)", source)]
    targets = set(re.findall(r"^([a-z][a-z0-9 -]*):", read("Makefile"), re.MULTILINE))
    targets = {t for line in targets for t in line.split()}
    wrong += [f"there is no target {t}" for t in re.findall(r"`make ([a-z0-9-]+)", text) if t not in targets]
    check("README.md names only files, functions and targets that there are", sorted(wrong))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run_readme():
    """The first ```sh block after "Run your own evening", in an empty directory, on a port that is free."""
    block = re.search(r"^## Run your own evening$.*?^```sh\n(.*?)^```", read("README.md"), re.MULTILINE | re.DOTALL)[1]
    port = str(free_port())
    script = "set -e\n" + block.replace("8080", port).replace("$PWD/build", BUILD)
    script = script.replace("regied serve --data evening &", f"regied serve --data evening --listen 127.0.0.1:{port} &")
    env = {**os.environ, "REGIE_BACKEND": f"http://127.0.0.1:{port}"}
    folder = tempfile.mkdtemp(prefix="readme-")
    with open(folder + "/said", "w+", encoding="utf8") as out:
        shell = subprocess.Popen(["bash", "-c", script], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = shell.wait(LIMIT)
        except subprocess.TimeoutExpired:
            code = "not done in time"
        try:
            os.killpg(shell.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        out.seek(0)
        lines = out.read().splitlines()
    shutil.rmtree(folder, ignore_errors=True)
    refused = [line for line in lines if '"verdict":"' in line and '"verdict":"applied"' not in line]
    check("README.md: one's own evening runs when it is pasted", [] if code == 0 and not refused else [f"exit {code}", *lines])


def main():
    with Backend() as backend:
        api, metrics = json.loads(backend.get("/openapi.json")), backend.get("/metrics")
    check_commands("regie", "man/regie.1")
    check_commands("regied", "man/regied.8")
    check_program("regie-rehearse", "man/regie-rehearse.1")
    for path, what in MARKED:
        check_marked(path, what)
    check_operations(api)
    check_routes(api)
    check_metrics(metrics)
    check_readme()
    run_readme()
    print(f"1..{cases['done']}")
    return 1 if cases["failed"] else 0


if __name__ == "__main__":
    sys.exit(write_marked() if sys.argv[1:] == ["--write"] else main())
