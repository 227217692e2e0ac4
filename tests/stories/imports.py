"""imports.py - stories of table files sent over HTTP: every error is named by sheet, row and column, and nothing is imported by halves."""
import hashlib
import io
import os
import re
import time

import openpyxl

from harness import POSTGRES, TODAY, Instance, demo_data, equal, holds, lacks

_instance = None
EXPORT_ROWS = 500 # more are made by a job
HEAD = ["问题编号", "发现日期", "问题描述", "等级", "来自检查", "责任人", "整改期限"]
GOOD = ["WT-IN-01", TODAY, "配电箱前堆放纸箱", "一般", "JC2019-01", "演示·周松", ""]
MANY = [["WT-IN-01", TODAY, "配电箱前堆放纸箱", "一般", "", "演示·周松", ""], ["WT-IN-02", TODAY, "灭火器压力不足，需更换", "轻微", "JC2019-02", "zhousong", TODAY]]


def here():
    global _instance
    if not _instance:
        data = demo_data()
        with open(f"{data}/taizhang.conf", "a") as conf:
            conf.write(f"export_rows = {EXPORT_ROWS}\n")
        _instance = Instance(data)
    return _instance


def row(**changes):
    names = {"number": 0, "found": 1, "summary": 2, "grade": 3, "inspection": 4, "owner": 5, "due": 6}
    cells = list(GOOD)
    for key, value in changes.items():
        cells[names[key]] = value
    return cells


def csv(*rows, encoding="utf-8"):
    return "\r\n".join(",".join('"%s"' % str(c).replace('"', '""') if re.search('[",\n]', str(c)) else str(c) for c in r) for r in (HEAD, *rows)).encode(encoding) + b"\r\n"


def xlsx(*rows, edit=None, sheet="问题"):
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for r in (HEAD, *rows):
        page.append(r)
    if edit:
        edit(page)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def attempt(name, content, register="finding", login="linxiao", lang="zh-CN", **fields):
    b = here().signed_in(login, lang)
    csrf = b.page(f"/r/{register}/import").values(f"/r/{register}/import")["csrf"]
    return b, b.upload(f"/r/{register}/import", {"csrf": csrf, **fields}, name, content)


def refused(name, content, *wanted, said):
    """The dry run fails; one row of its table has these cells (sheet, row, column) and this in its sentence; nothing is imported."""
    b = here().signed_in("linxiao")
    before = b.count("finding")
    b, answer = attempt(name, content)
    assert answer.status in (413, 422), f"{name}: {answer.status}"
    rows = [r for r in answer.rows() if len(r) == 5]
    fitting = [r for r in rows if all(w in r[i] if i == 2 else r[i] == w for i, w in enumerate(wanted)) and re.search(said, r[4])]
    assert fitting, f"{name}: no error at {wanted} saying {said!r}; told were {rows[:6]} {answer.words[:400] if not rows else ''}"
    holds(answer.words, "一行也没有导入")
    assert "确认导入" not in answer.words
    equal(b.count("finding"), before)
    return fitting[0]


def confirm(b, answer, register="finding", **fields):
    sent = {k: v for k, v in answer.values(f"/r/{register}/import").items() if k != "file"}
    return b.post(f"/r/{register}/import", {**sent, **fields})


def when_imported(b, pause):
    """The page of imports once none runs any more."""
    for _ in range(600):
        page = b.page("/r/finding/imports")
        if "正在导入" not in page.words:
            break
        time.sleep(pause)
    return page


def story_wrong_date():
    """a wrong date is named by sheet, row and column with what stands there and what was expected"""
    found = refused("findings.csv", csv(row(), row(number="WT-IN-02", found="2026-02-30")), "", "3", "B 发现日期", said="日期")
    equal(found[3], "2026-02-30")
    refused("findings.xlsx", xlsx(row(), row(number="WT-IN-02", found="上周三")), "问题", "3", "B 发现日期", said="日期")


def story_duplicate_key():
    """a number that is taken is named, be it in the register or in the file"""
    refused("a.csv", csv(row(number="WT2019-01")), "", "2", "A 问题编号", said="已|重复")
    refused("b.csv", csv(row(), row(summary="另一项")), "", "3", "A 问题编号", said="已|重复")


def story_unknown_person():
    """a person who is not there is named"""
    refused("a.csv", csv(row(owner="演示·查无此人")), "", "2", "F 责任人", said="人员|没有|找不到")
    refused("a.xlsx", xlsx(row(inspection="JC1999-99")), "问题", "2", "E 来自检查", said="没有|找不到")


