"""access.py - stories of who may: signing in in two steps, what is refused is kept for the audit, and nobody judges his own work."""
import base64
import hashlib
import hmac
import os
import re
import struct
import time

from harness import POSTGRES, TODAY, command, equal, here, holds, lacks


def story_refusals():
    """what is refused, or hidden as if it were not there, is kept with who, when, from where and what; only the administrator reads it"""
    reader, admin = here().signed_in("fangzhou"), here().signed_in("admin")
    equal(reader.get("/r/clock/new").status, 403)
    equal(reader.get("/r/token").status, 404)
    equal(reader.get("/refusals").status, 404)
    equal(reader.get("/doctor").status, 404)
    equal(reader.get("/nothing-at-all").status, 404)
    stranger = here().visitor()
    equal(stranger.get("/api/v1/me", Authorization="Bearer tz_" + "x" * 40).status, 401)
    page = admin.page("/refusals")
    rows = [" ".join(row) for row in page.rows()]
    for path, why in (("GET /r/clock/new", "没有权限"), ("GET /r/token", "不对其显示"), ("GET /refusals", "不对其显示"), ("GET /doctor", "不对其显示")):
        row = next((r for r in rows if path in r), "")
        holds(row, "演示·方舟", path)
        holds(row, why, path)
        holds(row, "127.0.0.1", path)
    assert any("令牌无效" in r and "未登录" in r for r in rows), rows[:5]
    lacks(page.words, "nothing-at-all")


def story_refusals_are_bounded():
    """of very many refusals by one person only some are kept"""
    reader, admin = here().signed_in("fangzhou"), here().signed_in("admin")
    for _ in range(400):
        reader.get("/r/clock/new")
    count, path = 0, "/refusals"
    while path:
        page = admin.page(path)
        count += sum("/r/clock/new" in " ".join(row) for row in page.rows())
        path = next((a.split('"')[0].replace("&amp;", "&") for a in page.text.split('href="')[1:] if a.startswith("/refusals?before=")), None)
    assert 100 < count < 400, count


def story_own_work():
    """who rewrote the remedy that was handed in cannot pass it; a third person can"""
    officer, chief, other = here().signed_in("linxiao"), here().signed_in("chenyuan"), here().signed_in("suming")
    values = officer.fill("/r/finding/new", {"f-number": "WT-OWN", "f-found": TODAY, "f-summary": "灯坏了", "f-grade": "slight", "f-owner": "演示·林晓"})
    at = officer.send_files("/r/finding/new", values, []).headers["Location"]
    move = f"{at}/move/submit"
    equal(officer.post(move, {**officer.page(at).values(move), "m-submit-remedy": "换灯", "m-submit-evidence": "照片"}).status, 303)
    fields = chief.fill(f"{at}/edit", {"f-remedy": "换灯和线"})
    equal(chief.send_files(f"{at}/edit", fields, []).status, 303)
    holds(chief.page(at).words, "您本人经办过，这一步请由另一人办理")
    move = f"{at}/move/pass"
    token = {**other.page(at).values(move), "m-pass-recheck": "到场看过"}
    refused = chief.post(move, {**token, "csrf": chief.page("/today").values("/signout")["csrf"]})
    equal(refused.status, 403)
    holds(refused.words, "须由另一人办理")
    equal(other.post(move, token).status, 303)


