"""large.py - a million records: lists narrowed and sorted on declared indexes, two Chinese characters searched in a million paragraphs, all of them exported."""
import random
from urllib.parse import quote

from common import *

WORDS = 20000  # as rows.c spells them


def word(k):
    """The k-th word of the made-up vocabulary: two characters; rows.c has the same."""
    return chr(0x4e00 + k * 7919 % 5000) + chr(0x4e00 + (k * 4241 + 977) % 5000)


def some_word(dice):
    """Frequent words are asked more often, as they stand more often: the k-th with a weight of 1/k."""
    return word(min(int(WORDS ** dice.random()), WORDS) - 1)


def make_large(folder, option):
    rows, data = 20 * option.rows // 2 if not option.smoke else option.rows, folder / 'large'
    if data.exists():
        return data, rows
    people = folder / 'people.csv'
    run(TAIZHANG, 'init', '--pack', 'college', '--data', data)
    run(TAIZHANG, 'import', 'person', people, '--data', data)
    piece = min(rows, 100000)
    for first in range(0, rows, piece):
        sheet = folder / 'piece.xlsx'
        run(BUILD / 'bench/rows', sheet, piece, first, 'prose')
        run(TAIZHANG, 'import', REGISTER, sheet, '--reason', REASON, '--data', data)
        sheet.unlink()
    return data, rows


def asked(server, cookie, paths):
    """The time of each page as its reader waits for it, in ms; an answer other than 200 ends the bench."""
    spent = []
    for path in paths:
        begin = time.monotonic()
        answer, body = server.ask('GET', path, headers={'Cookie': cookie})
        spent.append((time.monotonic() - begin) * 1e3)
        if answer.status != 200:
            raise SystemExit(f'bench: {path} answered {answer.status}: {body[:300]!r}')
    return sorted(spent)


def p95(spent):
    return spent[max(0, int(len(spent) * 0.95) - 1)]


def told(what, spent, bound, option):
    line(what, f'p95 {p95(spent):,.1f} ms (median {statistics.median(spent):,.1f}, most {spent[-1]:,.1f}) of {len(spent):,}', f'≤ {bound}' if bound else '',
         None if option.smoke or not bound else p95(spent) <= bound)


