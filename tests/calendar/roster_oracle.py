#!/usr/bin/env python3
"""roster_oracle.py - rosters filled by roster_lines held against the rules read a second time, and small ones against the optimum; prints TAP."""
import datetime as dt
import glob
import itertools
import json
import os
import random
import subprocess
import sys

ONE = dt.timedelta(1)
PARTS = {0: [], 1: ["day"], 2: ["night"], 3: ["whole"], 4: ["day", "night"]}
WORKDAY, MAKEUP, REST, STATUTORY = range(4)


def read_days(folder):
    chosen, marked = {}, {}
    for path in glob.glob(os.path.join(folder, "*.json")):
        n = json.load(open(path, encoding="utf-8"))
        out = n["published"] or f"{n['year'] - 1}-12-01"
        if n["year"] not in chosen or chosen[n["year"]][0] < out:
            chosen[n["year"]] = (out, n["days"])
    for year in sorted(chosen):
        for d in chosen[year][1]:
            marked[dt.date.fromisoformat(d["date"])] = d["kind"]
    return marked


def class_of(marked, d):
    kind = marked.get(d)
    if kind == "work":
        return MAKEUP if d.weekday() >= 5 else WORKDAY
    if kind:
        return STATUTORY if kind == "statutory" else REST
    return REST if d.weekday() >= 5 else WORKDAY


class Case:
    def __init__(self, r, small):
        self.first = dt.date(r.randrange(2015, 2027), r.randrange(1, 13), r.randrange(1, 28))
        length = r.randrange(2, 7) if small else r.randrange(5, 100)
        self.last = min(self.first + ONE * (length - 1), dt.date(2026, 12, 31))
        self.work, self.rest = r.choice([(2, 3), (2, 4), (1, 0), (3, 3), (2, 2), (0, 1)]) if not small else r.choice([(2, 3), (1, 1), (3, 3)])
        self.gap = r.choice([0, 1, 2, 3]) if not small else r.choice([0, 0, 1])
        self.by_week = 0 if small else int(r.random() < 0.2)
        count = r.randrange(2, 5) if small else r.randrange(6, 30)
        seats = 1 if small else r.choice([1, 2, 3])
        self.people = []
        for _ in range(count):
            pools = 1 if seats == 1 else r.randrange(1, 1 << seats)
            before = [[r.randrange(3) if r.random() < 0.3 else 0 for _ in range(4)] for _ in range(3)]
            last = self.first - ONE * r.randrange(1, 20) if r.random() < 0.3 else None
            self.people.append((pools, last, before))
        self.absences = []
        for _ in range(r.randrange(0, 2 if small else 10)):
            a = self.first + ONE * r.randrange(0, length)
            self.absences.append((r.randrange(count), a, a + ONE * r.randrange(0, 3 if small else 20)))
        self.fixed = []

    def text(self):
        out = [f"Q {self.first} {self.last} {self.work} {self.rest} {self.gap} {self.by_week}"]
        for pools, last, before in self.people:
            out.append(f"P {pools} {last or '-'} " + " ".join(str(n) for row in before for n in row))
        out += [f"A {p} {a} {b}" for p, a, b in self.absences]
        out += [f"F {i} {s} {p}" for i, s, p in self.fixed]
        return "\n".join(out) + "\n.\n"

    def shifts(self, marked):
        d, out = self.first, []
        while d <= self.last:
            c = class_of(marked, d)
            out += [(d, part, c) for part in PARTS[self.work if c <= MAKEUP else self.rest]]
            d += ONE
        return out

    def away(self, p, d):
        return any(q == p and a <= d <= b for q, a, b in self.absences)


def turns_of(case, rows):
    """Whole turns (person, seat, first day, last day) as the rules count them."""
    out = []
    for seat in range(3):
        last = None
        for d, _, _, seats in rows:
            week = (d - ONE * d.weekday()) if case.by_week else None
            if last and week and last[3] == week and last[0] == seats[seat]:
                last[2] = d
            else:
                last = [seats[seat], d, d, week]
                out.append((seat, last))
    return [(t[0], seat, t[1], t[2]) for seat, t in out if t[0] >= 0]


