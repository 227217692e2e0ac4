"""harness.py - what stories need: an installation in a folder of its own, its server, a browser without pictures, and plain checks."""
import atexit
import html
import http.client
import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("BUILD") or os.path.join(HERE, "../../build"))
if not os.path.isabs(os.environ.get("BUILD") or "/"):  # run has changed the directory
    BUILD = os.path.abspath(os.path.join(HERE, "../..", os.environ["BUILD"]))
PROGRAM = os.path.join(BUILD, "taizhang")
ROOT = tempfile.mkdtemp(prefix="taizhang-stories-")
YEAR = time.strftime("%Y", time.gmtime(time.time() + 8 * 3600))
TODAY = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))  # Beijing time, as the program reckons

_open = []
TEMPLATE, TEMPLATE_DATABASE = "TAIZHANG_STORIES_TEMPLATE", "TAIZHANG_STORIES_TEMPLATE_DATABASE"


def stories_of(module):
    """The functions whose names begin with story_, in the order of the file."""
    found = [f for name, f in vars(module).items() if name.startswith("story_")]
    return sorted(found, key=lambda f: f.__code__.co_firstlineno)


def close_all(last=False):
    while _open:
        _open.pop().stop()
    if last:
        shutil.rmtree(ROOT, ignore_errors=True)


atexit.register(close_all, True)


class NotTold(Exception):
    """Raised by a story that this machine cannot tell, with the reason; it is counted as skipped."""


def equal(got, wanted, what=""):
    assert got == wanted, f"{what or 'value'}: got {got!r}, wanted {wanted!r}"


def holds(text, part, what="text"):
    assert part in text, f"{what} lacks {part!r}: {text[:1500]!r}"


def lacks(text, part, what="text"):
    assert part not in text, f"{what} has {part!r}"


POSTGRES = os.environ.get("TAIZHANG_TEST_POSTGRES")


def command(*words, data=None, status=0, stdin=None, lang="zh_CN.UTF-8", text=True):
    """Runs the program; returns what it printed. `status` None: any; otherwise it must end so."""
    line = [PROGRAM, *words] + (["--data", data] if data else [])
    done = subprocess.run(line, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, text=text,
                          env={**os.environ, "LC_ALL": lang})
    if status is not None:
        assert done.returncode == status, f"{' '.join(words)}: ended with {done.returncode}, wanted {status}\n{done.stdout[-800:]}\n{done.stderr[-1500:]}"
    return done


def make_template():
    """The demonstration data that all stories copy, made once; the files' own processes find it by the environment."""
    if TEMPLATE not in os.environ:
        folder, name = os.path.join(ROOT, "template"), f"template_{os.getpid()}"
        command("init", "--pack", "college", "--demo", *(["--store", database(name)] if POSTGRES else []), data=folder)
        os.environ[TEMPLATE], os.environ[TEMPLATE_DATABASE] = folder, name


def demo_data():
    """A fresh copy of the demonstration data."""
    make_template()
    mark = uuid.uuid4().hex[:8]
    copy = os.path.join(ROOT, "data-" + mark)
    shutil.copytree(os.environ[TEMPLATE], copy)
    if POSTGRES: # the records are copied with their database
        template = os.environ[TEMPLATE_DATABASE]
        subprocess.run(["psql", "-q", POSTGRES, "-c", f"CREATE DATABASE data_{mark} TEMPLATE {template}"], check=True)
        conf = os.path.join(copy, "taizhang.conf")
        with open(conf) as f:
            text = f.read()
        with open(conf, "w") as f:
            f.write(text.replace(f"/{template}?", f"/data_{mark}?"))
    return copy


def database(name):
    """The address of a new database on the server of tests/postgres/server.sh."""
    subprocess.run(["psql", "-q", POSTGRES, "-c", f"CREATE DATABASE {name}"], check=True)
    return POSTGRES.replace("/postgres?", f"/{name}?")


class Instance:
    """An installation with its server."""

    def __init__(self, data=None):
        self.data = data or demo_data()
        self.server = None
        self.start()
        _open.append(self)

    def start(self):
        self.log = open(os.path.join(ROOT, "serve-" + os.path.basename(self.data) + ".log"), "ab")
        self.server = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data", self.data], stdout=subprocess.PIPE, stderr=self.log, bufsize=0)
        said = b""
        end = time.monotonic() + 30
        while b"\n" not in said:
            ready, _, _ = select.select([self.server.stdout], [], [], max(0, end - time.monotonic()))
            more = os.read(self.server.stdout.fileno(), 4096) if ready else b""
            if not more:
                raise AssertionError(f"the server did not start: {said!r} {open(self.log.name).read()[-1500:]}")
            said += more
        address = re.search(rb"http://([0-9.]+):(\d+)/", said)
        self.host, self.port = address[1].decode(), int(address[2])

    def stop(self):
        """Ends the server; its exit status, which a sanitizer that found something makes other than 0."""
        if not self.server:
            return 0
        self.server.terminate()
        status = self.server.wait(60)
        self.server.stdout.close()
        self.log.close()
        self.server = None
        assert status == 0, f"the server ended with {status}: {open(self.log.name).read()[-3000:]}"
        return status

    def password(self, login):
        for line in open(os.path.join(self.data, "demo-signin.txt")):
            words = line.split()
            if words and words[0] == login:
                return words[1]
        raise KeyError(login)

    def visitor(self, lang="zh-CN"):
        return Browser(self, lang)

    def signed_in(self, login, lang="zh-CN"):
        browser = Browser(self, lang)
        browser.login = login
        answer = browser.post("/signin", {"login": login, "password": self.password(login), "back": "/"})
        equal(answer.status, 303, "sign-in of " + login)
        return browser


