// api.test.mjs - a client made from the OpenAPI description by openapi-client-axios asks everything, and every answer fits its schema.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import axios from 'axios';
import { OpenAPIClientAxios } from 'openapi-client-axios';

const program = join(resolve(process.env.BUILD || '../../build'), 'taizhang');
let root, server, base, document, client, chief, ajv, etag;

const cookieOf = (answer) => /session=[^;]+/.exec(answer.headers.get('set-cookie'))[0];
const inputOf = (html, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)[1];

/** Signs in and makes a token on the page, as a person does. */
async function makeToken(login) {
  const { cookie, csrf, password } = await signIn(login);
  const fields = new FormData();
  for (const [name, value] of [['csrf', csrf], ['f-name', '客户端'], ['f-scope', 'read'], ['f-scope', 'write'], ['f-until', '2027-06-01'], ['password', password]]) fields.append(name, value);
  const made = await (await fetch(`${base}/tokens`, { method: 'POST', headers: { cookie }, body: fields })).text();
  return /<code class="token">([^<]*)</.exec(made)[1];
}

async function signIn(login) {
  const password = readFileSync(join(root, 'data/demo-signin.txt'), 'utf8').split('\n').find((l) => l.startsWith(login + ' ')).split(/\s+/)[1];
  const signed = await fetch(`${base}/signin`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ login, password, back: '/' }) });
  const cookie = cookieOf(signed);
  return { cookie, password, csrf: inputOf(await (await fetch(`${base}/tokens`, { headers: { cookie } })).text(), 'csrf') };
}

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'taizhang-api-'));
  assert.equal(spawnSync(program, ['init', '--pack', 'college', '--demo', '--data', join(root, 'data')]).status, 0);
  appendFileSync(join(root, 'data/taizhang.conf'), 'api_rate = 500\n'); // every operation of every register is asked at once
  server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', join(root, 'data')], { stdio: ['ignore', 'pipe', 'inherit'] });
  base = await new Promise((found) => server.stdout.on('data', (d) => { const at = /http:\/\/[0-9.]+:\d+/.exec(d); if (at) found(at[0]); }));
  const token = await makeToken('linxiao');
  const described = await fetch(`${base}/api/v1/openapi.json`, { headers: { authorization: `Bearer ${token}` } });
  etag = described.headers.get('etag');
  document = await described.json();
  const made = new OpenAPIClientAxios({ definition: structuredClone(document), withServer: { url: `${base}/api/v1`, description: '' } });
  client = await made.init();
  client.defaults.headers.common.authorization = `Bearer ${token}`;
  client.defaults.validateStatus = () => true;
  chief = await new OpenAPIClientAxios({ definition: structuredClone(document), withServer: { url: `${base}/api/v1`, description: '' }, axiosConfigDefaults: { headers: { common: { authorization: `Bearer ${await makeToken('chenyuan')}` } }, validateStatus: () => true } }).init();
  ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: 'api', components: document.components });
});

after(async () => {
  const ended = new Promise((done) => server.on('exit', done));
  server.kill('SIGTERM');
  assert.equal(await ended, 0);
  rmSync(root, { recursive: true, force: true });
});

const operations = () => Object.values(document.paths).flatMap((p) => Object.values(p));
const called = new Set(); // by the operation's name without its register's or move's key

/** The answer fits the schema that the description gives for its status. */
function fits(operation, answer) {
  const described = operations().find((o) => o.operationId === operation);
  const response = described.responses[answer.status] || described.responses.default;
  const kind = answer.headers['content-type']?.split(';')[0];
  called.add(operation);
  if (answer.status === 204) return assert.equal(answer.data, ''), answer;
  if (response.content['*/*']) return answer;
  assert.ok(response.content[kind], `${operation} answered ${answer.status} as ${kind}`);
  const check = ajv.compile({ $ref: 'api' + response.content[kind].schema.$ref });
  assert.ok(check(answer.data), `${operation}: ${JSON.stringify(check.errors?.slice(0, 3))} in ${JSON.stringify(answer.data).slice(0, 600)}`);
  return answer;
}

