"""pages.py - stories over HTTP: signing in, forms and what they refuse, rights, limits, headers, languages."""
import re
import time
from urllib.parse import parse_qs, quote

from harness import TODAY, YEAR, equal, here, holds, lacks, raw_request


FINDING = {"f-number": "WT-STORY-1", "f-found": TODAY, "f-summary": "走廊堆放杂物", "f-grade": "slight", "f-owner": "演示·周松"}


def without_changing(text):
    return re.sub(r'name="csrf" value="[^"]*"|value="nobody"|value="linxiao"', "", text)


def story_signing_in():
    """signing in and out; the session cookie cannot be read by scripts or sent by other sites"""
    b = here().visitor()
    answer = b.get("/")
    equal(answer.status, 303)
    holds(answer.headers["Location"], "/signin?back=")
    answer = b.post("/signin", {"login": "linxiao", "password": here().password("linxiao"), "back": "/r/finding"})
    equal((answer.status, answer.headers["Location"]), (303, "/r/finding"))
    cookie = [c for c in answer.headers.get_all("Set-Cookie") if c.startswith("session=")][0]
    for flag in ("HttpOnly", "SameSite=", "Path=/"):
        holds(cookie, flag, "cookie")
    lacks(cookie, "Domain", "cookie")
    holds(b.page("/").words, "林晓")
    token = dict(b.cookies)
    answer = b.post("/signout", {"csrf": b.page("/").values("/signout")["csrf"]})
    equal(answer.status, 303)
    assert "session" not in b.cookies
    b.cookies = token
    equal(b.get("/").status, 303, "the old session after signing out")


def story_wrong_password():
    """a wrong password and an unknown name get the same answer"""
    answers = []
    for login in ("linxiao", "nobody"):
        b = here().visitor()
        answers.append(b.post("/signin", {"login": login, "password": "wrong-password-1", "back": "/"}))
        assert "session" not in b.cookies
    equal(answers[0].status, answers[1].status)
    assert answers[0].status in (401, 403, 422), answers[0].status
    equal(without_changing(answers[0].text), without_changing(answers[1].text))
    holds(answers[0].text, 'value="linxiao"', "the form keeps the name")
    lacks(answers[0].text, "wrong-password-1")


def story_elsewhere():
    """the sign-in page leads nobody to another site"""
    for back in ("//evil.example/", "https://evil.example/", "/\\evil.example", "/\r\nX: y"):
        b = here().visitor()
        answer = b.post("/signin", {"login": "linxiao", "password": here().password("linxiao"), "back": back})
        equal(answer.headers["Location"], "/", repr(back))


def story_forgery():
    """a form without its token, with another's, or sent by another site is refused and nothing is saved"""
    b = here().signed_in("linxiao")
    before = b.count("finding")
    fields = b.fill("/r/finding/new", {**FINDING, "f-number": "WT-FORGED"})
    other = here().signed_in("chenyuan").fill("/r/finding/new", {})["csrf"]
    for token in (None, "", "x", other):
        sent = {k: v for k, v in fields.items() if k != "csrf"}
        if token is not None:
            sent["csrf"] = token
        equal(b.post("/r/finding/new", sent).status, 403, repr(token))
    equal(b.post("/r/finding/new", fields, {"Sec-Fetch-Site": "cross-site"}).status, 403)
    equal(b.count("finding"), before)


def story_signed_out_post():
    """a form sent after the session ended saves nothing and says so"""
    b = here().signed_in("linxiao")
    fields = b.fill("/r/finding/new", {**FINDING, "f-number": "WT-EXPIRED"})
    before = b.count("finding")
    kept, b.cookies = b.cookies, {}
    answer = b.post("/r/finding/new", fields)
    equal(answer.status, 401)
    holds(answer.words, "没有保存")
    b.cookies = kept
    equal(b.count("finding"), before)


