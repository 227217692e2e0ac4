"""inspections.py - stories of inspections: a walk on a phone, findings extended, rechecked and transferred, what a unit finds by itself, hazards."""
import datetime
import json
import re

from clocks import add
from harness import TODAY, equal, here, holds, lacks

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082")
ROOM = "演示·实验楼301室"


def day(n):
    return (datetime.date.fromisoformat(TODAY) + datetime.timedelta(n)).isoformat()


def id_of(b, register, name):
    """The record of that name, by the list's link to it."""
    text = b.page(f"/r/{register}").text
    found = re.search(rf'<a href="/r/{register}/(\w{{26}})[^"]*">{re.escape(name)}<', text)
    assert found, f"{register} lists no {name}"
    return found[1]


def move(b, register, record, key, status=303, **values):
    at = f"/r/{register}/{record}"
    page = b.page(at)
    action = f"{at}/move/{key}"
    fields = {**(page.values(action) if action in page.text else {"csrf": page.values("/signout")["csrf"]}), **{f"m-{key}-{k}": v for k, v in values.items()}}
    answer = b.post(action, fields)
    equal(answer.status, status, answer.words[:600])
    return answer


def finding(b, number, **more):
    return add(b, "finding", {"number": number, "found": TODAY, "summary": f"问题{number}", "grade": "ordinary", "owner": "演示·林晓", **more})


def answers(b, at, bad=()):
    """The form of a walk, all items good but those numbered in `bad`."""
    page = b.page(at)
    fields = {k: v for k, v in page.values("/inspect/" + at.split("/")[2].split("?")[0]).items() if not k.endswith("-result") or k.startswith("f-")}
    for n in range(1, page.text.count('class="item') + 1):
        fields[f"i-{n}-result"] = "bad" if n in bad else "good"
    return fields


def walk_of(b, name=ROOM, checklist="示例·实验室逐项检查"):
    return f"/inspect/{id_of(b, 'checklist', checklist)}?place={id_of(b, 'place', name)}"


def story_due():
    """what plans ask for is listed with its date, moves when the place is inspected, and comes back when the inspection is withdrawn"""
    b = here().signed_in("linxiao")
    rows = [r for r in b.page("/inspections").rows() if r[1] == ROOM]
    equal([(r[0], r[5]) for r in rows], [("2020-01-20", "—")])
    holds(b.page("/today").words, ROOM)
    lacks(here().signed_in("chenyuan").page("/today").words, ROOM, "another's Today")
    at = walk_of(b)
    sent = b.send_files(at.split("?")[0], answers(b, at), [])
    equal(sent.status, 303, sent.words[:600])
    row = [r for r in b.page("/inspections").rows() if r[1] == ROOM][0]
    equal(row[5], TODAY)
    assert day(27) < row[0] < day(32), row
    lacks(b.page("/today").words, ROOM)
    record = sent.headers["Location"]
    equal(b.post(record + "/withdraw", {**b.page(record).values("/withdraw"), "reason": "录错了"}).status, 303)
    equal([r[0] for r in b.page("/inspections").rows() if r[1] == ROOM], ["2020-01-20"])