class Phone:
    """An authenticator: the codes of RFC 6238 by Python's hmac, none of them shown twice."""

    def __init__(self, secret):
        self.secret, self.last = base64.b32decode(secret.replace(" ", "")), 0

    def at(self, step):
        mac = hmac.new(self.secret, struct.pack(">Q", step), hashlib.sha1).digest()
        return f"{(int.from_bytes(mac[mac[-1] & 15:][:4], 'big') & 0x7fffffff) % 10**6:06}"

    def code(self):
        """One that was not shown yet and that the server still takes: of the step before, this one or the next."""
        now = int(time.time()) // 30
        self.last = max(self.last + 1, now - 1)
        assert self.last <= now + 1, "no code is left in this half minute"
        return self.at(self.last)

    def wrong(self):
        near = {self.at(int(time.time()) // 30 + k) for k in range(-3, 4)}
        return next(c for c in (f"{n:06}" for n in range(99)) if c not in near)


def taken(post, phone, status):
    """Posts a fresh code; once more if the half minute ended meanwhile."""
    begun = int(time.time()) // 30
    answer = post(phone.code())
    return post(phone.code()) if answer.status != status and int(time.time()) // 30 != begun else answer


def set_up(browser, login):
    """Sets the second step up; the phone and the recovery codes."""
    fields = {"csrf": browser.page("/second").values("/signout")["csrf"]}
    equal(browser.post("/second", {**fields, "act": "begin", "password": here().password(login)}).status, 303)
    page = browser.page("/second")
    holds(page.text, "<svg class=\"qr\"")
    phone = Phone(re.search(r'<code class="token">([A-Z2-7 ]+)<', page.text)[1])
    done = taken(lambda code: browser.post("/second", {**fields, "act": "confirm", "code": code}), phone, 200)
    equal(done.status, 200)
    return phone, re.findall(r"<li><code>([a-z2-9-]{14})</code>", done.text)


def half_signed_in(login):
    """A browser whose password was right and whose code is asked for."""
    b = here().visitor()
    answer = b.post("/signin", {"login": login, "password": here().password(login), "back": "/r/finding"})
    equal((answer.status, answer.headers["Location"]), (303, "/signin/code?back=%2Fr%2Ffinding"))
    return b, answer


def all_bytes(data):
    found = b""
    for name in ("taizhang.db", "taizhang.db-wal"):
        path = os.path.join(data, name)
        found += open(path, "rb").read() if os.path.exists(path) else b""
    return found


def story_two_steps():
    """a code is asked for after the password; it counts once; a recovery code takes its place, once; half a sign-in opens nothing"""
    mine = here().signed_in("bailu")
    fields = {"csrf": mine.page("/second").values("/signout")["csrf"]}
    equal(mine.post("/second", {**fields, "act": "begin", "password": "wrong"}).status, 422)
    equal(mine.post("/second", {**fields, "act": "codes", "password": here().password("bailu")}).status, 409)
    lacks(mine.page("/second").text, "<svg")
    equal(mine.post("/second", {**fields, "act": "begin", "password": here().password("bailu")}).status, 303)
    equal(mine.post("/second", {**fields, "act": "stop"}).status, 303)
    equal(mine.post("/second", {**fields, "act": "confirm", "code": "123456"}).status, 409)
    phone, codes = set_up(mine, "bailu")
    equal(len(set(codes)), 10)
    equal(os.stat(os.path.join(here().data, "keys/signin.key")).st_mode & 0o777, 0o600)
    lacks(mine.page("/second").text, codes[0], "the codes are shown once")
    holds(mine.page("/account").words, "已设置")
    b, answer = half_signed_in("bailu")
    cookie = next(c for c in answer.headers.get_all("Set-Cookie") if c.startswith("half="))
    for part in ("Path=/signin;", "HttpOnly", "SameSite=Strict", "Max-Age=300"):
        holds(cookie, part)
    assert "session" not in b.cookies
    equal(b.get("/r/finding").status, 303, "half a sign-in")
    thief = here().visitor()
    thief.cookies["session"] = b.cookies["half"]
    equal(thief.get("/r/finding").status, 303, "its token as a session's")
    equal(thief.post("/signin/code", {"code": "123456"}).status, 403, "without the half")
    send = lambda code: b.post("/signin/code", {"code": code, "back": "/r/finding"})
    equal(send("12345").status, 422)
    equal(send(phone.wrong()).status, 422)
    done = taken(send, phone, 303)
    equal((done.status, done.headers["Location"]), (303, "/r/finding"))
    b.page("/r/finding")
    assert "half" not in b.cookies
    other, _ = half_signed_in("bailu")
    equal(other.post("/signin/code", {"code": phone.at(phone.last), "back": "/"}).status, 422, "a used code")
    equal(other.post("/signin/code", {"code": codes[0].upper().replace("-", " "), "back": "//elsewhere"}).headers["Location"], "/")
    again, _ = half_signed_in("bailu")
    equal(again.post("/signin/code", {"code": codes[0]}).status, 422, "a used recovery code")
    equal(again.post("/signin/code", {"code": codes[1]}, {"Sec-Fetch-Site": "cross-site"}).status, 403, "sent by another site")
    for _ in range(4):
        equal(again.post("/signin/code", {"code": phone.wrong()}).status, 422)
    equal(again.post("/signin/code", {"code": codes[1]}).status, 403, "after five tries")
    kept = all_bytes(here().data) # nothing to look through on PostgreSQL; tests/access looks there
    assert phone.secret not in kept and base64.b32encode(phone.secret) not in kept and not any(c.replace("-", "").encode() in kept for c in codes)


def story_second_off_again():
    """whoever is signed in changes the second step only with password and code; API tokens do not ask for one"""
    b = here().signed_in("suming")
    token = b.send_files("/tokens", {**b.fill("/tokens", {"f-name": "夜间汇总", "f-until": TODAY}), "f-scope": ["read"]}, [])
    token = re.search(r'<code class="token">([^<]*)<', token.text)[1]
    phone, codes = set_up(b, "suming")
    equal(here().visitor().get("/api/v1/me", Authorization="Bearer " + token).status, 200)
    fields = {"csrf": b.page("/second").values("/signout")["csrf"], "password": here().password("suming")}
    equal(b.post("/second", {**fields, "act": "off", "code": phone.wrong()}).status, 422)
    equal(b.post("/second", {**fields, "act": "off", "password": "wrong", "code": codes[0]}).status, 422)
    renewed = b.post("/second", {**fields, "act": "codes", "code": codes[0]})
    fresh = re.findall(r"<li><code>([a-z2-9-]{14})</code>", renewed.text)
    equal((renewed.status, len(fresh)), (200, 10))
    equal(b.post("/second", {**fields, "act": "off", "code": codes[1]}).status, 422, "of the old set")
    equal(b.post("/second", {**fields, "act": "off", "code": fresh[0]}).status, 303)
    here().signed_in("suming")


def story_session_left_open():
    """a session left open changes no password and takes nothing along: a new password, a token, a calendar address ask for the password, and for a code where a second step is set up"""
    b = here().signed_in("yeqing")
    changes = (("/password", {"new": "三只猫头鹰在河边数星星", "again": "三只猫头鹰在河边数星星"}), ("/tokens", {"f-name": "偷", "f-until": TODAY, "f-scope": "read"}), ("/calendar", {}))
    right = here().password("yeqing")

    def tried(proof, status, said):
        for path, fields in changes:
            answer = b.post(path, {"csrf": b.page("/second").values("/signout")["csrf"], **fields, **proof})
            equal(answer.status, status, path)
            holds(answer.words, said, path)
            assert 'class="token"' not in answer.text, path
    assert "code" not in b.page("/password").values("/password"), "without second step no code is asked"
    tried({"password": "wrong"}, 422, "现在的密码不对")
    phone, codes = set_up(b, "yeqing")
    tried({"password": right}, 422, "验证码")
    lacks(b.page("/tokens").words, "偷")
    holds(b.page("/calendar").words, "您还没有订阅地址")
    for (path, fields), code in zip(changes[::-1], codes):
        assert "code" in b.page(path).values(path), path
        done = b.post(path, {"csrf": b.page("/second").values("/signout")["csrf"], **fields, "password": right, "code": code})
        equal(done.status, 303 if path == "/password" else 200, path)
        assert path == "/password" or 'class="token"' in done.text, path
    row = next(" ".join(r) for r in b.page("/tokens").rows() if r[0] == "偷")
    holds(row, "127.0.0.1")
    holds(row, TODAY)


def story_own_sessions():
    """one sees where one is signed in, and ends it there"""
    firefox = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0<script>"}
    one, two = here().signed_in("zhousong"), here().visitor()
    equal(two.post("/signin", {"login": "zhousong", "password": here().password("zhousong"), "back": "/"}, firefox).status, 303)
    page = one.page("/account")
    holds(page.words, "Firefox, Linux")
    lacks(page.text, "<script>")
    holds(page.words, "127.0.0.1")
    ends = one.page("/account").values("/account/end")
    equal(here().signed_in("fangzhou").post("/account/end", {**ends, "csrf": here().signed_in("fangzhou").page("/account").values("/signout")["csrf"]}).status, 403)
    two.page("/r/finding")
    equal(one.post("/account/end", ends).status, 303)
    equal(two.get("/r/finding").status, 303)
    three = here().signed_in("zhousong")
    equal(one.post("/account/end", {"csrf": ends["csrf"]}).status, 303)
    equal(three.get("/r/finding").status, 303)
    one.page("/r/finding")


def story_required():
    """who holds a role that requires it gets nothing else before it is set up; an API token still works"""
    admin = here().signed_in("admin")
    b = here().signed_in("guchuan")
    token = b.send_files("/tokens", {**b.fill("/tokens", {"f-name": "汇总", "f-until": TODAY}), "f-scope": ["read"]}, [])
    token = re.search(r'<code class="token">([^<]*)<', token.text)[1]
    equal(admin.post("/r/role/new", admin.fill("/r/role/new", {"f-name": "保密员", "f-rights": "finding.read", "f-second": "1"})).status, 303)
    equal(admin.post("/r/grant/new", admin.fill("/r/grant/new", {"f-person": "guchuan", "f-role": "保密员", "f-since": TODAY})).status, 303)
    csrf = {"csrf": b.page("/second").values("/signout")["csrf"]}
    for path in ("/", "/r/finding", "/account", "/password", "/tokens"):
        answer = b.get(path)
        equal((answer.status, answer.headers["Location"]), (303, "/second"), path)
    refused = b.post("/r/finding/new", csrf)
    equal(refused.status, 403)
    holds(refused.words, "请先在“两步验证”页设置")
    equal(b.get("/api/v1/me").status, 403)
    equal(here().visitor().get("/api/v1/me", Authorization="Bearer " + token).status, 200)
    holds(b.page("/second").words, "您的角色须两步验证")
    set_up(b, "guchuan")
    b.page("/r/finding")
    holds(admin.page("/second/people").words, "guchuan")


def story_reset():
    """an administrator takes somebody's second step away with a reason; it is a record, its person is told, and nobody does it for himself"""
    admin, b = here().signed_in("admin"), here().signed_in("linxiao")
    set_up(b, "linxiao")
    equal(b.get("/second/people").status, 404)
    page = admin.page("/second/people")
    action = re.search(r'(?s)<code>|linxiao</td>.*?action="(/second/people/[^"]+)"', page.text)[1]
    fields = page.values(action)
    unsaid = admin.post(action, {**fields, "reason": ""})
    equal(unsaid.status, 422)
    holds(unsaid.words, "请写明重置的原因")
    half_signed_in("linxiao")
    equal(admin.post(action, {**fields, "reason": "手机掉进水里"}).status, 303)
    equal(b.get("/r/finding").status, 303, "the sessions end with it")
    back = here().signed_in("linxiao")
    for path in ("/", "/account", "/second"):
        holds(back.page(path).words, "手机掉进水里", path)
    holds(admin.page("/r/second_reset").words, "手机掉进水里")
    me = re.search(r'href="/r/person/([a-z0-9]{26})">系统管理员<', admin.page("/r/person?q=admin").text)[1]
    own = admin.post(f"/second/people/{me}", {**fields, "reason": "自己"})
    equal(own.status, 422)
    holds(own.words, "请另一人办理")
    set_up(back, "linxiao")
    lacks(back.page("/account").words, "手机掉进水里")
    half_signed_in("linxiao")


def story_rights_of_one_unit_stay_there():
    """who grants, resets and administers in one unit only cannot reach beyond it: no grant for all units, no roles, no units, nobody else's second step, no page of the whole installation"""
    admin = here().signed_in("admin")
    unit, outside = "学院办公室", "实验中心"
    rights = "grant.* role.* unit.* person.* second_reset.* finding.read system.*"
    equal(admin.post("/r/role/new", admin.fill("/r/role/new", {"f-name": "处内管理员", "f-rights": rights})).status, 303)
    equal(admin.post("/r/grant/new", admin.fill("/r/grant/new", {"f-person": "luotong", "f-role": "处内管理员", "f-unit": unit, "f-since": TODAY})).status, 303)
    b = here().signed_in("luotong")
    grant = {"f-person": "luotong", "f-role": "处内管理员", "f-since": TODAY}
    for reach in ("", outside):
        refused = b.post("/r/grant/new", b.fill("/r/grant/new", {**grant, "f-unit": reach}))
        equal(refused.status, 403, reach)
        holds(refused.words, "您只在部分单位有“grant.record”权限")
    made = b.post("/r/grant/new", b.fill("/r/grant/new", {**grant, "f-unit": unit}))
    equal(made.status, 303, "within the unit")
    at = made.headers["Location"] + "/edit"
    equal(b.post(at, b.fill(at, {"f-unit": "", "reason": "试"})).status, 403, "made wider afterwards")
    refused = b.post("/r/role/new", b.fill("/r/role/new", {"f-name": "全能", "f-rights": "*"}))
    equal(refused.status, 403)
    holds(refused.words, "影响全部单位")
    equal(b.post("/r/unit/new", b.fill("/r/unit/new", {"f-name": "试验室", "f-since": TODAY})).status, 403)
    for path in ("/signins", "/refusals", "/doctor", "/definitions"):
        assert b.get(path).status in (403, 404), path
        equal(admin.get(path).status, 200, path)
    people = b.page("/second/people").words
    lacks(people, "xuran")
    person = re.search(r'href="/r/person/([a-z0-9]{26})">演示·', admin.page("/r/person?q=xuran").text)[1]
    assert "linxiao" in people, "of one's own unit"
    refused = b.post(f"/second/people/{person}", {"csrf": b.page("/account").values("/signout")["csrf"], "reason": "试"})
    equal(refused.status, 403)
    lacks(admin.page("/r/second_reset").words, "演示·徐")


def story_locked_out():
    """at the machine an administrator's second step is taken away beside the running server, which goes on from there"""
    admin = here().signed_in("admin")
    command("second-off", "admin", "--reason", "x", data=here().data, status=68)
    set_up(admin, "admin")
    command("second-off", "admin", data=here().data, status=75 if POSTGRES else 65)
    done = command("second-off", "admin", "--reason", "手机遗失，夜里无人", data=here().data, status=75 if POSTGRES else 0)
    if POSTGRES:
        return holds(done.stderr, "请先停下服务器")
    b = here().signed_in("chenyuan")
    at = b.post("/r/finding/new", b.fill("/r/finding/new", {"f-number": "WT-OFF", "f-found": TODAY, "f-summary": "试", "f-grade": "slight", "f-owner": "zhousong"}))
    equal(at.status, 303, "a change after the command's")
    admin = here().signed_in("admin")
    holds(admin.page("/account").words, "手机遗失，夜里无人")
    command("record", "add", "finding", "--set", "number=WT-SHELL", "--set", f"found={TODAY}", "--set", "summary=试", "--set", "grade=slight", "--set", "owner=zhousong", data=here().data)
    at = b.post("/r/finding/new", b.fill("/r/finding/new", {"f-number": "WT-OFF-2", "f-found": TODAY, "f-summary": "试", "f-grade": "slight", "f-owner": "zhousong"}))
    equal(at.status, 303, "a change after a record of the shell's")
    equal(command("verify", "--deep", data=here().data).returncode, 0)


def story_lost_key():
    """without the key of second steps nobody's code is counted as wrong; it is said what is missing, and doctor says it, too"""
    b = here().signed_in("hejing")
    phone, codes = set_up(b, "hejing")
    half, _ = half_signed_in("hejing")
    key = os.path.join(here().data, "keys/signin.key")
    os.rename(key, key + ".away")
    lost = half.post("/signin/code", {"code": codes[0]})
    equal(lost.status, 500)
    holds(lost.words, "keys/signin.key")
    holds(command("doctor", data=here().data).stdout, "✗ 两步验证: 密钥文件 keys/signin.key 不见了")
    open(key, "wb").write(b"k" * 32)
    os.chmod(key, 0o600)
    lost = half.post("/signin/code", {"code": codes[0]})
    equal(lost.status, 500)
    holds(lost.words, "不是设置两步验证时的那一个")
    os.rename(key + ".away", key)
    equal(half.post("/signin/code", {"code": codes[0]}).status, 303)
    holds(command("doctor", data=here().data).stdout, "✓ 两步验证")


def story_sign_ins_are_kept():
    """who signed in how, and what failed, is kept; the administrator sees all, others their own"""
    stranger = here().visitor()
    equal(stranger.post("/signin", {"login": "no-such-person", "password": "x", "back": "/"}).status, 403)
    admin = half_signed_in("admin")[0] if POSTGRES else here().signed_in("admin")
    if POSTGRES:
        return
    words, path = "", "/signins"
    while path:
        page = admin.page(path)
        words += page.words
        path = next((a.split('"')[0].replace("&amp;", "&") for a in page.text.split('href="')[1:] if a.startswith("/signins?before=")), None)
    for what in ("登录，用了验证码", "登录，用了恢复码", "密码对，验证码不对", "没有这个登录名 密码不对", "设置两步验证", "停用两步验证", "换新恢复码", "两步验证被重置"):
        holds(words, what)
    lacks(words, "no-such-person")
    reader = here().signed_in("fangzhou")
    equal(reader.get("/signins").status, 404)
    lacks(reader.page("/account").words, "两步验证被重置")