def story_form_error():
    """a form with errors keeps everything that was typed, names each input, and saves nothing"""
    b = here().signed_in("linxiao")
    before = b.count("finding")
    typed = {"f-number": "WT-KEEP", "f-found": "2026-02-30", "f-summary": "<b>\"引号\" & 尖括号</b>", "f-grade": "grave", "f-owner": "查无此人",
             "f-remedy": "第一行\n第二行"}
    answer = b.post("/r/finding/new", b.fill("/r/finding/new", typed))
    equal(answer.status, 422)
    values = answer.values("/r/finding/new")
    for key, value in typed.items():
        equal(values[key].replace("\r\n", "\n"), value, key)
    lacks(answer.text, "<b>\"引号", "escaped page")
    for name in ("f-found", "f-owner"):
        tag = re.search(r'<(?:input|select)[^>]*id="%s"[^>]*>' % name, answer.text)[0]
        holds(tag, 'aria-invalid="true"', name)
        holds(answer.text, f'href="#{name}"')
    equal(b.count("finding"), before)
    answer = b.post("/r/finding/new", b.fill("/r/finding/new", {}))
    equal(answer.status, 422, "an empty form")
    assert len(re.findall('aria-invalid="true"', answer.text)) >= 5


def story_double_submit():
    """the same form sent twice saves one record"""
    b = here().signed_in("linxiao")
    before = b.count("finding")
    fields = b.fill("/r/finding/new", {**FINDING, "f-number": "WT-TWICE"})
    first, second = b.post("/r/finding/new", fields), b.post("/r/finding/new", fields)
    equal((first.status, second.status), (303, 303))
    equal(first.headers["Location"], second.headers["Location"])
    holds(b.page(second.headers["Location"]).words, "没有重复登记")
    equal(b.count("finding"), before + 1)
    changed = {**fields, "f-summary": "同一编号，不同内容"}
    equal(b.post("/r/finding/new", changed).status, 409, "the same id with other values")


def story_late_entry():
    """a record of long ago asks a reason, then shows it"""
    b = here().signed_in("linxiao")
    fields = b.fill("/r/finding/new", {**FINDING, "f-number": "WT-LATE", "f-found": "2019-12-01"})
    answer = b.post("/r/finding/new", fields)
    equal(answer.status, 422)
    holds(answer.text, 'href="#reason"')
    fields["reason"] = "清查纸质台账时发现漏记"
    answer = b.post("/r/finding/new", fields)
    equal(answer.status, 303)
    page = b.page(answer.headers["Location"])
    holds(page.words, "清查纸质台账时发现漏记")
    holds(page.words, "补录")


def story_four_eyes():
    """who submits a finding cannot pass it; another can, once"""
    b = here().signed_in("linxiao")
    at = b.post("/r/finding/new", b.fill("/r/finding/new", {**FINDING, "f-number": "WT-EYES"})).headers["Location"]
    answer = b.post(at + "/move/submit", {**b.page(at).values("/move/submit"), "m-submit-remedy": "已清理"})
    equal(answer.status, 422, "a move without what it needs")
    equal(answer.values("/move/submit")["m-submit-remedy"], "已清理")
    answer = b.post(at + "/move/submit", {**b.page(at).values("/move/submit"), "m-submit-remedy": "已清理", "m-submit-evidence": "照片1"})
    equal(answer.status, 303)
    equal(b.post(at + "/move/pass", {"csrf": b.page("/").values("/signout")["csrf"]}).status, 403)
    leader = here().signed_in("chenyuan")
    fields = leader.page(at).values("/move/pass")
    equal(leader.post(at + "/move/pass", fields).status, 422, "passed without having looked")
    fields = {**leader.page(at).values("/move/pass"), "m-pass-recheck": "现场看过，已清理"}
    equal(leader.post(at + "/move/pass", fields).status, 303)
    equal(leader.post(at + "/move/pass", fields).status, 409, "the same step again")
    holds(leader.page(at).words, "已销号")


def story_withdraw():
    """a withdrawal asks a reason; the record stays readable and counts no more"""
    b = here().signed_in("linxiao")
    at = b.post("/r/finding/new", b.fill("/r/finding/new", {**FINDING, "f-number": "WT-GONE"})).headers["Location"]
    before = b.count("finding")
    fields = b.page(at).values("/withdraw")
    equal(b.post(at + "/withdraw", {**fields, "reason": " "}).status, 422)
    equal(b.post(at + "/withdraw", {**fields, "reason": "录错了"}).status, 303)
    holds(b.page(at).words, "录错了")
    equal(b.count("finding"), before - 1)


