"""files.py - stories about files: told by their content, shown small, kept through a failed form, scanned, noticed when they change."""
import os
import re
import struct
import subprocess
import tempfile
import time
import zlib

from harness import TODAY, Instance, command, equal, here, holds, lacks

FINDING = {"f-found": TODAY, "f-summary": "走廊堆放杂物", "f-grade": "slight", "f-owner": "演示·周松"}


def png(width, height, rgb=(200, 30, 30)):
    """A picture of one colour, written by the standard alone."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + bytes(rgb) * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"tEXt", b"Comment\0where it was taken") + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def pdf(pages):
    """A PDF of empty pages with a right table of its parts."""
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(b"%d 0 R" % (3 + i) for i in range(pages)), pages)]
    parts += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]>>"] * pages
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj%sendobj\n" % (number, part)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(out))


def jpeg_size(data):
    """Width and height of a JPEG, from its frame header."""
    at = 2
    while data[at] == 0xFF:
        kind, length = data[at + 1], struct.unpack(">H", data[at + 2:at + 4])[0]
        if 0xC0 <= kind <= 0xC3:
            height, width = struct.unpack(">HH", data[at + 5:at + 9])
            return width, height
        at += 2 + length
    raise AssertionError("no frame header")


def add(b, number, files, more=None):
    fields = b.fill("/r/finding/new", {**FINDING, "f-number": number, **(more or {})})
    return b.send_files("/r/finding/new", fields, files)


def story_pictures():
    """several photographs are stored, shown small in list and record without what the camera noted, and sent back byte for byte"""
    b = here().signed_in("linxiao")
    first, second = png(900, 600), png(100, 700, (0, 120, 0))
    at = add(b, "WT-F-1", [("f-photos", "现场 1.png", first), ("f-photos", "b.PNG", second)]).headers["Location"]
    page = b.page(at).text
    small = re.findall(r'src="([^"]*/small/photos\?of=[0-9a-f]{64})"', page)
    equal(len(small), 2)
    answer = b.page(small[0])
    equal(answer.headers["Content-Type"], "image/jpeg")
    equal(jpeg_size(answer.bytes), (160, 106))
    assert b"where it was taken" not in answer.bytes
    equal(jpeg_size(b.page(small[0] + "&large=1").bytes), (900, 600))
    equal(jpeg_size(b.page(small[1]).bytes), (22, 160))
    original = b.page(small[0].replace("/small/", "/file/"))
    equal(original.headers["Cache-Control"], "no-store")
    equal(original.bytes, first)
    equal(original.headers["Content-Type"], "application/octet-stream")
    holds(original.headers["Content-Disposition"], "attachment; filename*=UTF-8''%E7%8E%B0%E5%9C%BA%201.png")
    holds(b.page("/r/finding").text, small[0])
    holds(b.page(small[0].replace("/small/", "/view/")).words, "现场 1.png")
    equal(b.get(small[0][:-64] + "0" * 64).status, 404, "a hash the record does not have")
    equal(here().visitor().get(small[0]).status, 303, "nobody signed in")


def story_take_away():
    """in an edit one photograph is taken away and one added; the others stay, and the history names both"""
    b = here().signed_in("linxiao")
    at = add(b, "WT-F-2", [("f-photos", "a.png", png(20, 20)), ("f-photos", "b.png", png(21, 21))]).headers["Location"]
    form = b.page(at + "/edit").text
    drop = re.findall(r'name="f-photos-drop" value="([0-9a-f]{64})"', form)
    equal(len(drop), 2)
    fields = b.fill(at + "/edit", {})
    equal(b.send_files(at + "/edit", {**fields, "f-photos-drop": drop[0]}, [("f-photos", "c.png", png(22, 22))]).status, 303)
    words = b.page(at).words
    holds(words, "b.png")
    holds(words, "照片： a.png、b.png → b.png、c.png")
    equal(b.send_files(at + "/edit", b.fill(at + "/edit", {"f-summary": "另一句"}), []).status, 303)
    equal(len(re.findall(r'src="[^"]*/small/photos', b.page(at).text)), 2, "an edit without files keeps them")


def story_failed_form():
    """files sent with a form that failed are not to be chosen again, and nobody can name a file that this form did not bring"""
    b = here().signed_in("linxiao")
    failed = add(b, "", [("f-photos", "留.png", png(30, 30))])
    equal(failed.status, 422)
    fields = failed.values("/r/finding/new")
    holds(failed.words, "留.png")
    holds(fields["f-photos-kept"], "留.png")
    other = fields["f-photos-kept"][:-len("留.png")] + "别.png"
    bad = b.send_files("/r/finding/new", {**fields, "f-number": "WT-F-3", "f-photos-kept": other}, [])
    equal(bad.status, 303)
    lacks(b.page(bad.headers["Location"]).words, "别.png")
    again = b.page("/r/finding/new").values("/r/finding/new")
    good = b.send_files("/r/finding/new", {**fields, "record": again["record"], "f-number": "WT-F-4"}, [])
    holds(b.page(good.headers["Location"]).words, "留.png")


def story_refused_kinds():
    """what a file is is read from its content: programs, wrong endings, pictures that are none, too many, empty ones"""
    b = here().signed_in("linxiao")
    before = b.count("finding")
    for name, content, says in (("a.png", b"\x7fELF\x02\x01\x01" + b"\0" * 60, "不能存这类文件"), ("a.png", pdf(1), "后缀与内容不符"),
                                ("a.pdf", pdf(1), "不是图片"), ("a.png", b"", "空的"), ("a.jpg", png(5, 5), "后缀与内容不符")):
        answer = add(b, "WT-F-5", [("f-photos", name, content)])
        equal(answer.status, 422, name)
        holds(answer.words, says, name)
        equal(answer.values("/r/finding/new")["f-summary"], FINDING["f-summary"], "what was typed stays")
    many = add(b, "WT-F-5", [("f-photos", f"{i}.png", png(3, 3 + i)) for i in range(21)])
    equal(many.status, 422)
    holds(many.words, "最多 20 个文件")
    broken = add(b, "WT-F-6", [("f-photos", "broken.png", png(50, 50)[:60])])
    equal(broken.status, 303, "a broken picture is stored: it is what there is")
    page = b.page(broken.headers["Location"])
    small = re.search(r'src="([^"]*/small/photos[^"]*)"', page.text)[1]
    equal(b.get(small).status, 422, "but cannot be shown")
    equal(b.count("finding"), before + 1)


def story_pdf_pages():
    """a PDF is shown page by page as pictures, with the way to the file itself"""
    b = here().signed_in("linxiao")
    fields = b.fill("/r/inspection/new", {"f-number": "JC-F-1", "f-date": TODAY, "f-kind": "fire", "f-place": "教学楼", "f-leader": "演示·周松", "f-content": "消防通道"})
    at = b.send_files("/r/inspection/new", fields, [("f-papers", "通知.pdf", pdf(3)), ("f-papers", "签到.txt", "签到\n".encode())]).headers["Location"]
    page = b.page(at)
    holds(page.words, "签到.txt")
    view = re.search(r'href="([^"]*/view/papers[^"]*)"', page.text)[1].replace("&amp;", "&")
    pictures = [u.replace("&amp;", "&") for u in re.findall(r'<img src="([^"]*)"', b.page(view).text)]
    equal(len(pictures), 3)
    answer = b.page(pictures[2])
    equal((answer.headers["Content-Type"], answer.bytes[:4]), ("image/png", b"\x89PNG"))
    equal(struct.unpack(">II", answer.bytes[16:24])[1], 1280, "fits the longer side")
    assert b.get(pictures[0].replace("page=1", "page=9")).status in (404, 422)
    equal(b.get(pictures[0].replace("page=1", "page=0")).status, 404)


def story_changed_file():
    """a file changed on the disk is noticed when it is opened and by verify"""
    i = Instance()
    b = i.signed_in("linxiao")
    at = add(b, "WT-F-7", [("f-photos", "a.png", png(40, 40))]).headers["Location"]
    url = re.search(r'href="([^"]*/file/photos[^"]*)"', b.page(at).text)[1]
    stored = os.path.join(i.data, "files", url[-64:-62], url[-64:])
    equal(command("verify", "--deep", data=i.data).returncode, 0)
    with open(stored, "r+b") as f:
        f.seek(30)
        f.write(b"\xff")
    assert b.get(url).status >= 500
    done = command("verify", "--deep", data=i.data, status=None)
    assert done.returncode != 0
    holds(done.stdout + done.stderr, url[-64:])
    os.unlink(stored)
    assert command("verify", "--deep", data=i.data, status=None).returncode != 0


def story_scanner():
    """with a clamd configured a file with a known virus is refused by name; a scanner that does not answer lets nothing through"""
    work = tempfile.mkdtemp(prefix="taizhang-clamd-")
    os.chmod(work, 0o777)
    socket = os.path.join(work, "clamd.sock")
    with open(os.path.join(work, "own.ndb"), "w") as f:
        f.write("Taizhang.Test:0:*:" + b"TAIZHANG-TEST-VIRUS".hex() + "\n")
    with open(os.path.join(work, "clamd.conf"), "w") as f:
        f.write(f"LocalSocket {socket}\nDatabaseDirectory {work}\nForeground yes\nStreamMaxLength 1M\nTemporaryDirectory {work}\nUser root\n")
    i = Instance()
    i.stop()
    with open(os.path.join(i.data, "taizhang.conf"), "a") as f:
        f.write(f"clamd = {socket}\n")
    i.start()
    b = i.signed_in("linxiao")
    answer = add(b, "WT-F-8", [("f-photos", "a.png", png(40, 40))])
    equal(answer.status, 503)
    holds(answer.words, "病毒扫描没有应答")
    daemon = subprocess.Popen(["/usr/sbin/clamd", "--config-file", os.path.join(work, "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            if os.path.exists(socket):
                break
            time.sleep(0.1)
        infected = png(40, 40) + b"TAIZHANG-TEST-VIRUS"
        answer = add(b, "WT-F-8", [("f-photos", "a.png", infected)])
        equal(answer.status, 422)
        holds(answer.words, "带有病毒（Taizhang.Test")
        equal(add(b, "WT-F-8", [("f-photos", "a.png", png(40, 40))]).status, 303)
    finally:
        daemon.terminate()
        daemon.wait(30)
