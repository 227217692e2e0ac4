#!/usr/bin/env python3
"""oracle.py - the arithmetic of terms done a second time, day by day, and held against due_lines; prints TAP.

Independent of the C code but for the rules' data: it walks over the days with datetime and reads the notices itself.
"""
import calendar
import collections
import copy
import datetime as dt
import glob
import json
import os
import random
import re
import subprocess
import sys

ONE = dt.timedelta(1)
OPEN_ENDED = 3660  # an extension of this length has none until one is chosen
Extension = collections.namedtuple("Extension", "code n unit total most before")
Rule = collections.namedtuple("Rule", "code n unit criminal roll custody given inside backwards month day rounds restart reasons extensions")


def read_rules(program):
    rules = []
    for line in subprocess.run([program, "--rules"], check=True, capture_output=True, text=True).stdout.splitlines():
        w = line.split()
        reasons = [x[2:] for x in w[13:] if x.startswith("s:")]
        extensions = [x[2:].split(":") for x in w[13:] if x.startswith("e:")]
        rules.append(Rule(w[0], int(w[1]), w[2], w[3] == "1", w[4] == "1", int(w[5]), w[6] == "1", w[7] == "1", w[8] == "1", int(w[9]), int(w[10]),
                          int(w[11]), w[12] == "restart", reasons, [Extension(c, int(n), u + "+15" * (h == "1"), t == "1", m == "1", b) for c, n, u, t, m, b, h in extensions]))
    return rules


class Days:
    """What is known of the days, of the notices out by `as_of`; `own` is what an institution says of some, {day: worked}."""

    def __init__(self, folder, as_of):
        self.own = {}
        chosen = {}
        for path in glob.glob(os.path.join(folder, "*.json")):
            n = json.load(open(path, encoding="utf-8"))
            out = n["published"] or f"{n['year'] - 1}-12-01"
            if out <= as_of and (n["year"] not in chosen or chosen[n["year"]][0] < out):
                chosen[n["year"]] = (out, n["days"])
        self.marked = {}
        for year in sorted(chosen):
            for d in chosen[year][1]:
                self.marked[dt.date.fromisoformat(d["date"])] = d["kind"] == "work"
        first = min(chosen, default=None)
        last = first
        while last is not None and last + 1 in chosen:
            last += 1
        self.known = (dt.date(first, 1, 1), dt.date(last, 12, 31)) if chosen else None

    def with_own(self, own):
        other = copy.copy(self)
        other.own = own
        return other

    def works(self, d):
        if d in self.own:
            return self.own[d]
        if d in self.marked:
            return self.marked[d]
        fixed = (d.month, d.day) in {(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)} or ((d.month, d.day) == (5, 2) and d.year >= 2025)
        return not fixed and d.weekday() < 5

    def unknown(self, d):
        return not self.known or not self.known[0] <= d <= self.known[1]


def add_months(d, months, criminal):
    y, m = divmod(d.year * 12 + d.month - 1 + months, 12)
    last = calendar.monthrange(y, m + 1)[1]
    at_end = (d + ONE).day == 1
    return dt.date(y, m + 1, last if criminal and at_end else min(d.day, last))


class Refused(Exception):
    pass


