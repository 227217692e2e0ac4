"""backups.py - a backup is taken while people work, is restored and verifies; cut, altered, foreign or older ones are refused."""
import json
import os
import shutil
import subprocess
import tarfile
import threading

from harness import POSTGRES, ROOT, TODAY, Instance, command, equal, holds

_made = None


def note(data):
    """The newest head of an installation that stands still."""
    import sqlite3
    db = sqlite3.connect(os.path.join(data, "taizhang.db"))
    found = db.execute("SELECT note FROM head ORDER BY size DESC LIMIT 1").fetchone()[0]
    db.close()
    path = os.path.join(ROOT, f"head-{os.path.basename(data)}-{found.split(chr(10))[1]}")
    with open(path, "w") as f:
        f.write(found)
    return path


def add(browser, number):
    answer = browser.post("/r/finding/new", browser.fill("/r/finding/new", {"f-number": number, "f-found": TODAY, "f-summary": "试", "f-grade": "slight",
                                                                            "f-owner": "zhousong"}))
    equal(answer.status, 303, answer.words[:300])


def made():
    """(data, plain backup, encrypted backup, passphrase file, numbers acknowledged before the backup), taken under load."""
    global _made
    if not _made:
        i = Instance()
        done, stop = [], threading.Event()

        def work():
            b = i.signed_in("linxiao")
            while not stop.is_set() and len(done) < 500:
                add(b, f"WT-BK-{len(done)}")
                done.append(f"WT-BK-{len(done)}")
        worker = threading.Thread(target=work)
        worker.start()
        while len(done) < 5:
            pass
        before = list(done)
        plain, sealed, word = (os.path.join(ROOT, n) for n in ("plain.tar", "sealed.bak", "word"))
        with open(word, "w") as f:
            f.write("十二个字符以上的口令 correct\n")
        command("backup", plain, data=i.data)
        command("backup", sealed, "--passphrase", word, data=i.data)
        during = len(done)
        stop.set()
        worker.join()
        print(f"# {len(before)} records before, {during - len(before)} during two backups")
        assert during > len(before), "nobody worked meanwhile"
        i.stop()
        _made = (i.data, plain, sealed, word, before)
    return _made


def fresh(name):
    path = os.path.join(ROOT, name)
    shutil.rmtree(path, ignore_errors=True)
    return path


def serve(data):
    """A restored installation's server; the demonstration's sign-ins are no part of a backup."""
    shutil.copy(os.path.join(_made[0], "demo-signin.txt"), data)
    return Instance(data)


def story_backup_and_restore():
    """taken under load, restored: what was acknowledged before is there, it verifies, serves, and takes further changes"""
    if POSTGRES:
        return
    _, plain, sealed, word, before = made()
    for name, backup, words in (("restored", plain, ()), ("restored-sealed", sealed, ("--passphrase", word))):
        data = fresh(name)
        command("restore", backup, *words, data=data)
        numbers = {r.get("number") or r["values"]["number"] for r in json.loads(command("record", "list", "finding", "--limit", "5000", "--json", data=data).stdout)}
        assert set(before) <= numbers, set(before) - numbers
        command("verify", "--deep", data=data)
    i = serve(data)
    add(i.signed_in("linxiao"), "WT-BK-NACH")
    i.stop()
    command("verify", "--deep", data=data)


def story_plain_is_tar():
    """a plain backup is a tar that any tool reads, with sums that sha256sum holds"""
    if POSTGRES:
        return
    _, plain, sealed, _, _ = made()
    folder = fresh("by-tar")
    os.mkdir(folder)
    subprocess.run(["tar", "-xf", plain, "-C", folder], check=True)
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)
    os.remove(os.path.join(folder, "SHA256SUMS"))
    for at, folders, names in os.walk(folder):
        for n in names:
            os.chmod(os.path.join(at, n), 0o600)
    command("verify", "--deep", data=folder)
    equal(os.stat(plain).st_mode & 0o777, 0o600, "mode")
    content = open(sealed, "rb").read()
    assert b"taizhang.conf" not in content and b"SQLite format" not in content, "not encrypted"


def story_refused():
    """cut short, altered, with a wrong passphrase, with a name that leads out: refused, and nothing is left behind"""
    if POSTGRES:
        return
    data, plain, sealed, word, _ = made()
    whole = open(plain, "rb").read()
    secret = open(sealed, "rb").read()
    bad = os.path.join(ROOT, "bad")
    other = os.path.join(ROOT, "other-word")
    with open(other, "w") as f:
        f.write("another passphrase\n")
    target = fresh("not-to-be")

    def refused(content, *words, status):
        with open(bad, "wb") as f:
            f.write(content)
        command("restore", bad, *words, data=target, status=status)
        assert not os.path.exists(target) and not os.path.exists(target + ".restoring"), "something is left behind"
    refused(whole[:len(whole) // 2], status=65)
    refused(whole[:600000] + bytes([whole[600000] ^ 1]) + whole[600001:], status=70)
    refused(b"", status=65)
    refused(secret[:len(secret) // 2], "--passphrase", word, status=65)
    refused(secret[:300000] + bytes([secret[300000] ^ 1]) + secret[300001:], "--passphrase", word, status=65)
    refused(secret, "--passphrase", other, status=65)
    refused(secret, status=65)
    for name in ("../out", "/tmp/out", "files/../../out", "a/.hidden"):
        with tarfile.open(bad, "w", format=tarfile.USTAR_FORMAT) as t:
            info = tarfile.TarInfo(name)
            t.addfile(info)
        command("restore", bad, data=target, status=65)
        assert not os.path.exists(target)
    command("restore", plain, data=data, status=67)  # somebody lives there
    short = os.path.join(ROOT, "short-word")
    with open(short, "w") as f:
        f.write("short\n")
    command("backup", bad, "--passphrase", short, data=data, status=65)


def story_head():
    """held against a head from elsewhere: a beginning of the known log needs a word, another log is refused"""
    if POSTGRES:
        return
    data, plain, _, _, _ = made()
    newer = note(data)
    done = command("restore", plain, "--head", newer, data=fresh("older"), status=68)
    holds(done.stderr, "--accept-loss")
    command("restore", plain, "--head", newer, "--accept-loss", data=fresh("older"))
    own = note(os.path.join(ROOT, "older"))
    command("restore", plain, "--head", own, data=fresh("same"))
    # The same installation restored and worked in by itself is another log from there on.
    i = serve(os.path.join(ROOT, "older"))
    add(i.signed_in("linxiao"), "WT-BK-FORK")
    i.stop()
    forked = note(os.path.join(ROOT, "older"))
    later = os.path.join(ROOT, "later.tar")
    command("backup", later, data=data)
    command("restore", later, "--head", forked, data=fresh("fork"), status=70)
    stranger = os.path.join(ROOT, "stranger")
    command("init", "--pack", "college", data=stranger)
    command("restore", plain, "--head", note(stranger), data=fresh("fork"), status=70)