def wrong(case, rows):
    for d, part, c, seats in rows:
        for seat, p in enumerate(seats):
            if p < 0:
                continue
            if not case.people[p][0] >> seat & 1:
                return f"{d}: {p} is not in the pool of seat {seat}"
            if case.away(p, d):
                return f"{d}: {p} is absent"
    by = {}
    for p, seat, a, b in turns_of(case, rows):
        by.setdefault(p, []).append((a, b))
    for p, list_ in by.items():
        list_.sort()
        last = case.people[p][1]
        for a, b in list_:
            if last is not None and (a - last).days <= max(case.gap, 0):
                return f"{p} stands on {last} and on {a}, gap {case.gap}"
            last = b
    return None


def cost(case, rows):
    had = {}
    for p, (_, _, before) in enumerate(case.people):
        for seat in range(3):
            for c in range(4):
                had[p, seat, c] = before[seat][c]
    for _, _, c, seats in rows:
        for seat, p in enumerate(seats):
            if p >= 0:
                had[p, seat, c] += 1
    sum_ = 0
    for p in range(len(case.people)):
        for seat in range(3):
            n = [had[p, seat, WORKDAY] + had[p, seat, MAKEUP], had[p, seat, REST], had[p, seat, STATUTORY]]
            sum_ += sum(4 * x * x for x in n) + sum(n) ** 2
    return sum_


def best(case, shifts):
    """The fewest open seats and the least cost, by trying all."""
    found = None
    for given in itertools.product(range(-1, len(case.people)), repeat=len(shifts)):
        rows = [(d, part, c, (p, -1, -1)) for (d, part, c), p in zip(shifts, given)]
        key = (sum(p < 0 for p in given),)
        if found and key[0] > found[0] or wrong(case, rows):
            continue
        key = (key[0], cost(case, rows))
        if not found or key < found:
            found = key
    return found


def main():
    program, folder = sys.argv[1:3]
    marked = read_days(folder)
    r = random.Random(20261127)
    cases = [Case(r, False) for _ in range(1500)] + [Case(r, True) for _ in range(400)]
    out = subprocess.run([program], input="".join(c.text() for c in cases), capture_output=True, text=True, check=True).stdout.split("\n")
    at = bad = uneven = 0
    short = tried = far = 0
    print("TAP version 13")
    for case in cases:
        shifts = case.shifts(marked)
        rows = []
        for d, part, c in shifts:
            w = out[at].split()
            at += 1
            if (w[0], w[1], int(w[2])) != (str(d), part, c):
                print(f"# {d} {part} {c}: {w}")
                bad += 1
            rows.append((d, part, c, tuple(int(x) for x in w[3:6])))
        told_open = int(out[at].split()[1])
        at += 1
        fault = wrong(case, rows)
        if fault or told_open != sum(p < 0 for row in rows for p in row[3]):
            print(f"# {fault or 'open seats'}\n# " + case.text().replace("\n", "\n# "))
            bad += 1
        if len(shifts) <= 6 and len(case.people) <= 4 and len(set(p[0] for p in case.people)) == 1 and not case.by_week:
            tried += 1
            found = best(case, shifts)
            mine = (sum(row[3][0] < 0 for row in rows), cost(case, rows))
            short += mine[0] > found[0]
            far += mine > found
            if mine > found and far < 4:
                print(f"# {mine} instead of {found}\n# " + case.text().replace("\n", "\n# ") + str(rows))
        # nobody away, nobody in two pools, room enough: every class even to one turn
        simple = not case.absences and case.gap == 0 and not case.by_week and all(p[0] == 1 and p[1] is None and not any(map(any, p[2])) for p in case.people)
        if simple:
            for c in range(4):
                n = [sum(row[2] == c and row[3][0] == p for row in rows) for p in range(len(case.people))]
                uneven += max(n) - min(n) > 1
    print(f"# {len(cases)} rosters; {tried} small ones against the optimum, {far} of them dearer, {short} with more open seats")
    print(f"{'not ' if bad else ''}ok 1 - rosters keep to the rules")
    print(f"{'not ' if far * 50 > tried or short or not tried else ''}ok 2 - small rosters are the best there are, but for one in fifty in cost")
    print(f"{'not ' if uneven else ''}ok 3 - where nothing stands against it, everybody has as many turns of each class, or one more")
    print("1..3")


main()