def story_missing_values():
    """an empty cell that must be filled, a choice that there is not, an order of dates that cannot be"""
    refused("a.csv", csv(row(summary="")), "", "2", "C 问题描述", said="请填写")
    refused("b.csv", csv(row(grade="十分严重")), "", "2", "D 等级", said="重大.*一般.*轻微")
    refused("c.csv", csv(row(due="2001-01-01")), "", "2", "G 整改期限", said="发现日期|早于")


def story_malformed_row():
    """a row with too many cells, an open quote, bytes that are no text"""
    refused("a.csv", csv(row() + ["多出来的一格"]), "", "2", "H", said="没有表头")
    b, answer = attempt("b.csv", csv(row()) + b'"WT-IN-05,' + TODAY.encode() + b",x\r\n")
    equal(answer.status, 422)
    holds(answer.words, "引号")
    for content in (b"\xff\xfe\x00\x01\x02", b"\x00" * 100, b"PK\x03\x04 but not really a package", b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old excel"):
        b, answer = attempt("c.xlsx", content)
        equal(answer.status, 422, repr(content[:20]))


def story_all_errors_at_once():
    """all errors are told in one dry run, each with its place"""
    b, answer = attempt("a.csv", csv(row(found="x"), row(number="WT-IN-02", owner="nobody"), row(number="WT-IN-03", grade="?"), row(number="WT-IN-04")))
    places = [(r[1], r[2][:1]) for r in answer.rows() if len(r) == 5]
    for place in (("2", "B"), ("3", "F"), ("4", "D")):
        assert place in places, places


def story_heads():
    """a head that is not known is named together with those that are; a missing one too"""
    b, answer = attempt("a.csv", csv(row()).replace("问题描述".encode(), "描述描述".encode()))
    equal(answer.status, 422)
    holds(answer.words, "描述描述")
    holds(answer.words, "“问题描述”")


def story_merged_head():
    """a sheet with merged cells in its head is refused with the range"""
    def merge(page):
        page.insert_rows(1)
        page["A1"] = "2026年问题整改台账"
        page.merge_cells("A1:G1")
    b, answer = attempt("a.xlsx", xlsx(row(), edit=merge))
    equal(answer.status, 422)
    holds(answer.words, "合并的单元格")
    assert any(r[0] == "问题" and r[1] == "1" and "合并" in r[4] for r in answer.rows() if len(r) == 5), answer.rows()[:4]


def story_stored_files_are_not_read_by_their_hash():
    """whoever knows the hash of a stored file can neither read it as a table nor attach it; an exported table with a column of files comes back as it was"""
    i = here()
    secret = csv(row(number="WT-SH-1", summary="只给发件人看"))
    owner, answer = attempt("secret.csv", secret, login="linxiao")
    digest = hashlib.sha256(secret).hexdigest()
    assert os.path.exists(f"{i.data}/files/{digest[:2]}/{digest}"), "it is not stored where this story thinks"
    stored, proof = f"{digest}:{len(secret)}:secret.csv", answer.values("/r/finding/import")["kept"]
    other = i.signed_in("yeqing")
    csrf = other.page("/password").values("/password")["csrf"]
    own = i.signed_in("linxiao")
    own_csrf = own.page("/password").values("/password")["csrf"]
    for b, token, kept in ((own, own_csrf, stored), (own, own_csrf, "0" * 64 + " " + stored), (i.signed_in("admin"), None, proof), (other, csrf, proof)):
        token = token or b.page("/password").values("/password")["csrf"]
        for path in ("/r/finding/import", "/r/finding/import/marked", "/r/finding/import/changes"):
            said = b.post(path, {"csrf": token, "kept": kept, "effect": "x", "match": "1"})
            assert said.status in (403, 404, 422), f"{path}: {said.status}"
            lacks(said.words, "只给发件人看")
    equal(own.post("/r/finding/import", {"csrf": own_csrf, "kept": proof}).status, 200, "one's own, in another session")
    equal(confirm(*attempt("att.csv", csv(row(number="WT-SH-2")))).status, 303)
    table = (",".join(HEAD) + ",照片\r\n" + ",".join(row(number="WT-SH-3")) + ",").encode()
    before = own.count("finding")
    b, answer = attempt("attach.csv", table + stored.replace("csv", "png").encode() + b"\r\n")
    equal(answer.status, 422)
    assert any(r[2].startswith("H") and "“照片”是文件栏" in r[4] for r in answer.rows() if len(r) == 5), answer.words[:600]
    equal(own.count("finding"), before)
    b, answer = attempt("names.csv", table + "a.png、b.png\r\n".encode())
    equal(answer.status, 200, answer.words[:600])
    export = own.get("/r/finding/export?format=csv&w-number=WT-SH-2").bytes
    holds(export.decode("utf-8-sig").split("\r\n")[0], "照片")
    b, answer = attempt("export.csv", export, update="1")
    equal(answer.status, 200, answer.words[:600])
    holds(answer.words, "新增 0 条，更改 0 条，与已登记的相同 1 条")


def story_formula():
    """a formula cell is refused with its place"""
    def formula(page):
        page["C2"] = '="配电箱" & "前堆放"'
    refused("a.xlsx", xlsx(row(), edit=formula), "问题", "2", "C 问题描述", said="公式")


def story_gb18030():
    """a GB18030 file is read as what it is"""
    b, answer = attempt("旧表.csv", csv(*MANY, encoding="gb18030"))
    equal(answer.status, 200)
    holds(answer.words, "GB18030")
    holds(answer.words, "2 行都能导入")
    refused("旧表.csv", csv(row(owner="演示·张三丰"), encoding="gb18030"), "", "2", "F 责任人", said="没有|找不到")


def story_import_confirmed():
    """a good file is tried without importing, then imported whole; the same file again adds nothing"""
    content = xlsx(*MANY)
    b = here().signed_in("linxiao")
    before = b.count("finding")
    b, answer = attempt("整改.xlsx", content)
    equal(answer.status, 200)
    holds(answer.words, "还没有存入")
    equal(b.count("finding"), before, "after the dry run")
    done = confirm(b, answer)
    equal((done.status, done.headers["Location"]), (303, "/r/finding"))
    equal(b.count("finding"), before + 2)
    holds(b.page("/r/finding?q=WT-IN-02").words, "灭火器压力不足")
    b, answer = attempt("整改.xlsx", content)
    equal(answer.status, 200)
    holds(answer.words, "2 行先前已经从这个文件导入过")
    equal(confirm(b, answer).status, 303)
    equal(b.count("finding"), before + 2, "after the same file again")
    at = re.search(r'href="(/r/finding/[0-9a-zA-Z]{26})"', b.page("/r/finding?q=WT-IN-02").text)[1]
    holds(b.page(at).words, "整改.xlsx:3")


def story_late_rows():
    """rows of long ago ask for a reason at the confirmation; without it nothing is imported"""
    b, answer = attempt("a.csv", csv(row(number="WT-OLD-1", found="2019-12-02"), row(number="WT-OLD-2", found="2019-12-03")))
    equal(answer.status, 200)
    before = b.count("finding")
    assert "reason" in answer.values("/import"), "the confirmation asks no reason"
    wrong = confirm(b, answer, reason=" ")
    equal(wrong.status, 422)
    equal(b.count("finding"), before)
    equal(confirm(b, wrong, reason="补录纸质记录").status, 303)
    equal(b.count("finding"), before + 2)


def story_confirm_again():
    """the confirmation sent twice imports once"""
    b, answer = attempt("twice.csv", csv(row(number="WT-TW-1")))
    before = b.count("finding")
    equal(confirm(b, answer).status, 303)
    equal(confirm(b, answer).status, 303)
    equal(b.count("finding"), before + 1)


def story_update():
    """rows whose number is there change that record when asked to, and are refused otherwise"""
    content = csv(row(number="WT-IN-01", summary="配电箱前堆放纸箱，已改描述"))
    b, answer = attempt("c.csv", content)
    equal(answer.status, 422)
    b, answer = attempt("c.csv", content, update="1")
    equal(answer.status, 200)
    before = b.count("finding")
    equal(confirm(b, answer).status, 303)
    equal(b.count("finding"), before)
    holds(b.page("/r/finding?q=WT-IN-01").words, "已改描述")


def story_steps():
    """a file of steps moves the records; a step that the person may not do is named by its row"""
    head = "问题编号,步骤,整改措施,整改证明\r\n"
    b, answer = attempt("s.csv", (head + "WT-IN-01,提交复核,搬离纸箱,照片3\r\n").encode())
    equal(answer.status, 200)
    equal(confirm(b, answer).status, 303)
    holds(b.page("/r/finding?q=WT-IN-01").words, "待复核")
    b, answer = attempt("s2.csv", "问题编号,步骤\r\nWT-IN-01,复核通过\r\nWT-IN-01,飞走\r\n".encode())
    equal(answer.status, 422)
    rows = [r for r in answer.rows() if len(r) == 5]
    assert any(r[1] == "3" and "飞走" in r[4] for r in rows), rows
    assert any(r[1] == "2" for r in rows), rows


def story_nothing_chosen():
    """the form sent without a file says so"""
    b = here().signed_in("linxiao")
    csrf = b.page("/r/finding/import").values("/r/finding/import")["csrf"]
    answer = b.upload("/r/finding/import", {"csrf": csrf}, "", b"")
    equal(answer.status, 422)
    holds(answer.words, "请先选择文件")
    equal(b.post("/r/finding/import", {"csrf": csrf, "kept": "../../etc/passwd"}).status in (400, 404, 422), True)


def story_empty_sheet():
    """the empty sheet to download has the heads that an import takes"""
    b = here().signed_in("linxiao")
    answer = b.page("/r/finding/sheet.xlsx")
    page = openpyxl.load_workbook(io.BytesIO(answer.bytes)).active
    heads = [c.value for c in page[1]]
    for head in HEAD:
        assert head in [h.rstrip("*") for h in heads], heads
    values = dict(zip(HEAD, row(number="WT-SH-1")))
    page.append([values.get(h.rstrip("*")) for h in heads])
    out = io.BytesIO()
    page.parent.save(out)
    b, answer = attempt("filled.xlsx", out.getvalue())
    equal(answer.status, 200, answer.words[:300])


def story_english_errors():
    """the dry run speaks the reader's language"""
    b, answer = attempt("e.csv", csv(row(found="2026-02-30")), lang="en")
    rows = [r for r in answer.rows() if len(r) == 5]
    assert rows and not re.search("[一-鿿]", rows[0][4]), rows


def imports(b, register="finding"):
    """The address to undo the newest import that still can be."""
    return re.search(rf'action="(/r/{register}/imports/[0-9a-z]+)"', b.page(f"/r/{register}/imports").text)


def undo(b, reason="导错了文件"):
    action = imports(b)[1]
    csrf = b.page("/r/finding/imports").values(action)["csrf"]
    return b.post(action, {"csrf": csrf, "reason": reason})


def story_whole_import_undone():
    """a whole import is taken back as one change: new records withdrawn, updated ones as before; not over what others did since; the same file can come again"""
    b, answer = attempt("before.csv", csv(row(number="WT-UN-1", summary="原来的说法")))
    equal(confirm(b, answer).status, 303)
    before = b.count("finding")
    sheet = csv(row(number="WT-UN-1", summary="导错的说法"), row(number="WT-UN-2"), row(number="WT-UN-3"))
    b, answer = attempt("wrong.csv", sheet, update="1")
    equal(confirm(b, answer).status, 303)
    equal(b.count("finding"), before + 2)
    listed = b.page("/r/finding/imports").words
    holds(listed, "wrong.csv")
    holds(listed, "3 行")
    equal(undo(b, reason=" ").status, 422)
    changed = re.search(r'href="/r/finding/([0-9a-z]{26})"', b.page("/r/finding?filter=number%20%3D%20WT-UN-2").text)[1]
    fields = b.page(f"/r/finding/{changed}/edit").values(f"/r/finding/{changed}/edit")
    equal(b.post(f"/r/finding/{changed}/edit", {**fields, "f-summary": "有人改过"}).status, 303)
    refusal = undo(b)
    equal(refusal.status, 422)
    holds(refusal.words, "有人改过")
    holds(refusal.words, "什么也没有变")
    equal(b.count("finding"), before + 2)
    holds(b.page("/r/finding?filter=number%20%3D%20WT-UN-1").words, "导错的说法")
    b, answer = attempt("again.csv", csv(row(number="WT-UN-1", summary="又导错了"), row(number="WT-UN-4")), update="1")
    confirm(b, answer)
    equal(b.count("finding"), before + 3)
    equal(undo(b).status, 303)
    equal(b.count("finding"), before + 2)
    holds(b.page("/r/finding?filter=number%20%3D%20WT-UN-1").words, "导错的说法")
    holds(b.page("/r/finding/imports").words, "已整体撤回")
    b, answer = attempt("again.csv", csv(row(number="WT-UN-1", summary="又导错了"), row(number="WT-UN-4")), update="1")
    holds(answer.words, "2 行都能导入")
    confirm(b, answer)
    equal(b.count("finding"), before + 3)


def story_undo_is_for_those_who_record():
    """who may not record cannot see or undo imports, and an import of one register cannot be undone through another"""
    b, answer = attempt("mine.csv", csv(row(number="WT-UN-9")))
    confirm(b, answer)
    action = imports(b)[1]
    csrf = b.page("/r/finding/imports").values(action)["csrf"]
    equal(b.post(action.replace("/r/finding/", "/r/inspection/"), {"csrf": csrf, "reason": "试试"}).status, 404)
    reader = here().signed_in("fangzhou")
    equal(reader.get("/r/finding/imports").status, 403)


def story_headings_matched_once():
    """headings of people's own tables are matched by hand once, with a guess, and known the next time; a column can be left out"""
    head = ["编号", "何时发现", "问题描述", "等级", "责任人", "领导批示"]
    def own(number):
        return ",".join(head).encode() + b"\r\n" + f"{number},{TODAY},灯不亮,轻微,演示·周松,同意\r\n".encode()
    b, answer = attempt("own.csv", own("WT-OW-1"))
    equal(answer.status, 422)
    holds(answer.words, "有的表头认不出")
    fields = answer.values("/r/finding/import")
    equal(fields["m-0"], "number", "guessed by what the names have in common")
    sent = {"csrf": fields["csrf"], "kept": fields["kept"], "match": "1", "m-0": "number", "m-1": "found", "m-5": "-"}
    tried = b.post("/r/finding/import", sent)
    equal(tried.status, 200)
    holds(tried.words, "1 行都能导入")
    equal(confirm(b, tried).status, 303)
    holds(b.page("/r/finding?filter=number%20%3D%20WT-OW-1").words, "灯不亮")
    b, answer = attempt("own.csv", own("WT-OW-2"))
    equal(answer.status, 200, "remembered")
    b, answer = attempt("foreign.csv", own("WT-OW-3"), register="inspection")
    holds(answer.words, "有的表头认不出")
    fields = answer.values("/r/inspection/import")
    equal(b.post("/r/inspection/import", {"csrf": fields["csrf"], "kept": fields["kept"], "match": "1", "m-0": "no_such_field"}).status, 422)


def story_copy_with_errors_marked():
    """the table comes back with its faulty cells marked and the reason beside them, and can be imported once it is mended"""
    content = xlsx(row(number="WT-MK-1"), row(number="WT-MK-2", found="上周三", grade="很重"), row(number="WT-MK-3"))
    b, answer = attempt("marked.xlsx", content)
    equal(answer.status, 422)
    fields = answer.values("/r/finding/import/marked")
    copy = b.post("/r/finding/import/marked", {"csrf": fields["csrf"], "kept": fields["kept"]})
    equal(copy.status, 200)
    book = openpyxl.load_workbook(io.BytesIO(copy.bytes))
    page = book.active
    equal(page.title, "问题")
    last = page.max_column
    equal(page.cell(1, last).value, "错在哪里")
    equal([page.cell(r, 1).value for r in (2, 3, 4)], ["WT-MK-1", "WT-MK-2", "WT-MK-3"])
    holds(page.cell(3, last).value, "B: ")
    holds(page.cell(3, last).value, "D: ")
    marked = [(c.row, c.column) for line in page.iter_rows() for c in line if c.fill.fgColor.rgb == "FFFFC7CE"]
    equal(marked, [(3, 2), (3, 4), (3, last)])
    page.cell(3, 2).value, page.cell(3, 4).value = TODAY, "一般"
    out = io.BytesIO()
    book.save(out)
    b, answer = attempt("mended.xlsx", out.getvalue())
    equal(answer.status, 200, answer.words[:500])
    holds(answer.words, "3 行都能导入")


def story_large_table_goes_on():
    """a large table is imported while its sender does something else: how far it is, what came of it, and nothing by halves"""
    many = [row(number=f"WT-LG-{i:05}", summary=f"第{i}处灯不亮，走廊照明不足，已设置警示") for i in range(12000)]
    b, answer = attempt("large.csv", csv(*many))
    holds(answer.words, "12000 行都能导入")
    before = b.count("finding")
    done = confirm(b, answer)
    equal(done.status, 303)
    equal(done.headers["Location"], "/r/finding/imports")
    seen = set()
    for _ in range(600):
        page = b.page("/r/finding/imports")
        if "正在导入" not in page.words:
            break
        equal(page.headers["Refresh"], "2")
        bar = re.search(r'<progress max="(\d+)" value="(\d+)"', page.text)
        if bar: # in the first moment its thread has not begun
            equal(bar[1], "12000")
            seen.add(int(bar[2]))
        assert b.count("finding") in (before, before + 12000)
        time.sleep(0.5)
    holds(page.words, "“large.csv”已导入，共 12000 行")
    assert seen and max(seen) <= 12000, "a progress bar is seen"
    equal(b.count("finding"), before + 12000)
    lacks(here().signed_in("yeqing").page("/r/finding/imports").words, "“large.csv”已导入")
    before = b.count("finding")
    fields = {k: v for k, v in answer.values("/r/finding/import").items() if k != "file"}
    wrong = csv(*[[cell.replace("LG", "LH") for cell in line] for line in many], row(number="WT-LH-x", found="上周三"))
    tried = attempt("wrong.csv", wrong)[1]
    equal(tried.status, 422)
    kept = tried.values("/r/finding/import/marked")["kept"]
    equal(b.post("/r/finding/import", {**fields, "kept": kept}).status, 303)
    page = when_imported(b, 0.5)
    holds(page.words, "没有导入，什么也没有存入")
    holds(page.words, "12002")
    equal(b.count("finding"), before)


def story_update_shows_what_it_changes():
    """before an update is confirmed: how many records are new, changed and as they were, and the old and new value of each field; all of it as a table"""
    b, answer = attempt("first.csv", csv(*[row(number=f"WT-DF-{i:02}", summary=f"第{i}处原来的说法") for i in range(60)]))
    holds(answer.words, "新增 60 条，更改 0 条")
    lacks(answer.words, "将要更改的内容")
    equal(confirm(b, answer).status, 303)
    changed = [row(number=f"WT-DF-{i:02}", summary=f"第{i}处新的说法", grade="重大" if i == 0 else "一般") for i in range(55)]
    same = [row(number=f"WT-DF-{i:02}", summary=f"第{i}处原来的说法") for i in range(55, 60)]
    b, answer = attempt("second.csv", csv(*changed, *same, row(number="WT-DF-99")), update="1")
    equal(answer.status, 200, answer.words[:600])
    holds(answer.words, "新增 1 条，更改 55 条，与已登记的相同 5 条")
    lines = [r for r in answer.rows() if len(r) == 5]
    equal(lines[0], ["2", "第0处原来的说法", "问题描述", "第0处原来的说法", "第0处新的说法"])
    equal(lines[1], ["2", "第0处原来的说法", "等级", "一般", "重大"])
    equal(len(lines), 51, "fifty records, one of them with two fields")
    holds(answer.words, "另有 5 条记录的更改没有列出")
    fields = answer.values("/r/finding/import/changes")
    table = b.post("/r/finding/import/changes", {k: fields[k] for k in ("csrf", "kept", "update")})
    equal(table.status, 200)
    page = openpyxl.load_workbook(io.BytesIO(table.bytes)).active
    equal([c.value for c in page[1]], ["行", "记录", "栏目", "原来的内容", "改为"])
    equal(page.max_row, 57)
    equal([str(c.value) for c in page[57]], ["56", "第54处原来的说法", "问题描述", "第54处原来的说法", "第54处新的说法"])
    holds(b.page("/r/finding?filter=number%20%3D%20WT-DF-00").words, "第0处原来的说法")
    equal(confirm(b, answer).status, 303)
    holds(b.page("/r/finding?filter=number%20%3D%20WT-DF-00").words, "第0处新的说法")
    equal(undo(b).status, 303)
    holds(b.page("/r/finding?filter=number%20%3D%20WT-DF-00").words, "第0处原来的说法")


def edit(number, **values):
    """Somebody else changes a record meanwhile."""
    other = here().signed_in("linxiao")
    at = re.search(r'href="(/r/finding/[0-9a-z]{26})"', other.page(f"/r/finding?filter=number%20%3D%20{number}").text)[1]
    fields = other.page(f"{at}/edit").values(f"{at}/edit")
    equal(other.post(f"{at}/edit", {**fields, **{f"f-{k}": v for k, v in values.items()}}).status, 303)


def story_changed_since_the_preview():
    """a record that somebody changes between preview and confirmation: the import is refused as a whole, says so and shows what it would do now; looked at again it is done"""
    b, answer = attempt("pv0.csv", csv(row(number="WT-PV-1", summary="原来的说法"), row(number="WT-PV-2", summary="第二条")))
    equal(confirm(b, answer).status, 303)
    before = b.count("finding")
    sheet = csv(row(number="WT-PV-1", summary="表里的说法"), row(number="WT-PV-2", summary="第二条"), row(number="WT-PV-3"))
    b, answer = attempt("pv1.csv", sheet, update="1")
    holds(answer.words, "新增 1 条，更改 1 条，与已登记的相同 1 条")
    edit("WT-PV-1", summary="别人的说法")
    refusal = confirm(b, answer)
    equal(refusal.status, 409)
    holds(refusal.words, "在您查看预览之后，这张表涉及的记录已被改动，所以一行也没有存入")
    equal([r for r in refusal.rows() if len(r) == 5][0], ["2", "别人的说法", "问题描述", "别人的说法", "表里的说法"])
    holds(refusal.words, "预览之后被改动过的记录： 第 2 行 别人的说法")
    lacks(refusal.words, "第 3 行")
    equal(b.count("finding"), before)
    holds(b.page("/r/finding?filter=number%20%3D%20WT-PV-1").words, "别人的说法")
    edit("WT-PV-2", summary="第二条也改了")
    refusal = confirm(b, refusal)
    equal(refusal.status, 409)
    holds(refusal.words, "新增 1 条，更改 2 条，与已登记的相同 0 条")
    bare = {k: v for k, v in refusal.values("/r/finding/import").items() if k not in ("file", "effect")}
    shown = b.post("/r/finding/import", bare)
    equal(shown.status, 200, "a confirmation of something that was not looked at shows it first")
    lacks(shown.words, "在您查看预览之后")
    equal(b.count("finding"), before)
    equal(confirm(b, refusal).status, 303)
    equal(b.count("finding"), before + 1)
    holds(b.page("/r/finding?filter=number%20%3D%20WT-PV-1").words, "表里的说法")
    equal(confirm(b, refusal).status, 303, "sent twice: it is done already")
    b, answer = attempt("pv4.csv", csv(row(number="WT-PV-4", found="2019-12-02")))
    equal(confirm(*attempt("pv4b.csv", csv(row(number="WT-PV-4", summary="抢先登记")))).status, 303)
    refusal = confirm(b, answer, reason="补录纸质记录")
    equal(refusal.status, 409)
    assert any(r[1] == "2" and "已经有了" in r[4] for r in refusal.rows() if len(r) == 5), refusal.words[:600]


def story_large_table_changed_since_the_preview():
    """the same for a table that is imported in the background: its page says why nothing was stored"""
    b, answer = attempt("lp0.csv", csv(row(number="WT-LP-00000", summary="原来的说法")))
    equal(confirm(b, answer).status, 303)
    many = [row(number=f"WT-LP-{i:05}", summary=f"第{i}处" + "灯不亮，走廊照明不足，已设置警示" * 30) for i in range(900)]
    b, answer = attempt("lp1.csv", csv(*many), update="1")
    holds(answer.words, "新增 899 条，更改 1 条")
    before = b.count("finding")
    edit("WT-LP-00000", summary="别人的说法")
    equal(confirm(b, answer).headers["Location"], "/r/finding/imports")
    page = when_imported(b, 0.25)
    holds(page.words, "“lp1.csv”没有导入，什么也没有存入")
    holds(page.words, "在您查看预览之后，这张表涉及的记录已被改动，所以一行也没有存入；请再看一次预览：别人的说法")
    equal(b.count("finding"), before)


def story_import_cancelled():
    """an import that runs is cancelled by whoever started it, and nothing of it is stored; the page of one's own work shows it to nobody else"""
    count = 3000 if POSTGRES else 20000 # long enough to be caught, by each store's pace; over 1 MB either way
    many = [row(number=f"WT-CN-{i:05}", summary=f"第{i}处" + "灯不亮，走廊照明不足，已设置警示" * 8) for i in range(count)]
    b, answer = attempt("cancel.csv", csv(*many))
    before = b.count("finding")
    stranger = here().signed_in("yeqing") # before the import, which has the writer to itself
    holds(stranger.page("/jobs").words, "现在没有进行中的任务")
    foreign = stranger.page("/password").values("/password")["csrf"]
    equal(confirm(b, answer).status, 303)
    page = b.page("/jobs")
    holds(page.words, "正在导入“cancel.csv”")
    at = re.search(r'action="(/jobs/[0-9a-z]{26}/cancel)"', page.text)[1]
    csrf = page.values(at)["csrf"]
    equal(stranger.post(at, {"csrf": foreign}).status, 303)
    lacks(b.page("/jobs").words, "正在取消")
    equal(b.post(at, {"csrf": csrf}).headers["Location"], "/jobs")
    for _ in range(120):
        page = b.page("/jobs")
        if "正在导入" not in page.words:
            break
        time.sleep(0.25)
    holds(page.words, "“cancel.csv”的导入已取消，什么也没有存入")
    equal(b.count("finding"), before)
    holds(b.page("/r/finding/imports").words, "“cancel.csv”的导入已取消")
    b, answer = attempt("cancel.csv", csv(*many))
    holds(answer.words, f"新增 {count} 条", "the same file can be imported afterwards")
    equal(confirm(b, answer).status, 303)
    here().server.kill()
    here().server.wait(30)
    here().start()
    page = b.page("/jobs")
    holds(page.words, "服务器重新启动，不知道“cancel.csv”的导入做完了没有")
    equal(b.count("finding"), before)
    again = re.search(r'action="(/jobs/[0-9a-z]{26}/again)"', page.text)[1]
    equal(b.post(again, {"csrf": page.values(again)["csrf"]}).headers["Location"], "/r/finding/imports")
    page = b.page("/jobs")
    lacks(page.words, "服务器重新启动")
    for _ in range(100):
        if f'<progress max="{count}"' in page.text: # started again, it still knows how many
            break
        page = b.page("/jobs")
    holds(page.text, f'<progress max="{count}"')
    at = re.search(r'action="(/jobs/[0-9a-z]{26}/cancel)"', page.text)[1]
    equal(b.post(at, {"csrf": page.values(at)["csrf"]}).status, 303)
    holds(when_imported(b, 0.1).words, "“cancel.csv”的导入已取消")


def when_done(b, words):
    for _ in range(400):
        page = b.page("/jobs")
        if words not in page.words:
            return page
        equal(page.headers["Refresh"], "2")
        time.sleep(0.05)
    raise AssertionError(f"{words} stays")


def story_large_export():
    """a large export is made in the background, fetched by who asked for it and by nobody else, with rights as they then are; what a restart cut off is started again by a button"""
    many = [row(number=f"WT-EX-{i:05}", summary=f"第{i}处灯不亮") for i in range(EXPORT_ROWS + 1)]
    b, answer = attempt("ex.csv", csv(*many))
    equal(confirm(b, answer).status, 303)
    small = b.get("/r/finding/export?format=csv&w-number=WT-EX-0000")
    equal((small.status, small.text.count("WT-EX-")), (200, 10))
    reader = here().signed_in("xuran")
    where = "/r/finding/export?format=csv&w-number=WT-EX-&sort=entered"
    equal((reader.get(where).status, reader.get(where).headers["Location"]), (303, "/jobs"))
    page = when_done(reader, "正在导出")
    holds(page.words, f"“问题整改台账.csv”已导出，共 {EXPORT_ROWS + 1} 行")
    holds(page.words, "导出：问题整改台账")
    at = re.search(r'href="(/jobs/[0-9a-z]{26}/file)"', page.text)[1]
    file = reader.get(at)
    equal((file.status, file.headers["Content-Type"]), (200, "text/csv; charset=utf-8"))
    holds(file.headers["Content-Disposition"], 'filename="finding.csv"')
    equal(file.bytes, reader.get("/api/v1" + where.replace("w-number=WT-EX-", "filter=number%20:%20%22WT-EX-%22")).bytes, "as the interface, which makes it at once")
    equal(b.get(at).status, 404)
    lacks(b.page("/jobs").words, "导出：问题整改台账")
    equal(reader.get("/r/finding/export?w-number=WT-EX-").status, 303)
    page = when_done(reader, "正在导出")
    book = openpyxl.load_workbook(io.BytesIO(reader.get(re.search(r'href="(/jobs/[0-9a-z]{26}/file)"', page.text)[1]).bytes), read_only=True)
    equal(book.active.cell(3, 1).value[:6], "WT-EX-")
    admin = here().signed_in("admin")
    grant = re.search(r'href="/r/grant/([0-9a-z]{26})"', admin.page("/r/grant?filter=person%20%3D%20xuran").text)[1]
    at_grant = f"/r/grant/{grant}/edit"
    equal(admin.post(at_grant, admin.fill(at_grant, {"f-until": "2020-01-01", "reason": "不再担任"})).status, 303)
    gone = reader.get(at)
    equal(gone.status, 403)
    holds(gone.words, "导出之后您的权限变过")
    folder = f"{here().data}/files/.exports"
    os.rename(folder, folder + "-aside")
    open(folder, "w").close()
    equal(b.get(where).status, 303)
    page = when_done(b, "正在导出")
    holds(page.words, "“问题整改台账.csv”没有导出")
    os.remove(folder)
    os.rename(folder + "-aside", folder)
    again = re.search(r'action="(/jobs/[0-9a-z]{26}/again)"', page.text)[1]
    csrf = page.values(again)["csrf"]
    stranger = here().signed_in("yeqing")
    equal(stranger.post(again, {"csrf": stranger.page("/password").values("/password")["csrf"]}).status, 404)
    equal(b.post(again, {"csrf": csrf}).headers["Location"], where)
    lacks(b.page("/jobs").words, "没有导出")
    equal(b.get(where).status, 303)
    page = when_done(b, "正在导出")
    equal(b.get(re.search(r'href="(/jobs/[0-9a-z]{26}/file)"', page.text)[1]).bytes, file.bytes)
