"""stories.py - runs the stories of the files named (without names: of all) and prints TAP."""
import importlib
import sys
import traceback

import harness

FILES = ("pages", "files", "history", "api", "webhooks", "imports", "forms", "clocks", "mail", "channels", "rosters", "access", "local", "shell", "tampering", "bundles", "backups", "six", "crash")


def tell(number, name, story):
    try:
        story()
    except Exception:  # whatever it is, the story failed, and the next one is told
        print(f"not ok {number} - {name}")
        for line in traceback.format_exc().rstrip().split("\n"):
            print("# " + line[:2000])
        return False
    print(f"ok {number} - {name}")
    return True


def main(names):
    good = True
    number = 0
    for file in names or FILES:
        if file not in FILES + ("both",):
            raise SystemExit(f"stories: no file '{file}' ({', '.join(FILES)}, both)")
        module = importlib.import_module(file)
        for story in harness.stories_of(module):
            number += 1
            good = tell(number, f"{file}: {story.__doc__.strip()}", story) and good
            sys.stdout.flush()
        harness.close_all()
    print(f"1..{number}")
    return 0 if good and number else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    finally:
        harness.close_all(last=True)