test('the description is valid OpenAPI 3.1', async () => {
  const said = await new Validator().validate(structuredClone(document));
  assert.deepEqual([said.valid, said.errors], [true, undefined]);
  assert.equal(document.openapi, '3.1.0');
  const names = operations().map((o) => o.operationId);
  assert.equal(new Set(names).size, names.length);
  const again = await fetch(`${base}/api/v1/openapi.json`, { headers: { authorization: client.defaults.headers.common.authorization, 'if-none-match': etag } });
  assert.equal(again.status, 304);
});

test('every list, record, history and definition fits its schema', async () => {
  fits('index', await client.index());
  fits('openapi', await client.openapi());
  fits('me', await client.me());
  const { data } = fits('registers', await client.registers());
  assert.ok(data.registers.length > 8);
  for (const { key } of data.registers) {
    fits(`definition_${key}`, await client[`definition_${key}`]());
    const { data: list } = fits(`list_${key}`, await client[`list_${key}`]({ limit: 20 }));
    for (const record of list.records.slice(0, 3)) {
      fits(`read_${key}`, await client[`read_${key}`]({ id: record.id }));
      fits(`history_${key}`, await client[`history_${key}`]({ id: record.id }));
      fits(`proof_${key}`, await client[`proof_${key}`]({ id: record.id }));
    }
    if (list.next) fits(`list_${key}`, await client[`list_${key}`]({ limit: 20, after: list.next }));
  }
});

test('a finding goes its whole way, and what is sent fits the description, too', async () => {
  const owner = (await client.list_person({ q: '周松' })).data.records[0].id;
  const today = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);
  const sent = { values: { number: 'WT-CLIENT', found: today, summary: '灯坏了', grade: 'slight', owner, due: null } };
  assert.ok(ajv.validate({ $ref: 'api#/components/schemas/finding_change' }, sent), ajv.errorsText());
  const key = randomUUID();
  const added = fits('add_finding', await client.add_finding({ 'Idempotency-Key': key }, sent));
  assert.equal(added.status, 201);
  const again = fits('add_finding', await client.add_finding({ 'Idempotency-Key': key }, sent));
  assert.equal(again.data.id, added.data.id);
  const at = (answer) => ({ id: added.data.id, 'If-Match': answer.headers.etag });
  const edited = fits('edit_finding', await client.edit_finding(at(added), { values: { grade: 'ordinary' } }));
  assert.equal(fits('edit_finding', await client.edit_finding(at(added), { values: { grade: 'grave' } })).status, 412);
  const moved = fits('move_submit_finding', await client.move_submit_finding(at(edited), { values: { remedy: '换了', evidence: '照片' } }));
  assert.equal(moved.data.state, 'review');
  const quiet = fits('edit_finding', await client.edit_finding({ ...at(moved), Prefer: 'return=minimal' }, { values: { remedy: '换了灯' } }));
  assert.deepEqual([quiet.status, quiet.headers['preference-applied']], [204, 'return=minimal']);
  moved.headers.etag = quiet.headers.etag;
  const gone = fits('withdraw_finding', await client.withdraw_finding(at(moved), { reason: '试验' }));
  assert.equal(gone.data.withdrawn, true);
  assert.deepEqual(fits('history_finding', await client.history_finding({ id: added.data.id })).data.steps.map((s) => s.op), ['add', 'edit', 'submit', 'edit', 'withdraw']);
});

