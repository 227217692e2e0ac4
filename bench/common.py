"""common.py - what all groups of benches share: the table, timed commands, servers, data."""
import http.client, json, os, re, resource, shutil, signal, socket, statistics, subprocess, sys, time
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get('BUILD', ROOT / 'build'))
TAIZHANG = BUILD / 'taizhang'
PEERS = ROOT / 'bench' / 'peers'
REGISTER, PATH, REASON = 'activity', '/r/activity', '压力测试数据'
TICK = os.sysconf('SC_CLK_TCK')
table, checks = [], []


def spread(values, digits=1):
    return f'{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})'


def line(what, value, bound='', reached=None):
    """One line of the table; `reached` says whether the bound holds."""
    table.append((what, value, bound, '' if reached is None else 'yes' if reached else 'NO'))
    if reached is not None:
        checks.append((what, reached))
    print(f'  {what}: {value}' + ('' if reached is None else f'  [{bound}: {"yes" if reached else "NO"}]'), file=sys.stderr, flush=True)


def run(*command, **more):
    return subprocess.run([str(c) for c in command], check=True, text=True, stdout=subprocess.PIPE, **more).stdout


def timed(*command):
    """Wall-clock and processor milliseconds of a command."""
    begin = time.monotonic()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f'bench: {command[0]} ended with {process.returncode}')
    return (time.monotonic() - begin) * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def processor_ms(pid):
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) * 1e3 / TICK


def resident_mb(pid):
    return int(re.search(r'VmRSS:\s+(\d+)', Path(f'/proc/{pid}/status').read_text())[1]) / 1024


class Server:
    """A process that serves on a port of 127.0.0.1; `first_ms` is how long it took to its first answer."""

    def __init__(self, port, command, path='/healthz', env=None):
        self.port, begin = port, time.monotonic()
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env)
        while True:
            try:
                self.get(path)
                break
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() - begin > 30:
                    raise SystemExit(f'bench: {command[0]} does not answer')
                time.sleep(0.001)
        self.first_ms = (time.monotonic() - begin) * 1e3

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=30)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def get(self, path, cookie=None):
        return self.ask('GET', path, headers={'Cookie': cookie} if cookie else {})[1]

    def load(self, connections, seconds, cookie=None):
        """Requests a second, p99 in ms, processor microseconds of the server a request."""
        before, begin = processor_ms(self.process.pid), time.monotonic()
        said = run(BUILD / 'bench/load', self.port, PATH, connections, seconds, *([cookie] if cookie else []))
        spent, took = processor_ms(self.process.pid) - before, time.monotonic() - begin
        rate, _, p99, errors, _ = map(float, re.search(r'(\d+) requests/s, p50 (\d+) us, p99 (\d+) us, (\d+) errors, body (\d+)', said).groups())
        if errors:
            raise SystemExit(f'bench: {said}')
        return rate, p99 / 1e3, spent * 1e3 / (rate * took)

    def stop(self):
        self.process.stdin.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def serve(data):
    port = free_port()
    return Server(port, [TAIZHANG, 'serve', '--listen', f'127.0.0.1:{port}', '--data', data])


def make_data(folder, rows):
    """An installation with forty people, and the same with the rows imported; returns both and the file of rows."""
    before, after, people, sheet = folder / 'before', folder / 'after', folder / 'people.csv', folder / 'rows.xlsx'
    run(TAIZHANG, 'init', '--pack', 'college', '--data', before)
    people.write_text('姓名,人员类别,到岗日期,演示人员\n' + ''.join(f'演示人员{i:02},教职工,2018-01-01,是\n' for i in range(1, 41)))
    run(TAIZHANG, 'import', 'person', people, '--data', before)
    run(BUILD / 'bench/rows', sheet, rows)
    shutil.copytree(before, after)
    run(TAIZHANG, 'import', REGISTER, sheet, '--reason', REASON, '--data', after)
    return before, after, sheet


def sign_in(server, data):
    login, password = (data / 'first-signin.txt').read_text().split()[:2]
    body = urlencode({'login': login, 'password': password, 'back': '/'})
    answer, _ = server.ask('POST', '/signin', body, {'Content-Type': 'application/x-www-form-urlencoded', 'Origin': f'http://127.0.0.1:{server.port}'})
    return answer.headers['Set-Cookie'].split(';')[0]
