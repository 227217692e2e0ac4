"""bundles.py - evidence bundles: what the offline verifier proves, what it withholds, and every alteration that it must catch."""
import json
import os
import shutil
import sqlite3
import subprocess

from harness import BUILD, ROOT, TODAY, Instance, command, equal, holds, lacks

VERIFIER = os.path.join(BUILD, "taizhang-verify")
_made = None


def made():
    """A data directory with an issued report: (data, report id, code, bundle, bundle with log)."""
    global _made
    if not _made:
        i = Instance()
        leader = i.signed_in("chenyuan")
        answer = leader.post("/reports/college-year", leader.page("/reports/college-year?period=2019").values("/reports/college-year"))
        equal(answer.status, 303, answer.words[:500])
        page = answer.headers["Location"]
        report = page.rsplit("/", 1)[1]
        download = leader.get(page + "/bundle")
        equal(download.status, 200, download.words[:300])
        holds(leader.page(page).text, page + "/bundle")
        equal(i.signed_in("fangzhou").get(page + "/bundle").status in (403, 404), True, "without report.issue")
        writer = i.signed_in("linxiao")
        writer.post("/r/finding/new", writer.fill("/r/finding/new", {"f-number": "WT-B-1", "f-found": TODAY, "f-summary": "试", "f-grade": "slight",
                                                                     "f-owner": "zhousong"}))
        i.stop()
        paths = [os.path.join(ROOT, n) for n in ("bundle", "bundle-log", "bundle-page")]
        command("bundle", report, "-o", paths[0], data=i.data)
        command("bundle", report, "-o", paths[1], "--log", data=i.data)
        with open(paths[2], "wb") as f:
            f.write(download.bytes)
        code = next(f for e in json.load(open(paths[0]))["entries"] for f in e["fields"] if isinstance(f, list) and f[0] == "code")[2]
        _made = (i.data, report, code, *paths)
    return _made