test('one search finds in all registers, page by page, with snippets and counts', async () => {
  const first = fits('search', await client.search({ q: '消防', limit: 3 })).data;
  assert.equal(first.hits.length, 3);
  assert.ok(first.facets.registers.length > 2 && first.facets.units.length > 0, JSON.stringify(first.facets));
  const all = [];
  for (let after; after !== null;) {
    const part = fits('search', await client.search({ q: '消防', limit: 7, ...(after && { after }) })).data;
    assert.equal(part.facets === null, after !== undefined);
    all.push(...part.hits);
    after = part.next;
  }
  assert.deepEqual(all.slice(0, 3), first.hits);
  assert.equal(new Set(all.map((h) => h.id)).size, all.length);
  for (const { register, count } of first.facets.registers) assert.equal(all.filter((h) => h.register === register).length, count, register);
  for (const { unit, count } of first.facets.units) assert.equal(all.filter((h) => h.unit === unit).length, count);
  const marked = all.filter((h) => h.snippet).flatMap((h) => h.snippet.parts.filter((p) => p.marked));
  assert.ok(marked.length >= all.length / 2 && marked.every((p) => '消防'.includes(p.text)), JSON.stringify(marked.slice(0, 5)));
  const { register, count } = first.facets.registers[0], unit = first.facets.units[0];
  const narrowed = fits('search', await client.search({ q: '消防', register, limit: 200 })).data;
  assert.deepEqual(narrowed.hits, all.filter((h) => h.register === register));
  assert.equal(narrowed.facets.registers.find((r) => r.register === register).count, count);
  assert.deepEqual(narrowed.facets.registers, first.facets.registers, 'what choosing another register would give');
  const within = fits('search', await client.search({ q: '消防', unit: unit.unit, limit: 200 })).data;
  assert.deepEqual(within.hits, all.filter((h) => h.unit === unit.unit));
  assert.deepEqual(within.facets.units, first.facets.units);
  assert.equal(within.facets.registers.reduce((n, r) => n + r.count, 0), unit.count);
  assert.deepEqual(fits('search', await client.search({ q: '查无此词' })).data, { hits: [], facets: { at_least: false, registers: [], units: [] }, next: null });
  for (const [asked, parameter] of [[{ q: ' ，' }, 'q'], [{ q: '' }, 'q'], [{ q: '消', unit: 'x' }, 'unit'], [{ q: '消', after: 'x' }, 'after'], [{ q: '消', limit: 0 }, 'limit']]) {
    const bad = fits('search', await client.search(asked));
    assert.deepEqual([bad.status, bad.data.errors[0].parameter], [422, parameter], JSON.stringify(asked));
  }
  assert.equal(fits('search', await client.search({ q: '消', register: 'nothing' })).status, 404);
});

test('a photograph is sent, put into a record and fetched again', async () => {
  const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');
  const field = document.components.schemas.finding_change.properties.values.properties.photos ? 'photos' : null;
  assert.ok(field, 'findings have photos');
  const stored = fits('store_file', await client.store_file({ name: '走廊.png' }, picture, { headers: { 'Content-Type': 'image/png' } }));
  assert.equal(stored.status, 201, JSON.stringify(stored.data));
  const owner = (await client.list_person({ q: '周松' })).data.records[0].id;
  const today = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);
  const values = { number: 'WT-PICTURE', found: today, summary: '灯坏了', grade: 'slight', owner, photos: [stored.data.file] };
  const added = fits('add_finding', await client.add_finding(null, { values }));
  assert.equal(added.status, 201, JSON.stringify(added.data));
  const got = fits('file_finding', await client.file_finding({ id: added.data.id, field: 'photos', of: stored.data.sha256 }, null, { responseType: 'arraybuffer' }));
  assert.deepEqual(Buffer.from(got.data), picture);
  const kept = await client.edit_finding({ id: added.data.id, 'If-Match': added.headers.etag }, { values: { summary: '换灯', photos: added.data.values.photos } });
  assert.deepEqual([kept.status, kept.data.values.photos], [200, added.data.values.photos]);
  const foreign = [added.data.values.photos[0].replace(/^./, (c) => (c === '0' ? '1' : '0'))];
  const refused = fits('edit_finding', await client.edit_finding({ id: added.data.id, 'If-Match': kept.headers.etag }, { values: { photos: foreign } }));
  assert.deepEqual([refused.status, refused.data.errors[0].pointer], [422, '#/values/photos']);
});

