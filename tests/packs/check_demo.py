"""check_demo.py - holds the demonstration files to what the import cannot know: working days, marked people, the generated roster. Speaks TAP.

    check_demo.py TOP-OF-THE-SOURCES
"""
import csv
import datetime
import os
import subprocess
import sys
import tempfile

TOP = sys.argv[1]
FOLDER = os.path.join(TOP, "src/packs/college/demo")
sys.path.insert(0, os.path.join(TOP, "tools"))
sys.dont_write_bytecode = True
import demo  # noqa: E402
import make_demo_duty as duty  # noqa: E402

# Saturdays and Sundays that were worked for a holiday.
WORKED = {"2018-02-11", "2018-02-24", "2018-04-08", "2018-04-28", "2018-09-29", "2018-09-30", "2018-12-29", "2019-02-02", "2019-02-03",
          "2019-04-28", "2019-05-05", "2019-09-29", "2019-10-12"}
# Registers whose work is done on working days, with the columns that say when.
OFFICE = {"inspection": ["检查日期"], "finding": ["发现日期", "办理日期"], "concern": ["提出日期", "办理日期"], "activity": ["开展日期"],
          "material": ["发放日期"], "talk": ["谈话日期"], "responsibility": ["起始日期"]}


def rows(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, strict=True))


MANIFEST = list(demo.read_manifest(os.path.join(FOLDER, "manifest.txt")))


def every_file_is_listed_once():
    listed = [name for _, name, _, _, _ in MANIFEST]
    there = [name for name in os.listdir(FOLDER) if name.endswith(".csv")]
    return [f"{name}: not once in manifest and folder" for name in set(listed + there) if listed.count(name) != 1 or name not in there]


def work_is_on_working_days():
    wrong = []
    for register, name, _, _, _ in MANIFEST:
        for row in rows(name):
            for column in OFFICE.get(register, []):
                if column not in row:
                    continue
                day = datetime.date.fromisoformat(row[column])
                if (day.weekday() > 4 and row[column] not in WORKED) or duty.within(day, duty.HOLIDAYS):
                    wrong.append(f"{name}: {row[column]} is no working day")
    return wrong


def rows_lie_in_the_year_of_their_file():
    wrong = []
    for _, name, _, _, _ in MANIFEST:
        if not name[:4].isdigit():
            continue
        for row in rows(name):
            wrong += [f"{name}: {cell}" for column, cell in row.items() if column != "整改期限" and len(cell) == 10 and cell[4] == cell[7] == "-" and cell[:4] != name[:4]]
    return wrong


def people_are_marked():
    return [row["姓名"] for row in rows("people.csv") if not row["姓名"].startswith("演示·") or row["演示人员"] != "是"]


def roster_is_the_generated_one():
    with tempfile.TemporaryDirectory() as made:
        subprocess.run([sys.executable, os.path.join(TOP, "tools/make_demo_duty.py"), made], check=True)
        wrong = []
        for name in sorted(os.listdir(made)):
            with open(os.path.join(made, name), "rb") as a, open(os.path.join(FOLDER, name), "rb") as b:
                if a.read() != b.read():
                    wrong.append(f"{name}: not what tools/make_demo_duty.py writes")
        return wrong


def main():
    checks = [every_file_is_listed_once, work_is_on_working_days, rows_lie_in_the_year_of_their_file, people_are_marked, roster_is_the_generated_one]
    print(f"1..{len(checks)}")
    failed = 0
    for number, check in enumerate(checks, 1):
        wrong = check()
        for remark in wrong:
            print("#", remark)
        failed += bool(wrong)
        print("not ok" if wrong else "ok", number, check.__name__)
    return 1 if failed else 0


sys.exit(main())
