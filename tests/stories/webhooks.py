"""webhooks.py - stories of programs that are told of changes, by a receiver of our own that behaves and misbehaves."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import socket
import threading
import time

from harness import TODAY, Instance, command, demo_data, equal, holds, lacks

_instance = None


def add(data, register, **values):
    command("record", "add", register, *(w for k, v in values.items() for w in ("--set", f"{k}={v}")), data=data)


def permit(data):
    """Gives one officer the right to be told of changes."""
    add(data, "role", name="接口管理", rights="webhook.own")
    add(data, "grant", person="linxiao", role="接口管理", since=TODAY)


def here():
    """An installation that may tell programs on this machine, where one role has the right to it."""
    global _instance
    if not _instance:
        data = demo_data()
        with open(os.path.join(data, "taizhang.conf"), "a") as f:
            f.write("webhook_networks = 127.0.0.0/8\n")
        permit(data)
        _instance = Instance(data)
    return _instance


class Receiver:
    """Keeps what comes, and answers what `answers` says next (the last one for ever): a status, "hang", "drop", or (status, headers)."""

    def __init__(self, *answers):
        self.got, self.answers, self.lock = [], list(answers) or [200], threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with outer.lock:
                    outer.got.append((time.time(), dict(self.headers.items()), body))
                    answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                if answer == "hang":
                    time.sleep(12)
                    return
                if answer == "drop":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count, seconds=20):
        end = time.time() + seconds
        while len(self.got) < count and time.time() < end:
            time.sleep(0.05)
        assert len(self.got) >= count, f"{len(self.got)} of {count} messages came"
        return self.got

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def make(b, url, register="finding", condition="", name="看板"):
    fields = b.fill("/webhooks", {"f-name": name, "f-register": register, "f-filter": condition, "f-url": url})
    answer = b.post("/webhooks", fields)
    equal(answer.status, 303, answer.text[-3000:])
    return answer.headers["Location"]


def secret_of(b, page):
    return base64.b64decode(re.search(r'<code class="token">whsec_([^<]*)</code>', b.page(page).text)[1])


def finding(b, number, grade="slight"):
    fields = b.fill("/r/finding/new", {"f-number": number, "f-found": TODAY, "f-summary": "走廊堆放杂物", "f-grade": grade, "f-owner": "演示·周松"})
    answer = b.post("/r/finding/new", fields)
    equal(answer.status, 303, answer.text[-2000:])
    return answer.headers["Location"]


def until(found, seconds=20):
    end = time.time() + seconds
    while not (got := found()) and time.time() < end:
        time.sleep(0.2)
    assert got, "it did not come about in time"
    return got


def story_signed_message():
    """a change is told within seconds: signed after the Standard Webhooks, once, with the record as its owner may read it"""
    r, b = Receiver(), here().signed_in("linxiao")
    page = make(b, r.url)
    at = finding(b, "WT-HOOK-1")
    moment, headers, body = r.wait(1)[0]
    said = json.loads(body)
    equal((said["type"], said["data"]["op"], said["data"]["url"]), ("finding.add", "add", "/api/v1" + at))
    equal(said["data"]["record"]["values"]["number"], "WT-HOOK-1")
    sent = headers["webhook-id"] + "." + headers["webhook-timestamp"] + "." + body.decode()
    code = base64.b64encode(hmac.new(secret_of(b, page), sent.encode(), hashlib.sha256).digest()).decode()
    equal(headers["webhook-signature"], "v1," + code)
    assert abs(moment - int(headers["webhook-timestamp"])) < 5
    until(lambda: "已送到 1，" in b.page(page).words)
    time.sleep(2.5)
    equal(len(r.got), 1, "told once")
    r.close()


def story_condition_and_register():
    """only records that satisfy the condition are told, and only of that register"""
    r, b = Receiver(), here().signed_in("linxiao")
    make(b, r.url, condition="grade = grave")
    finding(b, "WT-HOOK-2")
    finding(b, "WT-HOOK-3", "grave")
    equal(json.loads(r.wait(1)[0][2])["data"]["record"]["values"]["number"], "WT-HOOK-3")
    time.sleep(2.5)
    equal(len(r.got), 1)
    r.close()


def story_tried_again():
    """a receiver that fails, drops or redirects is tried again with the same id and body, and a later one waits its turn"""
    r, b = Receiver(500, "drop", (302, {"Location": "http://127.0.0.1:1/"}), 200), here().signed_in("linxiao")
    page = make(b, r.url)
    finding(b, "WT-HOOK-4")
    got = r.wait(2, 25)
    equal(got[0][1]["webhook-id"], got[1][1]["webhook-id"])
    equal(got[0][2], got[1][2])
    assert got[1][0] - got[0][0] > 4.5, "the second try waits"
    until(lambda: "下次" in b.page(page).words)
    holds(b.page(page).words, "待送 1，")
    r.close()


def story_asked_to_wait_and_gone():
    """Retry-After is obeyed; 410 ends the tries, and the message can be sent again from the page"""
    r, b = Receiver(410, 200), here().signed_in("linxiao")
    page = make(b, r.url)
    finding(b, "WT-HOOK-5")
    r.wait(1)
    until(lambda: "没有送到 1" in b.page(page).words)
    fields = b.page(page).values("/again")
    equal(b.post(page + "/again", fields).status, 303)
    got = r.wait(2)
    equal(got[0][1]["webhook-id"], got[1][1]["webhook-id"])
    until(lambda: "已送到 1，" in b.page(page).words)
    r.close()
    r = Receiver((503, {"Retry-After": "3000"}), 200)
    page = make(b, r.url, name="慢")
    finding(b, "WT-HOOK-6")
    r.wait(1)
    row = until(lambda: re.search(r"HTTP 503.*?下次 (\S+ \S+)", b.page(page).words))[1]
    wait = time.mktime(time.strptime(row, "%Y-%m-%d %H:%M:%S")) - time.mktime(time.gmtime(time.time() + 8 * 3600))
    assert 2900 < wait < 3010, wait
    r.close()


def story_one_that_hangs_holds_up_nobody():
    """a receiver that never answers does not keep others from being told, and the server still stops quickly"""
    slow, quick, b = Receiver("hang"), Receiver(), here().signed_in("linxiao")
    make(b, slow.url, name="挂起")
    make(b, quick.url, name="快")
    began = time.time()
    finding(b, "WT-HOOK-7")
    slow.wait(1)
    quick.wait(1)
    assert time.time() - began < 6
    began = time.time()
    here().stop()
    assert time.time() - began < 6, "stopping waits for a receiver"
    here().start()
    slow.close()
    quick.close()


def story_nothing_is_lost():
    """what was changed while the server was down is told after it starts"""
    r, b = Receiver(), here().signed_in("linxiao")
    make(b, r.url, name="停机")
    here().stop()
    add(here().data, "finding", number="WT-HOOK-8", found=TODAY, summary="灯坏了", grade="slight", owner="演示·周松")
    here().start()
    numbers = lambda: [json.loads(g[2])["data"]["record"]["values"]["number"] for g in r.got]
    until(lambda: "WT-HOOK-8" in numbers())
    r.close()


def story_stopped():
    """a stopped subscription tells nothing more"""
    r, b = Receiver(), here().signed_in("linxiao")
    page = make(b, r.url, name="停")
    equal(b.post(page + "/stop", b.page(page).values("/stop")).status, 303)
    finding(b, "WT-HOOK-9")
    time.sleep(2.5)
    equal(r.got, [])
    r.close()


def story_guard():
    """an address inside the house that is not named in the settings is never connected to"""
    r = Receiver()
    data = demo_data()
    permit(data)
    instance = Instance(data)
    b = instance.signed_in("linxiao")
    page = make(b, r.url)
    finding(b, "WT-HOOK-10")
    until(lambda: "this address may not be reached from here" in b.page(page).words)
    equal(r.got, [])
    instance.stop()
    r.close()


def story_rights():
    """who has not the right sees no such pages; others' subscriptions and their secrets are not shown; a bad condition is pointed at"""
    r, b = Receiver(), here().signed_in("linxiao")
    page = make(b, r.url, name="权限")
    other = here().signed_in("zhousong")
    for path in ("/webhooks", page):
        equal(other.get(path).status, 403, path)
    csrf = other.page("/tokens").values("/tokens")["csrf"]
    equal(other.post(page + "/stop", {"csrf": csrf}).status, 403)
    admin = here().signed_in("admin")
    holds(admin.page("/webhooks").words, "权限")
    lacks(admin.page(page).text, "whsec_")
    for changed, said in (({"f-filter": "grade = nothing"}, "第 "), ({"f-register": "talk_secret"}, "请选择"), ({"f-url": "ftp://x"}, "网址")):
        fields = b.fill("/webhooks", {"f-name": "x", "f-register": "finding", "f-url": r.url})
        answer = b.post("/webhooks", {**fields, **changed})
        equal(answer.status, 422, changed)
        holds(answer.words, said)
    r.close()