class Clock:
    def __init__(self, rule, days, start, custody, given):
        self.rule, self.days, self.given, self.custody = rule, days, given, custody
        self.round = 1
        self.begin(start)

    def begin(self, start):
        self.start, self.pauses, self.open, self.longer, self.stopped, self.idle, self.named = start, [], None, [], False, False, 0

    def lengths(self):
        n, unit = self.given if self.rule.given else (self.rule.n, self.rule.unit)
        parts = [(n, unit)]
        for x in self.longer:
            if x.total:
                parts[0] = (x.n, x.unit)
        return parts + [(x.n, x.unit) for x in self.longer if not x.total]

    def end(self):
        parts = self.lengths()
        if self.rule.backwards:
            return self.start - dt.timedelta(parts[0][0])
        total = collections.Counter()
        for n, unit in parts:
            if unit.endswith("+15"):  # a month and a half
                unit, total["day"] = unit[:-3], total["day"] + 15
            total["month" if unit == "year" else unit] += n * (12 if unit == "year" else 1)
        if total["hour"]:
            minutes, at = total["hour"] * 60, self.start
            for a, b in self.pauses:
                if a < self.start + dt.timedelta(minutes=minutes):
                    minutes += (b - a).total_seconds() // 60
            return at + dt.timedelta(minutes=minutes)
        if total["workday"]:
            d, left = self.start, total["workday"]
            while left:
                d += ONE
                if not any(a < d <= b for a, b in self.pauses) and self.days.works(d):
                    left -= 1
            return d
        if self.rule.month:
            d = dt.date(self.start.year, self.rule.month, self.rule.day)
            d = d if d > self.start else dt.date(self.start.year + 1, self.rule.month, self.rule.day)
        else:
            d = add_months(self.start, total["month"], self.rule.criminal) + dt.timedelta(total["day"])
        for a, b in self.pauses:
            if a < d:
                d += b - a
        return d

    def days_of(self, unit):
        """The days that a term of this unit counts from its start to where it stands still."""
        d, counted = self.start, 0
        while d < self.open:
            d += ONE
            counted += not any(a < d <= b for a, b in self.pauses) and (unit == "day" or self.days.works(d))
        return counted

    def left(self):
        """What is used and what is left while it stands still."""
        end = self.end()
        if self.rule.unit == "hour":
            stood = sum((b - a for a, b in self.pauses), dt.timedelta())
            return tuple(int(x.total_seconds()) // 60 for x in (self.open - self.start - stood, end - self.open))
        work = sum(n for n, unit in self.lengths() if unit == "workday")
        if work:
            return self.days_of("workday"), work - self.days_of("workday")
        return self.days_of("day"), (end - self.open).days

    def extension(self, text):
        """Which extension a text means: its code or place, with a length where one may be chosen; nothing: the next in the list."""
        word, _, chosen = (text or "").partition(":")
        if not word:
            found = [x for x in self.rule.extensions[self.named:self.named + 1] if x.n < OPEN_ENDED]
        else:
            found = [x for n, x in enumerate(self.rule.extensions, 1) if word in (x.code, str(n))][:1]
        if not found or (chosen and not (found[0].most and 1 <= int(chosen) <= found[0].n)) or (not chosen and found[0].n == OPEN_ENDED):
            raise Refused
        return found[0]._replace(n=int(chosen)) if chosen else found[0]

    def asked_in_time(self, x, applied):
        if not applied or x.before == "-":
            return True
        n, unit = int(x.before.rstrip("dwmoy")), x.before.lstrip("0123456789")
        end = self.end()
        return applied <= (add_months(end, -n, False) if unit == "mo" else end - dt.timedelta(n))

    def apply(self, kind, at, event):
        r = self.rule
        if kind in ("detain", "release"):
            return
        if kind == "correct":
            right = event["right"]
            if right is None or any(a < right for a in [a for a, b in self.pauses[:1]] + ([] if self.open is None else [self.open])):
                raise Refused
            self.start = right
            return
        if self.stopped and kind != "restart":
            raise Refused
        if at < self.start and not r.backwards:
            raise Refused
        if kind == "suspend":
            if event.get("reason") not in r.reasons or self.open or self.idle:
                raise Refused
            if at < self.end():
                self.open = at
            else:
                self.idle = True
        elif kind == "resume":
            if self.open is not None:
                self.pauses.append((self.open, at))
                self.open = None
            elif self.idle:
                self.idle = False
            else:
                raise Refused
        elif kind == "extend":
            x = self.extension(event.get("code"))
            if self.open is None and at > self.end():
                raise Refused
            if (x.code in [y.code for y in self.longer] and not r.given) or not self.asked_in_time(x, event.get("asked")):
                raise Refused
            self.longer.append(x._replace(unit=self.given[1]) if r.given else x)
            self.named += 1
        elif kind == "restart":
            if not r.restart or (r.rounds and self.round >= r.rounds):
                raise Refused
            self.round += 1
            self.begin(at)
        elif kind == "stop":
            self.stopped, self.open, self.idle = True, None, False


def expected(rule, days, start, custody, given, events):
    hours = rule.unit == "hour"
    clock = Clock(rule, days, start, custody, given)
    ordered = sorted(events, key=lambda e: e["when"])
    for e in ordered:
        clock.apply(e["kind"], e["when"], e)
    if rule.inside:
        return "none 0 0"
    if clock.open is not None:
        return "none {} {}".format(*clock.left())
    end = clock.end()
    if hours:
        return f"{end:%Y-%m-%dT%H:%M} {end:%Y-%m-%d} 0 0 {clock.round} {int(not clock.stopped)}"
    base, rolled, provisional = end, False, False
    if any(u == "workday" for n, u in clock.lengths()):
        provisional = clock.start <= end and (days.unknown(clock.start) or days.unknown(end))
    held = rule.custody == 2 or custody
    for e in ordered:
        if e["when"] <= base and e["kind"] in ("detain", "release") and rule.custody != 2:
            held = e["kind"] == "detain"
    if rule.backwards or (rule.roll and not held):
        while not days.works(end):
            end += -ONE if rule.backwards else ONE
        provisional = provisional or days.unknown(base) or days.unknown(end)
        rolled = end != base
    return f"{end} {base} {int(rolled)} {int(provisional)} {clock.round} {int(not clock.stopped)}"


SUFFIX = {"day": "d", "workday": "wd", "month": "mo", "year": "y"}


def random_own(rng, shipped):
    """A rule as an institution records one, under a new code or a shipped one, and as due_lines reads it."""
    unit = rng.choice(["day", "workday", "month"])
    code = rng.choice(["local.thing"] + [r.code for r in shipped if r.unit != "hour" and not r.given and not r.inside and not r.backwards][:6])
    longer = []
    for c in rng.sample(["more", "much"], rng.randrange(3)):
        longer.append(Extension(c, rng.randrange(1, 30), unit if unit == "workday" else rng.choice(["day", "month"]), rng.random() < 0.3, rng.random() < 0.4, rng.choice(["-", "-", "3d", "1mo"])))
    rule = Rule(code, rng.randrange(1, 40), unit, rng.random() < 0.5, rng.random() < 0.5, 0, False, False, False, 0, 0, 0, True, rng.choice([[], ["hearing"]]), longer)
    since, until = rng.choice([None, dt.date(2010, 1, 1), dt.date(2018, 6, 1)]), rng.choice([None, dt.date(2019, 12, 31)])
    listed = ",".join(f"{x.code}={x.n}{SUFFIX[x.unit]}={int(x.total)}={int(x.most)}={x.before}" for x in longer) or "-"
    word = f"{code}/{rule.n}{SUFFIX[unit]}/{int(rule.roll)}/{int(rule.criminal)}/{since or '-'}/{until or '-'}/{rule.reasons[0] if rule.reasons else '-'}/{listed}"
    return rule, word, since, until


def ruling(own, since, until, shipped, start):
    """The institution's rule while it is in force, else the shipped one of its code, else the institution's all the same."""
    if (since is None or since <= start) and (until is None or start <= until):
        return own
    return next((r for r in shipped if r.code == own.code), own)


def random_notices(rng, around):
    """What an institution says of days near the term, in up to two notices of which the later has the last word; and as due_lines reads it."""
    own, words = {}, []
    for _ in range(rng.choice([0, 0, 0, 0, 1, 2])):
        days = sorted({around + dt.timedelta(rng.randrange(0, 70)): rng.choice([0, 0, 3, 3, 4]) for _ in range(rng.randrange(1, 12))}.items())  # work, closure, term break
        own.update((d, kind == 0) for d, kind in days)
        words.append(",".join(f"{d}={kind}" for d, kind in days))
    return own, "|".join(words) or "-"


def random_extension(rng, rule, e, when, hours):
    codes = [x.code for x in rule.extensions] or ["complex"]
    chosen = [f"{x.code}:{rng.randrange(1, min(x.n, 60) + 2)}" for x in rule.extensions if x.most]
    e["code"] = rng.choice(codes * 3 + [None, "1", "2", f"{codes[0]}:3"] + chosen * 4)
    if not hours and rng.random() < 0.4:
        e["asked"] = when - dt.timedelta(rng.randrange(0, 20))
        e["applied"] = str(e["asked"])


def random_event(rng, rule, when, start, hours, suspended):
    kind = "resume" if suspended and rng.random() < 0.5 else rng.choice(["suspend", "resume", "suspend", "resume", "extend", "extend", "extend", "restart", "stop", "detain", "release", "correct"])
    e = {"kind": kind, "when": when, "at": f"{when:%Y-%m-%dT%H:%M}" if hours else str(when)}
    if kind == "suspend":
        e["reason"] = rng.choice(rule.reasons or ["third-party"])
    if kind == "extend":
        random_extension(rng, rule, e, when, hours)
    if kind == "correct":
        e["right"] = start + (dt.timedelta(minutes=rng.randrange(-900, 900)) if hours else dt.timedelta(rng.randrange(-20, 20)))
        e["from"] = f"{e['right']:%Y-%m-%dT%H:%M}" if hours else str(e["right"])
        if hours and rng.random() < 0.2:  # a day is not enough
            e["right"], e["from"] = None, e["from"][:10]
    return e


def random_case(rng, rules):
    rule = rng.choice(rules)
    word = rule.code
    first = dt.date(2006, 6, 1) + dt.timedelta(rng.randrange(8000))
    if rng.random() < 0.2:  # the last days of months matter
        first = add_months(first.replace(day=1), 1, False) - ONE
    if rng.random() < 0.15:
        own, word, since, until = random_own(rng, rules)
        rule = ruling(own, since, until, rules, first)
    hours = rule.unit == "hour"
    at = dt.datetime(first.year, first.month, first.day, rng.randrange(24), rng.randrange(60)) if hours else first
    given = rng.choice([(15, "day"), (10, "workday"), (12, "month"), (2, "year"), (rng.randrange(1, 90), "day")]) if rule.given else None
    events, when = [], at
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 3, 5])):
        when = when + (dt.timedelta(minutes=rng.randrange(0, 900)) if hours else dt.timedelta(rng.randrange(0, 25)))
        events.append(random_event(rng, rule, when, at, hours, bool(events) and events[-1]["kind"] == "suspend"))
    rng.shuffle(events)
    events.sort(key=lambda e: e["when"]) if rng.random() < 0.5 else None
    return rule, word, at, rng.random() < 0.3, given, events


