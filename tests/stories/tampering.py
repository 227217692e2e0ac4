"""tampering.py - after any single value of a journal or projection table is changed in the database, verify names table and row."""
import concurrent.futures
import json
import os
import queue
import shutil
import sqlite3

from harness import TODAY, Instance, command, equal

_data = None


def here():
    """The demonstration data with a report issued and a file stored, so that no table is empty that need not be."""
    global _data
    if not _data:
        i = Instance()
        issue(i)
        b = i.signed_in("linxiao")
        at = b.post("/r/finding/new", b.fill("/r/finding/new", {"f-number": "WT-T-1", "f-found": TODAY, "f-summary": "试", "f-grade": "slight",
                                                                "f-owner": "zhousong"})).headers["Location"]
        b.post(at + "/edit", b.fill(at + "/edit", {"f-summary": "试二"}))
        b.post(at + "/withdraw", {**b.page(at).values("/withdraw"), "reason": "录错了"})
        i.stop()
        _data = i.data
    return _data


def tables():
    return [t["table"] for t in json.loads(command("doctor", "--tables", "--json", data=here()).stdout) if t["kind"] in ("journal", "projection")]


def copied(mark=""):
    copy = here() + "-changed" + mark
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(here(), copy)
    return copy


def other_value(value, declared):
    """A value of the same type that is not this one."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"\x00"
    if isinstance(value, int):
        return value + 1 if value < 2**62 else value - 1
    if isinstance(value, str):
        return value[:-1] + chr(ord(value[-1]) ^ 1) if value and value[-1].isascii() else value + "1"
    return {"INTEGER": 1, "TEXT": "1"}.get(declared.upper(), b"\x01" * 16)


def verified(data, table, what):
    """What verify finds: None if it names the table and a row, else a sentence."""
    done = command("verify", "--deep", "--json", data=data, status=None)
    if done.returncode == 0:
        return f"{table} {what}: not noticed"
    try:
        said = json.loads(done.stdout)
    except ValueError:
        return f"{table} {what}: ended with {done.returncode} and said no JSON: {done.stderr[-300:]!r}"
    if said.get("verified") is not False or said.get("table") != table or not said.get("row"):
        return f"{table} {what}: told as table {said.get('table')!r} row {said.get('row')!r} column {said.get('column')!r} ({done.returncode})"
    return None


def change_each(table, copy):
    """Changes one value of each column, one at a time, in one row; returns what verify failed to tell."""
    path = os.path.join(copy, "taizhang.db")
    missed, tried = [], 0
    with sqlite3.connect(path) as db:
        columns = [(c[1], c[2], c[5]) for c in db.execute(f"PRAGMA table_info({table})")]
        keys = [c[0] for c in columns if c[2]]
        count = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        row = db.execute(f"SELECT * FROM {table} ORDER BY {', '.join(keys)} LIMIT 1 OFFSET ?", (count // 2,)).fetchone()
    db.close()
    if row is None:
        return [], 0
    was = dict(zip([c[0] for c in columns], row))
    where = " AND ".join(f"{k} IS ?" for k in keys)
    for name, declared, _ in columns:
        new = other_value(was[name], declared)
        now = {**was, name: new}
        db = sqlite3.connect(path)
        try:
            changed = db.execute(f"UPDATE {table} SET {name} = ? WHERE {where}", [new] + [was[k] for k in keys]).rowcount
            db.commit()
        except sqlite3.IntegrityError:
            db.rollback() # the database itself refuses
            continue
        finally:
            db.close()
        equal(changed, 1, f"{table}.{name} rows changed")
        tried += 1
        sentence = verified(copy, table, f"{name} {was[name]!r:.60} → {new!r:.60}")
        if sentence:
            missed.append(sentence)
        db = sqlite3.connect(path)
        db.execute(f"UPDATE {table} SET {name} = ? WHERE {where}", [was[name]] + [now[k] for k in keys])
        db.commit()
        db.close()
    return missed, tried


def story_whole():
    """the untouched copy verifies"""
    command("verify", "--deep", data=copied())


def story_single_values():
    """one value of each column of each journal and projection table"""
    missed, tried, empty = [], 0, []
    copies = queue.SimpleQueue()
    for mark in ("-1", "-2"):  # two side by side, each in a copy of its own
        copies.put(copied(mark))

    def change(table):
        copy = copies.get()
        try:
            return change_each(table, copy)
        finally:
            copies.put(copy)

    names = tables()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for table, (found, count) in zip(names, pool.map(change, names)):
            missed += found
            tried += count
            if not count:
                empty.append(table)
    print(f"# {tried} single values changed; empty: {', '.join(empty) or 'none'}")
    assert tried > 300, tried
    assert not missed, f"{len(missed)} of {tried}:\n" + "\n".join(missed)
    for _ in range(2):
        command("verify", "--deep", data=copies.get())


def story_rows():
    """a row taken away or doubled in each journal and projection table"""
    missed = []
    for table in tables():
        copy = copied()
        path = os.path.join(copy, "taizhang.db")
        db = sqlite3.connect(path)
        keys = [c[1] for c in db.execute(f"PRAGMA table_info({table})") if c[5]]
        columns = [c[1] for c in db.execute(f"PRAGMA table_info({table})")]
        count = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        if not count:
            db.close()
            continue
        pick = f"SELECT {', '.join(keys)} FROM {table} ORDER BY {', '.join(keys)} LIMIT 1 OFFSET {count // 2}"
        key = db.execute(pick).fetchone()
        where = " AND ".join(f"{k} IS ?" for k in keys)
        doubled = list(db.execute(f"SELECT * FROM {table} WHERE {where}", key).fetchone())
        at = columns.index(keys[1]) if len(keys) > 1 else 0
        doubled[at] = other_value(doubled[at], "")
        try:
            db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", doubled)
            db.commit()
            db.close()
            missed.append(verified(copy, table, "a row more"))
        except sqlite3.IntegrityError:
            db.close()
        copy = copied()
        db = sqlite3.connect(path)
        db.execute(f"DELETE FROM {table} WHERE {where}", key)
        db.commit()
        db.close()
        missed.append(verified(copy, table, "a row less"))
    missed = [m for m in missed if m]
    assert not missed, "\n".join(missed)


def story_cut_end():
    """the last entry taken away, with everything that follows from it left in place"""
    copy = copied()
    db = sqlite3.connect(os.path.join(copy, "taizhang.db"))
    db.execute("DELETE FROM entry WHERE position = (SELECT max(position) FROM entry)")
    db.commit()
    db.close()
    sentence = verified(copy, "entry", "the last entry less")
    assert not sentence or "not noticed" not in sentence, sentence


def story_wrong_key():
    """a journal signed by another key does not verify"""
    copy, other = copied(), here() + "-other"
    command("init", "--pack", "college", data=other)
    shutil.copy(os.path.join(other, "keys/journal.pub"), os.path.join(copy, "keys/journal.pub"))
    done = command("verify", data=copy, status=None)
    assert done.returncode != 0, "verified with another's key"


def issue(instance):
    """Issues the report of 2019 as the leader; returns its path."""
    leader = instance.signed_in("chenyuan")
    fields = leader.page("/reports/college-year?period=2019").values("/reports/college-year")
    answer = leader.post("/reports/college-year", fields)
    equal(answer.status, 303, answer.words[:500])
    return answer.headers["Location"]


def story_stored_file():
    """a stored file that is altered or gone is told"""
    data = copied()
    folder = os.path.join(data, "files")
    names = [os.path.join(at, n) for at, _, files in os.walk(folder) for n in files]
    assert len(names) >= 3, names
    for name in names:
        content = open(name, "rb").read()
        os.chmod(name, 0o600)
        open(name, "wb").write(content[:-1] + bytes([content[-1] ^ 1]))
        done = command("verify", "--deep", "--json", data=data, status=None)
        assert done.returncode != 0, name + " altered"
        os.remove(name)
        assert command("verify", "--deep", data=data, status=None).returncode != 0, name + " gone"
        open(name, "wb").write(content)
    command("verify", "--deep", data=data)
