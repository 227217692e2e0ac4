"""forms.py - stories of forms that a superior sends: uploaded, their cells settled by clicking, filled for a period with the layout kept."""
import difflib
import io
import json
import re
import zipfile

import docx
import openpyxl
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from api import make_token
from harness import TODAY, equal, here, holds


def template(second="检查人次"):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "统计表"
    page.append(["安全工作情况统计表"])
    page.merge_cells("A1:D1")
    page.append(["检查次数", None, second, None])
    page.append(["合计", "=B2+D2"])
    page.append(["序号", "检查编号", "检查日期", "检查地点"])
    for row in range(5, 8):
        for column in range(1, 5):
            page.cell(row, column).border = openpyxl.styles.Border(bottom=openpyxl.styles.Side("thin"))
    page["A8"] = "填表人"
    page.column_dimensions["B"].width = 33
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def upload(b, content, path="/r/form/new", name="统计表.xlsx"):
    fields = b.page(path).values(path)
    fields.update({"f-name": "安全季报", "f-received": TODAY, "f-sender": "省厅"})
    fields.pop("f-file", None)
    answer = b.send_files(path, fields, [("f-file", name, content)])
    equal(answer.status, 303, answer.words[:300])
    return answer.headers["Location"].rsplit("/", 1)[1]


def settle(b, form, cell, sheet="统计表", **fields):
    at = f"/forms/{form}"
    csrf = b.page(at).values("/signout")["csrf"]
    return b.post(at, {"csrf": csrf, "sheet": sheet, "cell": cell, **fields})


def settled():
    b = here().signed_in("linxiao")
    form = upload(b, template())
    equal(settle(b, form, "B2", kind="figure", what="inspection.count").status, 303)
    equal(settle(b, form, "D2", kind="figure", what="inspection.inspectors").status, 303)
    equal(settle(b, form, "A5", kind="list", register="inspection", where="place != null", **{"c-A": "#", "c-B": "number", "c-C": "date", "c-D": "place"}).status, 303)
    return b, form


def story_filled():
    """figures and a list go into their cells, the rest of the file stays byte for byte, and a list too long for its place is told"""
    b, form = settled()
    shown = b.page(f"/forms/{form}/fill?period=2019")
    holds(shown.words, "名单有")
    holds(shown.words, "只有 3 行的位置")
    answer = b.page(f"/forms/{form}/file?period=2019")
    equal(answer.headers["Cache-Control"], "no-store")
    page = openpyxl.load_workbook(io.BytesIO(answer.bytes))["统计表"]
    listed = b.page("/r/inspection?filter=date%20%3E%3D%202019-01-01%20AND%20date%20%3C%3D%202019-12-31").text
    count = len(set(re.findall(r"/r/inspection/[0-9a-z]{26}", listed)))
    equal(page["B2"].value, count)
    assert page["D2"].value > count
    equal(page["A3"].value, "合计")
    equal(page["B3"].value, "=B2+D2")
    equal([page.cell(5, 1).value, page.cell(7, 1).value], [1, 3])
    assert page["B5"].value.startswith("JC2019-"), page["B5"].value
    equal(page["A8"].value, "填表人")
    equal(page.column_dimensions["B"].width, 33)
    before, after = zipfile.ZipFile(io.BytesIO(template())), zipfile.ZipFile(io.BytesIO(answer.bytes))
    equal(before.namelist(), after.namelist())
    for name in ("xl/styles.xml", "[Content_Types].xml", "xl/theme/theme1.xml"):
        equal(before.read(name), after.read(name), name)


def story_kept():
    """a filled form is kept as a record's file, with what was not filled"""
    b, form = settled()
    csrf = b.page(f"/forms/{form}").values("/signout")["csrf"]
    answer = b.post(f"/forms/{form}/keep", {"csrf": csrf, "period": "2019"})
    equal(answer.status, 303)
    page = b.page(answer.headers["Location"])
    holds(page.words, "安全季报 2019年")
    holds(page.words, "只有 3 行的位置")
    equal(b.page(re.search(r'href="(/r/form_filled/[^"]*/file/file[^"]*)"', page.text)[1].replace("&amp;", "&")).bytes[:2], b"PK")


