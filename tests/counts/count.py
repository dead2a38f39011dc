#!/usr/bin/env python3
"""count.py LANG HUNSPELL-BASE OWN-TEXT LEXICON OUT [WEIGHT:]TEXT…: counts of words, for readings (src/themes/reading.h).

A text is a paragraph a line, as texts.py prints; its counts are multiplied by WEIGHT. OWN-TEXT has {a|b} for each in
turn. Words are those that the dictionary knows (HUNSPELL-BASE.aff and .dic) or that OWN-TEXT and LEXICON hold; the
dictionary's marks give each its class: gender, number, person. The most frequent words are classes of their own. What
comes out is explained in its first lines. data/words-fr.tsv was made by
    texts.py fr DEB… for the packages named in it, /usr/share/locale/fr/LC_MESSAGES/*.mo
    count.py fr /usr/share/hunspell/fr tests/counts/own-fr.txt data/lexicon-fr.tsv data/words-fr.tsv …
"""
import collections
import itertools
import os
import re
import sys

OWN_WEIGHT, OWN_LINE_MAX = 12, 90
SINGLE = {"fr": 320, "en": 250}  # words that are a class of their own
CLASSES = 190                    # classes of the other words
VOCABULARY = {"fr": 100000, "en": 40000}
BIGRAMS, TRIGRAMS = {"fr": 40000, "en": 20000}, {"fr": 32000, "en": 12000}
ELISION = r"(?:jusqu|lorsqu|puisqu|quoiqu|quelqu|qu|[ljdmtsnc])'"
WHOLE = {"aujourd'hui", "quelqu'un", "quelqu'une", "prud'hommes", "prud'homme"}
TAIL = r"-(?:t-il|t-elle|t-on|je|tu|il|elle|on|nous|vous|ils|elles|ce|moi|toi|les|le|la|lui|leur|y|en|là|ci)"
TOKEN = {
    "fr": re.compile(rf"(?:aujourd'hui|quelqu'une?|prud'hommes?)(?!\w)|{ELISION}|\d[\d.,]*|[^\W\d_]+(?:-[^\W\d_]+)*"),
    "en": re.compile(r"\d[\d.,]*|[^\W\d_]+(?:['-][^\W\d_]+)*"),
}
SENTENCE = re.compile(r"(?<=[.?!…;:])\s+(?=[\"«A-ZÀÂÇÉÈÊÎÔ])|\s*[;:]\s+|[()\[\]«»\"“”|]|\s[-–—]\s")
SUFFIXED = re.compile(rf"^(.+?)({TAIL})$")


# ---- the dictionary ------------------------------------------------------------------------------------------------

def forms_of(base):
    """(form, lemma, marks) of a dictionary whose flags are long; elisions are not its words."""
    rules = collections.defaultdict(list)
    with open(base + ".aff", encoding="utf8") as f:
        for p in map(str.split, f):
            if len(p) >= 5 and p[0] == "SFX":
                strip = "" if p[2] == "0" else p[2]
                add = p[3].partition("/")[0]
                rules[p[1]].append((strip, "" if add == "0" else add, re.compile(f"(?:{p[4]})$"), p[5:]))
    with open(base + ".dic", encoding="utf8") as f:
        next(f)
        for line in f:
            if not line.strip():
                continue
            head, *marks = line.split()
            lemma, _, flags = head.partition("/")
            flags = [flags[i:i + 2] for i in range(0, len(flags), 2)]
            if "{}" in flags:
                continue
            if "()" not in flags:
                yield lemma, lemma, marks
            for flag in flags:
                for strip, add, cond, more in rules.get(flag, ()):
                    if lemma.endswith(strip) and cond.search(lemma):
                        yield lemma[:len(lemma) - len(strip)] + add, lemma, marks + more


RARE = ("po:simp", "po:ipsi", "po:1jsg", "po:1isg")


