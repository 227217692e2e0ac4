"""boxes.py - stories of inspection boxes: what is missing is shown, a box is assembled as ZIP and book, checked by others' programs, assembled again, copied."""
import base64
import hashlib
import io
import json
import os
import re
import struct
import subprocess
import tempfile
import time
import zipfile

import openpyxl

from harness import TODAY, equal, here, holds, lacks

_visitors = {}


def person(login):
    """Signed in once for all stories."""
    if login not in _visitors:
        _visitors[login] = here().signed_in(login)
    return _visitors[login]


def demo_box(b):
    return re.search(r'href="/r/inspection_box/([0-9a-z]{26})"', b.page("/r/inspection_box").text)[1]


def add(b, register, values, files=()):
    path = f"/r/{register}/new"
    fields = b.page(path).values(path)
    fields.update({k if k == "reason" else "f-" + k: v for k, v in values.items()})
    for name in [k for k in fields if k in {f[0] for f in files}]:
        fields.pop(name)
    answer = b.send_files(path, fields, list(files))
    equal(answer.status, 303, answer.words[:400])
    return answer.headers["Location"].rsplit("/", 1)[1]


def new_box(b, name, **more):
    return add(b, "inspection_box", {"name": name, "inspector": "督查组", "from": "2019-01-01", "to": "2019-12-31", **more})


def assemble(b, box, known_at=""):
    """Starts the work, waits for its end, and returns ZIP and PDF."""
    csrf = b.page(f"/box/{box}").values("/signout")["csrf"]
    equal(b.post(f"/box/{box}/assemble", {"csrf": csrf, "known_at": known_at}).status, 303)
    end = time.monotonic() + 120
    while "正在组卷" in (page := b.page(f"/box/{box}")).words:
        assert time.monotonic() < end, page.words
        holds(page.text, '<progress max="100"')
        holds(b.page("/jobs").text, '<progress max="100"')
        time.sleep(0.05)
    lacks(page.words, "没有组成")
    return zipfile.ZipFile(io.BytesIO(b.page(f"/box/{box}/file/zip").bytes)), b.page(f"/box/{box}/file/pdf").bytes


def pdf_text(data):
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=data, stdout=subprocess.PIPE, check=True).stdout.decode()


def pdf_pages(data):
    """The text of each page, blanks taken out: tables break their words."""
    return [re.sub(r"\s+", "", page) for page in pdf_text(data).split("\f")[:-1]]


def picture(width, height):
    """A BMP without compression: as large as it says."""
    row = bytes((x * 5 % 256, x * 3 % 256, 90)[c] for x in range(width) for c in range(3))
    body = row * height
    return b"BM" + struct.pack("<IHHI", 54 + len(body), 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(body), 2835, 2835, 0, 0) + body


def small_pdf(words):
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"]
    stream = f"BT /F 20 Tf 40 150 Td ({words}) Tj ET".encode()
    objects += [b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    out, at = b"%PDF-1.4\n", []
    for n, one in enumerate(objects, 1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, one)
    cross = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % a for a in at)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, cross)


def contents(z):
    rows = list(openpyxl.load_workbook(io.BytesIO(z.read("contents.xlsx"))).active.iter_rows(values_only=True))
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def check_hashes(z):
    listed = [line.split("  ", 1) for line in z.read("manifest.txt").decode().splitlines()]
    equal(sorted([name for _, name in listed] + ["manifest.txt", "manifest.json"]), sorted(z.namelist()))
    for digest, name in listed:
        equal(hashlib.sha256(z.read(name)).hexdigest(), digest, name)
    told = json.loads(z.read("manifest.json"))
    equal(told["manifest_sha256"], hashlib.sha256(z.read("manifest.txt")).hexdigest())
    lines = told["checkpoint"].split("\n")
    if int(lines[1]) == told["at"]["size"]:
        equal(base64.b64decode(lines[2]).hex(), told["at"]["root"])
    else:
        assert told["at"]["consistency"], told["at"]
    return told