def verify(bundle, *words, status=0, lang="zh_CN.UTF-8"):
    done = subprocess.run([VERIFIER, bundle, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120,
                          env={**os.environ, "LC_ALL": lang})
    equal(done.returncode, status, f"taizhang-verify {' '.join(words)}: {done.stdout[-600:]} {done.stderr[-600:]}")
    return done.stdout


def story_two_proofs():
    """without --log it proves that nothing was altered, with it that nothing was left out, and says which, in both languages"""
    _, _, code, plain, log, page = made()
    said = verify(plain, "--code", code)
    holds(said, "完整未改")
    holds(said, "没有证明：\n  没有遗漏")
    said = verify(log, "--code", code)
    holds(said, "二、没有遗漏")
    lacks(said, "没有证明：\n  没有遗漏")
    holds(verify(page), "二、没有遗漏")
    said = verify(plain, lang="en_GB.UTF-8")
    holds(said, "That nothing was left out")
    holds(said, "That the log was not rewritten")
    holds(verify(log, lang="en_GB.UTF-8"), "2. Nothing left out")


def story_size_and_libraries():
    """the verifier is under 1 MB and links no database library"""
    assert os.path.getsize(VERIFIER) < 1_000_000 or "asan" in BUILD, os.path.getsize(VERIFIER)
    linked = subprocess.run(["ldd", VERIFIER], stdout=subprocess.PIPE, text=True, check=True).stdout
    for library in ("sqlite", "libpq"):
        lacks(linked, library, "ldd")


def story_withheld():
    """texts are withheld unless asked for, and a chosen field is shown"""
    data, report, _, plain, _, _ = made()
    summary = "防爆灯具"
    entries = json.load(open(plain))["entries"]
    lacks(json.dumps([e["fields"] for e in entries if bytes.fromhex(e["header"]).find(b"\x06report") < 0], ensure_ascii=False), summary)
    chosen = os.path.join(ROOT, "bundle-chosen")
    command("bundle", report, "-o", chosen, "--show", "finding.summary", data=data)
    holds(json.dumps(json.load(open(chosen))["entries"], ensure_ascii=False), summary)
    verify(chosen)


def story_outside():
    """code, checkpoint, key and files from elsewhere are compared; those of another log are told"""
    data, report, code, plain, log, _ = made()
    head = os.path.join(ROOT, "head")
    with open(head, "w") as f:
        f.write(json.load(open(plain))["checkpoint"])
    key = os.path.join(data, "keys/journal.pub")
    said = verify(log, "--checkpoint", head, "--key", key, "--code", code)
    holds(said, "另处保存的检查点相符")
    holds(said, "您带来的公钥")
    db = sqlite3.connect(os.path.join(data, "taizhang.db"))
    older = db.execute("SELECT note FROM head ORDER BY size LIMIT 1 OFFSET 3").fetchone()[0]
    db.close()
    with open(head, "w") as f:
        f.write(older)
    verify(log, "--checkpoint", head)
    holds(verify(plain, "--checkpoint", head, status=65), "--log")
    verify(plain, "--code", code[:-1] + ("0" if code[-1] != "0" else "1"), status=70)
    other = os.path.join(ROOT, "other-log")
    command("init", "--pack", "college", data=other)
    verify(plain, "--key", os.path.join(other, "keys/journal.pub"), status=70)
    i = Instance(data)
    pdf = i.signed_in("chenyuan").get(f"/issued/{report}/pdf").bytes
    i.stop()
    path = os.path.join(ROOT, "report.pdf")
    with open(path, "wb") as f:
        f.write(pdf)
    holds(verify(plain, "--file", path), "就是签发的文件")
    with open(path, "ab") as f:
        f.write(b"x")
    verify(plain, "--file", path, status=70)
    verify(path, status=65)
    verify(os.path.join(ROOT, "nothing"), status=73)


def altered(bundle, change):
    whole = json.load(open(bundle))
    change(whole)
    path = os.path.join(ROOT, "altered")
    with open(path, "w") as f:
        json.dump(whole, f, ensure_ascii=False)
    return path


def finding(whole, counted=True):
    """An entry of the register of findings with a choice that is shown."""
    for e in whole["entries"]:
        if b"\x07finding" in bytes.fromhex(e["header"]):
            for f in e["fields"]:
                if isinstance(f, list) and f[0] == "grade":
                    return e, f
    raise AssertionError("no finding")


def flip(text):
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def story_altered():
    """every part that is altered, left out or doubled is caught"""
    _, _, _, plain, log, _ = made()

    def value(w): finding(w)[1][2] = "grave" if finding(w)[1][2] != "grave" else "slight"
    def salt(w): finding(w)[1][3] = flip(finding(w)[1][3])
    def header(w): finding(w)[0]["header"] = flip(finding(w)[0]["header"])
    def path(w): finding(w)[0]["path"][0] = flip(finding(w)[0]["path"][0])
    def gone(w): w["entries"].remove(finding(w)[0])
    def doubled(w): w["entries"].append(finding(w)[0])
    def html(w): w["html"] = w["html"].replace("2019", "2018", 1)
    def evidence(w): w["evidence"] = w["evidence"].replace('"value":9', '"value":8', 1) if '"value":9' in w["evidence"] else w["evidence"] + " "
    def root(w): w["at"]["root"] = flip(w["at"]["root"])
    def size(w): w["at"]["size"] -= 1
    def note(w): w["checkpoint"] = w["checkpoint"].replace("entered 1", "entered 2", 1)
    def report(w): w["report"] = ("0" if w["report"][0] != "0" else "1") + w["report"][1:]
    for bundle in (plain, log):
        for change in (value, salt, header, path, doubled, html, evidence, root, size, note, report):
            path_altered = altered(bundle, change)
            done = subprocess.run([VERIFIER, path_altered], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
            assert done.returncode in (65, 70), f"{change.__name__}: {done.returncode} {done.stdout[-300:]}"
    verify(altered(log, gone), status=70)

    def header_of_log(w): w["log"][5] = flip(w["log"][5])
    def shorter_log(w): w["log"].pop()
    verify(altered(log, header_of_log), status=70)
    verify(altered(log, shorter_log), status=65)
