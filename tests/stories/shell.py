"""shell.py - stories from the shell: records, tables in and out, the report, verification, self-check."""
import csv
import email
import email.policy
import hashlib
import json
import os
import re
import socket
import threading

from harness import ROOT, TODAY, command, demo_data, equal, holds, lacks

_data = None


def here():
    global _data
    if not _data:
        _data = demo_data()
    return _data


def records(register, *words, data=None):
    return json.loads(command("record", "list", register, "--json", "--limit", "5000", *words, data=data or here()).stdout)


def story_help():
    """every command tells its use in both languages; an unknown one is told with status 64"""
    listed = re.findall(r"(?m)^  (\w+) ", command("--help", lang="en_GB.UTF-8").stdout)
    assert {"init", "serve", "record", "import", "export", "report", "verify", "doctor"} <= set(listed), listed
    for name in listed:
        for lang in ("zh_CN.UTF-8", "en_GB.UTF-8"):
            said = command(name, "--help", lang=lang).stdout
            holds(said, "taizhang " + name)
            if lang[:2] == "en":
                assert not re.search("[一-鿿]", re.sub(r'college …', "", said)), said
    holds(command("nothing", status=64).stderr, "nothing")
    command("record", "list", "finding", "--nothing", data=here(), status=64)
    command("record", "list", data=here(), status=64)
    holds(command("record", "list", "nothing", data=here(), status=64).stderr, "finding")
    command("verify", data=os.path.join(ROOT, "not-there"), status=66)


def story_list():
    """record list filters, looks at a day and at a position of the journal"""
    equal(len(records("finding", "--filter", "found >= 2019-01-01 AND found <= 2019-12-31")), 9)
    equal(len(records("finding", "--filter", 'grade = grave AND found >= 2019-01-01')), 1)
    equal(len(records("finding", "--filter", "state = open", "--as-of", "2019-04-20")) > 0, True)
    equal(len(records("finding", "--known-at", "1")), 0)
    equal(len(records("finding", "--search", "防爆灯具")), 1)
    equal(len(json.loads(command("record", "list", "finding", "--limit", "3", "--json", data=here()).stdout)), 3)
    command("record", "list", "finding", "--filter", "found >= ", data=here(), status=65)
    command("record", "list", "finding", "--as-of", "2019-13-01", data=here(), status=64)
    holds(command("record", "list", "finding", "--limit", "2", data=here()).stdout, "WT20")


def story_add_and_move():
    """record add and move do as the pages do: rights, needs, four eyes, late reason; show tells the history"""
    fields = ["--set", "number=WT-SH-1", "--set", "found=" + TODAY, "--set", "summary=楼梯扶手松动", "--set", "grade=ordinary", "--set", "owner=zhousong"]
    command("record", "add", "finding", *fields, "--as", "fangzhou", data=here(), status=78)
    wrong = command("record", "add", "finding", *fields[:-1], "owner=nobody", "--as", "linxiao", data=here(), status=65)
    holds(wrong.stderr, "owner")
    made = json.loads(command("record", "add", "finding", *fields, "--as", "linxiao", "--json", data=here()).stdout)
    command("record", "add", "finding", *fields, "--as", "linxiao", data=here(), status=65)
    command("record", "move", "finding", made["id"], "submit", "--as", "linxiao", data=here(), status=65)
    command("record", "move", "finding", made["id"], "submit", "--set", "remedy=加固", "--set", "evidence=照片", "--as", "linxiao", data=here())
    command("record", "move", "finding", made["id"], "pass", "--set", "recheck=已看", "--as", "linxiao", data=here(), status=78)
    command("record", "move", "finding", made["id"], "pass", "--as", "chenyuan", data=here(), status=65)
    command("record", "move", "finding", made["id"], "pass", "--set", "recheck=现场看过", "--as", "chenyuan", data=here())
    command("record", "move", "finding", made["id"], "pass", "--set", "recheck=已看", "--as", "qinyue", data=here(), status=68)
    shown = command("record", "show", "finding", made["id"], data=here()).stdout
    for part in ("楼梯扶手松动", "提交复核", "复核通过", "林晓", "陈远"):
        holds(shown, part)
    equal(json.loads(command("record", "show", "finding", made["id"], "--json", data=here()).stdout)["state"], "closed")
    command("record", "show", "finding", "01hzzzzzzzzzzzzzzzzzzzzzzz", data=here(), status=66)
    late = ["--set", "number=WT-SH-2", "--set", "found=2019-05-05", *fields[4:]]
    holds(command("record", "add", "finding", *late, "--as", "linxiao", data=here(), status=65).stderr, "reason")
    command("record", "add", "finding", *late, "--reason", "补录", "--as", "linxiao", data=here())
    equal(records("finding", "--search", "WT-SH-2")[0]["late"], True)


