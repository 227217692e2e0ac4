// newcomer.test.mjs - the newcomer's walk: a college's year, one more inspection and finding, and the report that proves itself.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkPage, day, openWindow, signIn, signOut, startBrowser, startInstance } from './instance.mjs';

let instance, browser, officer, leader;
let finding, issued; // addresses found on the way
const pictures = process.env.PICTURES; // a folder for the README's pictures; without it none are taken

async function picture(page, name) {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.screenshot({ path: join(pictures, name) });
}

before(async () => {
  instance = await startInstance();
  browser = await startBrowser();
  officer = await openWindow(browser, instance);
  leader = await openWindow(browser, instance);
});
after(async () => {
  await browser?.close();
  await instance?.stop();
});

/** How many records a register's tile on the first page tells. */
async function tile(page, register) {
  const text = await page.locator(`.tiles li:has(a.name[href="/r/${register}"]) .count`).innerText();
  return Number(/\d+/.exec(text)[0]);
}

test('the printed address leads to the sign-in page, which names the demonstration accounts', async () => {
  const { page } = officer;
  await page.goto('/');
  await page.waitForURL(/\/signin/);
  assert.ok(await page.getByText('linxiao').count());
  await checkPage(officer, 'sign-in');
});

test('a wrong password is told beside the form, which keeps the name', async () => {
  const { page } = officer;
  officer.expect('403');
  await page.locator('#login').fill('linxiao');
  await page.locator('#password').fill('not-the-password');
  await page.keyboard.press('Enter');
  await page.locator('[role=alert]').waitFor();
  assert.equal(await page.locator('#login').inputValue(), 'linxiao');
  assert.equal(await page.locator('#password').inputValue(), '');
  await checkPage(officer, 'sign-in refused');
  officer.expect();
});

test('the safety officer sees the registers of 2018 and 2019 with their numbers on the first page', async () => {
  const { page } = officer;
  await signIn(officer, 'linxiao');
  assert.equal(new URL(page.url()).pathname, '/');
  assert.equal(await tile(page, 'inspection'), 4 + 5);
  assert.equal(await tile(page, 'finding'), 7 + 9);
  assert.equal(await tile(page, 'activity'), 9 + 14);
  await checkPage(officer, 'first page');
  await page.locator('a.name[href="/r/inspection"]').click();
  await checkPage(officer, 'inspections');
  await page.goto('/r/finding?w-found-from=2019-01-01&w-found-to=2019-12-31');
  assert.equal(await page.locator('tbody tr').count(), 9);
  await checkPage(officer, 'findings of 2019');
});

test('one more inspection is recorded', async () => {
  const { page } = officer;
  await page.goto('/r/inspection');
  await page.locator('a[href="/r/inspection/new"]').first().click();
  await checkPage(officer, 'new inspection');
  await page.locator('#f-number').fill('JC-NEW-1');
  await page.locator('#f-date').fill(day());
  await page.locator('#f-kind').selectOption('fire');
  await page.locator('#f-place').fill('图书馆');
  await page.locator('#f-leader').fill('演示·林晓');
  await page.locator('#f-inspectors').fill('3');
  await page.locator('#f-content').fill('消防通道、灭火器和应急照明。');
  await page.locator('form[action="/r/inspection/new"] button').click();
  await page.waitForURL(/\/r\/inspection\/[0-9a-z]{26}$/i);
  assert.match(await page.locator('main').innerText(), /已保存/);
  await checkPage(officer, 'inspection');
});