test('a table goes out and comes in', async () => {
  const out = fits('export_duty', await client.export_duty({ format: 'csv', filter: 'date >= 2019-12-01' }));
  const rows = out.data.trim().split('\r\n');
  assert.ok(rows.length > 10, out.data.slice(0, 200));
  const head = out.data.slice(0, out.data.indexOf('\r\n') + 2);
  const bad = fits('import_duty', await client.import_duty({ name: 'x.csv', dry_run: '1' }, head + rows[1].replace(/2019-12-\d\d/, '2019-13-40') + '\r\n', { headers: { 'Content-Type': 'text/csv' } }));
  assert.equal(bad.status, 422, JSON.stringify(bad.data));
  assert.match(bad.data.errors[0].place, /[A-Z]+2$/);
  const person = (await client.list_person({ q: '周松' })).data.records[0];
  const finding = '问题编号,问题描述,等级,发现日期,责任人\r\nWT-IN-1,灯坏了,一般,' + new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10) + ',' + person.values.name + '\r\n';
  for (const [dry, repeated] of [['1', 0], ['0', 0], ['0', 1]]) {
    const done = fits('import_finding', await client.import_finding({ name: 'x.csv', dry_run: dry }, finding, { headers: { 'Content-Type': 'text/csv' } }));
    assert.deepEqual([done.status, done.data.rows, done.data.repeated], [200, 1, repeated], JSON.stringify(done.data));
  }
  const [there] = (await client.list_finding({ q: 'WT-IN-1' })).data.records;
  assert.equal((await client.list_finding({ q: 'WT-IN-1' })).data.records.length, 1);
  const update = finding.replace('灯坏了', '灯又坏了');
  const send = async (more) => fits('import_finding', await client.import_finding({ name: 'y.csv', update: '1', ...more }, update, { headers: { 'Content-Type': 'text/csv' } }));
  const { effect } = (await send({ dry_run: '1' })).data;
  assert.equal(fits('edit_finding', await client.edit_finding({ id: there.id, 'If-Match': '*' }, { values: { summary: '灯换过了' } })).status, 200);
  const other = await send({ effect });
  assert.equal(other.status, 409, JSON.stringify(other.data));
  assert.match(other.data.errors[1].place + other.data.errors[1].detail, /2.*灯换过了/);
  const now = (await send({ dry_run: '1' })).data;
  assert.notEqual(now.effect, effect);
  assert.deepEqual([(await send({ effect: now.effect })).status, (await client.read_finding({ id: there.id })).data.values.summary], [200, '灯又坏了']);
});

test('a report is drafted, its evidence read, issued once although sent twice, and read back', async () => {
  const { data: { kinds } } = fits('reports', await client.reports());
  const kind = kinds[0].key;
  const draft = fits('draft', await client.draft({ kind, period: '2019' })).data;
  assert.equal(draft.issuable, true, JSON.stringify(draft.checks.filter((c) => !c.passed)));
  const figure = draft.figures.find((f) => f.records > 2).key;
  const page = fits('draft_evidence', await client.draft_evidence({ kind, figure, period: '2019', limit: 2 })).data;
  assert.equal(page.records.length + page.hidden, 2);
  const key = randomUUID();
  assert.equal(fits('issue', await chief.issue({ kind }, { period: '2019', seen: 'other' })).status, 409);
  const issued = fits('issue', await chief.issue({ kind, 'Idempotency-Key': key }, { period: '2019', seen: draft.seen }));
  assert.equal(issued.status, 201, JSON.stringify(issued.data));
  const again = fits('issue', await chief.issue({ kind, 'Idempotency-Key': key }, { period: '2019', seen: draft.seen }));
  assert.deepEqual([again.data.id, again.headers['idempotency-replayed']], [issued.data.id, 'true']);
  assert.equal(fits('issue', await chief.issue({ kind, 'Idempotency-Key': key }, { period: '2018', seen: draft.seen })).status, 422);
  const { id } = issued.data;
  assert.deepEqual(fits('issued', await client.issued({ id })).data.figures.map((f) => f.value), draft.figures.map((f) => f.value));
  const all = [];
  for (let after; after !== null;) {
    const part = fits('issued_evidence', await client.issued_evidence({ id, figure, limit: 200, ...(after && { after }) })).data;
    all.push(...part.records);
    after = part.next;
  }
  assert.equal(all.length, draft.figures.find((f) => f.key === figure).records);
  const pdf = fits('issued_file', await client.issued_file({ id, ending: 'pdf' }, null, { responseType: 'arraybuffer' }));
  assert.equal(Buffer.from(pdf.data).subarray(0, 5).toString(), '%PDF-');
});

