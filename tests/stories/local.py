"""local.py - stories of registers and fields that the institution adds itself in the browser."""
import json
import re
import time

from harness import TODAY, Instance, command, equal, here, holds, lacks


def save(b, key, fields, **more):
    """The form of a definition sent as a browser would: what it holds, changed by `fields`."""
    at = f"/definitions/{key}"
    page = b.page(at)
    values = {k: v for k, v in page.values(at).items() if k != "preview"}
    values.update({name: "1" for name in re.findall(r'<input type="checkbox" name="(r-[^"]*)" value="1" checked>', page.text)})
    values.update(fields)
    return b.post(at, {k: v for k, v in {**values, **more}.items() if v is not None})


def row(at, label, kind="text", **more):
    return {f"r-{at}-label": label, f"r-{at}-type": kind, f"r-{at}-listed": "1", **{f"r-{at}-{k}": v for k, v in more.items()}}


def ledger():
    """The register of keys, made if it is not there yet."""
    b = here().signed_in("admin")
    if b.get("/definitions/key_ledger").status == 404:
        fields = {"f-key": "key_ledger", "f-label": "钥匙登记", "f-group": "后勤", "f-same": "finding", "f-states": "借出\n已还",
                  **row(0, "钥匙"), **row(1, "借出日期", "date", required="1"), **row(2, "去向", "choice", choices="教学楼\n宿舍"), }
        equal(save(b, "new", fields).status, 303)
    return b


def story_own_register():
    """a register made in the browser is at once there for those who may: form, list, move, import, search, export, interface for programs"""
    b = ledger()
    officer = here().signed_in("linxiao")
    holds(officer.page("/").words, "钥匙登记")
    fields = officer.page("/r/key_ledger/new").values("/r/key_ledger/new")
    sent = {**fields, "f-x1": "实验楼 301", "f-x2": TODAY, "f-x3": "c1"}
    equal(officer.post("/r/key_ledger/new", sent).status, 303)
    page = officer.page("/r/key_ledger?state=c1")
    holds(page.words, "实验楼 301")
    holds(page.words, "教学楼")
    at = re.search(r'href="(/r/key_ledger/[0-9a-z]{26})"', page.text)[1]
    moved = officer.post(f"{at}/move/to_c2", officer.page(at).values(f"{at}/move/to_c2"))
    equal(moved.status, 303)
    holds(officer.page(at).words, "已还")
    holds(officer.page("/search?q=301").words, "钥匙登记")
    holds(officer.get("/r/key_ledger/export?format=csv").bytes.decode("utf-8-sig"), "实验楼 301")
    holds(officer.get("/api/v1/registers").text, "key_ledger")
    holds(b.page("/definitions").words, "钥匙登记")


def story_mistakes_are_named():
    """a definition that does not fit is refused with the place, and what was typed stays; nothing is in force"""
    b = ledger()
    no_name = save(b, "new", {"f-key": "nothing", "f-label": "没有名称栏", "f-same": "finding", **row(0, "日期", "date")})
    equal(no_name.status, 422)
    holds(no_name.words, "文字（一行）")
    equal(no_name.values("/definitions/new")["f-label"], "没有名称栏")
    taken = save(b, "new", {"f-key": "finding", "f-label": "重名", "f-same": "finding", **row(0, "名")})
    equal(taken.status, 422)
    holds(taken.words, "finding")
    no_choices = save(b, "new", {"f-key": "other", "f-label": "无选项", "f-same": "finding", **row(0, "名"), **row(1, "选", "choice")})
    equal(no_choices.status, 422)
    holds(no_choices.words, "选择栏没有选项")
    equal(b.get("/r/other").status, 404)
    equal(here().signed_in("linxiao").get("/definitions").status, 403)


def story_preview():
    """a definition can be looked at before it is saved"""
    b = ledger()
    shown = save(b, "key_ledger", {**row(3, "押金", "money")}, preview="1")
    equal(shown.status, 200)
    holds(shown.words, "登记时的样子")
    holds(shown.text, 'name="p-x4"')
    lacks(b.page("/r/key_ledger").words, "押金")


def story_fields_come_and_go():
    """a field is added to a shipped register, renamed, its choices added and renamed, retired and brought back; old records keep their values; all verifies"""
    b = here().signed_in("admin")
    equal(save(b, "finding", row(0, "楼栋", "choice", choices="一号楼\n二号楼")).status, 303)
    officer = here().signed_in("linxiao")
    form = officer.page("/r/finding/new")
    fields = form.values("/r/finding/new")
    sent = {**fields, "f-number": "WT-LOC-1", "f-found": TODAY, "f-summary": "楼栋试验", "f-grade": "slight", "f-owner": "演示·周松", "f-x1": "c2"}
    equal(officer.post("/r/finding/new", sent).status, 303)
    where = "/r/finding?filter=number%20%3D%20WT-LOC-1"
    holds(officer.page(where).words, "二号楼")
    equal(save(b, "finding", {"r-0-label": "所在楼栋", "r-0-choices": "一号楼\n2 号楼\n三号楼"}).status, 303)
    holds(officer.page(where).words, "2 号楼")
    holds(officer.page("/r/finding?filter=x1%20%3D%20c2").words, "楼栋试验")
    equal(save(b, "finding", {"r-0-retired": "1"}).status, 303)
    lacks(officer.page(where).words, "2 号楼")
    equal(save(b, "finding", {"r-0-retired": None}).status, 303)
    holds(officer.page(where).words, "2 号楼")
    holds(officer.page(where).words, "所在楼栋")
    holds(command("verify", "--deep", data=here().data).stdout, "核验通过")
    here().stop()
    command("rebuild", data=here().data)
    holds(command("verify", "--deep", data=here().data).stdout, "核验通过")
    here().start()
    holds(here().signed_in("linxiao").page(where).words, "2 号楼")


def story_one_file():
    """a definition goes out as one JSON file and comes in at another installation, where it is held against everything first"""
    b = ledger()
    file = b.get("/definitions/key_ledger/file")
    equal(file.headers["Content-Type"], "application/json")
    definition = json.loads(file.text)
    equal(definition["key"], "key_ledger")
    other = Instance()
    try:
        admin = other.signed_in("admin")
        csrf = admin.page("/definitions").values("/definitions")["csrf"]
        for wrong, said in ((b"{", "第 1 行"), (b'{"key":"finding","label":"x","fields":[{"key":"number","label":"y","type":"text"}]}', "number"),
                            (json.dumps({**definition, "fields": [{"key": "a", "label": "b", "type": "colour"}]}).encode(), "colour"),
                            (json.dumps({**definition, "hack": 1}).encode(), "hack"), (json.dumps({**definition, "internal": 1}).encode(), "内部")):
            refused = admin.upload("/definitions", {"csrf": csrf}, "x.json", wrong)
            equal(refused.status, 422, wrong[:60])
            holds(refused.words, said)
        equal(admin.upload("/definitions", {"csrf": csrf}, "key_ledger.json", file.text.encode()).status, 303)
        holds(other.signed_in("linxiao").page("/r/key_ledger").words, "钥匙登记")
        equal(json.loads(admin.get("/definitions/key_ledger/file").text), definition)
    finally:
        other.stop()


def story_no_request_is_lost():
    """while the server starts anew with a definition, whoever asks gets an answer"""
    b = ledger()
    equal(save(b, "key_ledger", row(3, "备注", "long")).status, 303)
    for _ in range(20):
        equal(here().visitor().get("/signin").status, 200)
    time.sleep(0.1)
    holds(b.page("/r/key_ledger/new").words, "备注")
