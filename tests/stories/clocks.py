"""clocks.py - stories of terms: recorded, suspended and extended, re-dated by a notice of days off, listed for today, explained."""
import datetime
import email
import email.policy
import json
import os
import random
import re
import socket
import sqlite3
import subprocess
import threading
import time

from api import make_token
from harness import POSTGRES, PROGRAM, TODAY, Instance, command, demo_data, equal, here, holds, lacks


def due(*words):
    """What the pure function says, asked at the shell."""
    done = subprocess.run([PROGRAM, "due", *words, "--json"], capture_output=True, text=True, env={"LC_ALL": "zh_CN.UTF-8"}, check=True)
    return json.loads(done.stdout)["due"]


def add(b, register, values, status=303):
    path = f"/r/{register}/new"
    fields = b.fill(path, {"reason" if k == "late" else f"f-{k}": v for k, v in values.items()})
    answer = b.send_files(path, fields, [])
    equal(answer.status, status, answer.words[:400])
    return answer.headers["Location"].rsplit("/", 1)[1] if status == 303 else answer


def clock(b, subject, rule="letter.reply", **more):
    return add(b, "clock", {"subject": subject, "rule": rule, "started": TODAY, "owner": "演示·林晓", **more})


def event(b, clock_id, kind, status=303, **more):
    return add(b, "clock_event", {"paper": "审批单", "clock": clock_id, "at": TODAY, "kind": kind, **more}, status)