test('its finding is recorded; an error keeps what was typed', async () => {
  const { page } = officer;
  await page.goto('/r/finding/new');
  await page.locator('#f-number').fill('WT-NEW-1');
  await page.locator('#f-found').fill(day());
  await page.locator('#f-summary').fill('图书馆二层灭火器压力不足');
  await page.locator('#f-grade').selectOption('ordinary');
  await page.locator('#f-inspection').fill('JC-NEW-1');
  await page.locator('#f-owner').fill('演示·没有此人');
  await page.locator('#f-due').fill(day(14));
  officer.expect('422');
  await page.locator('form[action="/r/finding/new"] button').click();
  await page.locator('[role=alert]').waitFor();
  assert.equal(await page.locator('#f-summary').inputValue(), '图书馆二层灭火器压力不足');
  assert.equal(await page.locator('#f-owner').getAttribute('aria-invalid'), 'true');
  await checkPage(officer, 'finding with an error');
  officer.expect();
  await page.locator('#f-owner').fill('演示·周松');
  await page.locator('form[action="/r/finding/new"] button').click();
  await page.waitForURL(/\/r\/finding\/[0-9a-z]{26}$/i);
  finding = new URL(page.url()).pathname;
  await checkPage(officer, 'finding');
  await page.locator('a[href$="/edit"]').click();
  await checkPage(officer, 'edit finding');
  await page.goto('/');
  assert.equal(await tile(page, 'finding'), 17);
  await page.goto('/r/inspection');
  assert.match(await page.locator('.total').innerText(), /10/);
});

test('the officer submits the finding and cannot pass it; the leader closes it', async () => {
  const { page } = officer;
  await page.goto(finding);
  await page.locator('#m-submit-remedy').fill('更换灭火器两具，检查同层其余灭火器。');
  await page.locator('#m-submit-evidence').fill('验收单YS-NEW-1');
  await page.locator(`form[action="${finding}/move/submit"] button`).click();
  await page.locator('h1 .badge', { hasText: '待复核' }).waitFor();
  assert.equal(await page.locator(`form[action="${finding}/move/pass"] button`).count(), 0);
  await checkPage(officer, 'finding in review');
  await signIn(leader, 'chenyuan');
  assert.ok(await leader.page.locator('.todo').getByText('图书馆二层').count(), 'the first page lists what waits for the leader');
  await checkPage(leader, "the leader's first page");
  await leader.page.goto(finding);
  await checkPage(leader, 'finding before it is passed');
  await leader.page.locator('#m-pass-recheck').fill('到场复查，两具灭火器已更换。');
  await leader.page.locator(`form[action="${finding}/move/pass"] button`).click();
  await leader.page.locator('h1 .badge', { hasText: '已销号' }).waitFor();
  await checkPage(leader, 'finding closed');
});

test('the pages of inspections and hazards can be used by everybody', async () => {
  const { page } = officer;
  await page.goto('/inspections');
  await checkPage(officer, 'inspections due');
  await page.goto(await page.locator('a[href^="/inspect/"]').first().getAttribute('href'));
  await page.locator('input[name="i-1-result"][value=bad]').check();
  assert.ok(await page.locator('[name="i-1-note"]').isVisible(), 'an item that is not good asks what is wrong');
  assert.ok(!(await page.locator('[name="i-2-note"]').isVisible()));
  await checkPage(officer, 'a walk');
  officer.expect('422');
  await page.locator('form.walk button.main').click();
  await checkPage(officer, 'a walk that lacks answers');
  officer.expect();
  await page.goto('/hazards');
  await checkPage(officer, 'the matrix');
});

test('the leader issues the yearly report of 2019', async () => {
  const { page } = leader;
  await page.goto('/reports');
  await checkPage(leader, 'reports');
  await page.locator('#period-college-year').selectOption('2019');
  await page.locator('form[action="/reports/college-year"] button').click();
  await page.waitForURL(/\/reports\/college-year/);
  const text = await page.locator('.sheet').innerText();
  for (const part of ['发现问题9项', '解决9项', '31人', '突破400人', '近1000人次', '近50人次', '2000余页', '近千条', '6场次', '4场次']) assert.ok(text.includes(part), part);
  await checkPage(leader, 'report drafted');
  await page.locator('form[action="/reports/college-year"][method=post] button').click();
  await page.waitForURL(/\/issued\//);
  issued = new URL(page.url()).pathname;
  assert.ok((await page.locator('.sheet').innerText()).includes('发现问题9项'));
  await checkPage(leader, 'report issued');
});

test('it is downloaded as DOCX, PDF and web page, which stay the same', async () => {
  const { page } = leader;
  const begins = { pdf: '%PDF-', docx: 'PK\x03\x04', html: '<!' };
  for (const [format, begin] of Object.entries(begins)) {
    const bytes = [];
    for (let n = 0; n < 2; n++) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`a[href="${issued}/${format}"]`).click()]);
      assert.ok(download.suggestedFilename().endsWith(`.${format}`), download.suggestedFilename());
      bytes.push(readFileSync(await download.path()));
    }
    assert.equal(bytes[0].subarray(0, begin.length).toString('latin1').toLowerCase(), begin.toLowerCase(), format);
    assert.ok(bytes[0].length > 2000 && bytes[0].equals(bytes[1]), `${format}: ${bytes[0].length} bytes`);
  }
});

