"""returns.py - stories of messages that come back: bounces in a real mailbox, a carrier's reports; each makes the next channel's turn with the same id."""
import json
import re

from channels import PHONE, Carrier, WebServer, carrier, gateway, reach, secret, settings
from clocks import MailServer, add, ask, change, until
from harness import TODAY, Instance, NotTold, command, demo_data, equal, holds, lacks
from mail import certificates
from postbox import Postbox, version_has_these_settings

OPEN, TAKEN, DELAYED, DELIVERED, RETURNED, FAILED, SILENT = (str(n) for n in range(7))


def report(message_id, to, action, status, words):
    """A delivery status notification as a mail server makes it."""
    return f"""From: MAILER-DAEMON@mx.example.cn\r
To: tz@example.cn\r
Subject: Delivery report\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
\r
这封信没有送到。\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.cn\r
\r
Final-Recipient: rfc822; {to}\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; {words}\r
\r
--b\r
Content-Type: text/rfc822-headers\r
\r
From: <tz@example.cn>\r
To: <{to}>\r
Message-ID: {message_id}\r
\r
--b--\r
""".encode()


def letter(message_id, words):
    """What a postmaster writes who sends no report, in GB18030."""
    return (b"From: PostMaster@qq.example\r\nTo: tz@example.cn\r\nContent-Type: text/plain; charset=gb18030\r\n\r\n" + words.encode("gb18030") + f"\r\nMessage-ID: {message_id}\r\nTo: lin@example.cn\r\n".encode())


def again(i):
    """The mailbox is read and what is too old forgotten when the server starts."""
    equal(i.stop(), 0)
    i.start()


def states(data):
    return ask(data, "SELECT channel, state, why FROM sending ORDER BY sent_ms, channel, part")


def story_bounce():
    """a bounce of a mail that the relay took is read from the mailbox days later; a delay is noted, a failure passed to the next channel with the same id; forged and foreign letters change nothing, and nothing in the mailbox is changed"""
    if not version_has_these_settings():
        raise NotTold("this Dovecot is not 2.3, whose settings the story writes")
    data, mail, web = demo_data(), MailServer(), WebServer()
    box = Postbox(f"{certificates()}/here", "秘密 pass")
    settings(data, f"mail_server = smtp://127.0.0.1:{mail.port}", "mail_from = tz@example.cn", "mail_plain = yes", f"mail_ca = {certificates()}/ca.pem", *gateway(data, web),
             f"bounce_mailbox = imaps://127.0.0.1:{box.port}/INBOX", "bounce_user = bounces", f"bounce_password_file = {secret(data, 'bounce', '秘密 pass')}")
    box.put(b"From: a@b.cn\r\nSubject: hello\r\n\r\nnothing\r\n", b"From: a@b.cn\r\n\r\n" + b"x" * 300000)
    i = Instance(data)
    b, admin = i.signed_in("linxiao"), i.signed_in("admin")
    reach(admin, "linxiao", mail="Lin@Example.cn", phone=PHONE)
    clock = add(b, "clock", {"subject": "消防栓整改", "rule": "rectification", "started": TODAY, "owner": "演示·林晓", "length": "2d"})
    until(lambda: states(data) == [("mail", TAKEN, "")], "the mail was not taken")
    message_id = mail.messages[0][1]["Message-ID"]
    box.put(report(message_id, "other@example.cn", "failed", "5.1.1", "550 forged: it went to nobody of that name"),
            report("<warn.00112233445566778899aabbccddeeff@example.cn>", "lin@example.cn", "failed", "5.1.1", "550 unknown id"),
            report(message_id, "lin@example.cn", "delayed", "4.4.1", "451 later \x1b[31m"))
    again(i)
    until(lambda: states(data) == [("mail", DELAYED, "4.4.1 451 later [31m")], "the delay was not noted")
    holds(command("bounce-test", data=data).stdout, "最近的 5 封信，其中 3 封")
    equal(web.got, [])
    box.put(letter(message_id, "很抱歉，您的邮件被退回：550 5.1.1 收件人不存在"), report(message_id, "lin@example.cn", "failed", "5.1.1", "550 again"))
    again(i)
    until(lambda: len(web.got) == 1, "the next channel was not tried")
    until(lambda: states(data)[1:] == [("sms", TAKEN, "")], "it was not taken")
    equal(states(data)[0], ("mail", FAILED, "550 5.1.1 收件人不存在"))
    equal(json.loads(web.got[0][2])["id"], re.match("<(.*)@", message_id)[1])
    holds(b.page("/today").words, "上一次提醒先用的渠道没有送到（550 5.1.1 收件人不存在），已改用下一个渠道")
    holds(b.page(f"/r/clock/{clock}").words, "邮件：没有送到 (550 5.1.1 收件人不存在)；短信：已交出")
    holds(admin.page("/doctor").words, "：550 5.1.1 收件人不存在")
    equal([f for f in box.flags() if b"Seen" in f or b"Deleted" in f], [])
    equal(len(box.flags()), 7)
    doctor = {d["what"]: d for d in json.loads(command("doctor", "--json", data=data).stdout)}
    assert doctor["退信信箱"]["good"] and not doctor["提醒渠道：邮件"]["good"] and doctor["提醒渠道：短信网关"]["good"], doctor
    secret(data, "bounce", "falsch")
    again(i)
    until(lambda: ask(data, "SELECT channel FROM sending_record WHERE channel = 'bounces' AND bad_ms > good_ms"), "the mailbox that refuses was not recorded")
    holds(command("bounce-test", data=data, status=75).stderr, "refuses the sign-in")
    equal(i.stop(), 0)
    equal((len(web.got), len(mail.messages)), (1, 1))
    box.close()
    holds(command("bounce-test", data=data, status=75).stderr, "cannot be opened")
    mail.listener.close(), web.close()