def story_walk():
    """an inspection item by item: all or nothing, findings with photographs of the place's unit, sent twice recorded once, repeats linked"""
    b = here().signed_in("linxiao")
    at = walk_of(b)
    action, before, found = at.split("?")[0], b.count("inspection"), b.count("finding")
    fields = answers(b, at, bad=(1, 3))
    fields.update({"i-1-note": "插线板串接|三处", "i-3-way": "scheduled", "f-members": "演示·罗桐\n演示·秦岳", "f-joint": "安全保卫处"})
    missing = {k: v for k, v in fields.items() if k != "i-2-result"}
    refused = b.send_files(action, missing, [("i-1-photos", "a.png", PNG)])
    equal(refused.status, 422)
    holds(refused.words, "请选择结果")
    holds(refused.text, 'href="#item-2"')
    kept = refused.values(action)
    assert kept["i-1-photos-kept"], "the photograph need not be taken again"
    refused = b.send_files(action, fields, [])
    equal(refused.status, 422, "to be rectified by a date, without one")
    holds(refused.words, "项目 3 ：限期整改须有整改期限")
    equal((b.count("inspection"), b.count("finding")), (before, found), "nothing half stored")
    fields.update({"i-3-due": day(20), "i-1-photos-kept": kept["i-1-photos-kept"]})
    for _ in range(2):
        sent = b.send_files(action, fields, [])
        equal(sent.status, 303, sent.words[:600])
    equal((b.count("inspection"), b.count("finding")), (before + 1, found + 2), "sent twice, recorded once")
    inspection = b.page(sent.headers["Location"])
    for part in ("插线板串接|三处", "不合格", "演示·罗桐、演示·秦岳", "安全保卫处", "按检查表“示例·实验室逐项检查”逐项检查 5 项"):
        holds(inspection.words, part)
    first = b.page("/r/finding/" + id_of(b, "finding", "用电线路没有串接和过载：插线板串接|三处"))
    for part in ("立行立改", "a.png", "实验中心", "演示·周松", ROOM):
        holds(first.words, part)
    again = answers(b, at, bad=(1,))
    holds(b.page(at).words, "以前查出过")
    again["i-1-note"] = "又串接"
    equal(b.send_files(action, again, []).status, 303)
    second = "/r/finding/" + id_of(b, "finding", "用电线路没有串接和过载：又串接")
    holds(b.page(second).words, "本问题是它的重复")
    equal(b.send_files(at.split("?")[0], {**answers(b, at, bad=(1,)), "i-1-note": "又串接"}, []).status, 303)
    third = "/r/finding/" + [i for i in re.findall(r'<a href="/r/finding/(\w{26})">用电线路没有串接和过载：又串接<', b.page("/r/finding").text) if i not in second][0]
    equal(b.send_files(third + "/edit", b.fill(third + "/edit", {"f-grade": "slight"}), []).status, 303, "two findings of one name")
    lacks(b.page(third).words, "标为它的重复", "the link is there already")
    plain = finding(b, "WT-CF", site=ROOM)
    page = b.page("/r/finding/" + plain)
    value = re.search(r'name="f-repeats" value="(\w+)"', page.text)[1]
    equal(b.post(f"/r/finding/{plain}/edit", {"csrf": page.values("/signout")["csrf"], "expected": re.search(r'name="expected" value="(\d+)"', page.text)[1], "f-repeats": value}).status, 303)
    holds(b.page("/r/finding/" + plain).words, "本问题是它的重复")
    equal(b.send_files(second + "/edit", b.fill(second + "/edit", {"f-repeats": "WT-CF"}), []).status, 303, "found on the same day")
    equal(b.send_files(second + "/edit", b.fill(second + "/edit", {"f-repeats": "WT" + b.page(second).words.split(" WT")[1].split(" ")[0]}), []).status, 422, "its own repeat")
    equal(here().signed_in("fangzhou").get(at).status, 403, "who may not record")
    equal(b.get(at.split("?")[0] + "?place=" + "0" * 26).status, 404)


def story_sheet():
    """the sheet shows the code of its own address; a place's code goes straight to its only list"""
    b = here().signed_in("linxiao")
    at = walk_of(b)
    sheet = b.page(at.replace("?", "/sheet?"))
    holds(sheet.text, "<svg")
    for part in ("用电线路没有串接和过载", "示例，非规定", "不是规定", "联合检查人签名"):
        holds(sheet.words, part)
    place, checklist = at.split("place=")[1], at.split("/")[2].split("?")[0]
    equal(b.get("/inspect/" + place).headers["Location"], f"/inspect/{checklist}?place={place}")
    holds(b.page("/inspect/" + checklist).words, "演示·实验楼205室")
    equal(here().visitor().get(at).status, 303, "signing in comes first, and back to here")


