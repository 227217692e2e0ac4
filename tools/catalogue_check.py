#!/usr/bin/env python3
"""catalogue_check.py - holds the sentences of source and templates against web/po/en.po; prints TAP.

    catalogue_check.py [--root DIR] [--missing]     --missing: prints empty entries to be filled in instead

A sentence is a C string literal with a Chinese character, or {{_ …}} of a template. In the rooms that speak to people every such
literal counts; in the others only those in a call that takes a sentence. Not counted: comments, demonstration data, report texts,
signs without a character,
and lines marked with the comment "not shown".
"""
import glob
import os
import re
import sys

import po

IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
SPEAKING = ("src/base/fault.c", "src/incident/level.c", "src/access/", "src/register/", "src/packs/", "src/report/refill.c", "src/report/box", "src/web/", "src/main/", "src/calendar/")
LEFT_OUT = re.compile(r"^src/packs/.*(demo|text|template)[^/]*\.[ch]$|^src/register/[^/]*words\.c$")
CALLS = re.compile(r"\b(note_add|note_add_list|check_add|refuse|lang_tr|view_tr|view_sentence|fault_sentence)\s*\($")
UNTRANSLATED = ("LAW",)  # calls whose texts stay Chinese: names of laws
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|[()]|[A-Za-z_]\w*|\s+|.', re.S)
MARKED = re.compile(r'<code lang="zh">.*?</code>', re.S)
TEMPLATE = re.compile(r"\{\{(?:!.*?|_\s+(?P<sentence>.*?)|[^}]*)\}\}", re.S)


def literals(text):
    """Yields (line, literal, inside a call that takes a sentence); neighbouring literals are one."""
    calls, name, line, held, held_line = [], "", 1, None, 0
    quiet = {n for n, l in enumerate(text.split("\n"), 1) if "not shown" in l}
    for match in TOKEN.finditer(text):
        token = match.group()
        if token[0] == '"':
            if held is None:
                held, held_line = "", line
            held += po.unescape(token[1:-1])
        elif token.strip() and not token.startswith(("/*", "//")):
            if held is not None and held_line not in quiet and not any(c is None for c in calls):
                yield held_line, held, any(calls)
            held = None
            if token == "(":
                calls.append(None if name in UNTRANSLATED else bool(CALLS.search(name + "(")))
            elif token == ")" and calls:
                calls.pop()
            name = token
        line += token.count("\n")


def source_sentences(root):
    """All literals with Chinese; the last value says whether it must have a translation."""
    for path in sorted(glob.glob(os.path.join(root, "src", "**", "*.[ch]"), recursive=True)):
        name = os.path.relpath(path, root)
        if LEFT_OUT.match(name):
            continue
        with open(path, encoding="utf-8") as f:
            for line, text, called in literals(f.read()):
                if CJK.search(text):
                    yield f"{name}:{line}", text, (called or name.startswith(SPEAKING)) and IDEOGRAPH.search(text)


def report_labels(root):
    """What the kinds of reports are called: the label in the head of each pack's text."""
    for path in sorted(glob.glob(os.path.join(root, "src", "packs", "*", "*.md"))):
        with open(path, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                if line.startswith("label:"):
                    yield f"{os.path.relpath(path, root)}:{number}", line[6:].strip(), True


def template_sentences(root):
    """Sentences, and as errors Chinese text outside them."""
    for path in sorted(glob.glob(os.path.join(root, "web", "templates", "*.mustache"))):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        name = os.path.relpath(path, root)
        for match in TEMPLATE.finditer(text):
            if match.group("sentence"):
                yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}", match.group("sentence").split(" | ")[0].strip(), True
        lines = lambda m: "\n" * m.group().count("\n")
        rest = MARKED.sub(lines, TEMPLATE.sub(lines, text)) # what is marked as Chinese is meant in both languages
        for number, line in enumerate(rest.split("\n"), 1):
            if CJK.search(line):
                yield f"{name}:{number}", line.strip(), False


def check(root):
    """Returns (missing {sentence: place}, bare [(place, text)], unused [(line, sentence)], count)."""
    entries = po.read(os.path.join(root, "web", "po", "en.po"))
    used, bare, seen = {}, [], set()
    for place, text, must in source_sentences(root):
        seen.add(text)
        if must:
            used.setdefault(text, place)
    for place, text, inside in [*report_labels(root), *template_sentences(root)]:
        if inside:
            used.setdefault(text, place)
        else:
            bare.append((place, text))
    missing = {s: p for s, p in used.items() if s not in entries or not entries[s][0]}
    unused = [(line, s) for s, (_, line) in entries.items() if s not in used and s not in seen]
    return missing, bare, unused, len(used)


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main():
    args = sys.argv[1:]
    root = args[args.index("--root") + 1] if "--root" in args else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    try:
        missing, bare, unused, count = check(root)
    except po.PoError as error:
        sys.exit(f"Bail out! {error}")
    if "--missing" in args:
        for sentence, place in missing.items():
            print(f"# {place}\nmsgid {quote(sentence)}\nmsgstr \"\"\n")
        return 0
    print("1..2")
    print(f"{'not ' if missing else ''}ok 1 - every sentence has its English ({count} sentences)")
    for sentence, place in missing.items():
        print(f"# {place}: no entry in web/po/en.po for {sentence!r}")
    print(f"{'not ' if bare else ''}ok 2 - templates have no Chinese outside {{{{_ …}}}}")
    for place, text in bare:
        print(f"# {place}: {text}")
    for line, sentence in unused:
        print(f"# web/po/en.po:{line}: not used anywhere: {sentence}")
    return 1 if missing or bare else 0


sys.exit(main())