def story_absent():
    """what is not there is 404, a wrong method says so, an unknown id tells nothing"""
    b = here().signed_in("linxiao")
    for path in ("/nothing", "/r/nothing", "/r/finding/0000000000000000000000000A", "/r/finding/xyz", "/r/finding/0000000000000000000000000A/edit",
                 "/issued/0000000000000000000000000A", "/reports/nothing", "/static/nothing.css", "/r/finding/%00"):
        answer = b.get(path)
        assert answer.status in (400, 404), f"{path}: {answer.status}"
    answer = b.send("DELETE", "/r/finding")
    assert answer.status in (400, 405, 501), answer.status


def story_rights():
    """what another may do is 403 or 404, on the page and on the post behind it"""
    reader = here().signed_in("fangzhou")
    equal(reader.get("/r/finding/new").status, 403)
    equal(reader.get("/r/finding/import").status, 403)
    lacks(reader.page("/r/finding").text, "/r/finding/new")
    csrf = reader.page("/").values("/signout")["csrf"]
    equal(reader.post("/r/finding/new", {**FINDING, "csrf": csrf}).status, 403)
    officer = here().signed_in("linxiao")
    for path in ("/r/grant", "/r/role", "/doctor"):
        assert officer.get(path).status in (403, 404), path
    lacks(officer.page("/r").text, "/r/grant")
    at = re.search(r'href="(/r/talk/[0-9a-zA-Z]{26})"', officer.page("/r/talk").text)[1]
    for mine in (officer.page(at).words, reader.page(at).words):
        holds(mine, "您无权查看")
    lacks(here().signed_in("chenyuan").page(at).words, "您无权查看")
    csrf = officer.page("/").values("/signout")["csrf"]
    finding = re.search(r'href="(/r/finding/[0-9a-zA-Z]{26})"', officer.page("/r/finding").text)[1]
    equal(officer.post(finding + "/move/drop", {"csrf": csrf, "m-drop-grounds": "x"}).status, 403)
    equal(reader.post(finding + "/withdraw", {"csrf": csrf, "reason": "x"}).status, 403)


def story_too_large():
    """a body over its cap is answered 413, whether its length was declared or not, and the server goes on"""
    b = here().signed_in("linxiao")
    cookie = "session=" + b.cookies["session"]
    for path in ("/r/finding/import", "/r/finding/new", "/signin"):
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        answer = raw_request(here(), (head + "Content-Length: 209715200\r\n\r\n").encode())
        holds(answer[:20].decode(), " 413 ", path + " declared")
        size = 3 << 20 if path == "/signin" else 72 << 20 # forms and imports take files
        part = b"10000\r\n" + b"a" * 65536 + b"\r\n"
        answer = raw_request(here(), (head + "Transfer-Encoding: chunked\r\n\r\n").encode(), (part for _ in range(size >> 16)))
        holds(answer[:20].decode(), " 413 ", path + " chunked")
    b.page("/")


def story_headers():
    """security headers stand on every answer, pages and refusals alike"""
    b = here().signed_in("linxiao")
    at = re.search(r'href="(/r/finding/[0-9a-zA-Z]{26})"', b.page("/r/finding").text)[1]
    style = re.search(r'href="(/static/[^"]*\.css)"', b.page("/").text)[1]
    for path in ("/", "/signin", "/r", "/r/finding", at, at + "/edit", at + "/proof", "/r/finding/new", "/r/finding/import", "/r/finding/export",
                 "/reports", "/help", "/password", style, "/nothing", "/r/finding/new?x=1", "/healthz"):
        answer = b.get(path)
        policy = answer.headers["Content-Security-Policy"] or ""
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"):
            holds(policy, rule, path)
        for word in ("unsafe", "*", "http:"):
            lacks(policy, word, path)
        equal(answer.headers["X-Content-Type-Options"], "nosniff", path)
        holds(answer.headers["Referrer-Policy"] or "", "same-origin", path)
        equal(answer.headers["Cache-Control"], "public, max-age=31536000, immutable" if path == style else "no-store", path)
        if (answer.headers["Content-Type"] or "").startswith("text/html"):
            holds(answer.headers["Content-Type"], "charset=utf-8", path)
            markup = re.sub(r"(?s)<code\b.*?</code>", " ", answer.text)  # the help shows the report language's own braces
            for sign in ("<script", "style=", " onclick", "javascript:", "�", "{{", "}}"):
                lacks(markup, sign, path)
    admin = here().signed_in("admin")
    lacks(admin.page("/doctor").words, "没有设为受信任")
    holds(admin.get("/doctor", **{"X-Forwarded-Proto": "https"}).words, "没有设为受信任", "a proxy that taizhang.conf does not name")