def main(program, folder):
    rules = read_rules(program)
    rng = random.Random(20241008)
    known = {a: Days(folder, a) for a in ("2149-12-31", "2020-01-20", "2019-03-01", "2015-01-01")}
    lines, wanted, seen = [], [], collections.Counter()
    for _ in range(20000):
        rule, word, at, custody, given, events = random_case(rng, rules)
        as_of = rng.choice(list(known))
        hours = rule.unit == "hour"
        own, notices = random_notices(rng, at.date() if hours else at)
        try:
            wanted.append(expected(rule, known[as_of].with_own(own), at, custody, given, events))
            seen.update({e["kind"] + (" asked for" if "asked" in e else "") + (" chosen" if ":" in (e.get("code") or "") else "") for e in events})
            seen.update(["own rule"] * ("/" in word) + ["own notice"] * bool(own) + ["standing still"] * wanted[-1].startswith("none "))
        except Refused:
            wanted.append("refused")
        sent = json.dumps([{k: v for k, v in e.items() if k not in ("when", "right", "asked") and v is not None} for e in events])
        length = f"{given[0]}{SUFFIX[given[1]]}" if given else "-"
        lines.append(f"{word} {at:%Y-%m-%dT%H:%M} {int(custody)} {length} {as_of} {notices} {sent}" if hours else f"{word} {at} {int(custody)} {length} {as_of} {notices} {sent}")
    got = subprocess.run([program], input="\n".join(lines) + "\n", check=True, capture_output=True, text=True).stdout.splitlines()
    wrong = [(l, w, g) for l, w, g in zip(lines, wanted, got) if w != g]
    settled = sum(w[0].isdigit() for w in wanted)
    rare = {k: seen[k] for k in MODES if seen[k] < 30}
    print("1..4")
    for line, want, have in wrong[:10]:
        print(f"# {line}\n#   wanted {want}\n#   had    {have}")
    print(f"{'not ok' if wrong or len(got) != len(lines) else 'ok'} 1 - {len(lines)} random cases agree with the independent arithmetic, {settled} of them with a date")
    print(f"{'ok' if settled > len(lines) * 2 // 5 else 'not ok'} 2 - enough of the cases have a date")
    print(f"{'ok' if {r.code for r in rules} <= {re.split('[ /]', l)[0] for l in lines} else 'not ok'} 3 - every rule was asked for")
    print(f"{'not ok' if rare else 'ok'} 4 - every kind of event and basis is in thirty cases that are not refused {rare or ''}")


MODES = ("suspend", "resume", "extend", "extend asked for", "extend chosen", "restart", "stop", "detain", "release", "correct", "own rule", "own notice", "standing still")

main(*sys.argv[1:])