def story_shown():
    """the page of a box says what is complete, too little and missing, by item and by unit, and who it is asked of; the person finds it under today"""
    b = person("linxiao")
    page = b.page(f"/box/{demo_box(b)}")
    holds(page.words, "齐 4 条，不够 1 条，缺 1 条")
    rows = {r[0]: r[1:] for r in page.rows() if len(r) == 6}
    equal(rows["1.2 节假日值班"], ["10", "7 件 至少 7", "齐", "学院办公室", "演示·林晓"])
    equal(rows["2.2 应急演练"][1:], ["2 件 至少 3", "不够", "学生工作办公室", "演示·叶青"])
    equal(rows["3.2 年度安全工作报告"][1:], ["0 件", "缺", "学院办公室", "演示·罗桐"])
    equal([r for r in page.rows() if r[0] == "学院办公室"][0], ["学院办公室", "3", "2", "0", "1"])
    lacking = b.page(f"/box/{demo_box(b)}?lack=1")
    lacks(lacking.words, "1.2 节假日值班")
    holds(lacking.words, "3.2 年度安全工作报告")
    listed = re.search(r'href="(/r/activity\?filter=[^"]*)">14 件', page.text)[1].replace("&amp;", "&")
    holds(b.page(listed).words, "符合条件的有 14 条")
    holds(person("yeqing").page("/today").words, "2.2 应急演练")
    lacks(b.page("/today").words, "2.2 应急演练")


def story_assembled():
    """ZIP and book have the same contents in the same order; hashes, names, pages, checkpoint and pictures hold in others' programs"""
    b = person("linxiao")
    box = demo_box(b)
    large = picture(4000, 4000)  # 48 MB, as large as a file may be sent
    item = {"box": box, "number": "3.1.1", "title": "整改照片、现场：前/后", "office": "实验中心"}
    add(b, "inspection_item", item, [("f-files", "现场:整改?.bmp", large), ("f-files", "通知.pdf", small_pdf("Notice 42")), ("f-files", "名单.csv", "甲,乙\n".encode())])
    z, book = assemble(b, box)
    told = check_hashes(z)
    names = z.namelist()
    for info in z.infolist():
        assert info.filename.isascii() or info.flag_bits & 0x800, info
        assert not re.search(r'[\\:*?"<>|]|(^|/)\.\.?(/|$)|^/', info.filename), info.filename
    rows = contents(z)
    equal([r["编号"] for r in rows], ["1", "1.1", "1.2", "2", "2.1", "2.2", "3", "3.1", "3.1.1", "3.2"])
    equal([r["编号"] for r in rows], [i["number"] for i in told["items"]])
    folders = list(dict.fromkeys(n.split("/")[0] for n in names if "/" in n))
    equal(folders, [r["文件夹"] for r in rows if r["文件夹"]])
    equal(folders, sorted(folders))
    kept = next(n for n in names if "现场_整改_.bmp" in n)
    equal(hashlib.sha256(z.read(kept)).digest(), hashlib.sha256(large).digest())
    pages = pdf_pages(book)
    holds(pages[0], "2019年度校园安全工作检查（演示）")
    holds(pages[0], f"依据日志前{told['at']['size']}条")
    holds(pages[0], f"{told['at']['size']}-{told['at']['root'][:12]}")
    lines = [re.sub(r"\s+", "", line) for line in pdf_text(book).split("\f")[1].split("\n")]
    for r in rows:
        holds(pages[r["页码"] - 1], r["指标名称"].replace(" ", ""), f"page {r['页码']} of {r['编号']}")
        assert any(r["指标名称"] in line and re.search(rf"\.{r['页码']}$", line) for line in lines), (r, lines)
    at = rows[8]["页码"] - 1
    holds(pages[at], hashlib.sha256(large).hexdigest())
    assert len(book) < 4_000_000, len(book)
    images = subprocess.run(["pdfimages", "-list", "-"], input=book, stdout=subprocess.PIPE, check=True).stdout.decode()
    equal([line.split()[8] for line in images.splitlines()[2:]], ["jpeg", "jpeg"])
    sheet = openpyxl.load_workbook(io.BytesIO(z.read(next(n for n in names if "2.1" in n and n.endswith("清单.xlsx"))))).active
    equal(sheet.max_row, 15)
    dates = [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)]
    equal(dates, sorted(dates))
    equal(pdf_pages(z.read("目录.pdf"))[:2], pages[:2])
    record = b.page(re.search(r'href="(/r/inspection_export/[^"]*)"', b.page(f"/box/{box}").text)[1])
    holds(record.words, hashlib.sha256(book).hexdigest())
    holds(record.words, told["manifest_sha256"])
    spine = pdf_pages(b.page(f"/box/{box}/spine").bytes)
    holds(spine[0], "第1盒共1盒")


