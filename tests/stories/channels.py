"""channels.py - stories of telling people: a failed channel is recorded and the next one tried; gateways that behave and misbehave, each speaking its protocol."""
import hashlib
import http.server
import json
import os
import socket
import struct
import threading
import time
import urllib.parse

from clocks import MailServer, add, ask, change, reach, until
from harness import POSTGRES, TODAY, Instance, command, demo_data, equal, holds, lacks

PHONE = "13900001111"


class WebServer:
    """A provider's HTTP gateway and the group's robot: answers as told, keeps what came."""

    def __init__(self):
        self.answers, self.got = [], []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.got.append((self.path, dict(self.headers), body))
                status, text = outer.answers.pop(0) if outer.answers else (200, '{"code":0}')
                if status is None:
                    return  # hangs up without a word
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Carrier:
    """A CMPP 2.0 gateway, written from the protocol's own tables. `manners` say what it does with each submit, `proof` how it proves itself; `reports` (id, state) are told at
    each sign-in until they are answered, `ids` are those it gave."""

    def __init__(self, user="901234", password="geheim"):
        self.user, self.password = user.encode(), password.encode()
        self.manners, self.submits, self.commands, self.reports, self.ids, self.proof = [], [], [], [], [], "good"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(10)
                try:
                    self.talk(peer)
                except (OSError, ConnectionError, struct.error):
                    pass

    @staticmethod
    def exactly(peer, n):
        data = b""
        while len(data) < n:
            more = peer.recv(n - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data

    @staticmethod
    def answer(peer, command, sequence, body):
        peer.sendall(struct.pack(">III", 12 + len(body), command, sequence) + body)

    def report(self, peer, sequence, part, state):
        content = bytes.fromhex(part) + state.encode() + b"2611301000" * 2 + ("86" + PHONE).encode().ljust(21, b"\0") + bytes(4)
        self.answer(peer, 5, sequence, b"\7" * 8 + b"10690000".ljust(21, b"\0") + bytes(13) + PHONE.encode().ljust(21, b"\0") + bytes([1, len(content)]) + content + bytes(8))

    def talk(self, peer):
        told = {}
        while True:
            length, command, sequence = struct.unpack(">III", self.exactly(peer, 12))
            body = self.exactly(peer, length - 12)
            self.commands.append(command)
            if command == 1:
                source, proof, version, stamp = struct.unpack(">6s16sBI", body)
                good = source.rstrip(b"\0") == self.user and version == 0x20
                wanted = hashlib.md5(self.user + bytes(9) + self.password + b"%010d" % stamp).digest()
                status = 0 if good and proof == wanted else 3
                ours = {"good": hashlib.md5(bytes([status]) + proof + self.password).digest(), "echo": proof, "none": bytes(16)}[self.proof]
                self.answer(peer, 0x80000001, sequence, struct.pack(">B16sB", status, bytes(16) if status else ours, 0x20))
                if status:
                    return
                for n, told_now in enumerate(list(self.reports)):
                    told[900 + n] = told_now
                    self.report(peer, 900 + n, *told_now)
            elif command == 4:
                manner = self.manners.pop(0) if self.manners else "taken"
                self.submits.append(self.read_submit(body))
                if manner == "lost":
                    return
                if manner == "talk":  # a heartbeat and a delivery come before the answer
                    self.answer(peer, 8, 77, b"")
                    self.answer(peer, 5, 78, b"12345678" + bytes(21 + 10 + 3) + PHONE.encode().ljust(21, b"\0") + b"\0\x02ok" + bytes(8))
                if manner == "short":
                    return self.answer(peer, 0x80000004, sequence, b"1")
                if manner == "long":
                    return peer.sendall(struct.pack(">III", 0x7fffffff, 0x80000004, sequence))
                result = manner if isinstance(manner, int) else 0
                self.ids.append("%016x" % (0x1122334455660000 + len(self.ids)))
                if manner == "early":
                    self.report(peer, 800, self.ids[-1], "MK:0001")
                self.answer(peer, 0x80000004, sequence, bytes.fromhex(self.ids[-1]) + bytes([result]))
            elif command == 0x80000005 and sequence in told:
                self.reports.remove(told.pop(sequence))
            elif command == 2:
                self.answer(peer, 0x80000002, sequence, b"")
                return

    @staticmethod
    def read_submit(body):
        fields = struct.unpack(">8sBBBB10sB21sBBB6s2s6s17s17s21sB21sB", body[:8 + 4 + 10 + 1 + 21 + 3 + 6 + 2 + 6 + 34 + 21 + 1 + 21 + 1])
        length = fields[-1]
        at = struct.calcsize(">8sBBBB10sB21sBBB6s2s6s17s17s21sB21sB")
        content, reserve = body[at:at + length], body[at + length:]
        assert length <= 140 and len(content) == length and reserve == bytes(8), body
        header = content[:6] if fields[9] else b""
        return {"total": fields[1], "number": fields[2], "report": fields[3], "format": fields[10], "from": fields[16].rstrip(b"\0").decode(), "to": fields[18].rstrip(b"\0").decode(),
                "header": header, "text": content[len(header):].decode("utf-16-be")}

    def close(self):
        self.listener.close()


def secret(data, name, text):
    path = os.path.join(data, name)
    with open(path, "w") as f:
        f.write(text + "\n")
    os.chmod(path, 0o600)
    return path


def settings(data, *lines):
    with open(f"{data}/taizhang.conf", "a") as conf:
        conf.write("webhook_networks = 127.0.0.0/8\n" + "\n".join(lines) + "\n")


def gateway(data, web):
    return [f"sms_url = http://127.0.0.1:{web.port}/sms", 'sms_body = {"mobile":"{phone}","content":"{text}","id":"{id}"}', "sms_header = Authorization: Bearer {secret}",
            f"sms_secret_file = {secret(data, 'sms', 'sesam')}", 'sms_good = "code":0']


def carrier(data, server, password="geheim"):
    return [f"cmpp_server = 127.0.0.1:{server.port}", "cmpp_user = 901234", f"cmpp_password_file = {secret(data, 'cmpp', password)}", "cmpp_source = 10690000"]


def tell(data, channel, *words, status=0):
    return command("tell-test", channel, PHONE, *words, data=data, status=status)


def story_fallback():
    """mail is refused, the gateway does not want the number, the carrier refuses the text, the robot takes it: each once, in this order, with one id, and the page of today says so"""
    data, mail, web, cmpp = demo_data(), MailServer(), WebServer(), Carrier()
    mail.manners = ["refused"]
    web.answers = [(422, '{"code":7}'), (200, '{"errcode":0,"errmsg":"ok"}')]
    cmpp.manners = [6]
    settings(data, f"mail_server = smtp://127.0.0.1:{mail.port}", "mail_from = tz@example.cn", "mail_plain = yes", *gateway(data, web), *carrier(data, cmpp),
             f"robot_url_file = {secret(data, 'robot', f'http://127.0.0.1:{web.port}/robot?key=1')}")
    i = Instance(data)
    b, admin = i.signed_in("linxiao"), i.signed_in("admin")
    reach(admin, "linxiao", mail="lin@example.cn", phone=PHONE)
    add(b, "clock", {"subject": "消防栓整改", "rule": "rectification", "started": TODAY, "owner": "演示·林晓", "length": "2d"})
    until(lambda: len(web.got) == 2, "the robot was not reached")
    until(lambda: ask(data, "SELECT good FROM warning_mail") == [("1",)], "it is not settled")
    sms, robot = json.loads(web.got[0][2]), json.loads(web.got[1][2])
    equal([p for p, _, _ in web.got], ["/sms", "/robot?key=1"])
    equal(web.got[0][1]["Authorization"], "Bearer sesam")
    equal((sms["mobile"], len(cmpp.submits)), (PHONE, 1))
    holds(sms["content"], "1 项期限")
    lacks(sms["content"] + robot["text"]["content"], "消防栓")
    equal(robot["text"]["mentioned_mobile_list"], [PHONE])
    assert sms["id"].startswith("warn."), sms
    holds(b.page("/today").words, "已改用下一个渠道")
    time.sleep(4)
    equal((len(web.got), len(cmpp.submits)), (2, 1))
    i.stop()
    mail.listener.close(), web.close(), cmpp.close()


def story_no_address():
    """who has no mailbox is told by telephone; a gateway that hangs up is uncertain and asked again with the same id"""
    data, mail, web = demo_data(), MailServer(), WebServer()
    web.answers = [(None, "")]
    settings(data, f"mail_server = smtp://127.0.0.1:{mail.port}", "mail_from = tz@example.cn", "mail_plain = yes", *gateway(data, web))
    i = Instance(data)
    b, admin = i.signed_in("linxiao"), i.signed_in("admin")
    reach(admin, "linxiao", mail="", phone=PHONE)
    at = add(b, "clock", {"subject": "灭火器整改", "rule": "rectification", "started": TODAY, "owner": "演示·林晓", "length": "2d"})
    until(lambda: len(web.got) == 1 and ask(data, "SELECT why FROM warning_mail WHERE why <> ''"), "the gateway was not asked")
    holds(b.page(f"/r/clock/{at}").words, "短信：不知道是否送出 (")
    change(data, "UPDATE warning_mail SET next_ms = 0")
    until(lambda: len(web.got) == 2, "it was not asked again")
    equal(json.loads(web.got[0][2])["id"], json.loads(web.got[1][2])["id"])
    equal(mail.messages, [])
    i.stop()
    mail.listener.close(), web.close()


def story_own_words():
    """the institution's own words are used, the newest of each kind, and numbers and names are filled in; a mail lists what is due below them"""
    data, web, mail = demo_data(), WebServer(), MailServer()
    settings(data, *gateway(data, web), f"mail_server = smtp://127.0.0.1:{mail.port}", "mail_from = tz@example.cn", "mail_plain = yes")
    i = Instance(data)
    admin, b = i.signed_in("admin"), i.signed_in("linxiao")
    reach(admin, "linxiao", mail="", phone=PHONE)
    for channel, subject, body in (("brief", "短信", "旧的 {0}"), ("mail", "旧的 {0}", "旧的"), ("mail", "{1}有 {0} 件", "各位老师：{0} 件事请在{1}办。"), ("brief", "短信", "{1}有{0}件事等您")):
        add(admin, "message_text", {"subject": subject, "channel": channel, "body": body})
    equal(b.get("/r/message_text").status, 404)
    add(b, "clock", {"subject": "电梯年检", "rule": "rectification", "started": TODAY, "owner": "演示·林晓", "length": "2d"})
    until(lambda: len(web.got) == 1, "nobody was told")
    equal(json.loads(web.got[0][2])["content"], "示范学院（演示）有1件事等您")
    equal(mail.messages, [])
    reach(admin, "linxiao", mail="lin@example.cn")
    add(b, "clock", {"subject": "锅炉年检", "rule": "rectification", "started": TODAY, "owner": "演示·林晓", "length": "1d"})
    until(lambda: mail.messages, "nothing was mailed")
    message = mail.messages[0][1]
    equal(message["Subject"], "示范学院（演示）有 1 件")
    text = message.get_content()
    assert text.startswith("各位老师：1 件事请在示范学院（演示）办。\r\n\r\n"), text
    holds(text, "  锅炉年检\r\n")
    i.stop()
    web.close(), mail.listener.close()


def story_quiet():
    """in the quiet hours nobody is told, and the warning stands on the page all the same; with a digest he is told of what was planned before its hour, and of the rest tomorrow"""
    data, web = demo_data(), WebServer()
    settings(data, *gateway(data, web), "quiet_hours = 00:00-24:00")
    i = Instance(data)
    b, admin = i.signed_in("linxiao"), i.signed_in("admin")
    reach(admin, "linxiao", phone=PHONE)
    add(b, "clock", {"subject": "电梯年检", "rule": "rectification", "started": TODAY, "owner": "演示·林晓", "length": "2d"})
    add(b, "clock", {"subject": "灭火器整改", "rule": "rectification", "started": TODAY, "owner": "演示·林晓", "length": "5d"})
    until(lambda: "知道了" in b.page("/today").words, "the warning is not on the page")
    until(lambda: ask(data, "SELECT 1 FROM warning w JOIN r_clock c ON c.id = w.clock WHERE c.f_subject = '灭火器整改'"), "the second warning was not planned")
    time.sleep(4)
    equal(web.got, [])
    i.stop()
    change(data, "UPDATE warning SET planned_ms = planned_ms - 3600000 WHERE clock IN (SELECT id FROM r_clock WHERE f_subject = '电梯年检')")
    with open(f"{data}/taizhang.conf") as f:
        text = f.read()
    with open(f"{data}/taizhang.conf", "w") as f:
        f.write(text.replace("quiet_hours = 00:00-24:00", f"digest_at = {time.strftime('%H:%M', time.gmtime(time.time() + 7.5 * 3600))}"))  # half an hour ago in China
    i.start()
    until(lambda: len(web.got) == 1, "nobody was told of what the digest reaches to")
    holds(json.loads(web.got[0][2])["content"], "1 项期限")
    assert int(ask(data, "SELECT count(*) FROM warning WHERE mailed_ms = 0 AND seen_ms = 0")[0][0]) > 0, "what was planned after the digest's hour was told, too"
    i.stop()
    web.close()


def story_carrier():
    """the carrier gets Chinese in UCS-2, more than 70 characters in parts that belong together, and answers between are answered; what goes wrong is told apart"""
    data, cmpp = demo_data(), Carrier()
    settings(data, *carrier(data, cmpp))
    tell(data, "cmpp", "值班提醒：今晚由您带班。")
    one = cmpp.submits[-1]
    holds(one["text"], "】值班提醒：今晚由您带班。")
    equal((one["total"], one["format"], one["header"], one["to"], one["from"]), (1, 8, b"", PHONE, "10690000"))
    equal(cmpp.commands, [1, 4, 2])
    cmpp.manners = ["talk"]
    tell(data, "cmpp", "心跳")
    assert 0x80000008 in cmpp.commands and 0x80000005 in cmpp.commands, cmpp.commands
    del cmpp.submits[:]
    long = "".join(chr(0x4e00 + i) for i in range(180))
    tell(data, "cmpp", long)
    equal([(s["total"], s["number"]) for s in cmpp.submits], [(3, 1), (3, 2), (3, 3)])
    equal(len({s["header"][3] for s in cmpp.submits}), 1)
    equal([s["header"][:3] + s["header"][4:] for s in cmpp.submits], [bytes([5, 0, 3, 3, n]) for n in (1, 2, 3)])
    holds("".join(s["text"] for s in cmpp.submits), long)
    for manner, words in ((6, "对方不收"), (8, "没有送出，以后可以再试"), ("lost", "不知道是否送出"), ("short", "不知道是否送出"), ("long", "不知道是否送出")):
        cmpp.manners = [manner]
        holds(tell(data, "cmpp", "短", status=None).stdout, words, str(manner))
    tell(data, "cmpp", "长" * 400, status=None)
    secret(data, "cmpp", "falsch")
    count = len(cmpp.submits)
    done = tell(data, "cmpp", "短", status=None)
    holds(done.stdout, "没有送出，以后可以再试")
    holds(done.stderr, "status 3")
    equal(len(cmpp.submits), count)
    cmpp.close()
    holds(tell(data, "cmpp", "短", status=None).stdout, "没有送出，以后可以再试")


def story_gateway():
    """a gateway's pattern is escaped for its kind; what it answers is told apart; settings that cannot be are refused by name"""
    data, web = demo_data(), WebServer()
    settings(data, *gateway(data, web))
    tell(data, "sms", '引号"和\\反斜线&=')
    holds(json.loads(web.got[-1][2])["content"], '引号"和\\反斜线&=')
    for answer, words in (((400, "no"), "对方不收"), ((500, "no"), "没有送出"), ((200, '{"code":9}'), "没有送出"), ((None, ""), "不知道是否送出"), ((302, ""), "没有送出")):
        web.answers = [answer]
        holds(tell(data, "sms", "短", status=None).stdout, words, str(answer))
    settings(data, f"robot_url_file = {secret(data, 'robot', f'http://127.0.0.1:{web.port}/robot?key=1')}")
    for answer, words in (('{"errcode":93000,"errmsg":"invalid webhook url"}', "没有送出，以后可以再试"), ('{"errmsg":"ok"}', "没有送出"), ('{ "errcode" : 0 }', "已")):
        web.answers = [(200, answer)]
        done = tell(data, "robot", "短", status=None)
        holds(done.stdout, words, answer)
        equal((web.got[-1][0], done.returncode == 0), ("/robot?key=1", words == "已"))
        if "invalid" in answer:
            holds(done.stderr, "invalid webhook url")
    web.answers = [(400, "x" + "不" * 300 + "\x1b[31m")]
    done = tell(data, "sms", "短", status=None)  # read as UTF-8: nothing is cut within a character
    lacks(done.stderr, "\x1b")
    holds(done.stderr, "x不不")
    form = demo_data()
    settings(form, f"sms_url = http://127.0.0.1:{web.port}/form", "sms_body = to={phone}&text={text}&token={secret}", f"sms_secret_file = {secret(form, 'sms', 'a&b')}")
    tell(form, "sms", "甲&to=1")
    equal(urllib.parse.parse_qs(web.got[-1][2])["to"], [PHONE])
    holds(urllib.parse.parse_qs(web.got[-1][2])["text"][0], "甲&to=1")
    equal(urllib.parse.parse_qs(web.got[-1][2])["token"], ["a&b"])
    for line, words in (("sms_body = x", "{phone}"), ("sms_url = ftp://x", "sms_url"), ("channels = mail pigeon", "channels"), ("quiet_hours = nachts", "quiet_hours"),
                        ("cmpp_server = nirgends", "cmpp_server"), ("channels = sms sms", "两次"), ("digest_at = 24:30", "digest_at 应为"),
                        ("bounce_mailbox = http://x", "bounce_mailbox 应为"), ("bounce_mailbox = imaps://x/INBOX", "还应写 bounce_user"),
                        (f"sms_good = {'x' * 200}", "sms_good 太长，最多 199 字节"), (f"sms_body = {'x' * 2000}", "这一行太长")):
        bad = demo_data()
        settings(bad, *gateway(bad, web), line)
        said = tell(bad, "sms", status=65).stderr
        holds(said, words)
        if "长" in words:
            holds(said, f"taizhang.conf:{open(f'{bad}/taizhang.conf').read().count(chr(10))}", "the line")
    outside = demo_data()
    with open(f"{outside}/taizhang.conf", "a") as conf:
        conf.write("\n".join(gateway(outside, web)) + "\n")
    count = len(web.got)
    holds(tell(outside, "sms", status=None).stdout, "没有送出")
    equal(len(web.got), count, "plain http outside the named networks was reached")
    web.close()


if POSTGRES:

    def story_two_servers():
        """of two servers on one database one tells people, each once; when it ends the other goes on"""
        data, web = demo_data(), WebServer()
        settings(data, *gateway(data, web))
        first = Instance(data)
        second = Instance(data)
        admin = first.signed_in("admin")
        reach(admin, "linxiao", phone=PHONE)
        add(first.signed_in("linxiao"), "clock", {"subject": "消防栓整改", "rule": "rectification", "started": TODAY, "owner": "演示·林晓", "length": "2d"})
        until(lambda: len(web.got) == 1, "nobody was told")
        time.sleep(6)  # two rounds of both
        equal(len(web.got), 1)
        rungs = ask(data, "SELECT clock, round, due, rung FROM warning")
        equal(len(rungs), len(set(rungs)))
        first.stop()
        add(second.signed_in("linxiao"), "clock", {"subject": "灭火器整改", "rule": "rectification", "started": TODAY, "owner": "演示·林晓", "length": "2d"})
        until(lambda: len(web.got) == 2, "the second server does not go on")
        assert json.loads(web.got[0][2])["id"] != json.loads(web.got[1][2])["id"]
        second.stop()
        web.close()
