"""rosters.py - stories of duty: a roster arranged, published, exchanged, handed over, and read by a calendar program."""
import datetime
import json
import re
import subprocess
import sys
import time

from clocks import add
from harness import TODAY, command, equal, here, holds, lacks

OFFICERS = {"演示·林晓": "linxiao", "演示·罗桐": "luotong", "演示·白露": "bailu", "演示·周松": "zhousong", "演示·许然": "xuran", "演示·叶青": "yeqing"}
LEADERS = {"演示·陈远": "chenyuan", "演示·苏明": "suming", "演示·何静": "hejing"}
LOGINS = {**OFFICERS, **LEADERS}
_roster = None


def day(n):
    return (datetime.date.fromisoformat(TODAY) + datetime.timedelta(n)).isoformat()


def move(b, register, record, key, status=303, **values):
    action = f"/r/{register}/{record}/move/{key}"
    page = b.page(f"/r/{register}/{record}")
    fields = {**(page.values(action) if action in page.text else {"csrf": page.values()["csrf"]}), **{f"m-{key}-{k}": v for k, v in values.items()}}
    answer = b.post(action, fields)
    equal(answer.status, status, answer.words[:600])
    return answer


def roster(b, name, first, last, status=303, **more):
    return add(b, "roster", {"name": name, "kind": "duty", "first": first, "last": last, "workdays": "night", "restdays": "whole", "turn": "day",
                             "leaders": "\n".join(LEADERS), "officers": "\n".join(OFFICERS), **more}, status)


def arrange(b, at, status=303, **fields):
    answer = b.post(f"/roster/{at}/arrange", {"csrf": b.page(f"/roster/{at}").values()["csrf"], **fields})
    equal(answer.status, status, answer.words[:600])
    return answer