def story_again():
    """assembled as known at the position on its cover, the box is the same to the byte, whatever was entered since; before it was there it cannot be"""
    b = person("linxiao")
    box = new_box(b, "重组")
    add(b, "inspection_item", {"box": box, "number": "1.1", "title": "检查", "register": "inspection", "where": "kind = laboratory"})
    z, book = assemble(b, box)
    position = str(json.loads(z.read("manifest.json"))["at"]["size"])
    add(b, "inspection", {"number": "JC2019-77", "date": "2019-06-03", "kind": "laboratory", "place": "新楼", "leader": "演示·陈远", "content": "补记", "reason": "漏记"})
    now, newer = assemble(b, box)
    assert now.read("manifest.txt") != z.read("manifest.txt") and newer != book
    then, older = assemble(b, box, position)
    equal(then.read("manifest.txt"), z.read("manifest.txt"))
    equal(older, book)
    equal(json.loads(then.read("manifest.json"))["at"]["root"], json.loads(z.read("manifest.json"))["at"]["root"])
    check_hashes(then)
    csrf = b.page(f"/box/{box}").values("/signout")["csrf"]
    refused = b.post(f"/box/{box}/assemble", {"csrf": csrf, "known_at": "5"})
    equal(refused.status, 422)
    holds(refused.words, "日志的这个位置还没有这个资料盒")
    for wrong in ("0", "99999999", "昨天"):
        equal(b.post(f"/box/{box}/assemble", {"csrf": csrf, "known_at": wrong}).status, 422, wrong)