_here = None


def here():
    """The one installation with demonstration data that the stories of a file share; a process tells one file."""
    global _here
    if not _here:
        _here = Instance()
    return _here


class Answer:
    def __init__(self, response, body):
        self.status, self.headers, self.bytes = response.status, response.headers, body

    @property
    def text(self):
        return self.bytes.decode("utf-8", "replace")

    @property
    def words(self):
        """The page as a reader sees it: without tags, entities resolved, spaces joined."""
        plain = re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<(head|datalist)\b.*?</\1>", " ", self.text))
        return re.sub(r"\s+", " ", html.unescape(plain))

    def values(self, form=None):
        """What stands in the inputs: {name: value}; of the form whose action ends so, if one is named."""
        text = self.text
        if form is not None:
            forms = [f for f in re.findall(r"(?s)<form\b.*?</form>", text) if re.search(r'action="[^"]*%s"' % re.escape(form), f)]
            assert forms, f"no form with action …{form}"
            text = ([f for f in forms if 'method="post"' in f] or forms)[0]
        found = {}
        for tag in re.findall(r"<input\b[^>]*>", text):
            name = re.search(r'\bname="([^"]*)"', tag)
            value = re.search(r'\bvalue="([^"]*)"', tag)
            if name and not re.search(r'type="(checkbox|file)"', tag):
                found[name[1]] = html.unescape(value[1]) if value else ""
        for name, value in re.findall(r'(?s)<textarea\b[^>]*\bname="([^"]*)"[^>]*>\n?(.*?)</textarea>', text):
            found[name] = html.unescape(value)
        for name, inside in re.findall(r'(?s)<select\b[^>]*\bname="([^"]*)"[^>]*>(.*?)</select>', text):
            chosen = re.search(r'<option value="([^"]*)" selected', inside)
            found[name] = html.unescape(chosen[1]) if chosen else ""
        return found

    def rows(self):
        """The body rows of all tables as lists of words."""
        cells = []
        for row in re.findall(r"(?s)<tr\b.*?</tr>", re.sub(r"(?s)<thead\b.*?</thead>", "", self.text)):
            cells.append([re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", c))).strip() for c in re.findall(r"(?s)<t[hd]\b[^>]*>(.*?)</t[hd]>", row)])
        return cells


class Browser:
    """Keeps cookies and sends forms; follows nothing by itself."""

    def __init__(self, instance, lang):
        self.instance, self.lang, self.cookies, self.login = instance, lang, {}, None

    def send(self, method, path, body=None, headers=None):
        c = http.client.HTTPConnection(self.instance.host, self.instance.port, timeout=300)
        sent = {"Accept-Language": self.lang, "Connection": "close", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        c.request(method, path, body, sent)
        response = c.getresponse()
        answer = Answer(response, response.read())
        c.close()
        for line in response.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            if not value or "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, path, **headers):
        return self.send("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, fields, headers=None):
        body = urllib.parse.urlencode(fields).encode()
        return self.send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def upload(self, path, fields, name, content):
        return self.send_files(path, fields, [("file", name, content)])

    def send_files(self, path, fields, files):
        """A form with files, each (input, name, content)."""
        edge = "edge" + uuid.uuid4().hex
        body = b""
        for key, value in fields.items():
            for one in value if isinstance(value, list) else [value]:
                body += f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{one}\r\n'.encode()
        for key, name, content in files:
            body += f'--{edge}\r\nContent-Disposition: form-data; name="{key}"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode()
            body += content + b"\r\n"
        return self.send("POST", path, body + f"--{edge}--\r\n".encode(), {"Content-Type": "multipart/form-data; boundary=" + edge})

    def page(self, path):
        answer = self.get(path)
        equal(answer.status, 200, path)
        return answer

    def count(self, register):
        """How many records the register's list says there are."""
        return int(re.search(r"共 (\d+) 条", self.page("/r/" + register).words)[1])

    def fill(self, path, values):
        """Opens a form and returns its fields with these values: what a post would send."""
        fields = self.page(path).values(path)
        if "password" in fields and "new" not in fields and self.login:
            fields["password"] = self.instance.password(self.login) # asked for again: it is oneself
        for key, value in values.items():
            assert key in fields, f"{path} has no input {key}"
            fields[key] = value
        return fields


def raw_request(instance, head, parts=(), wait=20):
    """Sends bytes over a socket, as much as the server takes, and returns the beginning of its answer."""
    s = socket.create_connection((instance.host, instance.port), timeout=wait)
    try:
        s.sendall(head)
        for part in parts:
            readable, _, _ = select.select([s], [], [], 0)
            if readable:
                break
            s.sendall(part)
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = b""
    try:
        while b"\r\n\r\n" not in answer:
            more = s.recv(65536)
            if not more:
                break
            answer += more
    except ConnectionResetError:
        pass
    s.close()
    return answer