def marks_of(marks):
    """A set of small marks: Nms (noun, masculine, singular), A.., K.. (participle), I, G, V3s, S3s (subjunctive), M2p, R, P."""
    po = {m[3:] for m in marks if m.startswith("po:")}
    where = {m[3:] for m in marks if m.startswith("is:")}
    gender = "m" if "mas" in where else "f" if "fem" in where else "e"
    number = "s" if "sg" in where else "p" if "pl" in where else "i"
    out = set()
    for name, mark in (("nom", "N"), ("adj", "A"), ("ppas", "K")):
        if name in po:
            out.add(mark + gender + number)
    for name, mark in (("infi", "I"), ("ppre", "G"), ("adv", "R"), ("prn", "P"), ("npr", "P"), ("patr", "P"), ("prep", "X"),
                       ("nb", "#"), ("interj", "X")):
        if name in po:
            out.add(mark)
    moods = {("M" if "impe" in po and not po & {"ipre"} else ""), ("S" if po & {"spre"} and not po & {"ipre"} else ""),
             ("V" if po & {"ipre", "iimp", "ifut", "cond"} else "")} - {""}
    for person in ("1sg", "2sg", "3sg", "1pl", "2pl", "3pl", "3pl!"):
        if person in po:
            out |= {m + person[0] + person[1] for m in moods}
    return out


def dictionary(base):
    classes, lemmas, canon, rare = collections.defaultdict(set), collections.defaultdict(set), {}, set()
    common = set()
    for form, lemma, marks in forms_of(base):
        low = form.lower().replace("’", "'")
        if not re.fullmatch(r"[^\W\d_]+(?:['-][^\W\d_]+)*", low) or len(low) == 1 and low not in "aàyô":
            continue
        if form.isupper() and len(form) > 1 and len(form) < 4 and low in classes:
            continue  # an abbreviation does not tell what the word is
        found = marks_of(marks)
        if not found and any(m in RARE for m in marks):
            rare.add(low)
            if low not in classes:
                classes[low] |= set()
        classes[low] |= found
        lemmas[low].add(lemma)
        if form == low:
            common.add(low)
        else:
            canon.setdefault(low, form)
    for low in common:
        canon.pop(low, None)
    return classes, lemmas, canon, {w for w in rare if not classes[w]}


# ---- texts ---------------------------------------------------------------------------------------------------------

def tokens(lang, sentence, known):
    for m in TOKEN[lang].finditer(sentence):
        word = m[0]
        low = word.lower()
        if low[0].isdigit():
            yield "0", "0"
        elif "-" in low and low not in known:
            s = SUFFIXED.match(low) if lang == "fr" else None
            if s:
                yield s[1], word[:len(s[1])]
                yield s[2], s[2]
            else:
                for part in word.split("-"):
                    if part:
                        yield part.lower(), part
        else:
            yield low, word