def story_rights():
    """evidence is read with the rights of whoever assembles; what was withheld is said; nobody gets what another assembled"""
    b = person("linxiao")
    box = new_box(b, "权限")
    add(b, "inspection_item", {"box": box, "number": "1", "title": "谈话", "register": "谈话交流台账", "columns": "谈话日期\n谈话主题\n谈话内容"})
    add(b, "inspection_item", {"box": box, "number": "2", "title": "授权", "register": "grant", "span": "all"})
    grant = re.search(r'href="/r/grant/([0-9a-z]{26})"', person("fangzhou").page("/r/grant").text)[1]
    add(b, "inspection_item", {"box": box, "number": "3", "title": "一条授权", "records": f"/r/grant/{grant}\ngrant/{'0' * 26}"})
    page = b.page(f"/box/{box}")
    holds(page.words, "组卷人无权查看台账“授权”，没有列入")
    equal([r[3] for r in page.rows() if r[0].startswith("2 授权")], ["看不到"])
    equal(page.words.count("选定的一条“授权”记录找不到，或者组卷人无权查看"), 2)
    z, book = assemble(b, box)
    text = "".join(pdf_pages(book))
    holds(text, "“谈话内容”是保密栏目，组卷人无权查看的没有列出")
    holds(text, "组卷人无权查看台账“授权”")
    sheet = openpyxl.load_workbook(io.BytesIO(z.read(next(n for n in z.namelist() if n.endswith("清单.xlsx"))))).active
    equal({row[3] for row in sheet.iter_rows(min_row=2, values_only=True)}, {None})
    other = person("fangzhou")
    equal(other.get(f"/box/{box}/file/zip").status, 404)
    z, book = assemble(other, box)
    assert any("授权" in n for n in z.namelist() if n.endswith("清单.xlsx")), z.namelist()
    holds(other.page(f"/box/{box}").words, "选定的一条“授权”记录找不到")
    admin = person("admin")
    made = admin.post("/r/grant/new", admin.fill("/r/grant/new", {"f-person": "fangzhou", "f-role": "辅导员", "f-since": TODAY}))
    equal(made.status, 303)
    gone = other.get(f"/box/{box}/file/zip")
    equal(gone.status, 403, "with other rights than it was assembled with")
    for text in (gone.words, other.page(f"/box/{box}").words):
        holds(text, "组卷之后您的权限变过，原来的文件不再提供；请重新组卷")
    at = made.headers["Location"] + "/withdraw"
    equal(admin.post(at, {**admin.page(made.headers["Location"]).values(at), "reason": "试完"}).status, 303)
    equal(other.get(f"/box/{box}/file/zip").status, 200, "with the rights of then")
    folder = os.path.join(here().data, "files/.box")
    for name in os.listdir(folder):
        if name.startswith(box):
            os.utime(os.path.join(folder, name), (time.time() - 4 * 86400,) * 2)
    full = person("xuran")
    z, book = assemble(full, box)
    equal(other.get(f"/box/{box}/file/zip").status, 404, "after some days")
    holds(other.page(f"/box/{box}").words, "文件已经清理")
    sheet = openpyxl.load_workbook(io.BytesIO(z.read(next(n for n in z.namelist() if n.endswith("清单.xlsx"))))).active
    assert all(row[3] for row in sheet.iter_rows(min_row=2, values_only=True))
    for path in (f"/box/{box}", f"/box/{box}/file/zip", f"/box/{box}/spine"):
        equal(person("guchuan").get(path).status, 404, path)
    csrf = full.page(f"/box/{box}").values("/signout")["csrf"]
    equal(full.post(f"/box/{box}/copy", {"csrf": csrf, "name": "不该有", "from": "2020-01-01", "to": "2020-12-31", "due": ""}).status, 403)


def story_odd():
    """numbers twice or none, conditions and columns that cannot be read, files gone or changed, names of all kinds: told at the item, and the box is assembled"""
    b = person("linxiao")
    box = new_box(b, "怪/盒:子")
    long = "很长的指标名称" * 25
    for number, title, more in [
            ("1.1", "甲", {"register": "inspection", "where": "gone_field = 1"}), ("1.1", "乙", {"register": "没有的台账"}), ("", long, {}), ("无", "丙", {"where": "kind = fire"}),
            ("1.10", "../../丁\\", {"register": "inspection", "columns": "检查编号、没有的栏、place", "where": "date >= 2018-01-01"}), ("1.2", "戊", {"register": "inspection", "where": 'place ~ "楼"'}),
            ("1.3", "己", {"records": "看不懂\ninspection JC2019-01\n安全检查台账 JC2099-01"}), ("1.4", "表情😀", {"register": "headcount"})]:
        add(b, "inspection_item", {"box": box, "number": number, "title": title, **more})
    gone, changed = b"gone " * 9, b"changed " * 9
    add(b, "inspection_item", {"box": box, "number": "1.5", "title": "庚"}, [("f-files", "去.txt", gone), ("f-files", "变.txt", changed), ("f-files", "在.txt", b"there")])
    for content, after in ((gone, None), (changed, b"altered " * 9)):
        digest = hashlib.sha256(content).hexdigest()
        path = os.path.join(here().data, "files", digest[:2], digest)
        os.chmod(path, 0o640)
        if after is None:
            os.unlink(path)
        else:
            with open(path, "wb") as f:
                f.write(after)
    words = b.page(f"/box/{box}").words
    for told in ("条件看不懂：第 1 个字", "没有台账“没有的台账”", "没有编号，排在最后", "编号“无”看不懂，排在最后", "编号“1.1”与上一条重复", "没有栏目“没有的栏”", "不能用 ~ 全文查找", "看不懂或找不到选定的记录“看不懂”",
                 "找不到选定的记录“安全检查台账 JC2099-01”", "写了条件，却没有写取自哪个台账", "条件里的日期 2018-01-01 不在本盒的期间内", "没有记录日期，列出的不限于本期", "文件“去.txt”不在盘上"):
        holds(words, told)
    z, book = assemble(b, box)
    check_hashes(z)
    equal([r["编号"] or "" for r in contents(z)], ["1.1", "1.1", "1.2", "1.3", "1.4", "1.5", "1.10", "", "无"])
    notes = {r["指标名称"]: r["说明"] for r in contents(z)}
    holds(notes["庚"], "文件“变.txt”的内容与登记的不符")
    equal([n.rsplit("/", 1)[1] for n in z.namelist() if "/附件/" in n], ["003 在.txt"])
    assert all(len(part.encode()) < 255 for n in z.namelist() for part in n.split("/"))
    with tempfile.TemporaryDirectory() as folder:
        z.extractall(folder)
        equal(sum(len(files) for _, _, files in os.walk(folder)), len(z.namelist()))
    holds("".join(pdf_pages(book)), "表情〓")
    holds("".join(pdf_pages(book)), long)