def story_extension():
    """a due date moves later only by an extension that another person approves; the old date is kept"""
    b, chief = here().signed_in("linxiao"), here().signed_in("chenyuan")
    at = finding(b, "WT-YQ", way="scheduled", due=day(5))
    edited = b.send_files(f"/r/finding/{at}/edit", b.fill(f"/r/finding/{at}/edit", {"f-due": day(9)}), [])
    equal(edited.status, 422)
    holds(edited.words, "只能提前")
    equal(b.send_files(f"/r/finding/{at}/edit", b.fill(f"/r/finding/{at}/edit", {"f-due": day(4)}), []).status, 303)
    link = re.search(r'href="(/r/finding_extension/new[^"]*)"', b.page("/r/finding/" + at).text)[1].replace("&amp;", "&")
    fields = {**b.page(link).values("/r/finding_extension/new"), "f-reason": "配件要订货", "f-new_due": day(30)}
    wrong = b.send_files("/r/finding_extension/new", {**fields, "f-old_due": day(1)}, [])
    equal(wrong.status, 422)
    holds(wrong.words, f"问题现在的整改期限是 {day(4)}")
    sent = b.send_files("/r/finding_extension/new", fields, [])
    equal(sent.status, 303, sent.words[:500])
    extension = sent.headers["Location"].rsplit("/", 1)[1]
    move(b, "finding_extension", extension, "approve", 403)
    holds(b.page("/r/finding/" + at).words, day(4))
    move(chief, "finding_extension", extension, "approve")
    page = b.page("/r/finding/" + at)
    equal(page.words.count("批准延期：配件要订货"), 1, "the history says why")
    holds(b.page(f"/r/finding/{at}/edit").text, f'value="{day(30)}"')
    holds(b.page("/r/finding_extension/" + extension).words, day(4))
    move(chief, "finding_extension", extension, "approve", 409)


def story_recheck():
    """nobody passes his own work, and nobody passes what he has not looked at; a finding is dropped by another than who entered it"""
    b, chief = here().signed_in("linxiao"), here().signed_in("chenyuan")
    at = finding(b, "WT-FC")
    move(b, "finding", at, "submit", remedy="换好", evidence="单据")
    move(chief, "finding", at, "pass", 422)
    move(chief, "finding", at, "pass", recheck="到场看过")
    holds(b.page("/r/finding/" + at).words, "已销号")
    own = finding(chief, "WT-CX")
    move(chief, "finding", own, "drop", 403, grounds="重复登记")
    move(here().signed_in("suming"), "finding", own, "drop", grounds="重复登记")


def story_transfer():
    """offered it still counts as open; accepted it is transferred and goes on in the receiving unit; declined it comes back with the reason"""
    b, chief, head = here().signed_in("linxiao"), here().signed_in("chenyuan"), here().signed_in("zhousong")
    first, other = finding(b, "WT-YJ1"), finding(b, "WT-YJ2")
    move(chief, "finding", first, "offer", 422, receiver_unit="学院办公室")
    for at in (first, other):
        move(chief, "finding", at, "offer", receiver_unit="实验中心")
        move(chief, "finding", at, "decline", 403)
    holds(b.page("/r/finding/" + first).words, "待接收")
    transfers = {name: id_of(head, "finding_transfer", name) for name in ("问题WT-YJ1", "问题WT-YJ2")}
    move(head, "finding_transfer", transfers["问题WT-YJ1"], "accept", 422)
    move(head, "finding_transfer", transfers["问题WT-YJ1"], "accept", owner="演示·孟溪", due=day(9))
    holds(b.page("/r/finding/" + first).words, "已移交")
    listed = json.loads(b.get('/api/v1/r/finding?filter=' + f"came_from%20=%20{first}").text)["records"]
    equal([(r["values"]["number"], r["state"]) for r in listed], [("WT-YJ1-Y", "open")])
    holds(b.page("/r/finding/" + listed[0]["id"]).words, "实验中心")
    move(head, "finding_transfer", transfers["问题WT-YJ2"], "decline", answer="线路归后勤")
    page = b.page("/r/finding/" + other)
    holds(page.words, "线路归后勤")
    holds(page.words, "整改中")
    move(chief, "finding", other, "offer", receiver_unit="实验中心")
    move(chief, "finding", other, "recall")
    holds(head.page("/r/finding_transfer").words, "已收回")
    new = head.get("/r/finding_transfer/new")
    refused = head.send_files("/r/finding_transfer/new", {**new.values("/r/finding_transfer/new"), "f-summary": "x", "f-finding": "WT-YJ2"}, [])
    equal(refused.status, 403, "by hand")