test('a form is listed, filled for a period, fetched, and kept once although sent twice', async () => {
  const content = readFileSync(new URL('../document/files/form.docx', import.meta.url));
  const stored = fits('store_file', await client.store_file({ name: '季报.docx' }, content, { headers: { 'Content-Type': 'application/octet-stream' } }));
  const today = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);
  const { data: { id } } = fits('add_form', await client.add_form(null, { values: { name: '季报', received: today, file: stored.data.file } }));
  const { cookie, csrf } = await signIn('linxiao'); // what goes in is said on the page
  const said = await fetch(`${base}/forms/${id}`, { method: 'POST', redirect: 'manual', headers: { cookie }, body: new URLSearchParams({ csrf, sheet: '正文1', cell: 'B3', kind: 'figure', what: 'inspection.count' }) });
  assert.equal(said.status, 303);
  assert.deepEqual(fits('forms', await client.forms({ limit: 5 })).data.forms.map((f) => [f.id, f.places]), [[id, 1]]);
  const form = fits('form', await client.form({ id })).data;
  assert.deepEqual([form.format, form.grids.length, form.places[0].beside], ['docx', 6, '本季度共检查＿次，参加检查（']);
  const filled = fits('fill_form', await client.fill_form({ id, period: '2019' })).data;
  assert.deepEqual([filled.cells, filled.exceptions], [1, []]);
  assert.equal(fits('fill_form', await client.fill_form({ id, period: '1999' })).data.exceptions[0].place, '正文1!B3');
  assert.equal(fits('fill_form', await client.fill_form({ id, period: 'x' })).data.errors[0].parameter, 'period');
  const file = fits('filled_file', await client.filled_file({ id, period: '2019' }, null, { responseType: 'arraybuffer' }));
  assert.equal(Buffer.from(file.data).subarray(0, 2).toString(), 'PK');
  const key = randomUUID();
  const kept = [1, 2].map(() => client.keep_form({ id, 'Idempotency-Key': key }, { period: '2019' }));
  const [first, second] = [fits('keep_form', await kept[0]), fits('keep_form', await kept[1])];
  assert.deepEqual([first.status, second.data], [201, first.data]);
  assert.equal(fits('read_form_filled', await client.read_form_filled({ id: first.data.id })).data.values.period, '2019');
  assert.equal(fits('form', await client.form({ id: '0'.repeat(26) })).status, 404);
});

test('a roster is arranged and read with its fairness', async () => {
  const people = (await client.list_person({ limit: 6 })).data.records.map((r) => r.id);
  const day = (n) => new Date(Date.now() + 8 * 3600e3 + n * 864e5).toISOString().slice(0, 10);
  const added = fits('add_roster', await client.add_roster(null, { values: { name: '待命', kind: 'on_call', first: day(300), last: day(327), workdays: 'whole', restdays: 'whole', turn: 'week', officers: people } }));
  assert.equal(added.status, 201, JSON.stringify(added.data));
  const id = added.data.id;
  assert.deepEqual(fits('roster', await client.roster({ id })).data.shifts, []);
  const arranged = fits('roster_arrange', await client.roster_arrange({ id }, { anew: true }));
  assert.equal(arranged.status, 200, JSON.stringify(arranged.data));
  const { shifts, people: turns, open } = arranged.data;
  assert.deepEqual([shifts.length, open], [28, 0]);
  const sum = turns.reduce((n, p) => n + p.turns.reduce((m, t) => m + t.workday + t.makeup + t.rest + t.statutory, 0), 0);
  assert.equal(sum, 28);
  assert.ok(shifts.every((s) => s.seats[1].person && !s.seats[0].wanted));
  for (let i = 1; i < shifts.length; i++) // whoever stands on a Monday stands until Sunday
    if (new Date(shifts[i].date).getUTCDay() !== 1) assert.equal(shifts[i].seats[1].person, shifts[i - 1].seats[1].person);
  assert.deepEqual(fits('roster', await client.roster({ id })).data, arranged.data);
  assert.equal(fits('roster_arrange', await client.roster_arrange({ id }, { again: true })).status, 422);
  assert.equal(fits('roster', await client.roster({ id: '0'.repeat(26) })).status, 404);
});