test('a figure opens exactly the records it was counted from', async () => {
  const { page } = leader;
  await page.goto(issued);
  const link = page.locator('.sheet a').filter({ hasText: /^9$/ }).first();
  assert.ok(await page.locator('.sheet a').count() > 10, 'figures in the text are links');
  await link.click();
  const href = new URL(page.url());
  assert.ok(href.pathname.startsWith(issued), href.pathname);
  if (href.hash) await page.locator(`${href.hash} a`).first().click(); // by way of the table of figures
  await page.waitForURL(/\/figure\//);
  assert.equal(await page.locator('.figure strong').innerText(), '9');
  assert.equal(await page.locator('tbody tr').count(), 9);
  assert.equal(await page.locator('tbody tr').filter({ hasText: 'WT2019-' }).count(), 9);
  assert.equal(await page.locator('tbody tr').filter({ hasText: 'WT-NEW-1' }).count(), 0);
  await checkPage(leader, 'figure');
  await page.locator('tbody tr a').first().click();
  await page.waitForURL(/\/r\/finding\//);
  await checkPage(leader, 'a record of the figure');
  await page.goto(issued);
  const figures = await page.locator('section table tbody tr th a').evaluateAll((links) => links.map((a) => a.getAttribute('href')));
  for (const at of figures) {
    await page.goto(at);
    assert.match(await page.locator('.total').innerText(), /\d/, at);
  }
});

test('a record of 2019 entered late shows on the issued report as changed since; the text stays', async () => {
  const { page } = officer;
  await page.goto(issued);
  const text = await page.locator('.sheet').innerText();
  assert.match(await page.locator('main').innerText(), /没有变动/);
  await page.goto('/r/finding/new');
  await page.locator('#f-number').fill('WT2019-10');
  await page.locator('#f-found').fill('2019-12-11');
  await page.locator('#f-summary').fill('地下车库排烟口被遮挡');
  await page.locator('#f-grade').selectOption('slight');
  await page.locator('#f-owner').fill('演示·周松');
  officer.expect('422');
  await page.locator('form[action="/r/finding/new"] button').click();
  await page.locator('[role=alert]').waitFor();
  officer.expect();
  await page.locator('#reason').fill('核对纸质记录时发现漏记');
  await page.locator('form[action="/r/finding/new"] button').click();
  await page.waitForURL(/\/r\/finding\/[0-9a-z]{26}$/i);
  assert.match(await page.locator('main').innerText(), /补录/);
  await checkPage(officer, 'a late record');
  await page.goto(issued);
  assert.match(await page.locator('section.warn').innerText(), /签发时 9，现在 10/);
  assert.equal(await page.locator('.sheet').innerText(), text);
  await checkPage(officer, 'report changed since');
  await picture(page, 'report-zh.png');
  await page.locator('section.warn a').first().click();
  assert.match(await page.locator('main').innerText(), /10/);
  await checkPage(officer, 'figure changed since');
  await page.goto('/reports');
  await checkPage(officer, 'reports with a changed one');
});

test('the remaining pages', async () => {
  const { page } = officer;
  for (const path of ['/r', '/help', '/password', '/r/activity', '/r/headcount?as_of=2018-12-31', '/r/finding?filter=state+%3D+closed&withdrawn=1', '/r/finding?q=nothing-at-all', '/r/finding?all=1&groups=3&w-grade=grave&w-2-state=closed',
    '/r/duty', '/r/talk', '/r/finding/import']) {
    await page.goto(path);
    await checkPage(officer, path);
  }
  for (const [path, status] of [['/nothing', '404'], ['/r/grant', '404'], ['/r/finding?filter=x', '422']]) {
    officer.expect(status);
    await page.goto(path);
    await checkPage(officer, path);
  }
  officer.expect();
});

test('a term is computed, recorded, and stands on today\'s page with its warning, which is put away', async () => {
  const { page } = officer;
  await page.goto('/terms?rule=pros.review');
  await page.locator('#from').fill('2024-01-10');
  await page.locator('main .form button').click();
  assert.match(await page.locator('.due').innerText(), /2024-02-18/);
  await page.locator('.due summary').click();
  await checkPage(officer, 'a term computed');
  await page.goto('/r/clock/new');
  await page.locator('#f-subject').fill('消防栓整改');
  await page.locator('#f-rule').fill('rectification');
  await page.locator('#f-started').fill(day());
  await page.locator('#f-length').fill('2d');
  await page.locator('#f-owner').fill('演示·林晓');
  await page.getByRole('button', { name: '保存' }).click();
  await page.waitForURL(/\/r\/clock\/[0-9a-z]{26}/);
  assert.match(await page.locator('.due').innerText(), new RegExp(day(2)));
  const clock = new URL(page.url()).pathname;
  await checkPage(officer, 'a clock');
  await page.getByRole('link', { name: '登记变动' }).click();
  assert.equal(await page.locator('#f-clock').inputValue(), clock.split('/').pop());
  await checkPage(officer, 'an event of a clock');
  for (let i = 0; i < 20; i++) {
    await page.goto('/today');
    if (await page.locator('.note .todo').count()) break;
    await page.waitForTimeout(250);
  }
  assert.match(await page.locator('.note .todo').innerText(), /消防栓整改/);
  await checkPage(officer, 'today');
  await page.locator('.note .todo').getByRole('button', { name: '知道了' }).first().click();
  await page.waitForURL(/\/today$/);
  assert.equal(await page.locator('.note .todo').count(), 0);
  await page.goto('/wall');
  await checkPage(officer, 'the wall');
  await checkWall(page);
});

/** On a wide screen each letter is at least a fiftieth of its width high, which is 25 mm on one of 1.2 m: legible from five metres. Nothing is cut off. */
async function checkWall(page) {
  const was = page.viewportSize();
  for (const [width, height] of [[1920, 1080], [3840, 2160]]) {
    await page.setViewportSize({ width, height });
    const { small, seen, cut } = await page.evaluate(() => {
      const texts = [...document.querySelectorAll('.wall *')].filter((e) => [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim()));
      const small = texts.filter((e) => parseFloat(getComputedStyle(e).fontSize) < innerWidth / 50).map((e) => `${e.outerHTML.slice(0, 80)}: ${getComputedStyle(e).fontSize}`);
      return { small, seen: texts.length, cut: [...document.querySelectorAll('.wall .scroll')].some((e) => e.scrollWidth > e.clientWidth) };
    });
    assert.ok(seen > 6, 'the wall shows nothing');
    assert.deepEqual(small, [], `letters too small at ${width} px`);
    assert.ok(!cut, `the table is cut off at ${width} px`);
  }
  await page.setViewportSize(was);
}

test('an import with errors, and one without', async () => {
  const { page } = officer;
  const head = '问题编号,发现日期,问题描述,等级,责任人\r\n';
  const file = (text) => ({ name: '整改.csv', mimeType: 'text/csv', buffer: Buffer.from(head + text) });
  await page.goto('/r/finding/import');
  await page.locator('#file').setInputFiles(file(`WT-I-1,2026-02-30,一处,一般,演示·周松\r\nWT-I-2,${day()},两处,一般,没有此人\r\n`));
  officer.expect('422');
  await page.locator('form:has(#file) button').click();
  await page.locator('[role=alert]').waitFor();
  assert.equal(await page.locator('section tbody').first().locator('tr').count(), 2);
  await checkPage(officer, 'import with errors');
  officer.expect();
  await page.locator('#file').setInputFiles(file(`WT-I-1,${day()},一处,一般,演示·周松\r\n`));
  await page.locator('form:has(#file) button').click();
  await page.getByRole('button', { name: /确认导入/ }).waitFor();
  await checkPage(officer, 'import tried');
  await page.getByRole('button', { name: /确认导入/ }).click();
  await page.waitForURL(/\/r\/finding$/);
  assert.ok(await page.getByText('WT-I-1').count());
});

test("a superior's Word form: a blank and a list are told what goes in by clicking, then it is filled and fetched", async () => {
  const { page } = officer;
  const blank = (name) => page.locator('a').filter({ has: page.getByText(name, { exact: true }) });
  await page.goto('/forms');
  await page.getByRole('link', { name: '上传空白表' }).click();
  await page.locator('#f-name').fill('安全季报');
  await page.locator('#f-received').fill(day());
  await page.locator('#f-file').setInputFiles(new URL('../document/files/form.docx', import.meta.url).pathname);
  await page.getByRole('button', { name: '保存' }).click();
  await page.waitForURL(/\/r\/form\/[0-9a-z]{26}$/);
  await page.goto(new URL(page.url()).pathname.replace('/r/form/', '/forms/'));
  await checkPage(officer, 'a form');
  for (const [name, what] of [['正文1!B3', 'inspection.count'], ['表格1!D2!B1', 'inspection.inspectors']]) {
    await blank(name).click();
    await page.locator('#what').selectOption(what);
    await checkPage(officer, `what goes into ${name}`);
    await page.locator('form:has(#what) button').click();
    await page.getByText('已保存').waitFor();
  }
  await blank('正文1!F2').click();
  await page.locator('#fact').selectOption('today_month');
  await page.locator('form:has(#fact) button').click();
  await page.getByText('已保存').waitFor();
  await blank('表格2!A2').click();
  await page.locator('#register').selectOption('inspection');
  await page.getByRole('button', { name: '选各列的栏目' }).click();
  assert.equal(await page.locator('#c-D').inputValue(), 'place', 'a column is known by its heading');
  await checkPage(officer, 'what goes into a list');
  await page.getByRole('button', { name: '保存名单' }).click();
  await page.getByText('已保存').waitFor();
  await page.locator('#period').fill('2019');
  await page.getByRole('button', { name: '填表' }).click();
  await page.waitForURL(/\/fill/);
  assert.match(await page.locator('main').innerText(), /共检查_5__次[^]*名单|名单[^]*共检查_5__次/);
  await checkPage(officer, 'a form filled');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: '下载填好的表' }).click()]);
  assert.equal(download.suggestedFilename(), '安全季报 2019年.docx');
  await page.goto('/forms');
  await checkPage(officer, 'forms');
});