def story_import():
    """import tries first, names the cell, imports whole or not at all, and adds nothing the second time"""
    path = os.path.join(ROOT, "shell.csv")
    with open(path, "w", encoding="gb18030") as f:
        f.write(f"问题编号,发现日期,问题描述,等级,责任人\r\nWT-C-1,{TODAY},门禁失灵,一般,zhousong\r\nWT-C-2,{TODAY},地面湿滑,一般,没有此人\r\n")
    before = len(records("finding"))
    for words in (["--dry-run"], []):
        holds(command("import", "finding", path, *words, "--as", "linxiao", data=here(), status=65).stderr, "E3")
    equal(len(records("finding")), before)
    text = open(path, encoding="gb18030", newline="").read().replace("没有此人", "演示·孟溪")
    open(path, "w", encoding="gb18030", newline="").write(text)
    dry = json.loads(command("import", "finding", path, "--dry-run", "--json", "--as", "linxiao", data=here()).stdout)
    equal((dry["rows"], dry["failed"], dry["dry_run"]), (2, 0, True))
    equal(len(records("finding")), before)
    equal(json.loads(command("import", "finding", path, "--json", "--as", "linxiao", data=here()).stdout)["rows"], 2)
    again = json.loads(command("import", "finding", path, "--json", "--as", "linxiao", data=here()).stdout)
    equal((again["rows"], again["repeated"]), (2, 2))
    equal(len(records("finding")), before + 2)
    command("import", "finding", path + "-not-there", data=here(), status=73)
    command("import", "finding", path, "--as", "fangzhou", data=here(), status=78)


def plain(rows):
    """Records as what an export carries: names instead of ids, without what belongs to the installation."""
    out = []
    for r in rows:
        out.append({k: r.get(k + "_name", v) for k, v in r.items() if k not in ("id", "entered", "position", "late", "unit") and not k.endswith("_name")})
    return sorted(out, key=lambda r: json.dumps(r, ensure_ascii=False, sort_keys=True))


def story_export_and_back():
    """what one installation exports another imports, with the same values"""
    other = os.path.join(ROOT, "other")
    command("init", "--pack", "college", data=other)
    for register, format in (("unit", "csv"), ("person", "xlsx"), ("activity", "csv"), ("inspection", "xlsx"), ("message", "csv"), ("talk", "xlsx")):
        path = os.path.join(ROOT, f"{register}.{format}")
        words = ["--filter", 'login != "admin" OR login = null'] if register == "person" else []
        command("export", register, "--format", format, "-o", path, *words, data=here())
        if register == "unit": # newest first, and those above are older than those under them
            lines = open(path, encoding="utf-8-sig", newline="").read().strip().split("\r\n")
            open(path, "w", encoding="utf-8-sig", newline="").write("\r\n".join([lines[0], *reversed(lines[1:])]) + "\r\n")
        command("import", register, path, "--reason", "迁移", data=other)
        wanted = [r for r in plain(records(register)) if r.get("login") != "admin"]
        got = [r for r in plain(records(register, data=other)) if r.get("login") != "admin"]
        if register == "person":
            for r in wanted + got:
                r.pop("effective")
        equal(got, wanted, register)
    command("verify", "--deep", data=other)


