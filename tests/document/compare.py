#!/usr/bin/env python3
"""Opens our DOCX with LibreOffice and python-docx and compares LibreOffice's lines with those of our own PDF.

usage: compare.py RENDER SOURCE.md   (RENDER is the document_render test tool)
Exit status 77 (skipped) where LibreOffice or python3-docx is not installed.
"""
import os, re, shutil, subprocess, sys, tempfile, zipfile

ALLOWED_DIFFERENT = 0.02  # of all lines, at least 2: LibreOffice does not tighten the last character of a run of digits, Word does

FONTS_CONF = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir>
<match target="pattern"><test name="family"><string>仿宋_GB2312</string></test><edit name="family" mode="assign" binding="strong"><string>{body}</string></edit></match>
<match target="pattern"><test name="family"><string>楷体_GB2312</string></test><edit name="family" mode="assign" binding="strong"><string>{body}</string></edit></match>
<match target="pattern"><test name="family"><string>黑体</string></test><edit name="family" mode="assign" binding="strong"><string>Noto Sans CJK SC</string></edit></match>
<match target="pattern"><test name="family"><string>宋体</string></test><edit name="family" mode="assign" binding="strong"><string>Noto Serif CJK SC</string></edit></match>
<match target="pattern"><test name="family"><string>方正小标宋简体</string></test><edit name="family" mode="assign" binding="strong"><string>Noto Serif CJK SC</string></edit></match>
</fontconfig>"""


def lines_of(pdf):
    out = subprocess.run(["pdftotext", "-layout", "-enc", "UTF-8", pdf, "-"], check=True, capture_output=True).stdout.decode()
    pages = [[re.sub(r"\s+", "", line) for line in page.split("\n") if line.strip()] for page in out.split("\f")]
    return [page for page in pages if page]


def check_package(path):
    """The parts are there, well-formed, dated alike, and Word's order of paragraph properties is kept."""
    import xml.etree.ElementTree as tree

    order = "pStyle keepNext keepLines pageBreakBefore framePr widowControl pBdr autoSpaceDE autoSpaceDN snapToGrid spacing ind jc outlineLvl".split()
    runs = "rFonts spacing sz szCs lang".split()
    with zipfile.ZipFile(path) as z:
        assert z.namelist()[0] == "[Content_Types].xml"
        assert len({i.date_time for i in z.infolist()}) == 1, "parts have different times"
        for name in z.namelist():
            root = tree.fromstring(z.read(name))
            for tag, wanted in (("pPr", order), ("rPr", runs)):
                for node in root.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}" + tag):
                    seen = [wanted.index(child.tag.split("}")[1]) for child in node]
                    assert seen == sorted(seen) and len(seen) == len(set(seen)), f"{name}: order of {tag}: {[c.tag for c in node]}"


def check_docx(path):
    import docx

    d = docx.Document(path)
    assert d.sections[0].page_width.twips == 11906 and d.sections[0].top_margin.twips == 2098
    headings = [p.text for p in d.paragraphs if p.style.name.lower().startswith("heading 1")]
    assert headings and headings[0].startswith("一、"), headings
    assert d.tables and d.tables[0].cell(0, 0).text, "no table"


def convert(work, env, path, kind):
    profile = "-env:UserInstallation=file://" + os.path.join(work, "profile")
    subprocess.run(["soffice", profile, "--headless", "--convert-to", kind, "--outdir", work, path], check=True, capture_output=True, env=env, timeout=240)


def compare(ours, theirs):
    a, b = [line for page in ours for line in page], [line for page in theirs for line in page]
    import difflib

    same = sum(block.size for block in difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
    for line in difflib.unified_diff(a, b, "pdf", "libreoffice", lineterm="", n=0):
        print("#", line)
    print(f"# {same} of {len(a)} lines agree; pages: {len(ours)} and {len(theirs)}")
    assert len(a) - same <= max(2, ALLOWED_DIFFERENT * len(a)), "too many lines differ"
    assert len(ours) == len(theirs), "different number of pages"


def main():
    render, source = sys.argv[1:3]
    try:
        import docx  # noqa: F401
    except ImportError:
        return 77
    if not shutil.which("soffice") or not shutil.which("pdftotext"):
        return 77
    with tempfile.TemporaryDirectory() as work:
        at = lambda name: os.path.join(work, name)
        for kind in ("pdf", "docx"):
            made = subprocess.run([render, kind, source, at("ours." + kind)], check=True, capture_output=True)
        fonts = subprocess.run([render, "pdf", source, at("again.pdf")], check=True, capture_output=True).stderr.decode()
        body = re.search(r"仿宋 -> (\S+)", fonts)
        family = "FandolFang" if not body else subprocess.run(["fc-query", "-f", "%{family[0]}\n", body[1]], check=True, capture_output=True).stdout.decode().split("\n")[0]
        with open(at("fonts.conf"), "w") as f:
            f.write(FONTS_CONF.format(cache=at("cache"), body=family))
        check_package(at("ours.docx"))
        check_docx(at("ours.docx"))
        env = dict(os.environ, FONTCONFIG_FILE=at("fonts.conf"), HOME=work)
        os.rename(at("ours.pdf"), at("own.pdf"))
        convert(work, env, at("ours.docx"), "fodt")
        with open(at("ours.fodt")) as f:
            flat = f.read()
        with open(at("ours.fodt"), "w") as f:  # LibreOffice 7.4 does not read autoSpaceDE/DN; Word does
            f.write(flat.replace('text-autospace="ideograph-alpha"', 'text-autospace="none"'))
        convert(work, env, at("ours.fodt"), "pdf")
        if len(sys.argv) > 3:
            shutil.copy(at("ours.pdf"), sys.argv[3])
        compare(lines_of(at("own.pdf")), lines_of(at("ours.pdf")))
    print("ok 1 - lines agree")
    return 0


sys.exit(main())
