"""both.py - stories of two databases: the same records give the same bytes, the same hits, and a changed value is noticed in PostgreSQL, too.

Told only where TAIZHANG_TEST_POSTGRES names a server (tests/postgres/run)."""
import csv
import io
import json
import os
import random
import re
import shutil
import subprocess
import uuid

import harness
from harness import TODAY, Instance, command, equal

DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def psql(i, sql):
    with open(os.path.join(i.data, "taizhang.conf")) as f:
        address = re.search(r"^store = (.*)$", f.read(), re.M)[1]
    return subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", address, "-c", sql], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True).stdout


def sqlite_instance():
    """An installation with a file, although this run's others are on PostgreSQL."""
    data = os.path.join(harness.ROOT, "sqlite-" + uuid.uuid4().hex[:8])
    command("init", "--pack", "college", "--demo", data=data)
    return Instance(data)


def program(i):
    b = i.signed_in("linxiao")
    fields = {k: v for k, v in b.fill("/tokens", {"f-name": "两库", "f-until": "2027-06-01"}).items() if k != "f-scope"}
    token = re.search(r'<code class="token">([^<]*)<', b.send_files("/tokens", {**fields, "f-scope": ["read", "write"]}, []).text)[1]

    def ask(method, path, body=None):
        sent = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
        answer = b.send(method, "/api/v1" + path, json.dumps(body).encode() if body is not None else None, sent)
        assert answer.status < 300, answer.text
        return json.loads(answer.text)
    return ask


def plain(data, *words):
    """An export less the column that says when each row was entered."""
    path = os.path.join(harness.ROOT, uuid.uuid4().hex + ".csv")
    command("export", *words, "--format", "csv", "-o", path, data=data)
    with open(path, encoding="utf-8-sig", newline="") as f:
        rows = list(csv.reader(f))
    left_out = {rows[0].index("录入时间")}
    out = io.StringIO()
    csv.writer(out).writerows([[c for k, c in enumerate(r) if k not in left_out] for r in rows])
    return out.getvalue()


def story_same_bytes():
    """the same records in SQLite and PostgreSQL give the same exports, lists, hits and pages, byte for byte"""
    both = [sqlite_instance(), Instance()]
    asks = [program(i) for i in both]
    chance = random.Random(20190301)
    words = ["消防通道堆放杂物", "灯不亮", "Fire door 坏了", "配电箱未上锁", "a_b%c", "气瓶没有固定", "'quoted' \"twice\"", "通道", "ÄÖ 消防"]
    owners = [ask("GET", "/r/person?q=%E5%91%A8%E6%9D%BE")["records"][0]["id"] for ask in asks]
    for n in range(60):
        id = "".join(chance.choice(DIGITS) for _ in range(25))
        values = {"number": f"B-{n:03}", "found": f"2026-{chance.randint(9, 11):02}-{chance.randint(1, 20):02}", "summary": chance.choice(words) + (f" {n}" if n % 3 else ""),
                  "grade": chance.choice(["grave", "ordinary", "slight"]), "remedy": chance.choice([None, "清走", "更换\n第二行"])}
        for ask, owner in zip(asks, owners):
            ask("POST", "/r/finding", {"id": "0" + id, "values": {**values, "owner": owner}, "reason": "两库对照"})
    for i in both:
        i.stop()
    for filter in ("number : \"B-\"", "number : \"B-\" AND summary : \"消防\"", "number : \"B-\" AND NOT (grade = slight OR remedy = null)",
                   "number : \"B-\" AND found >= 2026-10-05 AND summary > \"a\"", "remedy : \"\\n\""):
        one, two = (plain(i.data, "finding", "--filter", filter) for i in both)
        assert one == two, f"{filter}\n{one[:600]}\n{two[:600]}"
        assert filter.startswith("remedy") or one.count("\n") > 2, filter
    for search in ("消", "消防", "通道", "fire", "a", "二行", "防火", "B", "杂物 通道"):
        hits = [sorted(r["number"] for r in json.loads(command("record", "list", "finding", "--search", search, "--limit", "1000", "--json", data=i.data).stdout)) for i in both]
        equal(hits[0], hits[1], search)
    for register in ("activity", "material", "duty", "headcount", "inspection"):
        one, two = (sorted(plain(i.data, register).split("\n")) for i in both)
        assert one == two, register
    years = [command("report", "college-year", "--period", "2019", "--format", "md", "-o", "-", data=i.data).stdout for i in both]
    strip = lambda t: re.sub(r"核验码.*|日志第\d+条", "", t)
    equal(strip(years[0]), strip(years[1]), "the year's report")


