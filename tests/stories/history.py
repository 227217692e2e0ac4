"""history.py - stories about times: the log of a register, two versions, what was known then, and two people at one record."""
import json
import re

from harness import TODAY, command, equal, here, holds, lacks

FINDING = {"f-found": TODAY, "f-summary": "走廊堆放杂物", "f-grade": "slight", "f-owner": "演示·周松"}


def new_finding(b, number):
    return b.post("/r/finding/new", b.fill("/r/finding/new", {**FINDING, "f-number": number})).headers["Location"]


def story_two_editors():
    """two people edit one record: the second sees both sides and what both began with, chooses by field, and nothing is lost"""
    b = here().signed_in("linxiao")
    at = new_finding(b, "WT-H-1")
    mine, theirs = b.fill(at + "/edit", {"f-summary": "我的说法", "f-due": "2027-01-05"}), b.fill(at + "/edit", {"f-summary": "他的说法", "f-grade": "ordinary"})
    equal(b.post(at + "/edit", theirs).status, 303)
    answer = b.post(at + "/edit", mine)
    equal(answer.status, 409)
    for part in ("走廊堆放杂物", "我的说法", "他的说法", "两边都改了", "2027-01-05"):
        holds(answer.words, part)
    radios = re.findall(r'<input type="radio" name="([^"]*)" value="([^"]*)"[^>]*?( checked)?>', answer.text)
    equal(sorted({name for name, _, _ in radios}), ["f-due", "f-grade", "f-summary"])
    equal([(n, v) for n, v, c in radios if c], [("f-grade", "ordinary"), ("f-due", "2027-01-05")], "what one side alone changed is chosen already")
    fields = answer.values("/edit")
    saved = b.post(at + "/edit", {**fields, "f-grade": "ordinary", "f-due": "2027-01-05", "f-summary": "我的说法"})
    equal(saved.status, 303)
    words = b.page(at).words
    for part in ("我的说法", "2027-01-05", "一般"):
        holds(words, part)


def story_same_edit():
    """when both made the same change nothing is left to choose"""
    b = here().signed_in("linxiao")
    at = new_finding(b, "WT-H-2")
    fields = b.fill(at + "/edit", {"f-summary": "同一句"})
    equal(b.post(at + "/edit", fields).status, 303)
    answer = b.post(at + "/edit", fields)
    equal(answer.status, 409)
    holds(answer.words, "不用再保存")


def story_versions():
    """each step of a record has its proof and can be put beside the one before it"""
    b = here().signed_in("linxiao")
    at = new_finding(b, "WT-H-3")
    equal(b.post(at + "/edit", b.fill(at + "/edit", {"f-summary": "第二句"})).status, 303)
    page = b.page(at)
    compare = re.search(r'href="([^"]*/compare\?[^"]*)"', page.text)[1].replace("&amp;", "&")
    text = b.page(compare).text
    holds(text, "<del>走廊堆放杂物</del>")
    holds(text, "<ins>第二句</ins>")
    for position in re.findall(r"/proof\?position=(\d+)", page.text):
        proof = json.loads(b.page(f"{at}/proof?position={position}").text)
        equal(proof["position"], int(position))
    equal(b.get(at + "/proof?position=0").status, 404, "an entry of another record")
    equal(b.get(compare.replace("from=", "from=x")).status, 404)


def story_any_two_versions():
    """any two versions of a record are chosen on its page and put side by side, neighbours or not"""
    b = here().signed_in("linxiao")
    at = new_finding(b, "WT-H-ANY")
    lacks(b.page(at).text, "/compare", "one version")
    for summary, grade in (("第二句", "ordinary"), ("第三句", "ordinary"), ("第四句", "slight")):
        equal(b.post(at + "/edit", b.fill(at + "/edit", {"f-summary": summary, "f-grade": grade})).status, 303)
    form = re.search(r'<form method="get" action="([^"]*/compare)".*?</form>', b.page(at).text, re.S)
    equal(form[1], at + "/compare")
    sides = [re.findall(r'<option value="(\d+)"( selected)?>', select) for select in re.findall(r"<select.*?</select>", form[0], re.S)]
    equal([[bool(chosen) for _, chosen in side] for side in sides], [[True, False, False, False], [False, False, False, True]])
    positions = [position for position, _ in sides[0]]
    for older, newer, changes in ((0, 3, ["走廊堆放杂物", "第四句"]), (0, 2, ["走廊堆放杂物", "第三句", "轻微", "一般"]), (1, 3, ["第二句", "第四句", "一般", "轻微"])):
        text = b.page(f"{form[1]}?from={positions[older]}&to={positions[newer]}").text
        equal(sorted(re.findall(r"<(?:del|ins)>(.*?)</", text)), sorted(changes), (older, newer))


def story_log():
    """the log of a register names who changed what, newest first, pages, and leads to the proof"""
    b = here().signed_in("linxiao")
    at = new_finding(b, "WT-H-4")
    b.post(at + "/edit", b.fill(at + "/edit", {"f-summary": "改过的", "f-grade": "ordinary"}))
    page = b.page("/r/finding/log")
    rows = page.rows()
    equal((rows[0][0], rows[0][1], rows[0][2]), ("改过的", "修改", "演示·林晓"))
    holds(rows[0][5], "问题描述、等级")
    b.page(re.search(r'href="([^"]*/proof\?position=\d+)"', page.text)[1])
    next_page = re.search(r'href="(/r/duty/log\?before=\d+)"', b.page("/r/duty/log").text)[1]
    first, second = b.page("/r/duty/log").rows(), b.page(next_page).rows()
    equal(len(first), 50)
    assert not {r[6] for r in first} & {r[6] for r in second}
    equal(b.get("/r/finding/log?before=nonsense").status, 422)
    equal(here().signed_in("xuran").get("/r/grant/log").status, 404, "a register that the reader may not read")


def story_known_then():
    """a list, a record and an export asked as known at a time leave out what came later, and say so"""
    i = here()
    b = i.signed_in("linxiao")
    at = new_finding(b, "WT-H-5")
    known = json.loads(b.page(at + "/proof").text)["position"]
    b.post(at + "/edit", b.fill(at + "/edit", {"f-summary": "后来的说法"}))
    new_finding(b, "WT-H-6")
    then = b.page(f"/r/finding?known_at={known}")
    holds(then.words, "走廊堆放杂物")
    holds(then.words, f"这是 {known} 时所知道的情况")
    lacks(then.words, "后来的说法")
    lacks(then.words, "WT-H-6")
    holds(then.text, f'href="{at}?known_at={known}"', "links to records keep the time")
    holds(b.page(f"{at}?known_at={known}").words, "走廊堆放杂物")
    export = re.search(r'href="(/r/finding/export\?[^"]*)"', then.text)[1].replace("&amp;", "&")
    holds(export, f"known_at={known}")
    sheet = b.page(export + "&format=csv").text
    holds(sheet, "WT-H-5")
    lacks(sheet, "WT-H-6")
    holds(b.page("/r/finding?known_at=2020-01-01").words, "共 0 条")
    equal(b.get("/r/finding?known_at=soon").status, 422)
    done = command("record", "list", "finding", "--known-at", "2020-01-01 08:00", "--json", data=i.data)
    equal(json.loads(done.stdout), [])
    assert command("record", "list", "finding", "--known-at", "soon", data=i.data, status=None).returncode == 64