def story_reports():
    """a gateway that proves nothing gets nothing; reports that come before the answer, twice, for an unknown id or never are told apart, and a message that the carrier lost goes to the next channel"""
    data, web, cmpp = demo_data(), WebServer(), Carrier()
    settings(data, *gateway(data, web), *carrier(data, cmpp), "channels = cmpp sms")
    i = Instance(data)
    b, admin = i.signed_in("linxiao"), i.signed_in("admin")
    reach(admin, "linxiao", phone=PHONE)
    due = lambda name: add(b, "clock", {"subject": name, "rule": "rectification", "started": TODAY, "owner": "演示·林晓", "length": "2d"})
    cmpp.proof = "echo"
    clock = due("消防栓整改")
    until(lambda: states(data) and "AuthenticatorISMG" in states(data)[0][2], "a gateway without a proof was believed")
    equal(cmpp.submits, [])
    cmpp.proof = "good"
    cmpp.reports = [("ff" * 8, "UNDELIV")]  # of nothing that was sent: answered, and nothing comes of it
    change(data, "UPDATE warning_mail SET next_ms = 0")
    until(lambda: states(data) == [("cmpp", TAKEN, "")] and not cmpp.reports, "it was not handed in, or the carrier not asked")
    equal(cmpp.submits[0]["report"], 1)
    equal(web.got, [])
    cmpp.reports = [(cmpp.ids[0], "ACCEPTD"), (cmpp.ids[0], "DELIVRD"), (cmpp.ids[0], "DELIVRD")]
    again(i)
    until(lambda: states(data) == [("cmpp", DELIVERED, "")], "the report was not kept")
    holds(b.page(f"/r/clock/{clock}").words, "短信（CMPP）：已送达")
    cmpp.manners = ["early"]  # the report that it was lost comes before the answer that says what it is about
    due("灭火器整改")
    until(lambda: len(web.got) == 1, "what the carrier lost did not go to the next channel")
    until(lambda: states(data)[2:] == [("sms", TAKEN, "")], "it was not taken")
    until(lambda: not cmpp.reports, "a report told twice was not answered twice")
    equal(states(data)[1], ("cmpp", FAILED, "the carrier reports MK:0001"))
    holds(b.page("/today").words, "the carrier reports MK:0001")
    due("电梯年检")
    until(lambda: states(data)[3:] == [("cmpp", TAKEN, "")], "the third was not handed in")
    change(data, "UPDATE sending SET sent_ms = sent_ms - 73 * 3600000 WHERE state = 1 AND channel = 'cmpp'")
    cmpp.reports = [(cmpp.ids[-1], "UNDELIV")]
    again(i)
    until(lambda: (SILENT,) in ask(data, "SELECT state FROM sending"), "a report is awaited for ever")
    equal(len(web.got), 1)
    equal(i.stop(), 0)
    web.close(), cmpp.close()