def story_changed_values():
    """one value changed behind the program in any table of PostgreSQL is noticed, with table and row"""
    i = Instance()
    b = i.signed_in("linxiao")
    b.post("/r/finding/new", b.fill("/r/finding/new", {"f-number": "WT-T-1", "f-found": TODAY, "f-summary": "试", "f-grade": "slight", "f-owner": "zhousong"}))
    i.stop()
    equal(command("verify", "--deep", data=i.data).returncode, 0)
    chance = random.Random(7)
    tables = [t["table"] for t in json.loads(command("doctor", "--tables", "--json", data=i.data).stdout) if t["kind"] in ("journal", "projection")]
    tried = 0
    for table in tables:
        columns = [line.split("|") for line in psql(i, f"SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{table}'").split()]
        full = [c for c in columns if psql(i, f'SELECT count("{c[0]}") FROM "{table}"').strip() != "0"]
        if not full:
            continue
        name, kind = chance.choice(full)
        row = psql(i, f'SELECT ctid FROM "{table}" WHERE "{name}" IS NOT NULL LIMIT 1').strip()
        other = {"bigint": f'"{name}" + 1', "text": f"\"{name}\" || 'x'", "bytea": f'set_byte("{name}", 0, (get_byte("{name}", 0) + 1) % 256)'}[kind]
        psql(i, f'CREATE TABLE kept AS SELECT * FROM "{table}"')
        try:
            psql(i, f"UPDATE \"{table}\" SET \"{name}\" = {other} WHERE ctid = '{row}'")
        except subprocess.CalledProcessError:
            psql(i, "DROP TABLE kept")
            continue # the database itself refuses
        done = command("verify", "--deep", "--json", data=i.data, status=None)
        said = json.loads(done.stdout)
        assert done.returncode and said["table"] == table and said["row"], f"{table}.{name}: {done.stdout[:300]}"
        psql(i, f'DELETE FROM "{table}"; INSERT INTO "{table}" SELECT * FROM kept; DROP TABLE kept')
        tried += 1
    assert tried > 15, tried
    equal(command("verify", "--deep", data=i.data).returncode, 0)
    equal(command("rebuild", data=i.data).returncode, 0)
    equal(command("verify", "--deep", data=i.data).returncode, 0)


def story_one_writer():
    """while a server writes, a second one on the same database may read but not write; a server whose connections were cut goes on"""
    i = Instance()
    b = i.signed_in("linxiao")
    other = i.data + "-second"
    shutil.copytree(i.data, other)
    equal(command("record", "list", "finding", data=other).returncode, 0, "reading is free")
    b.post("/r/finding/new", b.fill("/r/finding/new", {"f-number": "WT-FIRST", "f-found": TODAY, "f-summary": "先写", "f-grade": "slight", "f-owner": "zhousong"}))
    done = command("record", "add", "finding", "--set", "number=WT-2ND", "--set", "found=" + TODAY, "--set", "summary=抢写", "--set", "grade=slight", "--set",
                   "owner=zhousong", data=other, status=None)
    equal(done.returncode, 75, "only one writes changes")
    psql(i, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
    for _ in range(5):
        try:
            b = i.signed_in("linxiao")
            break
        except AssertionError:
            pass # readers that were cut are told once and made again
    at = b.post("/r/finding/new", b.fill("/r/finding/new", {"f-number": "WT-CUT", "f-found": TODAY, "f-summary": "断线之后", "f-grade": "slight", "f-owner": "zhousong"}))
    equal(at.status, 303)
    i.stop()
    equal(command("verify", "--deep", data=i.data).returncode, 0)
