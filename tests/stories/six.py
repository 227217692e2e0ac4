"""six.py - six tamperings by somebody who has the database file, one of them with key and program: what is caught from inside, and what by one head kept outside."""
import base64
import hashlib
import json
import os
import shutil
import sqlite3
import sys

from harness import HERE, ROOT, TODAY, Instance, command, demo_data

sys.path.insert(0, os.path.join(HERE, "../journal"))
import oracle  # noqa: E402  (the second reading of the journal's format)

_made = None
COLUMNS = "tenant, position, op, register, record, definition, actor, unit, effective, entered, fields, seed, leaf"


def opened(data):
    return sqlite3.connect(os.path.join(data, "taizhang.db"), isolation_level=None)


def made():
    """(data as it is now, data of last week, the newest head in a file, the code of the same)."""
    global _made
    if not _made:
        data, week = demo_data(), os.path.join(ROOT, "last-week")
        shutil.copytree(data, week)
        i = Instance(data)
        writer = i.signed_in("linxiao")
        for n in range(14):
            writer.post("/r/finding/new", writer.fill("/r/finding/new", {"f-number": f"WT-6-{n}", "f-found": TODAY, "f-summary": f"第{n}个",
                                                                         "f-grade": "slight", "f-owner": "zhousong"}))
        i.stop()
        db = opened(data)
        note = db.execute("SELECT note FROM head ORDER BY size DESC LIMIT 1").fetchone()[0]
        db.close()
        head = os.path.join(ROOT, "outside-head")
        with open(head, "w") as f:
            f.write(note)
        lines = note.split("\n")
        _made = (data, week, head, f"{lines[1]}-{base64.b64decode(lines[2])[:16].hex()}")
    return _made


def copied(of=None):
    copy = os.path.join(ROOT, "tampered")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(of or made()[0], copy)
    return copy


def inside(data):
    """What the database alone tells: None if all seems well, else the first bad entry's position (-1: none named)."""
    done = command("verify", "--deep", "--json", data=data, status=None)
    if done.returncode == 0:
        return None
    assert done.returncode == 70, (done.returncode, done.stderr[-500:])
    return json.loads(done.stdout)["entry"]


def outside_tells(data):
    """With one head from outside: the code and the checkpoint must both tell."""
    _, _, head, code = made()
    for words in (("--head", head), ("--code", code)):
        done = command("verify", *words, data=data, status=None)
        assert done.returncode == 70, f"{words[0]}: ended with {done.returncode} {done.stdout[-300:]} {done.stderr[-500:]}"


def victim(db):
    """Position and record of the third last new finding."""
    return db.execute("SELECT position, record FROM entry WHERE register = 'finding' AND op = 'add' ORDER BY position DESC LIMIT 1 OFFSET 2").fetchone()


def edit_row(db):
    position, record = victim(db)
    for table in ("r_finding", "h_finding"):
        assert db.execute(f"UPDATE {table} SET f_summary = '改过' WHERE id = ?", (record,)).rowcount >= 1
    return position


def edit_entry(db):
    position, record = victim(db)
    fields = json.loads(db.execute("SELECT fields FROM entry WHERE position = ?", (position,)).fetchone()[0])
    fields["summary"] = "改过"
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert db.execute("UPDATE entry SET fields = ? WHERE position = ?", (text, position)).rowcount == 1
    return position


def sign(seed, message):
    """RFC 8032, section 5.1.6."""
    h = hashlib.sha512(seed).digest()
    a = (int.from_bytes(h[:32], "little") & ((1 << 254) - 8)) | 1 << 254

    def packed(p):
        z = pow(p[2], oracle.P - 2, oracle.P)
        x, y = p[0] * z % oracle.P, p[1] * z % oracle.P
        return (y | (x & 1) << 255).to_bytes(32, "little")
    public = packed(oracle.point_times(a, oracle.BASE))
    r = int.from_bytes(hashlib.sha512(h[32:] + message).digest(), "little") % oracle.L
    first = packed(oracle.point_times(r, oracle.BASE))
    k = int.from_bytes(hashlib.sha512(first + public + message).digest(), "little") % oracle.L
    return first + ((r + k * a) % oracle.L).to_bytes(32, "little")