def story_self_found():
    """what a unit finds by itself is seen nowhere by others, whatever their rights, until it is submitted; then it is marked"""
    head = here().signed_in("zhousong")
    record = add(head, "self_check", {"found": TODAY, "summary": "试剂柜门锁坏了", "grade": "ordinary"})
    at = "/r/self_check/" + record
    holds(head.page("/r/self_check").words, "试剂柜门锁")
    holds(head.page("/search?q=试剂柜门锁".replace("试剂柜门锁", "%E8%AF%95%E5%89%82%E6%9F%9C%E9%97%A8%E9%94%81")).words, "试剂柜门锁坏了")
    for login in ("guchuan", "linxiao", "chenyuan", "fangzhou", "admin"):
        b = here().signed_in(login)
        for path in ("/", "/r/self_check", "/r/self_check?all=1", "/r/self_check/export?format=csv", "/r/self_check/log", "/search?q=%E8%AF%95%E5%89%82%E6%9F%9C%E9%97%A8%E9%94%81",
                     "/api/v1/r/self_check", "/api/v1/search?q=%E8%AF%95%E5%89%82%E6%9F%9C%E9%97%A8%E9%94%81", "/api/v1/r/self_check/export?format=csv", "/r/self_check?as_of=" + TODAY, at + "/proof"):
            lacks(b.get(path).text, "试剂柜门锁坏了", f"{login} {path}")
        for path in (at, at + "/edit", "/api/v1" + at, f"/api/v1{at}/history", at + "/compare?from=1&to=2"):
            assert b.get(path).status in (403, 404), f"{login} {path}"
        csrf = b.page("/").values("/signout")["csrf"]
        assert b.post(at + "/move/submit", {"csrf": csrf, "m-submit-owner": "演示·林晓"}).status in (403, 404), login
        assert b.send_files(at + "/edit", {"csrf": csrf, "f-summary": "x"}, []).status in (403, 404), login
        assert b.post(at + "/withdraw", {"csrf": csrf, "reason": "x"}).status in (403, 404), login
    move(head, "self_check", record, "submit", owner="演示·孟溪")
    officer = here().signed_in("linxiao")
    submitted = id_of(officer, "finding", "试剂柜门锁坏了")
    listed = json.loads(officer.get("/api/v1/r/finding/" + submitted).text)
    equal(listed["values"]["self_found"], True)
    path = f"/r/finding/{submitted}/edit"
    equal(officer.send_files(path, officer.fill(path, {"f-self_found": "0"}), []).status, 422, "the mark is not taken away by hand")
    fields = officer.fill("/r/finding/new", {"f-number": "WT-ZC", "f-found": TODAY, "f-summary": "冒充自查", "f-grade": "slight", "f-owner": "演示·林晓", "f-self_found": "1"})
    equal(officer.send_files("/r/finding/new", fields, []).status, 422, "nor given")
    equal(officer.get(at).status, 404, "the unit's own paper stays inside")


def story_notice():
    """offenders are named only to those with the right, on a notice that others do not know of"""
    b, plain = here().signed_in("linxiao"), here().signed_in("guchuan")
    at = finding(b, "WT-TB", offenders="演示·江帆")
    notice = b.page(f"/findings/{at}/notice")
    holds(notice.words, "演示·江帆")
    holds(b.page("/r/finding/" + at).text, f"/findings/{at}/notice")
    equal(plain.get(f"/findings/{at}/notice").status, 404)
    for path in ("/r/finding/" + at, "/api/v1/r/finding/" + at, "/r/finding/export?format=csv"):
        lacks(plain.get(path).text, "演示·江帆", path)
    equal(b.get(f"/findings/{finding(b, 'WT-TB2')}/notice").status, 404, "nobody to be named")


def story_hazards():
    """the matrix counts present hazards, coloured by levels that are data, and each count opens its list"""
    b = here().signed_in("linxiao")
    add(b, "hazard", {"name": "配电箱无门", "since": TODAY, "harm": "触电", "likelihood": "3", "severity": "3", "controls": "加门", "owner": "演示·周松"})
    page = b.page("/hazards")
    cell = re.search(r'<td class="level-orange"><a href="([^"]*)"><strong>(\d+)</strong></a> <small>9 <span>示例·较大</span></small>', page.text)
    equal(cell[2], "2")
    listed = b.page(cell[1].replace("&amp;", "&")).words
    holds(listed, "配电箱无门")
    holds(listed, "符合条件的有 2 条")
    holds(b.page("/hazards").words, "10 示例·较大")
    equal(here().signed_in("linxiao", "en").get("/hazards").status, 200)
