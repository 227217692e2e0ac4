// api.test.mjs - a client made from the OpenAPI description by openapi-client-axios asks everything, and every answer fits its schema.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import axios from 'axios';
import { OpenAPIClientAxios } from 'openapi-client-axios';

const program = join(resolve(process.env.BUILD || '../../build'), 'taizhang');
let root, server, base, document, client, ajv;

const cookieOf = (answer) => /session=[^;]+/.exec(answer.headers.get('set-cookie'))[0];
const inputOf = (html, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)[1];

/** Signs in and makes a token on the page, as a person does. */
async function makeToken(login) {
  const password = readFileSync(join(root, 'data/demo-signin.txt'), 'utf8').split('\n').find((l) => l.startsWith(login + ' ')).split(/\s+/)[1];
  const signed = await fetch(`${base}/signin`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ login, password, back: '/' }) });
  const cookie = cookieOf(signed);
  const form = await (await fetch(`${base}/tokens`, { headers: { cookie } })).text();
  const fields = new FormData();
  for (const [name, value] of [['csrf', inputOf(form, 'csrf')], ['f-name', '客户端'], ['f-scope', 'read'], ['f-scope', 'write'], ['f-until', '2027-06-01']]) fields.append(name, value);
  const made = await (await fetch(`${base}/tokens`, { method: 'POST', headers: { cookie }, body: fields })).text();
  return /<code class="token">([^<]*)</.exec(made)[1];
}

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'taizhang-api-'));
  assert.equal(spawnSync(program, ['init', '--pack', 'college', '--demo', '--data', join(root, 'data')]).status, 0);
  server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', join(root, 'data')], { stdio: ['ignore', 'pipe', 'inherit'] });
  base = await new Promise((found) => server.stdout.on('data', (d) => { const at = /http:\/\/[0-9.]+:\d+/.exec(d); if (at) found(at[0]); }));
  const token = await makeToken('linxiao');
  document = await (await fetch(`${base}/api/v1/openapi.json`, { headers: { authorization: `Bearer ${token}` } })).json();
  const made = new OpenAPIClientAxios({ definition: structuredClone(document), withServer: { url: `${base}/api/v1`, description: '' } });
  client = await made.init();
  client.defaults.headers.common.authorization = `Bearer ${token}`;
  client.defaults.validateStatus = () => true;
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

/** The answer fits the schema that the description gives for its status. */
function fits(operation, answer) {
  const described = Object.values(document.paths).flatMap((p) => Object.values(p)).find((o) => o.operationId === operation);
  const response = described.responses[answer.status] || described.responses.default;
  const kind = answer.headers['content-type'];
  assert.ok(response.content[kind], `${operation} answered ${answer.status} as ${kind}`);
  const check = ajv.compile({ $ref: 'api' + response.content[kind].schema.$ref });
  assert.ok(check(answer.data), `${operation}: ${JSON.stringify(check.errors?.slice(0, 3))} in ${JSON.stringify(answer.data).slice(0, 600)}`);
  return answer;
}

test('the description is valid OpenAPI 3.1', async () => {
  const said = await new Validator().validate(structuredClone(document));
  assert.deepEqual([said.valid, said.errors], [true, undefined]);
  assert.equal(document.openapi, '3.1.0');
  const operations = Object.values(document.paths).flatMap((p) => Object.values(p)).map((o) => o.operationId).filter(Boolean);
  assert.equal(new Set(operations).size, operations.length);
});

test('every list, record, history and definition fits its schema', async () => {
  fits('me', await client.me());
  const { data } = fits('registers', await client.registers());
  assert.ok(data.registers.length > 8);
  for (const { key } of data.registers) {
    fits(`definition_${key}`, await client[`definition_${key}`]());
    const { data: list } = fits(`list_${key}`, await client[`list_${key}`]({ limit: 20 }));
    for (const record of list.records.slice(0, 3)) {
      fits(`read_${key}`, await client[`read_${key}`]({ id: record.id }));
      fits(`history_${key}`, await client[`history_${key}`]({ id: record.id }));
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
  const gone = fits('withdraw_finding', await client.withdraw_finding(at(moved), { reason: '试验' }));
  assert.equal(gone.data.withdrawn, true);
  assert.deepEqual(fits('history_finding', await client.history_finding({ id: added.data.id })).data.steps.map((s) => s.op), ['add', 'edit', 'submit', 'withdraw']);
});

test('problems fit their schema and point at the field', async () => {
  const bad = fits('add_finding', await client.add_finding(null, { values: { found: 'gestern' } }));
  assert.equal(bad.status, 422);
  assert.ok(bad.data.errors.some((e) => e.pointer === '#/values/found'));
  assert.equal(fits('read_finding', await client.read_finding({ id: '0'.repeat(26) })).status, 404);
  assert.equal(fits('list_finding', await client.list_finding({ filter: 'nothing = 1' })).status, 422);
});

test('nobody without a token gets anything', async () => {
  for (const path of ['/me', '/registers', '/r/finding', '/openapi.json'])
    assert.equal((await axios.get(`${base}/api/v1${path}`, { validateStatus: () => true })).status, 401, path);
});
