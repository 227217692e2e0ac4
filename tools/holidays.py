#!/usr/bin/env python3
"""Makes the C table of the holiday notices that are shipped.  holidays.py OUT.c FILE.json…

Each file is a notice in the form that an administrator loads, too (src/calendar/README.md). A file that breaks a rule of that form stops
the build and is named.
"""
import datetime
import json
import os
import sys

KINDS = {"statutory": "NOTICE_STATUTORY", "bridge": "NOTICE_BRIDGE", "work": "NOTICE_WORK", "closure": "NOTICE_CLOSURE", "term-break": "NOTICE_TERM_BREAK"}


def day_number(text):
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


def read(path):
    with open(path, encoding="utf-8") as file:
        notice = json.load(file)
    if notice["format"] != "taizhang-notice-1":
        sys.exit(f"{path}: unknown format {notice['format']}")
    dates = [d["date"] for d in notice["days"]]
    if dates != sorted(set(dates)):
        sys.exit(f"{path}: days are not in order or stand twice")
    published = notice["published"] or f"{notice['year'] - 1}-12-01"
    return notice, published


def c_text(text):
    return json.dumps(text, ensure_ascii=False)


def main(out, paths):
    notices = sorted((read(p) + (os.path.basename(p).removesuffix(".json"),) for p in paths), key=lambda n: (n[0]["year"], n[1]))
    lines = ["/* Made by tools/holidays.py from src/calendar/holidays. */", '#include "calendar/notice.h"', ""]
    for notice, _, key in notices:
        lines.append(f"static const struct notice_day days_{key.replace('-', '_')}[] = {{")
        lines += [f"    {{{day_number(d['date'])}, {KINDS[d['kind']]}, {c_text(d['name'])}}}," for d in notice["days"]]
        lines.append("};")
    lines.append("const struct notice notices_shipped[] = {")
    for notice, published, key in notices:
        name = f"days_{key.replace('-', '_')}"
        lines.append(f"    {{{c_text(key)}, {notice['year']}, {day_number(published)}, {c_text(notice['source'])}, {name}, {len(notice['days'])}}},")
    lines += ["};", f"const size_t notices_shipped_count = {len(notices)};", ""]
    with open(out, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


main(sys.argv[1], sys.argv[2:])