def story_language():
    """the browser's language is followed, the switch is remembered, and both languages have the same pages"""
    b = here().signed_in("linxiao", lang="en-GB,en;q=0.8,zh;q=0.2")
    english = b.page("/r/finding")
    holds(english.text, '<html lang="en')
    links = re.findall(r'href="(/lang\?[^"]*)"', english.text)
    assert links, "no language switch"
    answer = b.get(links[0].replace("&amp;", "&"))
    equal((answer.status, answer.headers["Location"]), (303, "/r/finding"))
    holds(b.page("/r/finding").text, '<html lang="zh')
    chinese = here().signed_in("linxiao")
    for path in ("/", "/r", "/r/finding", "/r/finding/new", "/r/finding/import", "/reports", "/help", "/password"):
        e = here().signed_in("linxiao", lang="en").page(path) if path == "/" else None
        if e:
            holds(e.text, '<html lang="en')
        holds(chinese.page(path).text, '<html lang="zh')
    equal(b.get("/lang?to=xx&back=//evil.example").headers["Location"], "/")


def story_english_pages():
    """an English page has no Chinese but the institution's own words"""
    b = here().signed_in("linxiao", lang="en")
    for path in ("/r/finding/new", "/r/inspection/import", "/help", "/password", "/reports"):
        text = re.sub(r"(?s)<(head|header|datalist|footer)\b.*?</\1>|<h1>.*?</h1>", " ", b.page(path).text)
        text = re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<code\b.*?</code>", " ", text))
        found = re.findall(r"[一-鿿]{2,}[^<\n]{0,40}", text)
        found = [f for f in found if not re.match(r"演示|示范学院|中文", f)]
        assert not found, f"{path}: {found[:6]}"


def story_list():
    """the list filters by form and by condition, says when a condition is wrong, and pages without repeating"""
    b = here().signed_in("linxiao")
    page = b.page("/r/finding?w-found-from=2019-01-01&w-found-to=2019-12-31&state=closed&w-grade=grave")
    holds(page.words, "电气焊操作室氧气瓶与乙炔瓶存放间距不足")
    holds(b.page("/r/finding?filter=found+%3E%3D+2019-01-01+AND+found+%3C%3D+2019-11-30").words, "6号学生宿舍楼二层")
    holds(b.page("/r/finding?q=%E9%98%B2%E7%88%86").words, "油品间未配置防爆灯具")
    wrong = b.get("/r/finding?filter=nothing+%3D+1")
    equal(wrong.status, 422)
    equal(wrong.values("/r/finding")["filter"], "nothing = 1")
    for sort, falling in (("due", False), ("-due", True)):
        page = b.page(f"/r/finding?sort={sort}")
        dates = re.findall(r'data-label="整改期限">(\d{4}-\d\d-\d\d)', page.text)
        equal(len(dates) > 10, True)
        equal(dates, sorted(dates, reverse=falling))
        holds(page.text, 'aria-sort="descending"' if falling else 'aria-sort="ascending"')
        equal(page.values("/r/finding")["sort"], sort)
    equal(b.get("/r/finding?sort=secret").status, 422)
    seen, path = [], "/r/duty"
    for _ in range(40):
        page = b.page(path)
        seen += re.findall(r'href="/r/duty/([0-9a-zA-Z]{26})"', page.text)
        after = re.search(r'href="(/r/duty\?[^"]*)" rel="next"', page.text)
        if not after:
            break
        path = after[1].replace("&amp;", "&")
    equal(len(seen), len(set(seen)), "records on the pages, each once")
    equal(len(seen), b.count("duty"))
    holds(b.page("/r/headcount?as_of=2018-12-31").words, "2018-12-31 当天的情况")