def list_paths(dice, count):
    kinds = ['lecture', 'seminar', 'drill', 'class_meeting', 'assembly', 'themed_day', 'training']
    paths = []
    for i in range(count):
        month, least = dice.randint(1, 12), dice.randint(20, 180)
        conditions = [f'kind = {dice.choice(kinds)}', f'date >= 2019-{month:02}-01 AND date <= 2019-{month:02}-28', f'attendances >= {least}',
                      f'kind = {dice.choice(kinds)} AND date <= 2019-{month:02}-15']
        sorts = ['', '-attendances', 'attendances', '']
        kind = i % 4
        sort = sorts[dice.randint(0, 3)] if kind == 2 else '' if kind else sorts[i // 4 % 4]
        paths.append(f'{PATH}?filter={quote(conditions[kind])}' + (f'&sort={sort}' if sort and kind == 2 else ''))
    return paths


EXPORTED = '''SELECT f_date, f_kind, f_topic, f_place, f_audience, f_attendances, (SELECT n.f_name FROM r_person n WHERE n.tenant = t.tenant AND n.id = t.f_speaker),
f_content, effective, entered, late FROM r_activity t WHERE tenant = 1 AND withdrawn = 0 ORDER BY f_date DESC, id DESC'''


def fetch(server, path, cookie, out):
    """The answer's body into a file, as it comes; returns its status and size."""
    connection, size = http.client.HTTPConnection('127.0.0.1', server.port, timeout=300), 0
    connection.request('GET', path, headers={'Cookie': cookie})
    answer = connection.getresponse()
    with open(out, 'wb') as f:
        while piece := answer.read(1 << 20):
            f.write(piece)
            size += len(piece)
    connection.close()
    return answer.status, size


def all_there(out, status, rows):
    with open(out, newline='') as f: # a record may span lines; topic numbers tell that none is missing
        numbers = set(re.findall(r'第 (\d+) 讲', f.read()))
    if status != 200 or len(numbers) != rows:
        raise SystemExit(f'bench: export answered {status} with {len(numbers)} of {rows} records')


def export_by_job(server, cookie):
    """Seconds from the click on a long list's export until the file is ready, and its path."""
    begin = time.monotonic()
    answer, body = server.ask('GET', f'{PATH}/export?format=csv', headers={'Cookie': cookie})
    if answer.status != 303 or answer.headers['Location'] != '/jobs':
        raise SystemExit(f'bench: the export of a long list answered {answer.status}, not a job: {body[:300]!r}')
    while time.monotonic() - begin < 300: # the newest job stands first
        job, stage = re.search(r'/jobs/([0-9a-z]{26})/(cancel|file|again)', server.get('/jobs', cookie).decode()).groups()
        if stage == 'file':
            return time.monotonic() - begin, f'/jobs/{job}/file'
        if stage == 'again':
            break
        time.sleep(0.02)
    raise SystemExit('bench: the job ended without a file, or does not end')


def peak_mb(pid):
    return int(re.search(r'VmHWM:\s+(\d+)', Path(f'/proc/{pid}/status').read_text())[1]) / 1024


def bench_export(folder, data, rows, option):
    ours, theirs, jobs, memory, job_memory = [], [], [], [], []
    out = folder / 'out.csv'
    if option.smoke: # so few that they would be no job
        with open(data / 'taizhang.conf', 'a') as f:
            f.write(f'export_rows = {rows // 2}\n')
    for _ in range(option.rounds):
        server = serve(data)
        try:
            cookie, begin = sign_in(server, data), time.monotonic()
            status, size = fetch(server, f'/api/v1{PATH}/export?format=csv', cookie, out) # waits for all rows, as a program does
            ours.append(time.monotonic() - begin)
            memory.append(peak_mb(server.process.pid))
            all_there(out, status, rows)
        finally:
            server.stop()
        begin = time.monotonic()
        with open(out, 'wb') as f:
            subprocess.run(['sqlite3', '-csv', str(data / 'taizhang.db'), EXPORTED], check=True, stdout=f)
        theirs.append(time.monotonic() - begin)
        server = serve(data)
        try:
            cookie = sign_in(server, data)
            spent, path = export_by_job(server, cookie)
            jobs.append(spent)
            job_memory.append(peak_mb(server.process.pid))
            status, _ = fetch(server, path, cookie, out)
            all_there(out, status, rows)
        finally:
            server.stop()
    out.unlink()
    line(f'export of {rows:,} records as CSV over HTTP', f'{spread(ours, 2)} s, {size:,} bytes')
    line('export, sqlite3 -csv of the same', f'{spread(theirs, 2)} s')
    times = [a / b for a, b in zip(ours, theirs)]
    line('export, times sqlite3 -csv', spread(times, 2), '≤ 2', None if option.smoke else statistics.median(times) <= 2)
    line('export, most memory of the server, MB', spread(memory), '≤ 64', max(memory) <= 64)
    line('export as a job, from the click until the file is ready', f'{spread(jobs, 2)} s')
    line('export as a job, most memory of the server, MB', spread(job_memory), '≤ 64', max(job_memory) <= 64)


def bench_large(folder, option):
    data, rows = make_large(folder, option)
    dice, count = random.Random(20190301), 40 if option.smoke else 1000
    server = serve(data)
    try:
        cookie = sign_in(server, data)
        asked(server, cookie, list_paths(dice, count // 4)) # what a day's work has read before lies in memory
        told(f'list of {rows:,}, narrowed and sorted on declared indexes', asked(server, cookie, list_paths(dice, count)), 20, option)
        told(f'search in {rows:,} paragraphs, two characters', asked(server, cookie, [f'/search?q={quote(some_word(dice))}' for _ in range(count)]), 30, option)
        told('the same words as a list by date with its count', asked(server, cookie, [f'{PATH}?q={quote(some_word(dice))}' for _ in range(count)]), None, option)
        line('resident after that, MB', f'{resident_mb(server.process.pid):.1f}')
    finally:
        server.stop()
    bench_export(folder, data, rows, option)
