"""access.py - stories of who may: what is refused is kept for the audit, and nobody judges his own work."""
from harness import TODAY, Instance, equal, holds, lacks

_instance = None


def here():
    global _instance
    if not _instance:
        _instance = Instance()
    return _instance


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
    token = other.page(at).values(move)
    refused = chief.post(move, {**token, "csrf": chief.page("/today").values("/signout")["csrf"]})
    equal(refused.status, 403)
    holds(refused.words, "须由另一人办理")
    equal(other.post(move, token).status, 303)