def story_search():
    """one box finds in all registers what the reader may see, marks it, counts by register, narrows by unit, and tells nobody what is not his"""
    b = here().signed_in("linxiao")
    b.post("/r/finding/new", b.fill("/r/finding/new", {**FINDING, "f-number": "WT-SEARCH", "f-summary": "琉璃瓦<b>松动</b>"}))
    page = b.page("/search?q=%E7%90%89%E7%92%83")
    holds(page.text, "<mark>琉璃</mark>瓦&lt;b&gt;松动")
    holds(page.words, "共 1 条")
    holds(page.words, "问题整改台账 1")
    one = b.page("/search?q=%E6%B6%88").words
    holds(one, "共 ")
    for register in ("安全检查台账", "安全教育台账"):
        holds(one, register)
    chips = lambda page: {label: (url.replace("&amp;", "&"), int(count), bool(chosen)) for url, chosen, label, count in re.findall(r'<a class="chip" href="([^"]*)"( aria-current)?[^>]*>(.*?) (\d+)</a>', page.text)}
    wide = b.page("/search?q=%E6%B6%88")
    total = int(re.search(r"共 (\d+) 条", wide.words)[1])
    url, count, _ = chips(wide)["安全检查台账"]
    narrow = b.page(url)
    holds(narrow.words, f"共 {count} 条")
    equal({k: v[1] for k, v in chips(narrow).items() if k.endswith("台账")}, {k: v[1] for k, v in chips(wide).items() if k.endswith("台账")}, "other registers still tell")
    equal(sum(v[1] for k, v in chips(wide).items() if k.endswith("台账")), total)
    equal([k for k, v in chips(narrow).items() if v[2]], ["安全检查台账"])
    holds(b.page(chips(narrow)["安全检查台账"][0]).words, f"共 {total} 条", "the narrowing is taken away")
    url, count, _ = chips(page)["学院办公室"]
    equal(count, 1)
    in_unit = b.page(url)
    holds(in_unit.words, "共 1 条")
    assert chips(in_unit)["学院办公室"][2] and not chips(in_unit)["问题整改台账"][2]
    assert "unit=" not in chips(in_unit)["学院办公室"][0] and "unit=" in chips(in_unit)["问题整改台账"][0]
    unit = re.search(r'<option value="([0-9a-z]{26})">', page.text)[1]
    holds(b.page(f"/search?q=%E6%B6%88&unit={unit}").words, "查找")
    holds(b.page("/search?q=nothinglikethis").words, "没有找到")
    lacks(b.page("/search").words, "没有找到")
    for text in ("%3Cscript%3E", "%22", "a*", "NEAR(", "%E4%BD", "x" * 3000):
        assert b.get("/search?q=" + text).status in (200, 400), text
    holds(b.page("/").text, 'action="/search"')
    lacks(here().signed_in("xuran").page("/search?q=admin").words, "授权")
    holds(b.page("/r/finding?filter=~%20%22%E7%90%89%E7%92%83%22").words, "WT-SEARCH")
    holds(b.page("/r/finding?filter=found%20%3E%3D%20today-7d%20AND%20grade%20in%20(slight,%20grave)").words, "WT-SEARCH")
    holds(b.page("/r/finding?filter=owner%20%3D%20%22%E6%BC%94%E7%A4%BA%C2%B7%E5%91%A8%E6%9D%BE%22%20AND%20within(%E5%AD%A6%E9%99%A2%E5%8A%9E%E5%85%AC%E5%AE%A4)").words, "WT-SEARCH")


def story_hostile_input():
    """what is typed is shown as text, and a search for odd signs is only a search"""
    b = here().signed_in("linxiao")
    for text in ("%3Cscript%3Ealert(1)%3C/script%3E", "%22%20onfocus=alert(1)%20x=%22", "'%20OR%201=1--", "%25_%25", "a*%20OR%20%22", "NEAR(", "%E4%BD"):
        answer = b.get("/r/finding?q=" + text)
        assert answer.status in (200, 400, 422), f"{text}: {answer.status}"
        lacks(answer.text, "<script>alert", text)
        lacks(answer.text, '" onfocus', text)


