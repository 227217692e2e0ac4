"""stories.py - runs the stories of the files named (without names: of all) and prints TAP.

Several files are told side by side, each by a process of its own: a story waits much and computes little."""
import concurrent.futures
import importlib
import os
import re
import subprocess
import sys
import time
import traceback

import harness

# The longest first, so that none is left to run alone at the end.
FILES = ("tampering", "clocks", "crash", "mail", "channels", "returns", "rosters", "boxes", "imports", "webhooks", "pages", "files", "history", "api", "forms", "access", "inspections", "local", "shell", "bundles", "backups", "incidents", "six")
SIDE_BY_SIDE = 3


def tell(number, name, story):
    try:
        story()
    except harness.NotTold as why:
        print(f"ok {number} - {name} # SKIP {why}")
        return True
    except Exception:  # whatever it is, the story failed, and the next one is told
        print(f"not ok {number} - {name}")
        for line in traceback.format_exc().rstrip().split("\n"):
            print("# " + line[:2000])
        return False
    print(f"ok {number} - {name}")
    return True


def tell_file(file):
    good, number = True, 0
    for number, story in enumerate(harness.stories_of(importlib.import_module(file)), 1):
        good = tell(number, f"{file}: {story.__doc__.strip()}", story) and good
        sys.stdout.flush()
    harness.close_all()
    print(f"1..{number}")
    return 0 if good and number else 1


def run_file(file):
    """The file's output and status, told by a process of its own."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-B", __file__, file], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return file, done.stdout, done.returncode, time.monotonic() - began


def tell_files(files):
    """Each file's lines as they come, numbered through. A file that ended without its plan is a failure of its own."""
    good, number = True, 0
    harness.make_template()
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for job in concurrent.futures.as_completed([pool.submit(run_file, file) for file in files]):
            file, text, status, seconds = job.result()
            good = good and not status
            whole = re.search(r"(?m)^1\.\.\d+$", text) is not None
            for line in text.splitlines():
                told = re.match(r"(not ok|ok) \d+( .*)", line)
                number += bool(told)
                if not re.match(r"1\.\.\d+$", line):
                    print(f"{told[1]} {number}{told[2]}" if told else line if line.startswith("#") else "# " + line)
            if not whole:
                number, good = number + 1, False
                print(f"not ok {number} - {file}: ended with {status} before its last story")
            print(f"# {file}: {seconds:.0f} s", flush=True)
    print(f"1..{number}")
    return 0 if good and number else 1


def main(names):
    for file in names:
        if file not in FILES + ("both",):
            raise SystemExit(f"stories: no file '{file}' ({', '.join(FILES)}, both)")
    return tell_file(names[0]) if len(names) == 1 else tell_files(names or FILES)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    finally:
        harness.close_all(last=True)