test('terms are listed and computed, and a clock tells its due date and why', async () => {
  const { terms } = fits('terms', await client.terms()).data;
  assert.ok(terms.length > 60 && terms.some((t) => t.code === 'pros.review' && t.extensions[0].code === 'complex'));
  const due = fits('term', await client.term({ code: 'pros.review', from: '2024-01-10', extend: 'complex' })).data;
  assert.deepEqual([due.due, due.base, due.rolled], ['2024-02-26', '2024-02-25', true]);
  assert.equal(fits('term', await client.term({ code: 'pros.review', from: '2024-01-10', custody: '1' })).data.due, '2024-02-10');
  assert.equal(fits('term', await client.term({ code: 'accident.report', from: '2024-01-10' })).status, 422);
  assert.equal(fits('term', await client.term({ code: 'nothing', from: '2024-01-10' })).status, 404);
  const owner = (await client.list_person({ q: '周松' })).data.records[0].id;
  const today = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);
  const added = fits('add_clock', await client.add_clock(null, { values: { subject: '申请', rule: 'disclosure.answer', started: today, owner } }));
  assert.equal(added.status, 201, JSON.stringify(added.data));
  const told = fits('clock_due', await client.clock_due({ id: added.data.id })).data;
  assert.equal(told.due, (await client.term({ code: 'disclosure.answer', from: today })).data.due);
  assert.equal(told.steps.filter((s) => s.count).length, 20);
  assert.equal(fits('clock_due', await client.clock_due({ id: '0'.repeat(26) })).status, 404);
  const bad = fits('add_clock', await client.add_clock(null, { values: { subject: '申请', rule: 'disclosure.answers', started: today, owner } }));
  assert.ok(bad.data.errors.some((e) => e.pointer === '#/values/rule'), JSON.stringify(bad.data));
});

test('problems fit their schema and point at the field', async () => {
  const bad = fits('add_finding', await client.add_finding(null, { values: { found: 'gestern' } }));
  assert.equal(bad.status, 422);
  assert.ok(bad.data.errors.some((e) => e.pointer === '#/values/found'));
  assert.equal(fits('read_finding', await client.read_finding({ id: '0'.repeat(26) })).status, 404);
  assert.equal(fits('list_finding', await client.list_finding({ filter: 'nothing = 1' })).status, 422);
});

test('nobody without a token gets anything', async () => {
  for (const path of ['/me', '/search?q=1', '/registers', '/r/finding', '/openapi.json'])
    assert.equal((await axios.get(`${base}/api/v1${path}`, { validateStatus: () => true })).status, 401, path);
});

test('every operation that is described has been called for some register', () => {
  const keys = Object.keys(document.components.schemas).filter((n) => n.endsWith('_record')).map((n) => n.slice(0, -'_record'.length)).sort((a, b) => b.length - a.length);
  const plain = (id) => { const key = keys.find((k) => id.endsWith('_' + k)); return (key ? id.slice(0, -key.length - 1) : id).replace(/^move_.*/, 'move'); };
  const done = new Set([...called].map(plain));
  assert.deepEqual([...new Set(operations().map((o) => plain(o.operationId)))].filter((id) => !done.has(id)), []);
});