def story_password():
    """a changed password ends the other sessions; the old one no longer opens"""
    i = here()
    b, other = i.signed_in("bailu"), i.signed_in("bailu")
    fields = b.page("/password").values("/password")
    old, new = i.password("bailu"), "新口令-Taizhang-" + YEAR
    equal(b.post("/password", {**fields, "password": "wrong", "new": new, "again": new}).status, 422)
    equal(b.post("/password", {**fields, "password": old, "new": new, "again": new + "x"}).status, 422)
    equal(b.post("/password", {**fields, "password": old, "new": "short", "again": "short"}).status, 422)
    equal(b.post("/password", {**fields, "password": old, "new": new, "again": new}).status, 303)
    equal(other.get("/").status, 303, "another session after the change")
    b.page("/")
    equal(i.visitor().post("/signin", {"login": "bailu", "password": old, "back": "/"}).status, 403)
    equal(i.visitor().post("/signin", {"login": "bailu", "password": new, "back": "/"}).status, 303)


def story_guessing():
    """guessing passwords is slowed, and waiting is said"""
    b = here().visitor()
    status = []
    for n in range(12):
        answer = b.post("/signin", {"login": "guchuan", "password": f"guess-{n}", "back": "/"})
        status.append(answer.status)
        if answer.status not in (401, 403):
            break
    assert status[-1] in (429, 503), status


def story_restart():
    """what was saved is there after the server ends and starts; a session too"""
    i = here()
    b = i.signed_in("linxiao")
    at = b.post("/r/finding/new", b.fill("/r/finding/new", {**FINDING, "f-number": "WT-STAY"})).headers["Location"]
    i.stop()
    began = time.monotonic()
    i.start()
    assert time.monotonic() - began < 20
    holds(b.page(at).words, "WT-STAY")


def story_every_field_can_be_asked():
    """without typing a condition: every field of a register can be asked for in the form, each in its own way"""
    b = here().signed_in("linxiao")
    lacks(b.page("/r/finding").text, 'name="w-owner"')
    page = b.page("/r/finding?all=1")
    for name in ("w-owner", "w-remedy", "w-due-from"):
        holds(page.text, f'name="{name}"')
    holds(b.page("/r/finding?all=1&w-owner=%E6%BC%94%E7%A4%BA%C2%B7%E5%91%A8%E6%9D%BE&w-found-from=2019-01-01").words, "WT2019-06")
    lacks(b.page("/r/finding?all=1&w-owner=%E6%BC%94%E7%A4%BA%C2%B7%E5%91%A8%E6%9D%BE").words, "WT2019-09")
    shown = lambda query: [int(n) for n in re.findall(r'data-label="参加人次" class="num">(\d+)', b.page("/r/activity?all=1" + query).text)]
    every, few = shown(""), shown("&w-attendances-from=60&w-attendances-to=120")
    equal(sorted(few), sorted(n for n in every if 60 <= n <= 120))
    assert 0 < len(few) < len(every)
    equal(b.get("/r/activity?all=1&w-attendances-from=viel").status, 422)