def story_next_period():
    """the superior's table is imported into a box, and a box is copied for the next period: its conditions move, its evidence stays behind"""
    b = person("linxiao")
    box = new_box(b, "来年")
    book = openpyxl.Workbook()
    for row in (["编号", "指标名称", "考核要求", "分值", "责任单位", "取自台账", "取哪些记录", "选定的记录"], ["1", "检查", "每季度一次", 10.5, "实验中心", "安全检查台账", "", ""],
                ["2", "教育", None, 5, None, "安全教育台账", "date >= 2019-09-01", "安全检查台账 JC2019-01"]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    for name in ("来年", "又一盒"):  # the same table for two boxes
        one = box if name == "来年" else new_box(b, name)
        given = f"box:{one}"
        start = b.page(f"/r/inspection_item/import?given={given}")
        holds(start.words, f"每一行的“资料盒”都填：{name}")
        tried = b.upload("/r/inspection_item/import", {"csrf": start.values("/signout")["csrf"], "given": given}, "指标.xlsx", out.getvalue())
        holds(tried.words, "2 行都能导入")
        fields = {k: v for k, v in tried.values("/r/inspection_item/import").items() if k in ("csrf", "kept", "effect", "given")}
        done = b.post("/r/inspection_item/import", fields)
        equal((done.status, done.headers["Location"]), (303, f"/r/inspection_box/{one}"))
        equal(len([r for r in b.page(f"/box/{one}").rows() if len(r) == 6]), 2)
    csrf = b.page(f"/box/{box}").values("/signout")["csrf"]
    form = {"csrf": csrf, "name": "来年", "from": "2020-01-01", "to": "2020-12-31", "due": "2021-01-15"}
    refused = b.post(f"/box/{box}/copy", form)
    equal(refused.status, 422)  # the name is that of a box there is
    equal(b.post(f"/box/{box}/copy", {**form, "name": "再来", "to": "2019-12-31"}).status, 422)
    lacks(b.page("/r/inspection_box").words, "再来")
    made = b.post(f"/box/{box}/copy", {**form, "name": "再来"})
    equal(made.status, 303, made.words[:300])
    page = b.page(made.headers["Location"])
    holds(page.words, "2020-01-01 — 2020-12-31")
    rows = {r[0].split(" 条件")[0]: r for r in page.rows() if len(r) == 6}
    equal([rows["1 检查"][1], rows["1 检查"][2], rows["1 检查"][4]], ["10.5", "0 件", "实验中心"])
    holds(page.words, "条件里的日期 2019-09-01 不在本盒的期间内")
    equal(rows["2 教育"][2], "0 件")
    holds(b.page(f"/box/{box}").words, "1 检查")
