"""api.py - stories of programs: tokens, lists, changes sent twice, versions, problems that point, limits."""
import datetime
import hashlib
import io
import json
import os
import re
import time
import urllib.parse
import uuid

import openpyxl

from harness import TODAY, Instance, command, demo_data, equal, holds, lacks

_instance = None
SECRET = "0" * 64
# Tokens with that secret: days from today on which each begins and ends. Their page makes only such as begin today.
SPANS = {"昨天止": (-30, -1), "今天止": (-30, 0), "今天起": (0, 30), "明天起": (1, 30)}


def here():
    global _instance
    if not _instance:
        data = demo_data()
        path = os.path.join(data, "tokens.csv")
        with open(path, "w") as f:
            f.write("用途,所属人员,可做的事,启用日期,截止日期,校验值\n")
            for name, days in SPANS.items():
                dates = [(datetime.date.fromisoformat(TODAY) + datetime.timedelta(n)).isoformat() for n in days]
                f.write(f"{name},chenyuan,查看,{dates[0]},{dates[1]},{hashlib.sha256(SECRET.encode()).hexdigest()}\n")
        command("import", "token", path, "--reason", "试验", data=data)
        _instance = Instance(data)
    return _instance


def make_token(b, scope=("read", "write"), registers="", until="2027-06-01", name="试验"):
    fields = b.fill("/tokens", {"f-name": name, "f-registers": registers, "f-until": until})
    fields = {k: v for k, v in fields.items() if k != "f-scope"}
    answer = b.send_files("/tokens", {**fields, "f-scope": list(scope)}, [])
    equal(answer.status, 200)
    return re.search(r'<code class="token">([^<]*)</code>', answer.text)[1]


