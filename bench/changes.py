"""changes.py - single durable changes over HTTP beside bare rows made durable, and what the journal takes of the writing thread and of the disk."""
import sqlite3

from common import *

CLIENTS = 64


def make_token(server, cookie, password):
    page = server.get('/tokens', cookie).decode()
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)[1]
    body = urlencode([('csrf', csrf), ('f-name', 'bench'), ('f-scope', 'read'), ('f-scope', 'write'), ('f-registers', ''), ('password', password), ('f-until', time.strftime('%Y-%m-%d', time.gmtime(time.time() + 300 * 86400)))])
    answer, content = server.ask('POST', '/tokens', body, {'Cookie': cookie, 'Content-Type': 'application/x-www-form-urlencoded',
                                                           'Origin': f'http://127.0.0.1:{server.port}'})
    token = re.search(r'<code class="token">([^<]*)</code>', content.decode())
    if not token:
        raise SystemExit(f'bench: no token: {answer.status} {content[:500]!r}')
    return token[1]


def ours(folder, data, seconds):
    """Changes a second by 64 clients, p99, and the server's processor time a change."""
    with open(data / 'taizhang.conf', 'a') as settings:
        settings.write('api_rate = 1000000\n')
    server = serve(data)
    try:
        token = make_token(server, sign_in(server, data), (data / 'first-signin.txt').read_text().split()[1])
        body = folder / 'change.json'
        speaker = json.loads(run(TAIZHANG, 'record', 'list', 'person', '--limit', '1', '--json', '--data', data))[0]['id']
        body.write_text(json.dumps({'reason': REASON, 'values': {
            'date': '2019-03-01', 'kind': 'drill', 'topic': '消防安全教育', 'place': '第3教学楼 201 室', 'audience': 'students', 'attendances': 120,
            'speaker': speaker, 'content': '讲解消防安全常识和应急处置办法，发放材料120份，组织现场提问和疏散练习。'}}, ensure_ascii=False))
        before, begin = processor_ms(server.process.pid), time.monotonic()
        said = run(BUILD / 'bench/load', server.port, f'/api/v1/r/{REGISTER}', CLIENTS, seconds, f'Authorization: Bearer {token}', body)
        took, spent = time.monotonic() - begin, processor_ms(server.process.pid) - before
    finally:
        server.stop()
    rate, _, p99, errors, _ = map(float, re.search(r'(\d+) requests/s, p50 (\d+) us, p99 (\d+) us, (\d+) errors, body (\d+)', said).groups())
    if errors:
        raise SystemExit(f'bench: {said}')
    return rate, p99 / 1e3, spent * 1e3 / (rate * took)


def bare(folder, data, *how):
    copy = folder / 'bare.db'
    shutil.copyfile(data / 'taizhang.db', copy)
    said = json.loads(run(BUILD / 'bench/bare_commits', copy, f'r_{REGISTER}', *how))
    for path in folder.glob('bare.db*'):
        path.unlink()
    return said['rows_per_s']


def journal_bytes(data):
    """Bytes on disk of the journal's tables for each entry, and of them the values themselves."""
    database = sqlite3.connect(f'file:{data}/taizhang.db?mode=ro', uri=True)
    entries, = database.execute('SELECT count(*) FROM entry').fetchone()
    pages, = database.execute("SELECT sum(pgsize) FROM dbstat WHERE name IN ('entry', 'subtree', 'head') OR name GLOB 'entry_by_*' OR name GLOB 'sqlite_autoindex_entry*'").fetchone()
    values = sum(sum(len(str(v).encode()) for v in json.loads(fields).values() if v is not None) for fields, in database.execute('SELECT fields FROM entry'))
    database.close()
    return pages / entries, values / entries


def bench_changes(folder, after, option):
    seconds = 1 if option.smoke else 5
    rates, ones, groups, p99s, costs, writer, journal = [], [], [], [], [], [], []
    for i in range(option.rounds):
        data = folder / f'changes{i}'
        shutil.copytree(after, data)
        rate, p99, cost = ours(folder, data, seconds)
        rates.append(rate), p99s.append(p99), costs.append(cost)
        ones.append(bare(folder, after, 'one', seconds))
        groups.append(bare(folder, after, 'group', seconds, CLIENTS))
        share = json.loads(run(BUILD / 'bench/journal_share', data, CLIENTS, 20 if option.smoke else 400))
        writer.append(share['writer_us']), journal.append(share['journal_us'])
        shutil.rmtree(data)
    line('changes over HTTP, 64 clients', f'{spread(rates, 0)} changes/s, p99 {spread(p99s)} ms, {spread(costs, 0)} µs of processor')
    line('changes, bare rows committed one by one', f'{spread(ones, 0)} rows/s')
    line('changes, bare rows committed in groups for 64 clients', f'{spread(groups, 0)} rows/s')
    for what, peer, bound in (('rows one by one', ones, 2), ('rows in groups', groups, 0.3)):
        times = [a / b for a, b in zip(rates, peer)]
        line(f'changes, times bare {what}', spread(times, 2), f'≥ {bound}', None if option.smoke else statistics.median(times) >= bound)
    line("changes, the writing thread's processor a change", f'{spread(writer)} µs, of it the journal {spread(journal)} µs')
    share = [100 * a / b for a, b in zip(journal, writer)]
    line("journal, % of the writing thread's processor", spread(share), '≤ 30', None if option.smoke else statistics.median(share) <= 30)
    pages, values = journal_bytes(after)
    line('journal, bytes on disk an entry', f'{pages:.0f}, of them its values {values:.0f}')
    line('journal, bytes an entry beside its values', f'{pages - values:.0f}', '≤ 400', None if option.smoke else pages - values <= 400)