def story_form_changed():
    """in a new version of the form a cell whose neighbour says something else is not filled, and the person is told"""
    b, form = settled()
    path = f"/r/form/{form}/edit"
    fields = b.page(path).values(path)
    fields.pop("f-file", None)
    equal(b.send_files(path, fields, [("f-file", "新表.xlsx", template("发现隐患数"))]).status, 303)
    shown = b.page(f"/forms/{form}/fill?period=2019")
    holds(shown.words, "原来写“检查人次")
    page = openpyxl.load_workbook(io.BytesIO(b.page(f"/forms/{form}/file?period=2019").bytes))["统计表"]
    equal(page["D2"].value, None)
    assert page["B2"].value


def story_nothing_happened():
    """a figure of 0 that nobody vouches for is not filled"""
    b, form = settled()
    shown = b.page(f"/forms/{form}/fill?period=1999")
    holds(shown.words, "数出来是 0")
    holds(shown.words, "填了 0 格")


def story_refused():
    """what cannot be: the form's own text, a formula, a wrong condition, a period that is none, another kind of file, a reader who may not"""
    b, form = settled()
    equal(settle(b, form, "A2", kind="figure", what="inspection.count").status, 422)
    equal(settle(b, form, "B3", kind="figure", what="inspection.count").status, 422)
    wrong = settle(b, form, "B2", kind="figure", what="inspection.count", where="nothing = 1")
    equal(wrong.status, 422)
    holds(wrong.words, "条件看不懂")
    equal(b.get(f"/forms/{form}/fill?period=abc").status, 422)
    equal(here().signed_in("fangzhou").get(f"/forms/{form}").status, 403)
    with_macros = io.BytesIO(word_template())
    zipfile.ZipFile(with_macros, "a").writestr("word/vbaProject.bin", b"Attribute VB_Name")
    for content, name, why in [(with_macros.getvalue(), "表.docx", "文件里有宏"), (b"%PDF-1.4", "表.pdf", "应是 XLSX 或 DOCX 文件")]:
        wrong = upload(b, content, name=name)
        refused = b.get(f"/forms/{wrong}")
        equal(refused.status, 422)
        holds(refused.words, why)
    panel = b.page(f"/forms/{form}?sheet=%E7%BB%9F%E8%AE%A1%E8%A1%A8&cell=A5&register=inspection")
    holds(panel.words, "从这一格往下填名单")
    equal(b.page(f"/forms/{form}?sheet=x&cell=ZZZ9999999").status, 200)


WORD_BLANKS = [("正文1", "B3", "count"), ("正文1", "F3", "inspectors"), ("正文1", "H3", "count"), ("表格1", "B2", "count"), ("表格1!D2", "B1", "inspectors")]


def word_template(second="检查人次"):
    form = docx.Document()
    form.add_heading("校园安全工作情况季报表", 1)
    line = form.add_paragraph("填报单位：")
    line.add_run("　　　　　　").underline = True
    line.add_run("  填表日期：    年  月  日")
    line = form.add_paragraph("本季度共检查____次，消防检查")
    line.add_run("＿＿＿").bold = True
    line.add_run("次，参加检查（    ）人次。共")
    line._p.append(parse_xml(f'<w:sdt {nsdecls("w")}><w:sdtPr><w:showingPlcHdr/><w:text/></w:sdtPr><w:sdtContent><w:r><w:t>单击此处</w:t></w:r></w:sdtContent></w:sdt>'))
    table = form.add_table(2, 4)
    table.cell(0, 0).merge(table.cell(0, 3)).text = "检查情况"
    for column, text in [(0, "检查次数"), (2, second), (3, "共____人次")]:
        table.cell(1, column).text = text
    form.add_paragraph("附：")
    table = form.add_table(4, 4)
    for column, text in enumerate(["序号", "检查编号", "检查日期", "检查地点"]):
        table.cell(0, column).text = text
        for row in range(1, 4):
            table.cell(row, column).paragraphs[0].paragraph_format.element.get_or_add_pPr().append(parse_xml(f'<w:rPr {nsdecls("w")}><w:sz w:val="18"/></w:rPr>'))
    form.add_paragraph("□ 已公示  填表人：")
    form.sections[0].footer.paragraphs[0].text = "第一联"
    out = io.BytesIO()
    form.save(out)
    return out.getvalue()