def expanded(path):
    with open(path, encoding="utf8") as f:
        for line in f:
            if line.startswith("#"):
                continue
            parts = [p.split("|") for p in re.split(r"\{(.*?)\}", line.strip())]
            every = list(itertools.islice(itertools.product(*parts), 20000))
            step = max(1, len(every) // OWN_LINE_MAX)
            # a step that shares no factor with the choices, so that each of them is met
            while any(step > 1 and len(p) > 1 and step % len(p) == 0 for p in parts):
                step += 1
            for words in every[::step]:
                yield "".join(words)


class Counts:
    def __init__(self, lang, known):
        self.lang, self.known = lang, known
        self.sentences = []  # (weight, ids)
        self.ids, self.words = {}, []
        self.count = collections.Counter()
        self.capital = collections.Counter()
        self.inside = collections.Counter()

    def id(self, word):
        i = self.ids.get(word)
        if i is None:
            i = self.ids[word] = len(self.words)
            self.words.append(word)
        return i

    def add(self, weight, text, own=False):
        text = text.replace("’", "'").replace("\u00a0", " ").replace("œ", "œ")
        for sentence in SENTENCE.split(text):
            row, unknown, first = [], 0, True
            for low, word in tokens(self.lang, sentence or "", self.known):
                if own and low not in self.known and low[0] != "-":
                    self.known.add(low)
                if low in self.known or low == "0" or low[0] == "-" or low[-1] == "'":
                    row.append(self.id(low))
                    if not first:
                        self.inside[low] += weight
                        if word[0].isupper() and not (word.isupper() and len(word) > 4):
                            self.capital[low] += weight
                    first = word[-1] == "'"
                else:
                    row.append(-1)
                    unknown += 1
            if len(row) >= 2 and unknown * 4 <= len(row):
                self.sentences.append((weight, row))
                for i in row:
                    if i >= 0:
                        self.count[i] += weight


# ---- what is written -----------------------------------------------------------------------------------------------

def main():
    lang, base, own, lexicon, out, *texts = sys.argv[1:]
    if lang == "fr":
        classes, lemmas, canon, rare = dictionary(base)
    else:
        classes, lemmas, canon, rare = english(base)
    known = set(classes) - ({"encor", "ouï", "ouïe", "hoc", "avecque", "oncques", "c", "g", "k", "v", "t", "d", "l", "n", "m", "j", "s"})
    with open(lexicon, encoding="utf8") as f:
        for line in f:
            kind, *rest = line.rstrip("\n").split("\t")
            if kind == "spell":
                for value in rest[1].split("|"):
                    for low, word in tokens(lang, value, known):
                        if low[0] not in "-0" and low[-1] != "'" and len(low) > 1 and low not in known:
                            known.add(low)
                            if word != low:
                                canon[low] = word
    c = Counts(lang, known)
    for line in expanded(own):
        c.add(OWN_WEIGHT, line, own=True)
    for text in texts:
        weight, _, path = text.rpartition(":")
        with open(path, encoding="utf8", errors="replace") as f:
            for line in f:
                c.add(float(weight or 1), line)
    print("sentences", len(c.sentences), "words", sum(c.count.values()), file=sys.stderr)
    write(c, lang, classes, lemmas, canon, rare, out, [os.path.basename(t.rpartition(":")[2]) for t in texts])


def english(base):
    """The English dictionary has short flags and no marks: its words with the endings that it allows, one class a suffix."""
    classes, canon = collections.defaultdict(set), {}
    rules, cross = collections.defaultdict(list), {}
    with open(base + ".aff", encoding="utf8") as f:
        for p in map(str.split, f):
            if len(p) >= 5 and p[0] == "SFX":
                rules[p[1]].append(("" if p[2] == "0" else p[2], p[3].partition("/")[0], re.compile(f"(?:{p[4]})$")))
    with open(base + ".dic", encoding="utf8") as f:
        next(f)
        for line in f:
            lemma, _, flags = line.strip().partition("/")
            for form in [lemma] + [lemma[:len(lemma) - len(s)] + a for fl in flags for s, a, cond in rules.get(fl, ())
                                   if lemma.endswith(s) and cond.search(lemma)]:
                low = form.lower()
                if not re.fullmatch(r"[a-z]+(?:['-][a-z]+)*", low) or len(low) == 1 and low not in "ai" or low.endswith("'s"):
                    continue
                end = re.search(r"(ing|ed|ly|s|er|est|ion|al|y)$", low)
                classes[low].add("E" + (end[1] if end else ""))
                if form != low:
                    canon.setdefault(low, form)
                else:
                    canon[low] = low
    return classes, collections.defaultdict(set), {k: v for k, v in canon.items() if k != v}, set()


def choose_words(c, lang, classes, lemmas, rare):
    count = {w: c.count[i] for w, i in c.ids.items()}
    lemma_count = collections.Counter()
    for w, n in count.items():
        for lemma in lemmas.get(w, ()):
            lemma_count[lemma] += n
    score = {}
    for w in c.known:
        n = count.get(w, 0)
        rooted = max((lemma_count[x] for x in lemmas.get(w, ())), default=0) >= 6
        plain = len(w) < 14 and any(x[0] in "NAI" for x in classes.get(w, ()))
        if n < 2 and (w in rare or not (rooted or plain)):
            continue
        by_lemma = max((lemma_count[x] for x in lemmas.get(w, ())), default=0) if w not in rare else 0
        score[w] = n + 0.02 * by_lemma / (4 if re.search(r"(ssions|ssiez|âtes|âmes|èrent|îmes|îtes)$", w) else 1)
    best = sorted(score, key=lambda w: (-score[w], w))[:VOCABULARY[lang]]
    specials = [w for w in c.ids if w == "0" or w[0] == "-" or w[-1] == "'"]
    return set(best) | set(specials), count


def choose_classes(lang, chosen, count, classes):
    """{word: class name}: the word itself, or its marks, rare sets going to the kept set most like them."""
    frequent = sorted((w for w in chosen), key=lambda w: (-count.get(w, 0), w))
    single = set(frequent[:SINGLE[lang]]) | {w for w in chosen if w == "0" or w[0] == "-" or w[-1] == "'"}
    names, weight = {}, collections.Counter()
    for w in chosen - single:
        name = "|".join(sorted(classes.get(w, ()))) or "P"
        names[w] = name
        weight[name] += count.get(w, 0) + 1
    kept = [n for n, _ in sorted(weight.items(), key=lambda x: (-x[1], x[0]))[:CLASSES]]
    sets = {n: set(n.split("|")) for n in kept}

    def nearest(name):
        marks = set(name.split("|"))
        return max(kept, key=lambda n: (len(marks & sets[n]) / len(marks | sets[n]), weight[n]))
    near = {n: n if n in sets else nearest(n) for n in weight}
    return {**{w: "=" for w in single}, **{w: near[n] for w, n in names.items()}}


HEAD = """# {lang}: counts of words in running text, for readings in standard spelling (src/themes/reading.h). Made by
# tests/counts/count.py from {sources}, and
# from tests/counts/own-{lang}.txt; the texts are not here, only how often their words follow each other.
# Which words there are, and their gender, number and person, was read from {dictionary}.
# Four parts, each after a line "@NAME": class: WORD COUNT MARKS, a class of one word, or after a line "+CLASS", the words of that class;
# pair: WORD, TAB, NEXT COUNT…; then, classes by their number from 0 in the order above, class2: C, TAB, NEXT COUNT…;
# class3: C D, TAB, NEXT COUNT…; "." stands for the beginning and the end of a sentence, and is class 0.
"""
ORIGIN = {
    "evening-answers": "data/evening-answers.jsonl and the titles of data/evening-prepared.tsv",
    "fr-covidfaq": "712 questions of the public (dialoguemd-archives/covidfaq, MIT, © 2020 Dialogue)",
    "locale": "translations of the base system",
}
DICTIONARY = {
    "fr": "the dictionary of Dicollecte (hunspell-fr 7.0,\n# Mozilla Public License 2.0, https://grammalecte.net): "
          "so this file is under the MPL 2.0, https://mozilla.org/MPL/2.0/",
    "en": "the dictionary hunspell-en-us (SCOWL,\n# http://wordlist.aspell.net, free for any use with its copyright: "
          "Copyright 2000-2019 by Kevin Atkinson)",
}


def write(c, lang, classes, lemmas, canon, rare, out, sources):
    chosen, count = choose_words(c, lang, classes, lemmas, rare)
    class_of = choose_classes(lang, chosen, count, classes)
    singles = sorted(w for w in chosen if class_of[w] == "=")
    groups = collections.defaultdict(list)
    for w in chosen:
        if class_of[w] != "=":
            groups[class_of[w]].append(w)
    number = {".": 0}
    for w in singles:
        number[w] = len(number)
    index = {w: number[w] for w in singles}
    for name in sorted(groups):
        number["+" + name] = len(number)
        for w in groups[name]:
            index[w] = number["+" + name]

    def spelled(w):
        n, cap = c.inside[w], c.capital[w]
        if w in canon and (n == 0 or cap * 2 > n or canon[w].isupper()):
            return canon[w]
        if w not in canon and n >= 8 and cap > .9 * n and not classes.get(w):
            return w[0].upper() + w[1:]
        return w

    two, three, pair = collections.Counter(), collections.Counter(), collections.Counter()
    cls = [index.get(w, -1) for w in c.words]
    for weight, row in c.sentences:
        a, b, p = -1, 0, "."
        for i in row + [None]:
            k = 0 if i is None else -1 if i < 0 else cls[i]
            if k >= 0:
                if b >= 0:
                    two[b, k] += weight
                    if a >= 0:
                        three[a, b, k] += weight
                w = "." if i is None else c.words[i]
                if p is not None:
                    pair[p, w] += weight
                p = w
            else:
                p = None
            a, b = b, k
    total = sum(two.values())
    uni = collections.Counter()
    for (a, b), n in two.items():
        uni[b] += n
    word_n = collections.Counter()
    for (p, w), n in pair.items():
        word_n[p] += n
    word_count = {**count, ".": uni[0]}

    # a pair is worth its bytes when the classes do not foresee it
    def gain(key):
        p, w = key
        n = pair[key]
        a, b = number.get(p, index.get(p, 0)), number.get(w, index.get(w, 0))
        share = word_count.get(w, 1) / max(1, uni[b])
        expect = word_n[p] * (two.get((a, b), .1) / max(1, sum_a[a])) * share
        return n * max(0, __import__("math").log(n / max(expect, 1e-9)))
    sum_a = collections.Counter()
    for (a, b), n in two.items():
        sum_a[a] += n
    pairs = sorted((k for k, n in pair.items() if n >= 3 and not (k[0] in number and k[1] in number and pair[k] == two.get((number[k[0]], number[k[1]])))),
                   key=lambda k: (-gain(k), k))[:BIGRAMS[lang]]
    trios = sorted((k for k, n in three.items() if n >= 4), key=lambda k: (-three[k], k))
    sum_ab = collections.Counter()
    for (a, b, k), n in three.items():
        sum_ab[a, b] += n

    def gain3(key):
        a, b, k = key
        n = three[key]
        expect = sum_ab[a, b] * two[b, k] / max(1, sum_a[b])
        return n * abs(__import__("math").log(n / max(expect, 1e-9)))
    trios = sorted(trios, key=lambda k: (-gain3(k), k))[:TRIGRAMS[lang]]

    def rows(f, items):
        for head, group in itertools.groupby(sorted(items), key=lambda x: x[0]):
            f.write(f"{head}\t" + " ".join(f"{k} {n:.0f}" for _, k, n in group) + "\n")
    with open(out, "w", encoding="utf8") as f:
        names = sorted(s.replace(".txt", "") for s in sources)
        listed = ", ".join(n for n in names if n not in ORIGIN) + "".join("; " + ORIGIN[n] for n in names if n in ORIGIN)
        f.write(HEAD.format(lang="French" if lang == "fr" else "English", dictionary=DICTIONARY[lang],
                            sources="text of Debian's packages\n# " + "\n# ".join(wrap(listed))).replace("own-French", "own-fr").replace("own-English", "own-en"))
        f.write("@class\n")
        for w in singles:
            marks = "|".join(sorted(classes.get(w, ())))
            f.write(f"{spelled(w)} {count.get(w, 0):.0f}{' ' + marks if marks else ''}\n")
        for name in sorted(groups):
            f.write(f"+{name}\n")
            for w in sorted(groups[name]):
                n = count.get(w, 0)
                f.write(f"{spelled(w)} {n:.0f}\n" if n >= 1 else spelled(w) + "\n")
        f.write("@pair\n")
        rows(f, [(p, w, pair[p, w]) for p, w in pairs if (p == "." or p in chosen) and (w == "." or w in chosen)])
        f.write("@class2\n")
        rows(f, [(a, b, n) for (a, b), n in two.items() if n >= 8])
        f.write("@class3\n")
        rows(f, [(f"{a} {b}", k, three[a, b, k]) for a, b, k in trios])
    print(out, os.path.getsize(out), "words", len(chosen), "classes", len(number), "pairs", len(pairs), "trios", len(trios), len(two),
          file=sys.stderr)


def wrap(text, width=116):
    line = ""
    for word in text.split():
        if len(line) + len(word) + 1 > width:
            yield line
            line = ""
        line += (" " if line else "") + word
    yield line


if __name__ == "__main__":
    main()
