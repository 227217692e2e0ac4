"""terms.py - working-day queries, and a million open clocks: re-dated by a notice of days off, warnings planned."""
import datetime
import sqlite3

from common import *

TERMS = BUILD / 'bench/terms'


def fill(data, clocks, warned):
    """Clocks put straight into the table: of `warned` the first warning falls today; the others' lie ahead."""
    today = datetime.date.today()
    database = sqlite3.connect(data / 'taizhang.db')
    owner, = database.execute('SELECT id FROM r_person LIMIT 1').fetchone()
    position, = database.execute('SELECT max(position) FROM entry').fetchone()
    rows = ((i.to_bytes(16, 'big'), f'事项 {i}', 'rectification' if i < warned else 'disclosure.answer',
             str(today if i < warned else today - datetime.timedelta(i % 5)), '7d' if i < warned else None, owner, position, str(today)) for i in range(clocks))
    database.executemany('INSERT INTO r_clock (tenant, id, state, effective, position, made, entered, late, withdrawn, f_subject, f_rule, f_started, f_length, f_owner) '
                         "VALUES (1, ?1, 'running', ?8, ?7, ?7, 0, 0, 0, ?2, ?3, ?4, ?5, ?6)", rows)
    database.commit()
    database.close()


def ask(*words):
    return json.loads(run(TERMS, *words))


def bench_terms(folder, option):
    said = [ask('query') for _ in range(option.rounds)]
    line('working-day query, ns', spread([s['ours_ns'] for s in said], 2), '≤ 10', None if option.smoke else statistics.median(s['ours_ns'] for s in said) <= 10)
    line('stepping with a bisected list of days off, ns', spread([s['peer_ns'] for s in said], 0))
    data, clocks = folder / 'terms', option.rows * 10
    warned = clocks // 10
    if not data.exists():
        run(TAIZHANG, 'init', '--pack', 'college', '--demo', '--data', data)
        fill(data, clocks, warned)
        with sqlite3.connect(data / 'taizhang.db') as database:
            database.execute('DELETE FROM clock_cursor')
    line(f'index of {clocks:,} clocks made, s', f'{ask("follow", data)["ms"] / 1e3:.1f}')
    spent = ask('warn', data)
    line(f'{spent["count"]:,} warnings planned, s', f'{spent["ms"] / 1e3:.2f}', '≤ 1', None if option.smoke else spent['ms'] <= 1000 and spent['count'] == warned)
    begin, moved, of = datetime.date.today(), [], []
    for number in range(1 if option.smoke else 3):
        day = begin + datetime.timedelta(3 + 7 * number)
        while day.weekday() > 4:
            day += datetime.timedelta(1)
        run(TAIZHANG, 'record', 'add', 'holiday', '--set', f'name=停办{number}', '--set', 'layer=institution', '--set', f'year={begin.year if number else begin.year}', '--set', f'published={begin}',
            '--set', f'source=院发{number}号', '--set', f'days={day}\tclosure\t停办', '--data', data)
        said = ask('follow', data)
        moved.append(said['ms'] / 1e3)
        of.append(said['count'])
    line(f'{clocks:,} clocks re-dated after a notice, {min(of):,} to {max(of):,} dates moved, s', spread(moved), '≤ 5', None if option.smoke else statistics.median(moved) <= 5)