def recompute(data, db, position):
    """Leaf, subtrees and all later heads computed and signed anew, as somebody with key and program can."""
    parts = open(os.path.join(data, "keys/journal.key")).read().strip().split("+", 4)
    name, seed = parts[2], base64.b64decode(parts[4])[1:]
    row = db.execute(f"SELECT {COLUMNS} FROM entry WHERE position = ?", (position,)).fetchone()
    db.execute("UPDATE entry SET leaf = ? WHERE position = ?", (hashlib.sha256(b"\0" + oracle.leaf_data(row)).digest(), position))
    leaves = [r[0] for r in db.execute("SELECT leaf FROM entry ORDER BY position")]

    def root(a, b):
        if b - a == 1:
            return leaves[a]
        k = oracle.split(b - a)
        return hashlib.sha256(b"\1" + root(a, a + k) + root(a + k, b)).digest()
    for level, number in db.execute("SELECT level, number FROM subtree").fetchall():
        db.execute("UPDATE subtree SET hash = ? WHERE level = ? AND number = ?", (root(number << level, (number + 1) << level), level, number))
    for size, note in db.execute("SELECT size, note FROM head WHERE size > ?", (position,)).fetchall():
        text = note.rsplit("\n\n", 1)[0].split("\n")
        text[2] = base64.b64encode(root(0, size)).decode()
        body = "\n".join(text) + "\n"
        key_id = bytes.fromhex(parts[3])
        signature = base64.b64encode(key_id + sign(seed, body.encode())).decode()
        db.execute("UPDATE head SET note = ? WHERE size = ?", (f"{body}\n\u2014 {name} {signature}\n", size))


def story_nothing_done():
    """the untouched data agrees with its own head and code"""
    data, _, head, code = made()
    assert inside(data) is None
    command("verify", "--head", head, "--code", code, data=data)
    command("verify", "--code", code[:-1], data=data, status=65)
    command("verify", "--head", os.path.join(ROOT, "nothing"), data=data, status=73)


def story_1_a_row():
    """a row edited: caught from inside, the entry named"""
    data = copied()
    db = opened(data)
    position = edit_row(db)
    db.close()
    assert inside(data) == position, (inside(data), position)


def story_2_a_row_and_its_entry():
    """a row and its entry edited: caught from inside, the entry named"""
    data = copied()
    db = opened(data)
    position = edit_row(db)
    edit_entry(db)
    db.close()
    assert inside(data) == position, (inside(data), position)
    outside_tells(data)


def story_3_the_last_ten():
    """the last entries deleted: caught while a newer head is left; with all heads removed too, only from outside"""
    data = copied()
    db = opened(data)
    size = db.execute("SELECT max(position) + 1 FROM entry").fetchone()[0]
    cut = db.execute("SELECT max(size) FROM head WHERE size <= ?", (size - 10,)).fetchone()[0]
    db.execute("DELETE FROM entry WHERE position >= ?", (cut,))
    db.close()
    assert inside(data) is not None, "heads of deleted entries are there"
    db = opened(data)
    db.execute("DELETE FROM head WHERE size > ?", (cut,))
    db.execute("DELETE FROM subtree WHERE ((number + 1) << level) > ?", (cut,))
    db.close()
    command("rebuild", data=data)
    assert inside(data) is None, "from inside a true beginning looks right"
    outside_tells(data)


def story_4_two_swapped():
    """two entries swapped: caught from inside, the first named"""
    data = copied()
    db = opened(data)
    a = victim(db)[0]
    b = a + 1
    db.execute("UPDATE entry SET position = -1 WHERE position = ?", (a,))
    db.execute("UPDATE entry SET position = ? WHERE position = ?", (a, b))
    db.execute("UPDATE entry SET position = ? WHERE position = -1", (b,))
    db.close()
    assert inside(data) == a, (inside(data), a)
    outside_tells(data)


def story_5_all_recomputed():
    """an entry edited, and the whole chain computed and signed again with the key: only from outside"""
    data = copied()
    db = opened(data)
    position = edit_entry(db)
    recompute(data, db, position)
    db.close()
    command("rebuild", data=data)
    assert inside(data) is None, "a recomputed log is right in itself"
    outside_tells(data)


def story_6_last_week():
    """last week's file put back: only from outside"""
    data = copied(made()[1])
    assert inside(data) is None
    outside_tells(data)