class Program:
    """A client with a token and nothing else."""

    def __init__(self, token):
        self.visitor, self.token = here().visitor(), token

    def ask(self, method, path, body=None, **headers):
        sent = {"Authorization": "Bearer " + self.token, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        answer = self.visitor.send(method, "/api/v1" + path, data, sent)
        answer.json = json.loads(answer.text) if answer.text.strip() else None
        if answer.status >= 400:
            equal(answer.headers["Content-Type"], "application/problem+json", path)
            equal(answer.json["status"], answer.status, path)
        return answer


def program(login="linxiao", **more):
    return Program(make_token(here().signed_in(login), **more))


def person(p, name):
    return p.ask("GET", "/r/person?q=" + urllib.parse.quote(name)).json["records"][0]["id"]


def values(p, number, **more):
    return {"number": number, "found": TODAY, "summary": "走廊堆放杂物", "grade": "slight", "owner": person(p, "周松"), **more}


def story_tokens():
    """a token is shown once, acts for its owner within its scope and registers, and ends when stopped"""
    b = here().signed_in("linxiao")
    token = make_token(b, scope=("read",), registers="finding inspection", name="看板")
    lacks(b.page("/tokens").text, token)
    p = Program(token)
    equal(p.ask("GET", "/me").json["login"], "linxiao")
    equal({r["key"] for r in p.ask("GET", "/registers").json["registers"]}, {"finding", "inspection"})
    equal(p.ask("GET", "/r/finding").status, 200)
    equal(p.ask("GET", "/r/duty").status, 403)
    equal(p.ask("POST", "/r/finding", {"values": {}}).status, 403)
    for bad in (token[:-1] + ("0" if token[-1] != "0" else "1"), "tz_x", "", "tz_" + "0" * 26 + "_" + "0" * 64):
        answer = Program(bad).ask("GET", "/me")
        equal((answer.status, answer.headers["WWW-Authenticate"]), (401, "Bearer"), bad)
    row = re.search(r'<th scope="row"[^>]*>看板</th>.*?action="(/tokens/[^"]*)"', b.page("/tokens").text, re.S)[1]
    csrf = b.page("/tokens").values("/tokens")["csrf"]
    other = here().signed_in("zhousong")
    equal(other.post(row, {"csrf": other.page("/tokens").values("/tokens")["csrf"]}).status, 404, "another's token")
    equal(b.post(row, {"csrf": csrf}).status, 303)
    equal(p.ask("GET", "/me").status, 401)
    fields = b.fill("/tokens", {"f-name": "太久", "f-until": "2099-01-01"})
    equal(b.send_files("/tokens", {**fields, "f-scope": ["read"]}, []).status, 422)
    equal(here().visitor().get("/api/v1/me").status, 401)


def story_token_days():
    """a token is good from its first day to its last and on no other"""
    page = here().signed_in("chenyuan").page("/tokens").text
    for name, good in (("昨天止", False), ("今天止", True), ("今天起", True), ("明天起", False)):
        at = re.search(r'<th scope="row"[^>]*>' + name + r'</th>.*?action="/tokens/([0-9a-z]{26})', page, re.S)[1]
        equal(Program(f"tz_{at}_{SECRET}").ask("GET", "/me").status, 200 if good else 401, name)


def story_records():
    """records are added, read, changed, handled and withdrawn, with versions; a change on an old version is 412"""
    p = program()
    added = p.ask("POST", "/r/finding", {"values": values(p, "WT-API-1")})
    equal(added.status, 201)
    at = added.headers["Location"].removeprefix("/api/v1")
    tag = added.headers["ETag"]
    record = p.ask("GET", at).json
    equal((record["state"], record["values"]["grade"], record["values"]["due"]), ("open", "slight", None))
    equal(record["names"]["owner"], "演示·周松")
    equal(p.ask("PATCH", at, {"values": {"grade": "ordinary"}}).status, 428)
    changed = p.ask("PATCH", at, {"values": {"grade": "ordinary"}}, If_Match=tag)
    equal((changed.status, changed.json["values"]["grade"]), (200, "ordinary"))
    equal(p.ask("PATCH", at, {"values": {"grade": "grave"}}, If_Match=tag).status, 412)
    moved = p.ask("POST", at + "/moves/submit", {"values": {"remedy": "清走", "evidence": "照片1"}}, If_Match=changed.headers["ETag"])
    equal((moved.status, moved.json["state"]), (200, "review"))
    equal(p.ask("POST", at + "/moves/submit", {}, If_Match=moved.headers["ETag"]).status, 409, "from the wrong state")
    equal([s["op"] for s in p.ask("GET", at + "/history").json["steps"]], ["add", "edit", "submit"])
    then = p.ask("GET", f'{at}?known_at={added.json["position"]}').json
    equal((then["state"], then["values"]["grade"]), ("open", "slight"))
    gone = p.ask("POST", at + "/withdraw", {"reason": "试验"}, If_Match=moved.headers["ETag"])
    assert gone.json["withdrawn"]
    equal(p.ask("GET", at + "/proof").json["position"], gone.json["position"])
    equal(p.ask("GET", "/r/finding/" + "0" * 26).status, 404)


def story_sent_twice():
    """a change sent again under its key is answered as done; other content under the same key is refused; another person's key is another key"""
    p, key = program(), uuid.uuid4().hex
    body = {"values": values(p, "WT-API-2")}
    first = p.ask("POST", "/r/finding", body, Idempotency_Key=key)
    again = p.ask("POST", "/r/finding", body, Idempotency_Key=key)
    equal((first.status, again.status), (201, 201))
    equal(first.json["id"], again.json["id"])
    equal(again.headers["Idempotency-Replayed"], "true")
    other = p.ask("POST", "/r/finding", {"values": values(p, "WT-API-3")}, Idempotency_Key=key)
    equal(other.status, 422)
    equal(other.json["errors"][0]["place"], "Idempotency-Key")
    at, tag, key = "/r/finding/" + first.json["id"], first.headers["ETag"], uuid.uuid4().hex
    edit = {"values": {"grade": "ordinary"}}
    one = p.ask("PATCH", at, edit, If_Match=tag, Idempotency_Key=key)
    two = p.ask("PATCH", at, edit, If_Match=tag, Idempotency_Key=key)
    equal((one.status, two.status, one.json["position"], two.json["position"]), (200, 200, one.json["position"], one.json["position"]))
    equal(len(p.ask("GET", at + "/history").json["steps"]), 2)


def story_scopes_reach_everything():
    """a token for one register or for reading only is refused everything else, whatever its owner may"""
    p = program(scope=("read",), registers="finding", name="一本台账")
    owner = program()
    one = owner.ask("GET", "/r/duty?limit=1").json["records"][0]["id"]
    for path in (f"/r/duty/{one}", f"/r/duty/{one}/history", f"/r/duty/{one}/proof", f"/r/duty/{one}/files/photos", "/r/duty", "/r/duty/export", "/registers/duty",
                 "/reports", "/reports/college-year?period=2019"):
        equal(p.ask("GET", path).status, 403, path)
    for path, body in (("/r/finding", {}), ("/files?name=x.txt", {}), ("/r/finding/import?name=x.csv", {}), ("/reports/college-year", {})):
        equal(p.ask("POST", path, body).status, 403, path)
    described = p.ask("GET", "/openapi.json").json
    paths = [q for q in described["paths"] if "duty" in q or "import" in q or "moves" in q]
    equal(paths, [])


def story_files_must_be_ones_own():
    """a stored file cannot be attached by its hash, and what one person sent another cannot use"""
    p, other = program(), program("zhousong", name="别人")
    png = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082")
    sent = p.visitor.send("POST", "/api/v1/files?name=a.png", png, {"Authorization": "Bearer " + p.token})
    equal(sent.status, 201, sent.text)
    file = json.loads(sent.text)["file"]
    for who, value in ((other, file), (p, file.split(" ")[1]), (p, "0" + file[1:] if file[0] != "0" else "1" + file[1:])):
        answer = who.ask("POST", "/r/finding", {"values": values(p, "WT-FILE", photos=[value])})
        equal(answer.json["errors"][0].get("pointer"), "#/values/photos", answer.text)
    equal(p.ask("POST", "/r/finding", {"values": values(p, "WT-FILE", photos=[file])}).status, 201)
    equal(p.visitor.send("POST", "/api/v1/files?name=a.exe", b"MZ" + bytes(600), {"Authorization": "Bearer " + p.token}).status, 422)


def story_problems():
    """every refusal points at what is wrong, in the caller's language"""
    p = program()
    bad = p.ask("POST", "/r/finding", {"values": values(p, "", found="gestern", grade="odd", nothing=1)}, Accept_Language="en")
    equal(bad.status, 422)
    pointers = {e.get("pointer") for e in bad.json["errors"]}
    assert {"#/values/found", "#/values/grade", "#/values/nothing"} <= pointers, pointers
    assert not re.search(r"应为", bad.text), bad.text
    for body, status in ((b"{", 422), (b"[]", 422), (b'{"values":{},"values":{}}', 422), (b'{"odd":1}', 422), (b'{"values":[]}', 422),
                         (b'{"values":{"photos":"x"}}', 422), (b'{"values":{"found":20190101}}', 422), (b'{"effective":"soon"}', 422),
                         (b'{"id":"x","values":{}}', 422), (b"\xff\xfe", 422), (b"[" * 3000, 422)):
        equal(p.ask("POST", "/r/finding", body).status, status, body)
    equal(p.visitor.send("POST", "/api/v1/r/finding", b"{}", {"Authorization": "Bearer " + p.token, "Content-Type": "text/plain"}).status, 415)
    for path, status in (("/r/finding?filter=nothing%3D1", 422), ("/r/finding?limit=0", 422), ("/r/finding?limit=201", 422), ("/r/finding?after=x", 422),
                         ("/r/finding?as_of=x", 422), ("/r/nothing", 404), ("/nothing", 404), ("/r/finding/x", 404)):
        equal(p.ask("GET", path).status, status, path)
    assert p.ask("DELETE", "/r/finding").status in (400, 405), "no such method"
    assert p.ask("POST", "/r/person", {"values": {"name": "x", "kind": "staff", "since": TODAY}}).status == 403
    assert p.ask("POST", "/r/token", {"values": {}}).status in (403, 404), "tokens are made on their page only"


def story_pages_of_lists():
    """a list is paged by cursor without repeating, and asked by condition and by times"""
    p = program()
    seen, after = [], ""
    for _ in range(20):
        page = p.ask("GET", f"/r/duty?limit=100{after}").json
        seen += [r["id"] for r in page["records"]]
        if not page["next"]:
            break
        after = "&after=" + page["next"]
    equal((len(seen), len(set(seen))), (730, 730))
    grave = p.ask("GET", "/r/finding?filter=grade%20%3D%20grave").json["records"]
    assert grave and all(r["values"]["grade"] == "grave" for r in grave)
    equal(p.ask("GET", "/r/finding?known_at=2020-01-01").json["records"], [])
    assert all(r["effective"] <= "2018-12-31" for r in p.ask("GET", "/r/finding?as_of=2018-12-31").json["records"])


def story_session():
    """a signed-in person may read the interface; a change needs the form's token in a header"""
    b = here().signed_in("linxiao")
    equal(b.get("/api/v1/me").status, 200)
    body = json.dumps({"values": {}}).encode()
    equal(b.send("POST", "/api/v1/r/finding", body, {"Content-Type": "application/json"}).status, 403)
    csrf = b.page("/tokens").values("/tokens")["csrf"]
    equal(b.send("POST", "/api/v1/r/finding", body, {"Content-Type": "application/json", "X-CSRF-Token": csrf}).status, 422)


def story_guessed_tokens():
    """tokens that are none are counted together for the address that tries them; a good one from there is still served"""
    p = program(name="好")
    stranger = here().visitor()
    statuses = [stranger.get("/api/v1/me", Authorization=f"Bearer tz_{'x' * 30}{n:06}").status for n in range(400)]
    equal(statuses[0], 401)
    assert statuses[-50:].count(429) > 25, statuses[-50:]  # the rate lets one through now and then
    equal(p.ask("GET", "/me").status, 200)


def story_too_many():
    """too many requests of one token are told to wait; others go on"""
    p, other = program(name="急"), program(name="缓")
    refused = None
    for _ in range(2000):
        answer = p.ask("GET", "/me")
        if answer.status == 429:
            refused = answer
            break
    assert refused, "2,000 requests at once"
    equal(refused.headers["Retry-After"], "1")
    equal(other.ask("GET", "/me").status, 200)


def patiently(p, path):
    """Some forty registers times five words are more than one may ask at once: whoever is told to wait waits."""
    while (answer := p.ask("GET", path)).status == 429:
        time.sleep(int(answer.headers["Retry-After"]))
    return answer


def all_of(p, path, of="records"):
    """Every page of a list."""
    out, after = [], ""
    while after is not None:
        page = patiently(p, path + after).json
        out += page[of]
        after = page["next"] and "&after=" + urllib.parse.quote(page["next"])
    return out


def story_search_of_all():
    """the search finds for each person what the lists of all registers find together, and counts no more than that"""
    quoted = urllib.parse.quote
    people = [program("linxiao"), program("xuran"), program("fangzhou"), program("admin"), program("linxiao", registers="finding inspection")]
    found = []
    for p in people:
        registers = [r["key"] for r in p.ask("GET", "/registers").json["registers"]]
        for word in ("消", "灯", "2019", "admin", "演示"):
            hits = all_of(p, f"/search?q={quoted(word)}&limit=40", "hits")
            made = [(h["register"], h["id"]) for h in hits]
            readable = {(key, r["id"]) for key in registers for r in all_of(p, f"/r/{key}?q={quoted(word)}&limit=200")}
            assert set(made) <= readable, (word, set(made) - readable)
            internal = {key for key, _ in readable - set(made)}
            lacks(" ".join(internal), "finding")
            equal({(k, i) for k, i in readable if k not in internal}, set(made), word)
            equal(len(made), len(set(made)))
            facets = patiently(p, f"/search?q={quoted(word)}").json["facets"]
            equal(sum(r["count"] for r in facets["registers"]), len(hits), word)
            equal(sum(u["count"] for u in facets["units"]), len(hits), word)
            found.append(len(hits))
    assert len(set(found)) > 4 and max(found) > 20, found
    p = people[-1]
    equal({h["register"] for h in all_of(p, "/search?q=2019&limit=200", "hits")} - {"finding", "inspection"}, set())
    assert all(u["name"] is None for u in p.ask("GET", "/search?q=2019").json["facets"]["units"]), "units are outside of the token's registers"
    equal(p.ask("GET", "/search?q=2019&register=duty").status, 403)
    equal(people[1].ask("GET", "/search?q=2019&register=token").status, 404)
    equal(people[1].ask("GET", "/search?q=2019&register=grant").status, 404, "a register that is hidden from him")
    equal(program("linxiao", scope=("write",)).ask("GET", "/search?q=2019").status, 403)


def story_search_keeps_private():
    """what is private is neither found nor quoted, and to those who may not read it not even there"""
    owner, officer = program("xuran"), program("linxiao")
    speaker = person(owner, "许然")
    sent = {"date": TODAY, "kind": "student", "attendances": 1, "speaker": speaker, "topic": "关于琥珀杯的谈话", "partner": "珊瑚同学", "content": "琥珀杯之外还谈到珊瑚"}
    equal(owner.ask("POST", "/r/talk", {"values": sent}).status, 201)
    for p in (owner, officer):
        for word in ("珊瑚", "珊瑚同学"):
            equal(p.ask("GET", "/search?q=" + urllib.parse.quote(word)).json, {"hits": [], "facets": {"at_least": False, "registers": [], "units": []}, "next": None})
        answer = p.ask("GET", "/search?q=" + urllib.parse.quote("琥珀"))
        lacks(answer.text, "珊瑚")
        parts = answer.json["hits"][0]["snippet"]["parts"]
        equal([(x["text"], x["marked"]) for x in parts], [("关于", False), ("琥珀", True), ("杯的谈话", False)])
        equal(p.ask("GET", "/search?q=" + urllib.parse.quote("琥珀 谈话")).json["hits"][0]["snippet"]["parts"][-1], {"text": "谈话", "marked": True})
    html = program("linxiao")
    equal(html.ask("POST", "/r/finding", {"values": values(html, "WT-SNIP", summary="玛瑙<b>&碎了")}).status, 201)
    parts = html.ask("GET", "/search?q=" + urllib.parse.quote("玛瑙")).json["hits"][0]["snippet"]["parts"]
    equal(parts[-1]["text"], "<b>&碎了", "plain text, as it stands")


def story_exports_keep_rights():
    """a file exported as CSV or XLSX, by page and by interface, has the records of the reader's units and no private field that he may not read"""
    admin = program("admin")
    add = lambda register, sent, **whose: admin.ask("POST", "/r/" + register, {"values": sent, **whose}).json["id"]
    ours, theirs = (add("unit", {"name": name, "since": TODAY}) for name in ("导出甲院", "导出乙院"))
    role = add("role", {"name": "本院谈话", "rights": "talk.read talk.private"})
    add("grant", {"person": person(admin, "顾川"), "role": role, "unit": ours, "since": TODAY})
    talk = {"date": TODAY, "kind": "student", "attendances": 1, "speaker": person(admin, "许然")}
    for name, whose in (("石英", {"unit": ours}), ("云母", {"unit": theirs}), ("长石", {})):
        add("talk", {**talk, "topic": name + "的谈话", "partner": name + "同学", "content": "谈到" + name}, **whose)

    def exported(login):
        b, texts = here().signed_in(login), []
        for base in ("/r/talk/export?format=", "/api/v1/r/talk/export?format="):
            texts.append(b.get(base + "csv").text)
            book = openpyxl.load_workbook(io.BytesIO(b.get(base + "xlsx").bytes), read_only=True)
            texts.append("\n".join(",".join(str(c) for c in row) for row in book.active.iter_rows(values_only=True)))
        return texts

    for text in exported("guchuan"):
        for part in ("石英的谈话", "石英同学", "谈到石英"):
            holds(text, part)
        for part in ("云母", "长石", "琥珀"):
            lacks(text, part, "another unit's")
    for text in exported("fangzhou"): # all units, nothing private
        for name in ("石英", "云母", "长石"):
            holds(text, name + "的谈话")
            lacks(text, name + "同学")
            lacks(text, "谈到" + name)
    reader = Program(make_token(here().signed_in("guchuan"), scope=("read",)))
    text = reader.visitor.get("/api/v1/r/talk/export?format=csv", Authorization="Bearer " + reader.token).text
    holds(text, "石英同学")
    lacks(text, "云母")
    equal(here().signed_in("bailu").get("/r/talk/export?format=csv").status, 404)
    equal(program("bailu").visitor.get("/api/v1/r/talk/export").status, 401)


def story_stopped_at_the_limit():
    """a list, search or export that takes too long is stopped: 503 with a sentence that says what to do, on the page as in the interface; what is quick goes on"""
    p, b = program(), here().signed_in("linxiao")
    heavy = urllib.parse.quote(" OR ".join(f"events : q{i}" for i in range(199)))
    paths = [f"/r/duty?filter={heavy}", f"/r/duty/export?format=csv&filter={heavy}"]
    for path in paths:
        equal((b.get("/api/v1" + path).status, b.get(path).status), (200, 200), "within the usual limit")
    here().stop()
    with open(f"{here().data}/taizhang.conf", "a") as f:
        f.write("list_ms = 1\n")
    here().start()
    for path in paths:
        answer = p.ask("GET", path)
        equal((answer.status, answer.json["fault"]), (503, "busy"), path)
        holds(answer.json["errors"][0]["detail"], "查得太久，已停止")
        page = b.get(path)
        equal(page.status, 503, path)
        holds(page.words, "查得太久，已停止；请加上日期、状态或更多的字词，缩小范围")
    quick = {p.ask("GET", "/r/zero_declaration?limit=1").status for _ in range(60)}  # a busy machine may need a millisecond for that, too
    assert 200 in quick, quick