def word_settled():
    b = here().signed_in("linxiao")
    form = upload(b, word_template(), name="季报表.docx")
    for sheet, cell, measure in WORD_BLANKS:
        equal(settle(b, form, cell, sheet, kind="figure", what=f"inspection.{measure}").status, 303, cell)
    for cell, fact in [("B2", "institution"), ("D2", "today_year"), ("F2", "today_month"), ("H2", "today_day")]:
        equal(settle(b, form, cell, "正文1", kind="fact", fact=fact).status, 303, cell)
    equal(settle(b, form, "B2", "正文1", kind="fact", fact="weather").status, 422)
    equal(settle(b, form, "A2", "表格2", kind="list", register="inspection", where="place != null", **{"c-A": "#", "c-B": "number", "c-C": "date", "c-D": "place"}).status, 303)
    return b, form


def changed_pieces(before, after):
    """the kinds of tags and texts that differ between two documents"""
    before, after = (re.findall(r"<[^>]*>|[^<]+", part.decode()) for part in (before, after))
    changed = set()
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            changed.update(before[a:b] + after[c:d])
    return {piece if piece.startswith("<") else "text" for piece in changed}


def story_word_filled():
    """a Word form: blanks in its text, empty cells and rows are filled; another program reads them, and all else is byte for byte as it came"""
    b, form = word_settled()
    shown = b.page(f"/forms/{form}/fill?period=2019")
    holds(shown.words, "只有 3 行的位置")
    holds(shown.words, "有 1 处没有填好")
    answer = b.page(f"/forms/{form}/file?period=2019")
    holds(answer.headers["Content-Disposition"], "form.docx")
    filled = docx.Document(io.BytesIO(answer.bytes))
    line = re.fullmatch(r"本季度共检查_(\d)__次，消防检查＿＿＿次，参加检查（ (\d\d) ）人次。共", filled.paragraphs[2].text)
    count, people = line[1], line[2]
    equal([t.text for t in filled.element.body.xpath("//w:sdt//w:t")], [count])
    equal(filled.element.body.xpath("//w:showingPlcHdr"), [])
    year, month, day = TODAY.split("-")
    equal(re.sub("[ 　]", "", filled.paragraphs[1].text), f"填报单位：示范学院（演示）填表日期：{year}年{int(month)}月{int(day)}日")
    first, second = filled.tables
    equal([c.text for c in first.rows[1].cells], ["检查次数", count, "检查人次", f"共_{people}_人次"])
    equal([c.text for c in second.columns[0].cells], ["序号", "1", "2", "3"])
    assert second.cell(3, 1).text.startswith("JC2019-"), second.cell(3, 1).text
    equal(second.cell(1, 1).paragraphs[0].runs[0].font.size.pt, 9.0)
    before, after = zipfile.ZipFile(io.BytesIO(word_template())), zipfile.ZipFile(io.BytesIO(answer.bytes))
    equal(before.namelist(), after.namelist())
    for name in before.namelist():
        if name != "word/document.xml":
            equal(before.read(name), after.read(name), name)
    equal(changed_pieces(before.read("word/document.xml"), after.read("word/document.xml")),
          {"text", "<w:t>", '<w:t xml:space="preserve">', "</w:t>", "<w:r>", "</w:r>", "<w:rPr>", "</w:rPr>", "<w:p/>", "<w:p>", "</w:p>", '<w:sz w:val="18"/>', "<w:showingPlcHdr/>"})