def shifts(b, at):
    """(day, shift's id, leader, officer) of a roster's page, in order."""
    rows = []
    for text in re.findall(r"<tr><th scope=\"row\".*?</tr>", b.page(f"/roster/{at}").text, re.S):
        link = re.search(r"/r/shift/(\w+)", text)
        if link:
            cells = [re.sub(r"<[^>]+>", "", c).strip() for c in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", text, re.S)]
            rows.append((cells[0][:10], link.group(1), cells[3], cells[4]))
    return rows


def published():
    """One roster for the stories that follow: from today on, arranged and published."""
    global _roster
    if not _roster:
        b = here().signed_in("linxiao")
        _roster = roster(b, "安全值班表", TODAY, day(27))
        arrange(b, _roster, anew="1")
        move(b, "roster", _roster, "publish")
    return _roster


READER = """
import icalendar, json, sys
out = []
for e in icalendar.Calendar.from_ical(sys.stdin.buffer.read()).walk("VEVENT"):
    out.append([str(e["UID"]), str(e["SUMMARY"]), e.decoded("DTSTART").isoformat(), e.decoded("DTEND").isoformat()])
print(json.dumps(out))
"""


def read_calendar(raw):
    """As Debian's icalendar reads it; in a Python of its own, since a file of the stories is called six, too."""
    done = subprocess.run([sys.executable, "-I", "-c", READER], input=raw, capture_output=True, check=True)
    return json.loads(done.stdout)


def story_arranged():
    """a roster is arranged: every shift has its people, turns of each class are even to one, nobody stands two days running; nothing changes when it is arranged again"""
    b = here().signed_in("linxiao")
    at = roster(b, "试排", day(40), day(80))
    holds(b.page(f"/roster/{at}").words, "还没有排班。")
    move(b, "roster", at, "publish", status=422)
    arrange(b, at, anew="1")
    rows = shifts(b, at)
    equal(len(rows), 41)
    last = {}
    for date, _, leader, officer in rows:
        for person in (leader, officer):
            assert person in LEADERS or person in OFFICERS, person
            gap = (datetime.date.fromisoformat(date) - last.get(person, datetime.date.min)).days
            assert gap > 1, f"{person} stands on {date}, {gap} days after the last turn"
            last[person] = datetime.date.fromisoformat(date)
    table = [r for r in b.page(f"/roster/{at}").rows() if r[0] in OFFICERS and len(r) == 6]
    equal(len(table), len(OFFICERS))
    for column in range(1, 6):
        turns = [int(r[column]) for r in table]
        assert max(turns) - min(turns) <= 1, (column, turns)
    equal(sum(int(r[5]) for r in table), 41)
    arrange(b, at, anew="1")
    equal(shifts(b, at), rows)


def story_shorter():
    """what is asked for changes: shifts that are no longer in the period are withdrawn, the same come back under new ids when it grows again"""
    b = here().signed_in("linxiao")
    at = roster(b, "改期", day(100), day(109))
    arrange(b, at, anew="1")
    before = shifts(b, at)
    for last, count in ((day(104), 5), (day(109), 10)):
        path = f"/r/roster/{at}/edit"
        answer = b.send_files(path, b.fill(path, {"f-last": last}), [])
        equal(answer.status, 303, answer.words[:400])
        arrange(b, at, anew="1")
        equal(len(shifts(b, at)), count)
    equal([r[1] for r in shifts(b, at)][:5], [r[1] for r in before][:5])
    assert not set(r[1] for r in shifts(b, at)[5:]) & set(r[1] for r in before[5:]), "a withdrawn shift came back to life"


def story_emptied():
    """a seat emptied by hand is marked, says that somebody could take it, and filling the gaps takes nobody else's turn away"""
    b = here().signed_in("linxiao")
    at = roster(b, "空一岗", day(150), day(160))
    arrange(b, at, anew="1")
    before = shifts(b, at)
    path = f"/r/shift/{before[4][1]}/edit"
    equal(b.send_files(path, b.fill(path, {"f-officer": ""}), []).status, 303)
    words = b.page(f"/roster/{at}").words
    holds(words, "空岗 可以补上")
    lacks(words, "公布 ")
    arrange(b, at)
    after = shifts(b, at)
    equal([r for i, r in enumerate(after) if i != 4], [r for i, r in enumerate(before) if i != 4])
    assert after[4][3] in OFFICERS, after[4]


def story_published():
    """a published roster is not arranged anew, and shows its shifts to everybody; the sheet to print has them, too"""
    at = published()
    b = here().signed_in("linxiao")
    arrange(b, at, status=409, anew="1")
    lacks(b.page(f"/roster/{at}").text, "全部重排")
    rows = shifts(here().signed_in("bailu"), at)
    equal(len(rows), 28)
    sheet = here().signed_in("bailu").page(f"/roster/{at}/sheet").words
    for date, _, leader, officer in rows:
        holds(sheet, date)
    lacks(here().signed_in("bailu").page(f"/roster/{at}").text, f"/roster/{at}/arrange")


def story_absence():
    """who goes on leave after publication is marked on his shifts; filling finds somebody else for these alone; he cannot be put back by hand"""
    b = here().signed_in("linxiao")
    at = published()
    rows = shifts(b, at)
    date, shift, _, officer = rows[20]
    add(b, "absence", {"matter": "培训", "person": officer, "kind": "training", "from": date, "to": date})
    page = b.page(f"/roster/{at}")
    holds(page.words, "有 1 个岗的人员那天登记了请假或外出")
    arrange(b, at)
    after = shifts(b, at)
    equal([r for i, r in enumerate(after) if i != 20], [r for i, r in enumerate(rows) if i != 20])
    assert after[20][3] not in (officer, ""), after[20]
    path = f"/r/shift/{shift}/edit"
    answer = b.send_files(path, b.fill(path, {"f-officer": officer}), [])
    equal(answer.status, 422)
    holds(answer.words, "那天登记了请假或外出")


def story_exchange():
    """an exchange needs the other's own consent and a third person's approval; then both shifts show it, with the reason in their history"""
    at = published()
    rows = shifts(here().signed_in("linxiao"), at)
    i, j = next((i, j) for i in range(2, 28) for j in range(i + 3, 28) if rows[i][3] != rows[j][3])
    giver, taker = rows[i][3], rows[j][3]
    g, t = here().signed_in(LOGINS[giver]), here().signed_in(LOGINS[taker])
    third = next(login for name, login in OFFICERS.items() if name not in (giver, taker))
    asked = {"why": "家里有事", "shift": rows[i][1], "seat": "officer", "giver": giver, "taker": taker, "back": rows[j][1]}
    add(here().signed_in(third) if third != "linxiao" else here().signed_in("bailu" if "bailu" not in (LOGINS[giver], LOGINS[taker]) else "zhousong"),
        "shift_swap", asked, status=403)
    answer = add(g, "shift_swap", {**asked, "seat": "leader"}, status=422)
    holds(answer.words, "现在不在这一班的这个岗位上")
    swap = add(g, "shift_swap", asked)
    holds(t.page("/today").words, "待您同意")
    move(g, "shift_swap", swap, "agree", status=403)
    move(here().signed_in("chenyuan"), "shift_swap", swap, "approve", status=409)
    move(t, "shift_swap", swap, "agree")
    holds(here().signed_in("chenyuan").page("/today").words, "待批准")
    move(here().signed_in("chenyuan"), "shift_swap", swap, "approve")
    after = shifts(g, at)
    equal((after[i][3], after[j][3]), (taker, giver))
    holds(g.page(f"/r/shift/{rows[i][1]}").words, "换班：家里有事")
    move(here().signed_in("suming"), "shift_swap", swap, "approve", status=409)
    equal(shifts(g, at), after)


def story_exchange_overtaken():
    """an exchange that was agreed on is not approved when the seat has changed hands meanwhile, and nothing is half written"""
    at = published()
    b = here().signed_in("linxiao")
    rows = shifts(b, at)
    giver = rows[8][3]
    taker = next(n for n in OFFICERS if n not in (rows[7][3], rows[8][3], rows[9][3]))
    swap = add(here().signed_in(LOGINS[giver]), "shift_swap", {"why": "出差", "shift": rows[8][1], "seat": "officer", "giver": giver, "taker": taker})
    move(here().signed_in(LOGINS[taker]), "shift_swap", swap, "agree")
    other = next(n for n in OFFICERS if n not in (giver, taker))
    path = f"/r/shift/{rows[8][1]}/edit"
    equal(b.send_files(path, b.fill(path, {"f-officer": other}), []).status, 303)
    answer = move(here().signed_in("chenyuan"), "shift_swap", swap, "approve", status=422)
    holds(answer.words, "现在不在这一班的这个岗位上")
    equal(shifts(b, at)[8][3], other)


def story_hand_over():
    """a shift is handed over by who stood it and signed by the next, never by the same; before its day not at all"""
    at = published()
    rows = shifts(here().signed_in("linxiao"), at)
    mine, after = here().signed_in(LOGINS[rows[0][3]]), here().signed_in(LOGINS[rows[1][3]])
    stranger = here().signed_in(next(login for name, login in OFFICERS.items() if name not in (rows[0][3], rows[1][3]) and login != "linxiao"))
    told = {"events": "正常", "matters": "无"}
    holds(mine.page("/today").words, "我的值班")
    move(stranger, "shift", rows[0][1], "hand_over", status=403, **told)
    move(mine, "shift", rows[0][1], "hand_over", status=422, events="正常")
    answer = move(after, "shift", rows[1][1], "hand_over", status=422, **told)
    holds(answer.words, "这一班还没有到")
    move(mine, "shift", rows[0][1], "hand_over", **told)
    move(mine, "shift", rows[0][1], "take_over", status=403)
    move(stranger, "shift", rows[0][1], "take_over", status=403)
    move(after, "shift", rows[0][1], "take_over")
    holds(after.page(f"/r/shift/{rows[0][1]}").words, "已接班")


def story_feed():
    """a calendar program reads one's turns at the address shown once; times are right; a new address ends the former, and stopping ends all"""
    at = published()
    rows = shifts(here().signed_in("linxiao"), at)
    name = rows[3][3]
    b = here().signed_in(LOGINS[name])
    own = [r for r in rows if name in r[2:]]

    def make(**fields):
        answer = b.post("/calendar", {**b.fill("/calendar", {}), **fields})
        found = re.search(r"/calendar/([\w-]{24}\.ics)", answer.text)
        if found:
            holds(answer.words, "现在的地址建立于")
        return "/calendar/" + found.group(1) if found else None

    visitor = here().visitor()
    first = make()
    answer = visitor.get(first)
    equal(answer.status, 200)
    holds(answer.headers["Content-Type"], "text/calendar")
    raw = answer.bytes
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75 and b"\n" not in line, line
    turns = {uid.split("@")[0]: (summary, start, end) for uid, summary, start, end in read_calendar(raw) if "-due" not in uid}
    for date, shift, _, _ in own:
        summary, start, end = turns[shift]
        at_home = [datetime.datetime.fromisoformat(x).astimezone(datetime.timezone(datetime.timedelta(hours=8))) for x in (start, end)]
        equal(at_home[0].date().isoformat(), date)
        assert at_home[0].strftime("%H:%M") in ("08:00", "17:30"), at_home
        equal(at_home[1].isoformat()[:16], (at_home[0].date() + datetime.timedelta(1)).isoformat() + "T08:00")
        holds(summary, "安全值班表")
    equal(len(turns), len(own))
    officer = here().signed_in("linxiao")
    add(officer, "clock", {"subject": "日历里的整改", "rule": "rectification", "started": TODAY, "length": "3d", "owner": name})
    hours = add(officer, "clock", {"subject": "日历里的事故", "rule": "accident.report", "started": TODAY, "time": "00:10", "owner": name})
    for _ in range(50):
        dues = {summary: (uid, start) for uid, summary, start, _ in read_calendar(visitor.get(first).bytes) if "-due" in uid}
        if len(dues) == 2:
            break
        time.sleep(0.2)
    equal(dues["届满：日历里的整改"][1], day(3))
    uid, start = dues["届满：日历里的事故"]
    equal(datetime.datetime.fromisoformat(start).astimezone(datetime.timezone(datetime.timedelta(hours=8))).isoformat()[:16], TODAY + "T01:10")
    holds(uid, hours)
    second = make()
    equal(visitor.get(first).status, 404)
    equal(visitor.get(second).status, 200)
    make(stop="1")
    equal(visitor.get(second).status, 404)
    equal(visitor.get("/calendar/" + "A" * 24 + ".ics").status, 404)


def story_stand_in():
    """while somebody is away, what is due stands on his stand-in's page of today, and no longer when he is back"""
    b = here().signed_in("linxiao")
    add(b, "clock", {"subject": "信访件答复", "rule": "letter.reply", "started": TODAY, "owner": "演示·林晓"})
    c = here().signed_in("chenyuan")
    lacks(c.page("/today").words, "信访件答复")
    away = add(b, "absence", {"matter": "年假", "person": "演示·林晓", "kind": "leave", "from": TODAY, "to": day(2), "stand_in": "演示·陈远"})
    for _ in range(50):
        words = c.page("/today").words
        if "信访件答复" in words:
            break
        time.sleep(0.2)
    holds(words, "代 演示·林晓 办")
    lacks(here().signed_in("suming").page("/today").words, "信访件答复")
    path = f"/r/absence/{away}/edit"
    answer = b.send_files(path, b.fill(path, {"f-from": day(-2), "f-to": day(-1), "reason": "提前返校"}), [])
    equal(answer.status, 303, answer.words[:400])
    lacks(c.page("/today").words, "信访件答复", "the stand-in's page after the other is back")
    holds(b.page("/today").words, "信访件答复")


THIRDS = ("演示·沈禾", "演示·孟溪", "演示·江帆")


def story_three_roles():
    """a roster of reading duty fills three roles a shift, each from its own list, the third named as the institution calls it, as evenly as the others, and says what kind it is"""
    b = here().signed_in("linxiao")
    at = roster(b, "读网值班表", day(300), day(320), kind="reading", thirds="\n".join(THIRDS), third_name="审读员")
    arrange(b, at, anew="1")
    page = b.page(f"/roster/{at}")
    holds(b.page(f"/r/roster/{at}").words, "读网")
    holds(page.words, "审读员")
    seats = [r[3:6] for r in page.rows() if len(r) > 5 and re.match(r"\d{4}-", r[0])]
    equal(len(seats), 21)
    for leader, officer, third in seats:
        assert leader in LEADERS and officer in OFFICERS and third in THIRDS, (leader, officer, third)
    turns = [sum(s[2] == person for s in seats) for person in THIRDS]
    assert max(turns) - min(turns) <= 1, turns
    assert all(a[2] != b[2] for a, b in zip(seats, seats[1:])), "two days running"
    move(b, "roster", at, "publish")
    sheet = b.page(f"/roster/{at}/sheet").words
    holds(sheet, "审读员")
    equal(sum(sheet.count(person) for person in THIRDS), 21)


def story_refused():
    """a roster that cannot be is refused at the field: end before beginning, too long, no shifts at all, times that are none"""
    b = here().signed_in("linxiao")
    holds(roster(b, "反了", day(10), day(9), status=422).words, "不能早于")
    holds(roster(b, "太长", day(1), day(371), status=422).words, "一张表最长 370 天")
    holds(roster(b, "不排", day(1), day(9), status=422, workdays="none", restdays="none").words, "不能都不排")
    holds(roster(b, "时刻", day(1), day(9), status=422, day_from="25:00").words, "时刻应为")
    holds(roster(b, "时刻", day(1), day(9), status=422, day_from="18:00").words, "夜班开始应晚于白班开始")
    at = roster(b, "一人", day(200), day(205), leaders="", officers="演示·白露")
    arrange(b, at, anew="1")
    holds(b.page(f"/roster/{at}").words, "有 3 个空岗")
    holds(b.page(f"/roster/{at}").words, "与前后的班隔得太近")
    holds(move(b, "roster", at, "publish", status=422).words, "还有 3 个空岗")
    equal(here().signed_in("fangzhou").page(f"/roster/{at}").status, 200)
    equal(b.get("/roster/00000000000000000000000001").status, 404)


def story_proven():
    """after all of it the journal proves every row of the rosters"""
    here().stop()
    command("verify", "--deep", data=here().data)
