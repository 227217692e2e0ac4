// list.mjs - the peer of our list page: Express with better-sqlite3, the same statement on the same database, the same bytes as answer.
//
//   node list.mjs DATABASE SQL PORT FRAME.json LABELS.json
// FRAME is what stands before and after the rows (given, so that the peer need not make it; it looks up no session either);
// LABELS says for each listed column where it stands in a row of the statement, its heading, and how it is shown.
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import express from 'express';

const [, , database, sql, port, framePath, labelsPath] = process.argv;
const { head, foot } = JSON.parse(readFileSync(framePath, 'utf8'));
const { columns, register } = JSON.parse(readFileSync(labelsPath, 'utf8'));
const db = new Database(database, { readonly: true });
db.pragma('mmap_size = 268435456');
const list = db.prepare(sql).raw();
const shown = 50;

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => (/[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (c) => entities[c]) : text);
const digits = '0123456789abcdefghjkmnpqrstvwxyz';
const idText = (id) => { // 128 bits in 26 digits of five, the first of three
  let out = '', bits = 2, held = 0;
  for (const byte of id) {
    held = ((held << 8) | byte) & 0x1fff;
    for (bits += 8; bits >= 5; bits -= 5) out += digits[(held >> (bits - 5)) & 31];
  }
  return out;
};
const text = (column, value) => (value === null ? '' : column.choices ? column.choices[value] : String(value));

const cell = (column, row) => {
  const value = escape(text(column, row[column.at]));
  if (!column.name) return `<td data-label="${escape(column.label)}"${column.number ? ' class="num"' : ''}>${value}</td>`;
  const late = row[7] ? ' <span class="badge late">补录</span>' : '';
  const gone = row[8] ? ' <span class="badge">已撤回</span>' : '';
  return `<th scope="row" data-label="${escape(column.label)}"><a href="/r/${register}/${idText(row[0])}">${value}</a>${late}${gone}</th>`;
};
const line = (row) => `<tr${row[8] ? ' class="gone"' : ''}>${columns.map((column) => cell(column, row)).join('')}</tr>\n`;

const app = express();
app.disable('etag');
app.disable('x-powered-by');
app.get('/r/:register', (request, response) => {
  response.type('html').send(`${head}${list.all().slice(0, shown).map(line).join('')}${foot}`);
});
app.get('/healthz', (request, response) => response.send('ok'));
app.listen(Number(port), '127.0.0.1', () => console.log(`listening ${port}`));