def story_word_form_changed():
    """a new version of a Word form whose text beside a blank is another: that blank stays empty, and a list does not go into a text"""
    b, form = word_settled()
    path = f"/r/form/{form}/edit"
    fields = b.page(path).values(path)
    fields.pop("f-file", None)
    equal(b.send_files(path, fields, [("f-file", "新表.docx", word_template("发现隐患数"))]).status, 303)
    holds(b.page(f"/forms/{form}/fill?period=2019").words, "原来写“检查人次 / 检查情况：共＿人次”")
    tables = docx.Document(io.BytesIO(b.page(f"/forms/{form}/file?period=2019").bytes)).tables
    equal(tables[0].cell(1, 3).text, "共____人次")
    assert tables[0].cell(1, 1).text
    listed = settle(b, form, "B3", "正文1", kind="list", register="inspection", **{"c-B": "number"})
    equal(listed.status, 422)
    holds(listed.words, "名单只能填在表格里")
    equal(settle(b, form, "A3", "正文1", kind="figure", what="inspection.count").status, 422)
    panel = b.page(f"/forms/{form}?sheet=%E6%AD%A3%E6%96%871&cell=B3").words
    assert "从这一格往下填名单" not in panel


class Program:
    """A client with a token and nothing else."""

    def __init__(self, b, **more):
        self.visitor, self.headers = here().visitor(), {"Authorization": "Bearer " + make_token(b, **more)}

    def ask(self, path, status=200):
        answer = self.visitor.send("GET", path, None, self.headers)
        equal(answer.status, status, path)
        return answer

    def said(self, path):
        return json.loads(self.ask("/api/v1/forms" + path).text)

    def keep(self, form, period):
        headers = {**self.headers, "Content-Type": "application/json", "Idempotency-Key": "k1"}
        return self.visitor.send("POST", f"/api/v1/forms/{form}/filled", json.dumps({"period": period}).encode(), headers)


def story_for_programs():
    """a program lists forms, reads what goes into them, fills one, fetches it and keeps it once; its token must reach the registers asked"""
    b, form = word_settled()
    program, narrow = Program(b), Program(b, registers="form")
    mine = next(f for f in program.said("")["forms"] if f["id"] == form)
    equal([mine["name"], mine["places"], mine["url"]], ["安全季报", 10, f"/api/v1/forms/{form}"])
    said = program.said(f"/{form}")
    equal([said["format"], [g["sheet"] for g in said["grids"]]], ["docx", ["正文1", "表格1", "表格1!D2", "正文2", "表格2", "正文3"]])
    place = next(p for p in said["places"] if p["sheet"] == "表格2")
    equal([place["kind"], place["stands"], place["columns"][1]], ["list", True, {"column": "B", "field": "number"}])
    filled = program.said(f"/{form}/filled?period=2019")
    equal([filled["end"], filled["cells"], [e["place"] for e in filled["exceptions"]]], ["2019-12-31", 21, ["表格2!A2"]])
    holds(filled["exceptions"][0]["detail"], "只有 3 行的位置")
    fetched = program.ask(filled["file"])
    equal(docx.Document(io.BytesIO(fetched.bytes)).tables[1].cell(1, 0).text, "1")
    kept, again = program.keep(form, "2019"), program.keep(form, "2019")
    equal([kept.status, again.status, again.headers["Idempotency-Replayed"]], [201, 201, "true"])
    equal(kept.text, again.text)
    equal(program.ask(json.loads(kept.text)["file"]).bytes, fetched.bytes)
    equal(program.keep(form, "2018").status, 422)
    program.ask(f"/api/v1/forms/{form}/filled?period=x", 422)
    narrow.ask(f"/api/v1/forms/{form}")
    narrow.ask(f"/api/v1/forms/{form}/filled?period=2019", 403)
    equal(narrow.keep(form, "2019").status, 403)
    Program(here().signed_in("fangzhou")).ask(f"/api/v1/forms/{form}", 403)
