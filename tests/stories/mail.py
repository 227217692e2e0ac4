"""mail.py - stories of a mail server with TLS and sign-in, made here with certificates made here, and of what may be set."""
import base64
import email
import email.policy
import json
import os
import socket
import ssl
import subprocess
import threading

from harness import ROOT, command, demo_data, equal, holds, lacks

NAME = "𠮷林大学物理与电子科学学院　信息中心（东区）"  # outside the basic plane, and longer than one encoded word
_certificates = None


def certificates():
    """An authority, and a server's certificate for 127.0.0.1 and one for another name, signed by it."""
    global _certificates
    if _certificates:
        return _certificates
    folder = os.path.join(ROOT, "certificates")
    os.mkdir(folder)
    made = lambda *words: subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    made("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Story authority", "-days", "2")
    for name, of in (("here", "IP:127.0.0.1"), ("other", "DNS:mail.example.cn")):
        with open(f"{folder}/{name}.ext", "w") as f:
            f.write(f"subjectAltName={of}\n")
        made("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        made("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem", "-days", "2", "-extfile", f"{name}.ext")
    _certificates = folder
    return folder


class SecureServer:
    """Takes messages over TLS: from the start, or after STARTTLS. Whoever may sign in: taizhang, 秘密 pass."""

    def __init__(self, starttls, certificate="here", sign_in=None, password="秘密 pass"):
        self.starttls, self.sign_in, self.password = starttls, sign_in, password
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(f"{certificates()}/{certificate}.pem", f"{certificates()}/{certificate}.key")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(30)
        self.url = f"{'smtp' if starttls else 'smtps'}://127.0.0.1:{self.listener.getsockname()[1]}"
        self.clear, self.secret, self.message, self.signed = [], [], None, None
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            talk, _ = self.listener.accept()
            talk.settimeout(30)
            if not self.starttls:
                talk = self.context.wrap_socket(talk, server_side=True)
            talk.sendall(b"220 story ESMTP\r\n")
            talk = self.converse(talk, self.clear if self.starttls else self.secret, tls=not self.starttls)
            talk.close()
        except (OSError, ssl.SSLError):
            pass  # the client went away, as it should from a certificate that it does not trust
        self.listener.close()

    def converse(self, talk, got, tls):
        lines = talk.makefile("rb")
        say = lambda *words: talk.sendall("".join(w + "\r\n" for w in words).encode())
        for line in lines:
            got.append(line)
            word = line.split()[0].upper()
            if word == b"EHLO":
                say("250-story", *(["250-STARTTLS"] if not tls else []), *([f"250-AUTH {self.sign_in}"] if tls and self.sign_in else []), "250 8BITMIME")
            elif word == b"STARTTLS" and not tls:
                say("220 ready")
                return self.converse(self.context.wrap_socket(talk, server_side=True), self.secret, True)
            elif word == b"AUTH":
                self.signed = self.credentials(line, lines, say)
                good = self.signed == ("taizhang", self.password)
                say("235 2.7.0 welcome" if good else "535 5.7.8 wrong name or password")
            elif word == b"MAIL" and self.sign_in and self.signed != ("taizhang", self.password):
                say("530 5.7.0 sign in first")
            elif word == b"DATA":
                say("354 go on")
                content = b""
                for part in lines:
                    if part == b".\r\n":
                        break
                    content += part[1:] if part.startswith(b".") else part
                self.message = content
                say("250 2.0.0 taken")
            elif word == b"QUIT":
                say("221 bye")
                break
            else:
                say("250 ok")
        return talk

    def credentials(self, line, lines, say):
        decoded = lambda part: base64.b64decode(part.strip()).decode()
        words = line.split()
        if words[1] == b"PLAIN":
            if len(words) < 3:
                say("334 ")
            return tuple(decoded(words[2] if len(words) > 2 else next(lines)).split("\0")[1:])
        name = words[2] if len(words) > 2 else None
        if not name:
            say("334 VXNlcm5hbWU6")
            name = next(lines)
        say("334 UGFzc3dvcmQ6")
        return decoded(name), decoded(next(lines))

    def done(self):
        self.thread.join(30)
        assert not self.thread.is_alive(), "the mail server still waits"
        return self


def settings(server, *more, ca=True):
    data = demo_data()
    path = f"{data}/taizhang.conf"
    with open(path) as f:
        kept = [line for line in f if not line.startswith("institution")]
    with open(path, "w") as f:
        f.write("".join(kept) + f"institution = {NAME}\nmail_server = {server}\nmail_from = tz@example.cn\n")
        f.write("".join(line + "\n" for line in more) + (f"mail_ca = {certificates()}/ca.pem\n" if ca else ""))
    return data


def password(text):
    path = os.path.join(ROOT, f"password-{len(text)}-{abs(hash(text))}")
    with open(path, "w") as f:
        f.write(text)
    return path


def tried(data, status=None):
    done = command("mail-test", "lin@example.cn", data=data, status=status)
    return done.stdout + done.stderr


def taken_whole(server):
    message = email.message_from_bytes(server.message, policy=email.policy.default)
    equal(message["Subject"], NAME + ": 台账的发信测试")
    equal(message.get_content(), "这是台账发出的测试邮件。收到它，说明发信设置是对的。\r\n")
    equal((message["From"], message["To"]), ("tz@example.cn", "lin@example.cn"))
    equal(list(message.defects), [])


def story_tls():
    """over STARTTLS and over TLS from the start a message arrives whole, in Chinese, at a server whose certificate the named authority signed"""
    for starttls in (True, False):
        server = SecureServer(starttls)
        holds(tried(settings(server.url), 0), "已收下")
        taken_whole(server.done())
        equal([line.split()[0] for line in server.clear], [b"EHLO", b"STARTTLS"] if starttls else [])


def story_certificates_not_trusted():
    """a certificate that nobody trusted signed, and one for another name, get nothing of the message; it is tried again later"""
    for starttls in (True, False):
        for certificate, ca in (("here", False), ("other", True)):
            server = SecureServer(starttls, certificate, "PLAIN")
            data = settings(server.url, "mail_user = taizhang", f"mail_password_file = {password('秘密 pass')}", ca=ca)
            said = tried(data, 75)
            server.done()
            holds(said, "没有送出")
            holds(said.lower(), "ssl", "the reason")
            equal((server.secret, server.message, server.signed), ([], None, None))
            equal([line.split()[0] for line in server.clear], [b"EHLO", b"STARTTLS"] if starttls else [])


def story_signing_in():
    """sign-in by PLAIN and by LOGIN; refused, the server's words are told, nothing is sent and nothing is given up"""
    for way in ("PLAIN", "LOGIN"):
        server = SecureServer(True, sign_in=way)
        holds(tried(settings(server.url, "mail_user = taizhang", f"mail_password_file = {password('秘密 pass')}"), 0), "已收下")
        equal(server.done().signed, ("taizhang", "秘密 pass"))
        taken_whole(server)
        server = SecureServer(True, sign_in=way)
        said = tried(settings(server.url, "mail_user = taizhang", f"mail_password_file = {password('guess')}"), 75)
        server.done()
        holds(said, "没有送出")
        holds(said, "AUTH: 535 5.7.8 wrong name or password")
        lacks(said, "guess")
        equal((server.message, server.signed), (None, ("taizhang", "guess")))
        server = SecureServer(True, sign_in=way)
        said = tried(settings(server.url), 75)
        holds(said, "MAIL: 530 5.7.0 sign in first")
        equal(server.done().message, None)


def story_settings_that_are_wrong():
    """each setting that cannot be right is an error that names it, at mail-test, at doctor and at the server's start"""
    secret = password("x")
    cases = (
        ("smtp://mail.example.cn:70000", [], "mail_server 的端口"),
        ("ftp://mail.example.cn", [], "mail_server 应为"),
        ("smtp://mail.example.cn", ["mail_plain = maybe"], "mail_plain 应为 yes 或 no"),
        ("smtp://mail.example.cn", ["mail_plain = yes", "mail_user = a", f"mail_password_file = {secret}"], "mail_plain = yes 时密码不加密"),
        ("smtp://mail.example.cn", ["mail_user = a"], "还应写 mail_password_file"),
        ("smtp://mail.example.cn", [f"mail_password_file = {secret}"], "还应写 mail_user"),
        ("smtp://mail.example.cn", ["mail_user = a", f"mail_password_file = {password('')}"], "mail_password_file 的第一行"),
        ("smtp://mail.example.cn", ["mail_user = a", f"mail_password_file = {password('y' * 300)}"], "mail_password_file 的第一行"),
        ("smtp://mail.example.cn", [f"mail_ca = {secret}"], "mail_ca 应为"),
    )
    for server, more, wrong in cases:
        data = settings(server, *more, ca=False)
        holds(tried(data), wrong)
        line = next(d for d in json.loads(command("doctor", "--json", data=data).stdout) if d["what"] == "发信设置")
        assert not line["good"], line
        holds(line["state"], wrong)
        holds(line["mend"], "mail-test")
    holds(command("serve", "--listen", "127.0.0.1:0", data=data, status=None).stderr, wrong)
    line = lambda data: next(l for l in command("doctor", data=data).stdout.split("\n") if "发信设置" in l)
    equal(line(demo_data()), "✓ 发信设置: 没有设置；期限提醒只在“今日”页显示")
    equal(line(settings("smtp://127.0.0.1:25", "mail_plain = no")), "✓ 发信设置: smtp://127.0.0.1:25, tz@example.cn")