test('the administrator: registers of people and rights, self-check', async () => {
  const window = await openWindow(browser, instance);
  await signIn(window, 'admin');
  for (const path of ['/', '/doctor', '/r/person', '/r/grant', '/r/role', '/r/person/new', '/r/grant/new', '/r/role/import']) {
    await window.page.goto(path);
    await checkPage(window, path);
  }
  await window.context.close();
});

/** The code that an authenticator shows for the secret (RFC 6238), so many half minutes from now. */
function oneTimeCode(secret, ahead = 0) {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replaceAll(' ', '')].map((c) => digits.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + ahead));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
}

test('the second step: set up from the account, asked for at the next sign-in, taken away by the administrator', async () => {
  const window = await openWindow(browser, instance);
  const { page } = window;
  await signIn(window, 'bailu');
  await page.locator('.who a[href="/account"]').click();
  await checkPage(window, 'account');
  await picture(page, 'account-zh.png');
  await page.locator('a[href="/second"]').click();
  await checkPage(window, 'second step, none yet');
  await page.locator('#f-password').fill(instance.password('bailu'));
  await page.locator('button[value=begin]').click();
  await page.locator('svg.qr').waitFor();
  await checkPage(window, 'second step, setting up');
  await picture(page, 'second-zh.png');
  const secret = await page.locator('code.token').innerText();
  await page.locator('#f-code').fill(oneTimeCode(secret));
  await page.locator('button[value=confirm]').click();
  await page.locator('.codes').waitFor();
  assert.equal(await page.locator('.codes li').count(), 10);
  await checkPage(window, 'recovery codes');
  await picture(page, 'codes-zh.png');
  await page.goto('/account');
  await signOut(window);
  await page.locator('#login').fill('bailu');
  await page.locator('#password').fill(instance.password('bailu'));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/signin\/code/);
  await checkPage(window, 'the code is asked for');
  window.expect('422');
  await page.locator('#code').fill('abc');
  await page.keyboard.press('Enter');
  await page.locator('[role=alert]').waitFor();
  await checkPage(window, 'a wrong code');
  window.expect();
  await page.locator('#code').fill(oneTimeCode(secret, 1));
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/');
  const admin = await openWindow(browser, instance, { lang: 'en-GB', colorScheme: 'dark' });
  await signIn(admin, 'admin');
  for (const path of ['/account', '/password', '/second', '/signins']) {
    await admin.page.goto(path);
    await checkPage(admin, path + ' in English');
  }
  await admin.page.goto('/second/people');
  const row = admin.page.locator('tr:has-text("bailu")');
  await row.locator('summary').click();
  await checkPage(admin, 'everybody\'s second step');
  await row.locator('input[name=reason]').fill('phone lost');
  await row.locator('button.bad').click();
  await admin.page.locator('[role=status]').first().waitFor();
  await admin.context.close();
  await page.goto('/');
  await signIn(window, 'bailu');
  assert.match(await page.locator('main').innerText(), /phone lost/);
  await checkPage(window, 'told of the reset');
  await window.context.close();
});