def story_groups_of_conditions():
    """what needs OR is asked by groups in the form, added and dropped by buttons; what was typed comes back into the form where it can be asked there"""
    b = here().signed_in("linxiao")
    found = lambda page: sorted(set(re.findall(r"WT201\d-\d\d", page.text)))
    asked = lambda at: {name: value[0] for name, value in parse_qs(at.split("?")[1]).items()}

    def ask(page, **fields):
        answer = b.post("/r/finding", {**page.values("/r/finding"), **fields})
        equal(answer.status, 303)
        return answer.headers["Location"]

    page = b.page("/r/finding")
    lacks(page.text, 'name="w-2-grade"')
    at = ask(page, **{"w-grade": "grave", "group": "add"})
    equal(at, "/r/finding?w-grade=grave&groups=2#g2")
    page = b.page(at.split("#")[0])
    grave = found(page)
    equal(grave, ["WT2019-06"])  # a group with nothing in it does not count
    at = ask(page, **{"w-2-state": "dropped"})
    equal(at, "/r/finding?w-grade=grave&w-2-state=dropped")
    page = b.page(at)
    equal(found(page), ["WT2018-04", "WT2019-06"])
    holds(b.get("/r/finding/export?format=csv&" + at.split("?")[1]).text, "WT2018-04")
    lacks(b.get("/r/finding/export?format=csv&" + at.split("?")[1]).text, "WT2018-06")
    at = ask(page, **{"w-3-found-from": "2019-11-01", "w-3-grade": "slight", "as_of": "2019-12-31"})
    equal(found(b.page(at)), ["WT2018-04", "WT2019-06", "WT2019-09"])
    equal(asked(ask(b.page(at), group="drop-1")), {"as_of": "2019-12-31", "w-state": "dropped", "w-2-found-from": "2019-11-01", "w-2-grade": "slight"})
    typed = "/r/finding?filter=" + quote('found >= 2019-11-01 AND (grade = 轻微 OR (owner = "演示·周松" AND summary : "通风"))')
    page = b.page(typed)
    equal(found(page), ["WT2019-09"])
    equal(page.values("/r/finding")["filter"], "")
    at = ask(page)
    equal(asked(at), {"w-found-from": "2019-11-01", "w-grade": "slight", "w-2-found-from": "2019-11-01", "w-2-summary": "通风", "w-2-owner": "演示·周松"})
    equal(found(b.page(at)), ["WT2019-09"])
    holds(page.words, "条件式已经填到上面的栏目里")
    for stays in ("NOT grade = grave", "found <= today", "owner = me", "state = open AND within(学院办公室)", 'summary : "a" AND summary : "b"'):
        page = b.page("/r/finding?filter=" + quote(stays))
        equal(page.values("/r/finding")["filter"], stays)
        holds(page.words, "它留在这里，与上面的条件同时满足")
    page = b.page("/r/finding?w-grade=grave&filter=" + quote("state = closed"))
    equal((page.values("/r/finding")["state"], page.values("/r/finding")["filter"]), ("closed", ""))
    both = b.page("/r/finding?w-grade=grave&filter=" + quote("state = dropped OR summary : 通风"))
    equal((found(both), both.values("/r/finding")["filter"]), ([], "state = dropped OR summary : 通风"))
    wrong = b.get("/r/activity?w-3-attendances-from=viel&w-topic=a")
    equal(wrong.status, 422)
    holds(wrong.words, "第 3 组 参加人次：应为整数")
    equal(b.get("/r/finding?w-9-grade=grave&w-2-=x&w-2=y&groups=99&w--2-grade=1").status, 200)
    equal(b.post("/r/finding", {"csrf": page.values("/r/finding")["csrf"], **{f"w-{n}-summary": "长" * 150 for n in range(2, 7)}}).status, 413)


def story_kept_views():
    """conditions are kept under a name, for oneself or for everybody, opened by a click, and dropped by who kept them"""
    b = here().signed_in("linxiao")
    path = "/r/finding?w-grade=grave&sort=-due"
    fields = b.page(path).values("/r/finding/views")
    equal(b.post("/r/finding/views", {**fields, "name": "重大问题", "shared": "1"}).status, 303)
    equal(b.post("/r/finding/views", {**fields, "name": "我自己的"}).status, 303)
    page = b.page("/r/finding")
    at = re.search(r'href="(/r/finding\?[^"]*)">重大问题<', page.text)[1].replace("&amp;", "&")
    kept = b.page(at)
    holds(kept.words, "电气焊操作室氧气瓶与乙炔瓶存放间距不足")
    equal(kept.values("/r/finding")["sort"], "-due")
    other = here().signed_in("yeqing")
    holds(other.page("/r/finding").words, "重大问题")
    lacks(other.page("/r/finding").words, "我自己的")
    lacks(b.page("/r/inspection").words, "重大问题")
    drop = re.findall(r'action="(/r/finding/views/[0-9a-z]+/drop)"', page.text)
    equal(len(drop), 2)
    csrf = other.page("/").values("/signout")["csrf"]
    equal(other.post(drop[0], {"csrf": csrf}).status, 404)
    equal(b.post("/r/finding/views", {"csrf": fields["csrf"], "name": "x", "query": 'a"><script>'}).status, 422)
    for action in drop:
        equal(b.post(action, {"csrf": fields["csrf"]}).status, 303)
    lacks(b.page("/r/finding").words, "重大问题")
