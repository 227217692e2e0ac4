#!/usr/bin/env python3
"""An independent reading of the journal, written from RFC 6962, RFC 8032, the C2SP documents and docs/why/0002-journal-format.md only.

  oracle.py tree N              roots, inclusion and consistency proofs of a tree of N made-up leaves, a line each
  oracle.py verify DB KEYLINE   every entry, head and subtree of a database; prints "entries heads", or fails
"""
import base64, datetime, hashlib, json, random, sqlite3, sys


def sha(b):
    return hashlib.sha256(b).digest()


# RFC 6962, section 2.1
def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


memo = {}


def mth(d, a, b):
    if a == b:
        return sha(b"")
    if b - a == 1:
        return sha(b"\0" + d[a])
    if (a, b) not in memo:
        k = split(b - a)
        memo[a, b] = sha(b"\1" + mth(d, a, a + k) + mth(d, a + k, b))
    return memo[a, b]


def path(m, d, a, b):
    if b - a == 1:
        return []
    k = split(b - a)
    if m < k:
        return path(m, d, a, a + k) + [mth(d, a + k, b)]
    return path(m - k, d, a + k, b) + [mth(d, a, a + k)]


def subproof(m, d, a, b, whole):
    if m == b - a:
        return [] if whole else [mth(d, a, b)]
    k = split(b - a)
    if m <= k:
        return subproof(m, d, a, a + k, whole) + [mth(d, a + k, b)]
    return subproof(m - k, d, a + k, b, False) + [mth(d, a, a + k)]


def tree(n):
    d = [b"leaf %d" % i for i in range(n)]
    rng = random.Random(6962)
    out = []
    for size in range(n + 1):
        out.append("root %d %s" % (size, mth(d, 0, size).hex()))
    for size in range(1, n + 1):
        spots = range(size) if size <= 40 else sorted({0, size - 1, *(rng.randrange(size) for _ in range(4))})
        for i in spots:
            out.append(" ".join(["in", str(i), str(size), *(p.hex() for p in path(i, d, 0, size))]))
            out.append(" ".join(["con", str(i + 1), str(size), *(p.hex() for p in subproof(i + 1, d, 0, size, True))]))
    print("\n".join(out))


# RFC 8032, section 5.1, as plain as it gets
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)


def point_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * I % P
    if (x * x - x2) % P:
        raise ValueError("not a point")
    return P - x if x & 1 != sign else x


def point_read(b):
    n = int.from_bytes(b, "little")
    y = n & ((1 << 255) - 1)
    x = point_x(y, n >> 255)
    return (x, y, 1, x * y % P)


def point_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_times(s, p):
    q = (0, 1, 1, 0)
    while s:
        if s & 1:
            q = point_add(q, p)
        p = point_add(p, p)
        s >>= 1
    return q


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (point_x(BASE_Y, 0), BASE_Y, 1, point_x(BASE_Y, 0) * BASE_Y % P)


def ed25519_holds(public, message, signature):
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = point_times(s, BASE), point_add(point_read(signature[:32]), point_times(h, point_read(public)))
    return s < L and (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# docs/why/0002-journal-format.md
def lv(text):
    b = text.encode()
    return bytes([len(b)]) + b


def optional(b):
    return b"\0" if b is None else b"\1" + b


def leaf_data(row):
    tenant, position, op, register, record, definition, actor, unit, effective, entered, fields, seed, _ = row
    values = json.loads(fields)
    leaves = []
    for key in sorted(values):
        v = values[key]
        tagged = b"n" if v is None else b"t" + v.encode() if isinstance(v, str) else b"i" + v.to_bytes(8, "big", signed=True)
        salt = sha(seed + key.encode())[:16]
        leaves.append(salt + key.encode() + b"\0" + tagged)
    memo.clear()
    root = mth(leaves or [sha(seed)[:16]], 0, max(len(leaves), 1))
    day = None
    if effective is not None:
        day = (datetime.date.fromisoformat(effective) - datetime.date(1970, 1, 1)).days.to_bytes(4, "big", signed=True)
    return (b"\1" + tenant.to_bytes(8, "big") + position.to_bytes(8, "big") + lv(op) + lv(register) + record + definition + optional(actor)
            + optional(unit) + optional(day) + entered.to_bytes(8, "big") + len(leaves).to_bytes(2, "big") + root)


def note_open(note, name, public):
    text, signatures = note.rsplit("\n\n", 1)
    text += "\n"
    key_id = sha(name.encode() + b"\n\1" + public)[:4]
    for line in signatures.splitlines():
        dash, who, b64 = line.split(" ")
        raw = base64.b64decode(b64, validate=True)
        if dash == "\u2014" and who == name and raw[:4] == key_id and ed25519_holds(public, text.encode(), raw[4:]):
            return text.splitlines()
    raise ValueError("no signature")


def verify(path_, keyline):
    db = sqlite3.connect("file:%s?mode=ro" % path_, uri=True)
    name, _, b64 = keyline.split("+", 2)
    public = base64.b64decode(b64)[1:]
    entries = heads = 0
    for (tenant,) in db.execute("select distinct tenant from entry order by 1").fetchall():
        data, entered = [], []
        for row in db.execute("select tenant, position, op, register, record, definition, actor, unit, effective, entered, fields, seed, leaf"
                              " from entry where tenant = ? order by position", (tenant,)):
            assert row[1] == len(data)
            data.append(leaf_data(row))
            entered.append(row[9])
            assert sha(b"\0" + data[-1]) == row[12], row[1]
        memo.clear()
        log, before = name if tenant == 1 else "%s/%d" % (name, tenant), 0
        for size, note in db.execute("select size, note from head where tenant = ? order by size", (tenant,)):
            lines = note_open(note, log, public)
            assert lines == [log, str(size), base64.b64encode(mth(data, 0, size)).decode(), "entered %d" % entered[size - 1], "previous %d" % before]
            before, heads = size, heads + 1
        assert before == len(data)
        subtrees = {(l, n): h for l, n, h in db.execute("select level, number, hash from subtree where tenant = ?", (tenant,))}
        wanted = {(l, n): mth(data, n << l, (n + 1) << l) for l in (8, 16, 24) for n in range(len(data) >> l)}
        assert subtrees == wanted
        entries += len(data)
    print(entries, heads)


if __name__ == "__main__":
    if sys.argv[1] == "tree":
        tree(int(sys.argv[2]))
    else:
        verify(sys.argv[2], sys.argv[3])