test('the same pages in English, and dark', async () => {
  const window = await openWindow(browser, instance, { lang: 'en-GB', colorScheme: 'dark' });
  await window.page.goto('/');
  await checkPage(window, 'sign-in in English');
  await signIn(window, 'linxiao');
  for (const path of ['/', '/r', '/r/inspection', '/r/finding', finding, `${finding}/edit`, '/r/finding/new', '/r/finding/import', '/today', '/today?all=1', '/terms?rule=accident.report&from=2024-01-10&time=23:30', '/wall', '/reports', '/reports/college-year?period=2019', issued, '/help', '/password']) {
    await window.page.goto(path);
    assert.equal(await window.page.locator('html').getAttribute('lang'), 'en');
    await checkPage(window, `${path} in English`);
  }
  await window.page.emulateMedia({ colorScheme: 'light' });
  await window.page.goto('/r/finding');
  await picture(window.page, 'list-en.png');
  await window.page.locator('a[hreflang=zh-CN]').click();
  await window.page.locator('html[lang="zh-CN"]').waitFor();
  assert.equal(new URL(window.page.url()).pathname, '/r/finding');
  await picture(window.page, 'list-zh.png');
  await checkPage(window, 'switched to Chinese');
  await signOut(window);
  assert.match(await window.page.locator('main').innerText(), /已退出/);
  await window.context.close();
});

test('with the keyboard alone: skip link, focus that can be seen, and the form sent by Enter', async () => {
  const window = await openWindow(browser, instance);
  const { page } = window;
  await signIn(window, 'linxiao');
  await page.goto('/r/finding');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('href')), '#main');
  assert.ok(await page.locator('.skip').evaluate((e) => e.getBoundingClientRect().top >= 0 && e.getBoundingClientRect().height > 0), 'the skip link is seen when reached');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.locator('#q').focus();
  await page.keyboard.type('防爆灯具');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=/);
  assert.equal(await page.locator('tbody tr').count(), 1);
  await window.context.close();
});
