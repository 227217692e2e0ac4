"""crash.py - the server killed with SIGKILL at seeded moments under load: what was acknowledged is there, nothing is half done, the journal verifies."""
import http.client
import json
import os
import random
import threading
import time

from harness import TODAY, Instance, command, demo_data

SEED = int(os.environ.get("TAIZHANG_CRASH_SEED") or time.time())
ROUNDS = int(os.environ.get("TAIZHANG_CRASHES") or 50)
WORKERS = 4


def signed_in(instance):
    """Signs in; a machine that is busy with other sign-ins says so with 503, and is asked again."""
    end = time.monotonic() + 30
    while True:
        try:
            return instance.signed_in("linxiao")
        except AssertionError as busy:
            if "503" not in str(busy) or time.monotonic() > end:
                raise
            time.sleep(0.3)


def work(instance, cookies, mark, stop, sent, acknowledged, errors):
    """One client's changes, until the server is gone: each record is added, then edited; what was answered is noted."""
    browser = instance.visitor()
    browser.cookies = dict(cookies)
    n = 0
    try:
        while not stop.is_set():
            number = f"{mark}-{n}"
            n += 1
            sent.append(number)
            answer = browser.post("/r/finding/new", browser.fill("/r/finding/new", {"f-number": number, "f-found": TODAY, "f-summary": "甲" + number,
                                                                                    "f-grade": "slight", "f-owner": "zhousong"}))
            if answer.status != 303:
                errors.append((number, answer.status, answer.words[:200]))
                return
            at = answer.headers["Location"]
            acknowledged[number] = "甲" + number
            sent.append(number + "+")
            if browser.post(at + "/edit", browser.fill(at + "/edit", {"f-summary": "乙" + number})).status == 303:
                acknowledged[number] = "乙" + number
    except (OSError, http.client.HTTPException, AssertionError) as gone:
        if not stop.is_set():
            errors.append(repr(gone)[:200])


def kill_one(data, round_, rng, acknowledged):
    instance = Instance(data)
    cookies = signed_in(instance).cookies
    stop, sent, errors = threading.Event(), [], []
    workers = [threading.Thread(target=work, args=(instance, cookies, f"C{round_}-{w}", stop, sent, acknowledged, errors)) for w in range(WORKERS)]
    for w in workers:
        w.start()
    end = time.monotonic() + 20
    while not acknowledged and not errors and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(rng.uniform(0, 0.5))
    stop.set()
    instance.server.kill()
    instance.server.wait(20)
    for w in workers:
        w.join(30)
    instance.server.stdout.close()
    instance.log.close()
    instance.server = None
    assert not errors, errors[:3]
    return sent


def check(data, acknowledged, sent):
    """Every acknowledged change is there; what is there was sent, and whole."""
    command("verify", "--deep", data=data)
    listed = json.loads(command("record", "list", "finding", "--json", "--limit", "100000", data=data).stdout)
    found = {(r.get("values") or r)["number"]: (r.get("values") or r)["summary"] for r in listed}
    for number, summary in acknowledged.items():
        assert number in found, f"{number} was acknowledged and is lost"
        later = number + "+" in sent and found[number] == "乙" + number  # sent, committed, and killed before the answer
        assert found[number] == summary or later, f"{number}: {found[number]!r}, acknowledged {summary!r}"
    for number in found:
        assert not number.startswith("C") or number in sent, f"{number} was never sent"


def story_killed():
    """killed at seeded moments under load, started again each time"""
    rng = random.Random(SEED)
    data = demo_data()
    acknowledged, sent = {}, set()
    for round_ in range(ROUNDS):
        fresh = {}
        try:
            sent |= set(kill_one(data, round_, rng, fresh))
            acknowledged.update(fresh)
            if round_ % 10 == 9 or round_ == ROUNDS - 1:
                check(data, acknowledged, sent)
        except AssertionError as wrong:
            raise AssertionError(f"seed {SEED}, kill {round_ + 1}: {wrong}") from wrong
    print(f"# seed {SEED}: {ROUNDS} kills, {len(acknowledged)} acknowledged records, {len(sent)} changes sent")
    assert len(acknowledged) > ROUNDS