def story_export_guards():
    """an exported cell that a spreadsheet would run as a formula is marked, and comes back as it was"""
    command("record", "add", "activity", "--set", "date=" + TODAY, "--set", "kind=lecture", "--set", "topic==1+1", "--set", "audience=both",
            "--set", "attendances=3", "--set", "speaker=hejing", data=here())
    path = os.path.join(ROOT, "guard.csv")
    command("export", "activity", "-o", path, "--filter", 'date = ' + TODAY, data=here())
    with open(path, encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    topic = [r["主题"] for r in rows if "1+1" in r["主题"]][0]
    assert not topic.startswith("="), topic
    other = os.path.join(ROOT, "other")
    command("import", "activity", path, "--reason", "迁移", data=other)
    equal([r["topic"] for r in records("activity", "--search", "1+1", data=other)], ["=1+1"])


def story_report():
    """the report of 2019 in four formats, twice the same bytes, and with the numbers of the year"""
    for format in ("md", "html", "docx", "pdf"):
        digests = set()
        for n in (1, 2):
            path = os.path.join(ROOT, f"report-{n}.{format}")
            command("report", "college-year", "--period", "2019", "--format", format, "-o", path, data=demo_2019())
            content = open(path, "rb").read()
            digests.add(hashlib.sha256(content).hexdigest())
            begin = {"pdf": b"%PDF-", "docx": b"PK\x03\x04"}.get(format)
            assert not begin or content.startswith(begin), content[:20]
            if format in ("md", "html"):
                text = re.sub(r"<[^>]*>", "", content.decode())
                for part in ("发现问题9项，解决9项", "教职工总数31人", "突破400人", "近1000人次", "6场次"):
                    holds(text, part, format)
        equal(len(digests), 1, format + ": different bytes")
    command("report", "nothing", "--period", "2019", data=here(), status=64)
    command("report", "college-year", "--period", "20x9", data=here(), status=65)


_demo = None


def demo_2019():
    global _demo
    if not _demo:
        _demo = demo_data()
    return _demo


def story_verify():
    """verify --deep passes, tells how much it looked at, and writes nothing"""
    database = os.path.join(here(), "taizhang.db")
    entries = json.loads(command("verify", "--json", data=here()).stdout)["entries"]
    said = json.loads(command("verify", "--deep", "--json", data=here()).stdout)
    equal((said["verified"], said["differences"], said["entries"]), (True, 0, entries))
    assert said["rows"] > 1000 and said["tables"] > 20, said
    digest = hashlib.sha256(open(database, "rb").read()).hexdigest()
    command("verify", "--deep", data=here())
    equal(hashlib.sha256(open(database, "rb").read()).hexdigest(), digest, "the database after verify")


def story_due():
    """a term at the shell: explained day by day with its sources, with events from a file or standard input, and by the calendar that was known on a day"""
    plain = lambda *words, **more: command("due", *words, **more).stdout.splitlines()
    lines = plain("disclosure.answer", "--from", "2024-09-20", "--explain")
    equal(lines[0], "2024-10-23")
    days = [line.split("  ", 2) for line in (l.strip() for l in lines) if re.match(r"2024-\d\d-\d\d 周", line)]
    counted = [l for l in lines if re.search(r"第 \d+ 个工作日", l)]
    equal((len(counted), counted[-1].split()[0]), (20, "2024-10-23"))
    assert len(days) >= 35, f"a day is left out: {days}"
    holds(next(l for l in lines if "2024-10-01" in l), "法定节假日：国庆节，不计入  （http")
    holds(next(l for l in lines if "2024-09-29" in l), "（调休上班）  （http")
    lacks("\n".join(plain("disclosure.answer", "--from", "2024-09-20")), "第 1 个工作日")
    events = [{"at": "2024-10-08", "kind": "suspend", "reason": "third-party"}, {"at": "2024-10-18", "kind": "resume"}]
    path = os.path.join(ROOT, "events.json")
    with open(path, "w") as f:
        json.dump(events, f)
    equal(plain("disclosure.answer", "--from", "2024-09-20", "--events", path)[0], "2024-11-05")
    with_start = json.dumps([{"at": "2024-09-20", "kind": "start"}, *events[:1]])
    asked = json.loads(command("due", "disclosure.answer", "--events", "-", "--explain", "--json", stdin=with_start).stdout)
    equal((asked["due"], asked["consumed"], asked["remaining"]), (None, 8, 12))
    holds(asked["steps"][-1]["text"], "自 2024-10-08 起中止（征求第三方意见），尚未恢复：已用 8，尚余 12")
    holds(command("due", "disclosure.answer", "--from", "2024-09-20", "--events", "-", stdin='[{"at":"2024-10-08","kind":"resume"}]', status=65).stderr, "events[0]: 期限没有中止")
    holds(command("due", "disclosure.answer", "--from", "2024-09-20", "--events", path + ".none", status=None).stderr, "文件无法读取")
    may = ("rectification", "--from", "2019-04-26", "--length", "4wd")  # the second notice of 2019 made Sunday the 28th a working day, and 2 and 3 May days off
    equal((plain(*may)[0], plain(*may, "--calendar-as-of", "2019-03-21")[0]), ("2019-05-05", "2019-05-03"))
    holds(command("due", *may, "--calendar-as-of", "2019-02-30", status=64).stderr, "--calendar-as-of: 应为日期")
    holds(command("due", *may, "--calendar-as-of", "2019-03-21", data=here(), status=64).stderr, "与 --data 不能同时使用")


def story_doctor():
    """doctor lists what is wrong with its mend, and each table with its kind"""
    found = json.loads(command("doctor", "--json", data=here()).stdout)
    assert all({"good", "what", "state", "mend"} <= set(f) for f in found) and len(found) >= 4, found
    os.chmod(os.path.join(here(), "keys/journal.key"), 0o644)
    holds(command("doctor", "--json", data=here(), status=73).stderr, "chmod 600")
    os.chmod(os.path.join(here(), "keys/journal.key"), 0o600)
    tables = json.loads(command("doctor", "--tables", "--json", data=here()).stdout)
    assert {t["kind"] for t in tables} == {"journal", "projection", "work"}
    assert {"entry", "subtree", "head", "r_finding", "h_finding", "definition"} <= {t["table"] for t in tables}


def story_keys_are_private():
    """the key, the sign-ins and the database are for their owner only"""
    for name in ("keys/journal.key", "demo-signin.txt"):
        equal(os.stat(os.path.join(here(), name)).st_mode & 0o077, 0, name)
    for name in ("", "keys", "files"):
        equal(os.stat(os.path.join(here(), name)).st_mode & 0o777, 0o700, name)
    command("init", "--pack", "college", data=here(), status=67)


def take_one_mail(listener, got):
    """A mail server for one message, over the real protocol."""
    talk, _ = listener.accept()
    lines = talk.makefile("rb")
    talk.sendall(b"220 here\r\n")
    content = False
    for line in lines:
        got.append(line.decode())
        if content and line != b".\r\n":
            continue
        answer = b"354 go on\r\n" if line.startswith(b"DATA") else b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 ok\r\n"
        content = line.startswith(b"DATA")
        talk.sendall(answer)
        if line.startswith(b"QUIT"):
            break
    talk.close()


def story_mail_settings_are_tried():
    """mail-test says that no server is set, what is wrong with one, and sends one message that can be read"""
    data = demo_data()
    holds(command("mail-test", "lin@example.cn", data=data, status=None).stderr, "没有设置发信服务器")
    listener = socket.create_server(("127.0.0.1", 0))
    got = []
    server = threading.Thread(target=take_one_mail, args=(listener, got))
    server.start()
    with open(f"{data}/taizhang.conf", "a") as conf:
        conf.write(f"mail_server = smtp://127.0.0.1:{listener.getsockname()[1]}\nmail_from = tz@example.cn\nmail_plain = yes\n")
    holds(command("mail-test", "lin@example.cn", data=data).stdout, "已收下")
    server.join(20)
    listener.close()
    message = email.message_from_string("".join(got[got.index("DATA\r\n") + 1:]), policy=email.policy.default)
    holds(message["Subject"], "台账的发信测试")
    holds(message.get_content(), "说明发信设置是对的")
    equal(message["Auto-Submitted"], "auto-generated")
    holds(command("mail-test", "not an address", data=data, status=None).stderr, "不是邮件地址")
    holds(command("mail-test", "lin@example.cn", data=data, status=None).stdout, "没有送出")
