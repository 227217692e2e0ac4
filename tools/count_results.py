#!/usr/bin/env python3
"""count_results.py - counts test results for ./check.

    count_results.py LOG STATUS          first line "PASSED FAILED SKIPPED", then the names of what failed
    count_results.py --meson TESTLOG     turns meson's testlog.json into one TAP stream

Knows TAP as cmocka, our scripts and node print it. A step whose log holds no TAP counts as one result, by its exit status.
"""
import json
import re
import sys

LINE = re.compile(r"^(ok|not ok)\b\s*(\d+)?\s*-?\s*(.*)$")


def taps(text):
    """The results of TAP text at its outermost level: [(good, skipped, name)]."""
    found = []
    for line in text.split("\n"):
        match = LINE.match(line)
        if match:
            name = match.group(3)
            directive = re.search(r"#\s*(skip|todo)\b", name, re.I)
            found.append((match.group(1) == "ok" or bool(directive), bool(directive), name))
        elif found and not found[-1][0] and line.startswith("# "):  # what a failed test tells
            found[-1] = (*found[-1][:2], found[-1][2] + "\n" + line)
    return found


def from_meson(path):
    try:
        lines = open(path, encoding="utf-8").readlines()
    except OSError:
        lines = []  # the build failed before any test; the step's status tells
    if lines:
        for line in lines:
            test = json.loads(line)
            name, result = test["name"].split(" / ")[-1], test["result"]
            found = taps(test.get("stdout") or "")
            for good, skipped, what in found:
                print(f"{'ok' if good else 'not ok'} - {name}: {what}")
            bad = result not in ("OK", "SKIP", "EXPECTEDFAIL")
            if bad and all(good for good, _, _ in found):
                print(f"not ok - {name}: ended with {result}")
            elif not bad and not found:
                print(f"ok - {name}" + (" # SKIP" if result == "SKIP" else ""))


def count(path, status):
    text = open(path, encoding="utf-8", errors="replace").read()
    # What meson echoes of failed tests stands before its summary and again in our stream: count only the stream.
    marker = text.rfind("Full log written to ")
    summary = dict(re.findall(r"^# (pass|fail|cancelled|skipped|todo) (\d+)$", text, re.M))
    found = taps(text[marker:] if marker >= 0 else text)
    bad = [name for good, _, name in found if not good]
    if summary:
        p, f = int(summary["pass"]), int(summary["fail"]) + int(summary.get("cancelled", 0))
        s = int(summary.get("skipped", 0)) + int(summary.get("todo", 0))
        bad = re.findall(r"^\s*not ok \d+ - (.*)$", text, re.M)
    elif found:
        p, f, s = sum(g and not k for g, k, _ in found), len(bad), sum(k for _, k, _ in found)
        plan = re.search(r"^1\.\.(\d+)\s*$", text, re.M)
        if marker < 0 and plan and int(plan.group(1)) > len(found):
            f += 1
            bad.append(f"only {len(found)} of {plan.group(1)} planned tests ran")
    else:
        p, f, s = (1, 0, 0) if status == 0 else (0, 1, 0)
    if status and not f:
        f += 1
        bad.append(f"the step ended with status {status}")
    print(p, f, s)
    for name in bad:
        print(name)


if sys.argv[1] == "--meson":
    from_meson(sys.argv[2])
else:
    count(sys.argv[1], int(sys.argv[2]))