class Program:
    """A program of this person with a token."""

    def __init__(self, b):
        self.visitor, self.token = b.instance.visitor(), make_token(b)

    def ask(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
        answer = self.visitor.send(method, "/api/v1" + path, json.dumps(body).encode() if body else None, headers if body else {"Authorization": headers["Authorization"]})
        return answer.status, json.loads(answer.text)


def explained(b, clock_id):
    """The lines of a clock's explanation, each its day, text and source."""
    return [r for r in b.page(f"/r/clock/{clock_id}").rows() if len(r) == 3]


def listed(b, subject, path="/today"):
    """The row of today's page once the index has followed."""
    for _ in range(50):
        rows = [r for r in b.page(path).rows() if any(subject in cell for cell in r)]
        if rows:
            return " ".join(rows[0])
        time.sleep(0.2)
    raise AssertionError(f"{subject} is not listed on {path}")


def until(condition, what):
    for _ in range(50):
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError(what)


def story_recorded():
    """a term is recorded; its page tells the end, day by day with the source, and today's page lists it for whoever handles it"""
    b = here().signed_in("linxiao")
    at = clock(b, "来信一的答复")
    end = due("letter.reply", "--from", TODAY)
    page = b.page(f"/r/clock/{at}")
    holds(page.words, end)
    holds(page.words, "第 15 个工作日")
    holds(page.words, "本单位规定")
    holds(listed(b, "来信一的答复"), end)
    lacks(here().signed_in("chenyuan").page("/today").words, "来信一的答复")
    holds(listed(here().signed_in("chenyuan"), "来信一的答复", "/today?all=1"), end)
    equal(b.post(f"/r/clock/{at}/move/finish", {**b.page(f"/r/clock/{at}").values(f"/r/clock/{at}/move/finish")}).status, 303)
    until(lambda: "来信一的答复" not in b.page("/today").text, "a finished term is still listed")
    undo = f"/r/clock/{at}/move/reopen"
    equal(b.post(undo, b.page(f"/r/clock/{at}").values(undo)).status, 422)
    equal(b.post(undo, {**b.page(f"/r/clock/{at}").values(undo), "m-reopen-reopened": "点错了一件"}).status, 303)
    holds(listed(b, "来信一的答复"), end)
    holds(b.page(f"/r/clock/{at}").words, "点错了一件")


def story_several():
    """several terms are ticked and finished at once, all or none; what lies with others stands under what one waits for"""
    b = here().signed_in("linxiao")
    ids = [clock(b, f"批量{n}", "rectification", length="30d") for n in range(3)]
    listed(b, "批量2")
    page = b.page("/today")
    for i in ids:
        holds(page.text, f'value="{i}" form="finish"')
    csrf = page.values()["csrf"]
    equal(b.post("/today/finish", {"csrf": csrf}).status, 303)
    body = f"csrf={csrf}&" + "&".join(f"clock={i}" for i in ids[:2] + [ids[0]])
    equal(b.send("POST", "/today/finish", body.encode(), {"Content-Type": "application/x-www-form-urlencoded"}).status, 422)
    holds(b.page(f"/r/clock/{ids[0]}").words, "计时中")
    body = f"csrf={csrf}&" + "&".join(f"clock={i}" for i in ids[:2])
    equal(b.send("POST", "/today/finish", body.encode(), {"Content-Type": "application/x-www-form-urlencoded"}).status, 303)
    until(lambda: "批量0" not in b.page("/today").text and "批量1" not in b.page("/today").text, "finished terms are still listed")
    holds(listed(b, "批量2"), "批量2")
    found = add(b, "finding", {"number": "WT-9", "found": TODAY, "summary": "等复核的问题", "grade": "slight", "owner": "演示·林晓", "due": TODAY})
    action = f"/r/finding/{found}/move/submit"
    equal(b.send_files(action, {**b.page(f"/r/finding/{found}").values(action), "m-submit-remedy": "已修", "m-submit-evidence": "照片"}, []).status, 303)
    words = b.page("/today").words
    holds(words[words.index("我在等"):], "等复核的问题")


def part(b, title, path="/today"):
    """The rows of one part of today's page."""
    text = b.page(path).text
    return re.findall(r"(?s)<tr>.*?</tr>", text[text.index(f"<h2>{title}"):].split("</section>")[0]) if f"<h2>{title}" in text else []


def story_late():
    """what is past its day is late, and what counts by hours within the day, once its minute has passed; what ends today is not"""
    b = here().signed_in("linxiao")
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
    ago = lambda **past: now - datetime.timedelta(**past)
    day_of = lambda moment: {"started": f"{moment:%Y-%m-%d}", **({"late": "夜里发生"} if f"{moment:%Y-%m-%d}" != TODAY else {})}
    clock(b, "早该整改的", "rectification", length="2d", started=f"{ago(days=5):%Y-%m-%d}", late="补登")
    clock(b, "今天到期的", "rectification", length="1d", started=f"{ago(days=1):%Y-%m-%d}", late="补登")
    clock(b, "一小时前的事故", "accident.report", time=f"{ago(minutes=95):%H:%M}", **day_of(ago(minutes=95)))
    clock(b, "刚才的事故", "accident.report", time=f"{ago(minutes=5):%H:%M}", **day_of(ago(minutes=5)))
    listed(b, "刚才的事故")
    late = " ".join(part(b, "已经超期"))
    for subject, left in (("早该整改的", "已过 3 天"), ("一小时前的事故", "今天已过时刻" if ago(minutes=35).date() == now.date() else "已过 1 天")):
        holds(late, subject)
        holds(next(r for r in part(b, "已经超期") if subject in r), left)
    lacks(late, "今天到期的")
    lacks(late, "刚才的事故")
    holds(" ".join(part(b, "今天到期")), "今天到期的")


def story_notice_file():
    """a year's notice is loaded from a file by the administrator: it stands in its register, a working day of it is off, and a file that is none is refused at its line"""
    admin = here().signed_in("admin")
    notice = {"format": "taizhang-notice-1", "year": 2031, "published": TODAY, "source": "演示",
              "days": [{"date": "2031-01-01", "kind": "statutory", "name": "元旦"}, {"date": "2031-01-02", "kind": "bridge", "name": "元旦"}]}
    b = here().signed_in("linxiao")
    csrf = admin.page("/terms").values("/terms/notice")["csrf"]
    lacks(b.page("/terms").text, "/terms/notice")
    asked = "/terms?rule=letter.reply&from=2030-12-30"
    holds(b.page(asked).words, "暂定")
    before = b.page(asked).words
    answer = admin.send_files("/terms/notice", {"csrf": csrf}, [("file", "2031.json", b'{"year": 2031, "days": [{"date": "2031-13-01"}]}')])
    equal(answer.status, 422)
    answer = admin.send_files("/terms/notice", {"csrf": csrf}, [("file", "2031.json", json.dumps(notice).encode())])
    equal(answer.status, 303, answer.words[:500])
    holds(admin.page(answer.headers["Location"]).words, "2031-01-02")
    assert b.page(asked).words != before, "the calculator does not know the notice"
    holds(b.page(asked).words, "2031-01-02")
    equal(b.send_files("/terms/notice", {"csrf": b.page("/terms").values()["csrf"]}, [("file", "2031.json", json.dumps(notice).encode())]).status, 403)


def story_events():
    """suspended, there is no due date; resumed on the same day it is as before; an extension lengthens it; all told on its page"""
    b = here().signed_in("linxiao")
    at = clock(b, "公开申请一", "disclosure.answer")
    end = due("disclosure.answer", "--from", TODAY)
    holds(b.page(f"/r/clock/{at}").words, end)
    event(b, at, "suspend", reason="third_party")
    holds(b.page(f"/r/clock/{at}").words, "已中止，没有届满日")
    until(lambda: "已中止" in listed(b, "公开申请一"), "the list does not say that it is suspended")
    event(b, at, "resume")
    holds(b.page(f"/r/clock/{at}").words, end)
    event(b, at, "extend")
    longer = due("disclosure.answer", "--from", TODAY, "--extend", "once")
    holds(b.page(f"/r/clock/{at}").words, longer)
    until(lambda: longer in listed(b, "公开申请一"), "the list has another date")
    holds(b.page(f"/r/clock/{at}").words, "延长 20 个工作日")


def story_refused():
    """what the rule does not allow is refused at its field: no such rule, no length, no time, no such reason, twice extended, a third return"""
    b = here().signed_in("linxiao")
    base = {"subject": "不成", "started": TODAY, "owner": "演示·林晓"}
    holds(add(b, "clock", {**base, "rule": "letter.repl"}, 422).words, "没有期限种类“letter.repl”")
    holds(add(b, "clock", {**base, "rule": "rectification"}, 422).words, "须逐件写明")
    holds(add(b, "clock", {**base, "rule": "accident.report"}, 422).words, "须写明时刻")
    holds(add(b, "clock", {**base, "rule": "accident.report", "time": "25:00"}, 422).words, "14:20")
    at = clock(b, "公开申请二", "disclosure.answer")
    holds(event(b, at, "suspend", 422, reason="hearing").words, "不是这一期限可以中止的原因")
    holds(event(b, at, "resume", 422).words, "没有中止")
    event(b, at, "extend")
    holds(event(b, at, "extend", 422).words, "都已经用过")
    supplement = clock(b, "补充侦查一", "pros.supp")
    event(b, supplement, "restart")
    holds(event(b, supplement, "restart", 422).words, "最多 2 次")
    holds(b.page(f"/r/clock/{supplement}").words, "第 2 次起算")
    holds(here().signed_in("fangzhou").get("/r/clock/new").words, "没有")


def story_days_off():
    """a notice of days off moves the open terms, today's page tells the old date; withdrawn, they are as before"""
    b, admin = here().signed_in("linxiao"), here().signed_in("admin")
    at = clock(b, "来信二的答复")
    end, moved = due("letter.reply", "--from", TODAY), due("rectification", "--from", TODAY, "--length", "16wd")
    closed = due("rectification", "--from", TODAY, "--length", "1wd")
    holds(listed(b, "来信二的答复"), end)
    notice = add(admin, "holiday", {"name": "校庆停办", "layer": "institution", "year": closed[:4], "published": TODAY, "source": "院发〔2026〕9号", "days": f"{closed}\t停办\t校庆"})
    holds(b.page(f"/r/clock/{at}").words, moved)
    holds(b.page(f"/r/clock/{at}").words, "校庆")
    until(lambda: moved in listed(b, "来信二的答复"), "the list was not re-dated")
    holds(listed(b, "来信二的答复"), f"放假安排或规定变动前是 {end}")
    fields = admin.page(f"/r/holiday/{notice}").values(f"/r/holiday/{notice}/withdraw")
    equal(admin.post(f"/r/holiday/{notice}/withdraw", {**fields, "reason": "登记有误"}).status, 303)
    until(lambda: end in listed(b, "来信二的答复"), "the list was not put back")
    wrong = {"name": "错的", "layer": "national", "year": "2030", "published": TODAY, "source": "x", "days": "2026-12-01\t停办\t"}
    holds(add(admin, "holiday", wrong, 422).words, "不在通知的年份之内")


def off_day(day):
    """A second national notice of the day's year: what the first says, and this day off."""
    path = os.path.join(os.path.dirname(__file__), f"../../src/calendar/holidays/{day[:4]}.json")
    days = json.load(open(path, encoding="utf-8"))["days"] if os.path.exists(path) else []
    kept = [d for d in days if d["date"] != day] + [{"date": day, "kind": "bridge", "name": "临时放假"}]
    return {"format": "taizhang-notice-1", "year": int(day[:4]), "published": TODAY, "source": "国办发明电（演示）第二号", "days": kept}


def story_second_notice():
    """a second national notice in mid-year re-dates what runs: the clock's page and the interface for programs tell the date before and name the notice; one that it does not reach carries no remark"""
    b, admin = here().signed_in("linxiao"), here().signed_in("admin")
    at, short = clock(b, "来信丁的答复"), clock(b, "一天的", "rectification", length="1d")
    end, moved = due("letter.reply", "--from", TODAY), due("rectification", "--from", TODAY, "--length", "16wd")
    off = due("rectification", "--from", TODAY, "--length", "2wd")
    program = Program(b)
    holds(listed(b, "来信丁的答复"), end)  # the list tells the former date of what it had
    equal(program.ask("GET", f"/due/{at}")[1]["moved"], None)
    lacks(b.page(f"/r/clock/{at}").words, "放假安排变动之前")
    csrf = admin.page("/terms").values("/terms/notice")["csrf"]
    answer = admin.send_files("/terms/notice", {"csrf": csrf}, [("file", "second.json", json.dumps(off_day(off)).encode())])
    equal(answer.status, 303, answer.words[:500])
    notice = answer.headers["Location"].rsplit("/", 1)[1]
    name = re.search(r'href="/r/holiday/%s">([^<]*)<' % notice, b.page(f"/r/clock/{at}").text)[1]
    holds(b.page(f"/r/clock/{at}").words, f"放假安排变动之前是 {end}；变动依据： {name} 国办发明电（演示）第二号")
    holds(name, off[:4])
    status, answer = program.ask("GET", f"/due/{at}")
    equal((status, answer["due"], answer["moved"]), (200, moved, {"before": end, "notice": notice, "name": name, "source": "国办发明电（演示）第二号"}))
    skipped = [r for r in explained(b, at) if r[0].startswith(off)]
    assert len(skipped) == 1 and skipped[0][1:] == ["调休放假：临时放假，不计入", "国办发明电（演示）第二号"], skipped
    equal(program.ask("GET", f"/due/{short}")[1]["moved"], None)
    lacks(b.page(f"/r/clock/{short}").words, "变动之前")
    until(lambda: f"变动前是 {end}" in listed(b, "来信丁的答复"), "the list was not re-dated")
    lacks(listed(b, "一天的"), "变动前")
    lacks(b.page("/r/clock/" + clock(b, "此后的来信")).words, "变动之前", "a clock recorded under the notice")
    fields = admin.page(f"/r/holiday/{notice}").values(f"/r/holiday/{notice}/withdraw")
    equal(admin.post(f"/r/holiday/{notice}/withdraw", {**fields, "reason": "演示完毕"}).status, 303)
    equal(program.ask("GET", f"/due/{at}")[1]["moved"], None)
    until(lambda: end in listed(b, "来信丁的答复"), "the list was not put back")


def story_corrected_and_in_custody():
    """the start is corrected, custody begins and ends, in the register and by a program: the date and the explanation follow, as the pure function says"""
    b = here().signed_in("linxiao")
    program, late = Program(b), "清查在办案件时登记"
    at = clock(b, "审查起诉一", "pros.review", started="2024-01-10", late=late)
    rolled, kept = due("pros.review", "--from", "2024-01-10"), due("pros.review", "--from", "2024-01-10", "--custody")
    equal((rolled, kept), ("2024-02-18", "2024-02-10"))
    holds(" ".join(sum(explained(b, at), [])), "顺延至其后的第一个工作日 2024-02-18")
    event(b, at, "detain", at="2024-01-15", late=late)
    equal(program.ask("GET", f"/due/{at}")[1]["due"], kept)
    holds(b.page(f"/r/clock/{at}").words, "羁押期间不因节假日顺延")
    event(b, at, "release", at="2024-01-20", late=late)
    equal(program.ask("GET", f"/due/{at}")[1]["due"], rolled)
    add_event = lambda **values: program.ask("POST", "/r/clock_event", {"values": {"paper": "更正单", "clock": at, **values}, "reason": late})
    status, answer = add_event(at="2024-01-22", kind="detain")
    equal((status, program.ask("GET", f"/due/{at}")[1]["custody"]), (201, True), str(answer))
    equal(add_event(at="2024-01-23", kind="release")[0], 201)
    status, answer = add_event(at="2024-01-24", kind="correct", correct="2024-01-08")
    equal((status, program.ask("GET", f"/due/{at}")[1]["due"]), (201, due("pros.review", "--from", "2024-01-08")), str(answer))
    holds(b.page(f"/r/clock/{at}").words, "起算日更正为 2024-01-08")
    event(b, at, "correct", at="2024-01-25", correct="2024-01-12", late=late)
    equal(program.ask("GET", f"/due/{at}")[1]["due"], due("pros.review", "--from", "2024-01-12"))
    equal(add_event(at="2024-01-26", kind="correct")[0], 422)


def story_own_rules():
    """an institution's own term takes the place of the shipped local one from its day of force, re-dates what runs, warns by its own ladder; statutes, overlaps and rules without a source are refused"""
    b, admin = here().signed_in("linxiao"), here().signed_in("admin")
    at, old = clock(b, "来信甲的答复"), clock(b, "早先的来信", started="2024-03-04", late="清查来信时登记")
    before, after = due("letter.reply", "--from", TODAY), due("rectification", "--from", TODAY, "--length", "5wd")
    holds(listed(b, "来信甲的答复"), before)
    rule = {"name": "领导信箱答复（演示）", "code": "letter.reply", "length": "5wd", "roll": "1", "starts_on": "收到来信", "citation": "演示院发〔2026〕3号第四条",
            "valid_from": "2025-01-01", "extensions": "complex\t情况复杂\t10wd\t最多加到\t分管领导\t演示院发〔2026〕3号第五条\t1wd", "warnings": "300\t承办人\n0\t部门负责人"}
    for wrong, said in (({"code": "arrest.review"}, "不能改写"), ({"length": "5"}, "长度应为"), ({"code": "Reply"}, "字母开头"),
                        ({"extensions": "complex\t情况复杂\t10d\t最多加到\t\t第五条\t"}, "单位须与期限一致"), ({"citation": ""}, "依据")):
        holds(add(admin, "term_rule", {**rule, **wrong}, 422).words, said)
    mine = add(admin, "term_rule", rule)
    holds(add(admin, "term_rule", {**rule, "valid_from": "2026-01-01"}, 422).words, "同一时间有效")
    holds(b.page(f"/r/clock/{at}").words, after)
    holds(b.page(f"/r/clock/{at}").words, "演示院发〔2026〕3号第四条")
    holds(b.page(f"/r/clock/{old}").words, due("letter.reply", "--from", "2024-03-04"))  # it began before the rule was in force
    until(lambda: after in listed(b, "来信甲的答复"), "the list was not re-dated")
    holds(listed(b, "来信甲的答复"), f"变动前是 {before}")
    until(lambda: "来信甲的答复" in warnings(b), "the rule's own ladder did not warn")
    told = lambda role: sum(role in " ".join(r) for r in b.page(f"/r/clock/{at}").rows())
    equal((told("承办人"), told("部门负责人")), (1, 0))
    fields = admin.fill(f"/r/term_rule/{mine}/edit", {"f-warnings": "310\t部门负责人\n300\t承办人\n0\t部门负责人"})
    equal(admin.send_files(f"/r/term_rule/{mine}/edit", fields, []).status, 303)
    until(lambda: told("部门负责人") == 1, "a rung that was put in front of a planned one is lost")  # the due date stays
    equal(told("承办人"), 1)
    holds(b.page(f"/terms?rule=letter.reply&from={TODAY}&x-complex=1").words, due("rectification", "--from", TODAY, "--length", "15wd"))
    holds(b.page("/terms").words, "领导信箱答复（演示）")
    shell = command("due", "letter.reply", "--from", TODAY, "--json", data=here().data)
    equal(json.loads(shell.stdout)["due"], after)
    equal(json.loads(command("due", "letter.reply", "--from", TODAY, "--json").stdout)["due"], before)
    fields = admin.page(f"/r/term_rule/{mine}").values(f"/r/term_rule/{mine}/withdraw")
    equal(admin.post(f"/r/term_rule/{mine}/withdraw", {**fields, "reason": "演示完毕"}).status, 303)
    until(lambda: before in listed(b, "来信甲的答复"), "the list was not put back")


def warnings(b):
    text = b.page("/today").text
    return text[text.index("<h2>提醒"):].split("</section>")[0] if "<h2>提醒" in text else ""


def story_warned():
    """a warning falls once, is acknowledged, and goes up to the unit's head on the day before the end; a new handler gets what was not acknowledged"""
    b, chief, admin = here().signed_in("linxiao"), here().signed_in("chenyuan"), here().signed_in("admin")
    led_by(admin, unit_of(b, clock(b, "远的", "rectification", length="90d")), "演示·陈远")
    soon = clock(b, "整改两天", "rectification", length="2d")
    until(lambda: "整改两天" in warnings(b), "no warning")
    lacks(warnings(b), "远的")
    lacks(warnings(chief), "整改两天")
    token = b.page("/today").values("/today/seen")
    equal(b.post("/today/seen", {**token, "clock": soon}).status, 303)
    lacks(warnings(b), "整改两天")
    time.sleep(2.5)
    lacks(warnings(b), "整改两天", "a warning that was acknowledged has come again")
    told = [" ".join(r) for r in b.page(f"/r/clock/{soon}").rows() if "承办人" in " ".join(r)]
    equal(len(told), 2, str(told))
    assert all("演示·林晓" in r and TODAY in r for r in told), told
    near = clock(b, "整改一天", "rectification", length="1d")
    until(lambda: "整改一天" in warnings(chief), "it did not go up")
    holds(warnings(chief), "升级给您")
    holds(warnings(b), "整改一天")
    lacks(warnings(b), "升级给您")
    path = f"/r/clock/{near}/edit"
    equal(b.send_files(path, b.fill(path, {"f-owner": "演示·许然"}), []).status, 303)
    until(lambda: "整改一天" in warnings(here().signed_in("xuran")), "the new handler is not warned")
    until(lambda: "整改一天" not in warnings(b), "the former handler is still warned")
    move = f"/r/clock/{near}/move/finish"
    equal(b.post(move, b.page(f"/r/clock/{near}").values(move)).status, 303)
    until(lambda: "整改一天" not in warnings(chief), "what is finished still warns")


def story_warned_above():
    """on the day after the end the head of the unit above is told, who was not before; what is not past does not reach him"""
    b, above, admin = here().signed_in("linxiao"), here().signed_in("suming"), here().signed_in("admin")
    office = unit_of(b, clock(b, "远在以后的二", "rectification", length="90d"))
    units = {u["name"]: u for u in json.loads(command("record", "list", "unit", "--json", data=here().data).stdout)}
    led_by(admin, units[office]["parent_name"], "演示·苏明")
    start = datetime.date.fromisoformat(TODAY) - datetime.timedelta(3)
    past, ends = (clock(b, subject, "rectification", length=length, started=str(start), late="补登") for subject, length in (("昨天就到期的", "2d"), ("今天才到期的", "3d")))
    until(lambda: "昨天就到期的" in warnings(above), "the head above was not told")
    holds(warnings(above), "升级给您")
    until(lambda: "今天才到期的" in warnings(b), "the handler was not told")
    lacks(warnings(above), "今天才到期的")
    told = lambda at: [r for r in b.page(f"/r/clock/{at}").rows() if "演示·苏明" in r]
    equal([r[0] for r in told(past)], [TODAY], "the rows that tell of the head above")
    equal(told(ends), [])


def story_wall():
    """the screen on the wall counts by unit what is late, due today and within seven days, names what is late or due today, and asks again by itself"""
    b = here().signed_in("linxiao")
    unit = unit_of(b, clock(b, "远在以后的", "rectification", length="90d"))

    def counts():
        rows = [r for r in b.page("/wall").rows() if r[0] == unit]
        equal(len(rows), 1, f"rows of {unit} on the wall")
        return [int(n) for n in rows[0][1:]]

    clock(b, "墙上的", "rectification", length="3d")
    until(lambda: any(int(r[3]) for r in b.page("/wall").rows()), "the wall is empty")
    listed(b, "墙上的")
    before, start = counts(), datetime.date.fromisoformat(TODAY) - datetime.timedelta(2)
    for subject, length, day in (("墙上超期的", "1d", start), ("墙上今天的", "2d", start), ("墙上七天内的", "9d", start), ("墙上七天后的", "10d", start)):
        clock(b, subject, "rectification", length=length, started=str(day), late="补登")
    until(lambda: counts() != before and [now - was for now, was in zip(counts(), before)] == [1, 1, 1], f"one more of each was wanted: {before}, now {counts()}")
    shown = b.page("/wall")
    equal(shown.headers["Refresh"], "60")
    named = re.findall(r'<li><span class="badge (\w+)">([^<]*)</span> ([^<]*) <span class="quiet">([^<]*)</span></li>', shown.text)
    day = lambda n: str(datetime.date.fromisoformat(TODAY) + datetime.timedelta(n))
    for row in (("bad", day(-1), "墙上超期的", "演示·林晓"), ("warn", day(0), "墙上今天的", "演示·林晓")):
        assert row in named, f"{row} is not among {named}"
    lacks(shown.text, "墙上七天内的")


def story_index_is_made_again():
    """an index that is lost is made again, row for row, at the next start"""
    i = here()
    b = i.signed_in("linxiao")
    clock(b, "来信三的答复")
    before = listed(b, "来信三的答复")
    dates = lambda: sorted([cell.split(" 放假安排或规定变动前")[0] for cell in row] for row in b.page("/today").rows())  # the former date is of the running index
    whole = dates()
    i.stop()
    if not POSTGRES:
        store = sqlite3.connect(f"{i.data}/taizhang.db")
        equal(store.execute("DELETE FROM clock_due").rowcount > 0, True)
        store.execute("DELETE FROM clock_cursor")
        store.commit()
        store.close()
    i.start()
    b = i.signed_in("linxiao")
    equal(listed(b, "来信三的答复"), before)
    equal(dates(), whole)


def story_calculator():
    """the page of terms computes without recording, tells what is missing, and lists every term with its source"""
    b = here().signed_in("linxiao")
    count = b.count("clock")
    shown = b.page("/terms?rule=pros.review&from=2024-01-10&x-complex=1").words
    holds(shown, "2024-02-26")
    holds(shown, "顺延至其后的第一个工作日")
    holds(shown, "届满时应当：作出起诉、不起诉决定或者退回补充侦查")
    holds(shown, "可以延长：重大、复杂案件（15 日） 刑事诉讼法")
    longer = b.page("/terms?rule=inv.custody&from=2024-01-10").words
    holds(longer, "可以延长：案情复杂（1 个月） 由上一级人民检察院批准 提请须在届满之前 7 日 刑事诉讼法（2018）第一百五十六条")
    holds(longer, "届满时应当：释放或者变更强制措施")
    holds(b.page("/terms?rule=detain.request&from=2024-01-10").words, "可以延长：特殊情况（最多 4 日） 由公安机关批准")
    holds(b.page("/terms?rule=rectification&from=2024-01-10&length=5d").words, "可以延长：批准延期（逐件批准的长度） 由下达整改的负责人批准")
    holds(b.page("/terms?rule=pros.review&from=2024-01-10&custody=1").words, "2024-02-10")
    holds(b.page("/terms?rule=accident.report&from=2024-01-10").words, "须写明时刻")
    holds(b.page("/terms?rule=accident.report&from=2024-01-10&time=23:30").words, "2024-01-11T00:30")
    holds(b.page("/terms?rule=rectification&from=2024-01-10&length=abc").words, "应为长度")
    equal(b.get("/terms?rule=nothing").status, 404)
    page = b.page("/terms").words
    for part in ("inv.custody", "信访工作条例（2022）第三十四条", "未核对"):
        holds(page, part)
    equal(b.count("clock"), count)
    custody = next(t for t in Program(b).ask("GET", "/terms")[1]["terms"] if t["code"] == "inv.custody")["extensions"][0]
    equal((custody["code"], custody["approver"], custody["apply_before"]), ("complex", "上一级人民检察院", "7d"))
    holds(here().signed_in("linxiao", "en").page("/terms?rule=pros.review&from=2024-01-10").words, "moved to the next working day")
    year = datetime.date.fromisoformat(TODAY).year + 3
    holds(b.page(f"/terms?rule=letter.reply&from={year}-01-10").words, "暂定")


def ask(data, sql):
    """Rows of the installation's database."""
    address = next((l.split("=", 1)[1].strip() for l in open(f"{data}/taizhang.conf") if l.startswith("store")), "")
    if address:
        out = subprocess.run(["psql", "-At", "-F", "\t", address, "-c", sql], check=True, capture_output=True, text=True).stdout
        return [tuple(l.split("\t")) for l in out.splitlines()]
    with sqlite3.connect(f"file:{data}/taizhang.db?mode=ro", uri=True) as store:
        return [tuple(map(str, row)) for row in store.execute(sql)]


def mail_by(data, server):
    """Sets the installation to mail by this server."""
    with open(f"{data}/taizhang.conf", "a") as conf:
        conf.write(f"mail_server = smtp://127.0.0.1:{server.port}\nmail_from = tz@example.cn\nmail_plain = yes\n")


def reach(admin, login, **addresses):
    """Gives a person of the demonstration data these addresses (mail, phone)."""
    data = admin.instance.data
    person = json.loads(command("record", "list", "person", "--filter", f'login = "{login}"', "--json", data=data).stdout)[0]["id"]
    path = f"/r/person/{person}/edit"
    equal(admin.send_files(path, admin.fill(path, {f"f-{k}": v for k, v in addresses.items()}), []).status, 303)


def led_by(admin, unit, head):
    """Puts a person at the head of a unit, named as on a clock's page."""
    at = json.loads(command("record", "list", "unit", "--filter", f'name = "{unit}"', "--json", data=admin.instance.data).stdout)[0]["id"]
    equal(admin.send_files(f"/r/unit/{at}/edit", admin.fill(f"/r/unit/{at}/edit", {"f-head": head}), []).status, 303)


def unit_of(b, clock_id):
    return b.page(f"/r/clock/{clock_id}").words.split(" 单位 ")[1].split(" ")[0]


def kill(instance):
    instance.server.kill()
    instance.server.wait(20)
    instance.server.stdout.close()
    instance.log.close()
    instance.server = None


def told_once(data, server, seed):
    """Each rung that was planned is in a message that its person's server took; whatever was sent twice was the same to the letter, under the same id."""
    sent = {}
    for manner, message in server.messages:
        sent.setdefault(message["Message-ID"].strip("<>").split("@")[0], []).append((manner, message))
    for key, copies in sent.items():
        equal(len({(m["To"], m["Subject"], m.get_content()) for _, m in copies}), 1, f"seed {seed}: the messages with the id {key}")
    rungs = ask(data, "SELECT c.f_subject, w.due, w.role, p.f_login, s.message FROM warning w JOIN r_clock c ON c.id = w.clock JOIN r_person p ON p.id = w.person "
                      "LEFT JOIN sending s ON s.person = w.person AND s.upto_ms = w.mailed_ms")
    for subject, due_day, role, login, key in rungs:
        taken = [m for manner, m in sent.get(key, []) if manner in ("taken", "slow") and m["To"] == f"{login}@example.cn"]
        assert taken, f"seed {seed}: {subject} ({role}, {due_day}) reached nobody: {login}, {key}"
        holds(taken[0].get_content(), f"{due_day}  {subject}\r\n", f"seed {seed}: message {key}")
    equal({login for *_, login, _ in rungs}, {"linxiao", "chenyuan"})
    assert any(len(copies) > 1 for copies in sent.values()), f"seed {seed}: nothing was sent twice, so nothing was shown of it"


def story_killed_while_planning():
    """killed at seeded moments while terms are recorded: no rung of their warnings is lost, none is planned twice, the index is right, and each was mailed, what was mailed again under the same id"""
    seed, rounds = int(os.environ.get("TAIZHANG_CRASH_SEED") or time.time()), int(os.environ.get("TAIZHANG_CRASHES") or (6 if POSTGRES else 50))
    dice = random.Random(seed)
    data, server = demo_data(), MailServer()
    mail_by(data, server)
    kept, owner = {}, None
    for number in range(rounds):
        server.manners = [dice.choice(("slow", "lost", "later")) if "lost" in (m for m, _ in server.messages) else "lost", "slow", "taken"] if number else []
        instance = Instance(data)
        b = instance.signed_in("linxiao") if not owner else instance.visitor()
        if owner:
            b.cookies = dict(owner)
        else:
            admin = instance.signed_in("admin")
            reach(admin, "linxiao", mail="linxiao@example.cn")
            reach(admin, "chenyuan", mail="chenyuan@example.cn")
            kept[clock(b, "远的", "rectification", length="30d")] = 30
            led_by(admin, unit_of(b, *kept), "演示·陈远")
            kept[clock(b, "近的", "rectification", length="1d")] = 1
            until(lambda: len(server.messages) == 2, "the two were not mailed before the first kill")
        owner = b.cookies
        for n in range(dice.randrange(1, 4)):
            days = dice.choice((1, 2, 5, 8, 30) if n else (1, 2, 5))  # the first of each round is warned of at once
            kept[clock(b, f"第{number}次", "rectification", length=f"{days}d")] = days
        time.sleep(dice.uniform(0, 1.3))
        kill(instance)
        change(data, "UPDATE warning_mail SET next_ms = 0")  # as if the time until the next try had passed
    server.manners = []
    instance = Instance(data)
    until(lambda: ask(data, "SELECT planned, position - (SELECT count(*) FROM entry) FROM clock_cursor") == [(TODAY, "0")], "planning has not ended")
    wanted = sum(sum(days + rung <= 0 for rung in (-7, -3, -1, 0, 1)) for days in kept.values())
    equal(int(ask(data, "SELECT count(*) FROM warning")[0][0]), wanted, f"seed {seed}")
    equal(int(ask(data, "SELECT count(*) FROM (SELECT DISTINCT clock, round, due, rung FROM warning) w")[0][0]), wanted, f"seed {seed}")
    equal(int(ask(data, "SELECT count(*) FROM clock_due WHERE state = 0")[0][0]), len(kept), f"seed {seed}")
    until(lambda: ask(data, "SELECT count(*) FROM warning w LEFT JOIN warning_mail m ON m.person = w.person WHERE w.mailed_ms = 0 OR m.upto_ms <> 0") == [("0",)],
          f"seed {seed}: not all were mailed: {ask(data, 'SELECT * FROM warning_mail')}")
    told_once(data, server, seed)
    server.listener.close()
    equal(instance.stop(), 0)


class MailServer:
    """A mail server over the real protocol that behaves as told: "taken", "slow" (takes it, but answers late), "later" (450 for the receiver), "lost" (hangs up after the message),
    "refused"."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.manners, self.messages = [], []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                talk, _ = self.listener.accept()
            except OSError:
                return
            with talk:
                try:
                    self.talk(talk, self.manners.pop(0) if self.manners else "taken")
                except OSError:
                    pass  # whoever sent was killed

    def talk(self, talk, manner):
        talk.sendall(b"220 here\r\n")
        content = None
        for line in talk.makefile("rb"):
            if content is not None:
                if line != b".\r\n":
                    content += line
                    continue
                self.messages.append((manner, email.message_from_bytes(content, policy=email.policy.default)))
                content = None
                if manner == "lost":
                    return
                time.sleep(manner == "slow")
            if line.startswith(b"RCPT") and manner in ("later", "refused"):
                talk.sendall(b"450 later\r\n" if manner == "later" else b"550 nobody\r\n")
                continue
            content = b"" if line.startswith(b"DATA") else None
            talk.sendall(b"354 go on\r\n" if line.startswith(b"DATA") else b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 ok\r\n")
            if line.startswith(b"QUIT"):
                return


def change(data, sql):
    address = next((l.split("=", 1)[1].strip() for l in open(f"{data}/taizhang.conf") if l.startswith("store")), "")
    if address:
        subprocess.run(["psql", "-q", address, "-c", sql], check=True)
        return
    with sqlite3.connect(f"{data}/taizhang.db", timeout=20) as store:
        store.execute(sql)


def story_mailed():
    """warnings are mailed, one message for all that are new; what is uncertain or put off is tried again as the same message, and nothing is sent twice after it was taken"""
    data, server = demo_data(), MailServer()
    server.manners = ["later", "lost", "taken"]
    mail_by(data, server)
    i = Instance(data)
    b, admin = i.signed_in("linxiao"), i.signed_in("admin")
    reach(admin, "linxiao", mail="lin@example.cn")
    at = clock(b, "消防栓整改", "rectification", length="2d")
    way = lambda: b.page(f"/r/clock/{at}").words
    asked = lambda: ask(data, "SELECT tries, why FROM warning_mail WHERE upto_ms <> 0")
    until(lambda: asked() and asked()[0][1], "the first try was not made")
    holds(b.page("/today").words, "没有送到您的信箱")
    holds(way(), "邮件：没有送出，还会再试 (")
    change(data, "UPDATE warning_mail SET next_ms = 0")
    until(lambda: len(server.messages) == 1 and asked() and asked()[0][0] == "2", "the second try was not made")
    until(lambda: "邮件：不知道是否送出 (" in way(), "what was not answered is not shown as uncertain")
    change(data, "UPDATE warning_mail SET next_ms = 0")
    until(lambda: ask(data, "SELECT good FROM warning_mail") == [("1",)], "the third try was not made")
    holds(way(), "邮件：已交出 ")
    equal([m for m, _ in server.messages], ["lost", "taken"])
    first, second = (m for _, m in server.messages)
    equal(first["Message-ID"], second["Message-ID"])
    equal(first.get_content(), second.get_content())
    holds(second.get_content(), "消防栓整改")
    holds(second["Subject"], "1 项期限提醒")
    lacks(b.page("/today").words, "没有送到您的信箱")
    clock(b, "灭火器整改", "rectification", length="1d")
    until(lambda: len(server.messages) == 3, "new warnings were not mailed")
    third = server.messages[2][1]
    assert third["Message-ID"] != second["Message-ID"]
    lacks(third.get_content(), "消防栓整改")
    equal(i.stop(), 0)
    i.start()
    time.sleep(4)
    equal(len(server.messages), 3)
    server.listener.close()
    i.stop()


def story_mailed_more_than_are_listed():
    """of 53 due dates planned while no mail was set, one message lists 50 and says that there are 3 more; they are not mailed again"""
    data, server = demo_data(), MailServer()
    i = Instance(data)
    b, admin = i.signed_in("linxiao"), i.signed_in("admin")
    reach(admin, "linxiao", mail="lin@example.cn")
    for n in range(53):
        clock(b, f"灭火器{n:02d}号整改", "rectification", length="1d")
    planned = lambda: ask(data, f"SELECT count(DISTINCT w.clock) FROM warning w JOIN r_person p ON p.id = w.person WHERE p.f_login = 'linxiao'")[0][0]
    until(lambda: int(planned()) >= 53, "planning has not ended")
    mine = int(planned())
    equal(i.stop(), 0)
    mail_by(data, server)
    i.start()
    until(lambda: ask(data, "SELECT good FROM warning_mail") == [("1",)], "nothing was mailed")
    text = server.messages[0][1].get_content()
    holds(server.messages[0][1]["Subject"], f"{mine} 项期限提醒")
    equal(sum(line[:2] == "20" for line in text.split("\n")), 50)
    holds(text, f"另有 {mine - 50} 项")
    time.sleep(7)
    equal(len(server.messages), 1)
    equal(ask(data, "SELECT count(*) FROM warning WHERE mailed_ms = 0 AND seen_ms = 0"), [("0",)])
    server.listener.close()
    equal(i.stop(), 0)
