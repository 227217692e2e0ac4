// instance.mjs - an installation with demonstration data in a folder of its own, its server, and Chromium looking at it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const build = resolve(process.env.BUILD || join(here, '../../build'));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Today in Beijing, as the program reckons, or so many days from it. */
export const day = (offset = 0) => new Date(Date.now() + 8 * 3600e3 + offset * 86400e3).toISOString().slice(0, 10);

/** Makes and serves an installation; `address` ends without a slash. */
export async function startInstance() {
  const root = mkdtempSync(join(tmpdir(), 'taizhang-browser-'));
  const data = join(root, 'data');
  const made = spawnSync(join(build, 'taizhang'), ['init', '--pack', 'college', '--demo', '--data', data], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr || String(made.error));
  const server = spawn(join(build, 'taizhang'), ['serve', '--listen', '127.0.0.1:0', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let log = '';
  server.stderr.on('data', (chunk) => { log += chunk; });
  const ended = new Promise((done) => server.on('exit', (code, signal) => done({ code, signal })));
  const address = await new Promise((found, failed) => {
    ended.then(() => failed(new Error(`the server ended at once: ${log}`)));
    server.stdout.on('data', (chunk) => {
      said += chunk;
      const at = /http:\/\/[0-9.]+:\d+/.exec(said);
      if (at) found(at[0]);
    });
  });
  const password = (login) => {
    const line = readFileSync(join(data, 'demo-signin.txt'), 'utf8').split('\n').find((l) => l.split(/\s+/)[0] === login);
    assert.ok(line, `no sign-in for ${login}`);
    return line.split(/\s+/)[1];
  };
  const stop = async () => {
    server.kill('SIGTERM');
    const end = await ended;
    rmSync(root, { recursive: true, force: true });
    assert.equal(end.code, 0, `the server ended with ${end.code} ${end.signal}: ${log.slice(-3000)}`);
  };
  return { address, data, password, stop };
}

export async function startBrowser() {
  assert.ok(browserPath, 'no Chromium; install the Debian package chromium');
  return chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}

/** A person at a browser window: collects what the console, failed requests and the content security policy complain of. */
export async function openWindow(browser, instance, { lang = 'zh-CN', width = 1280, height = 800, colorScheme = 'light' } = {}) {
  const context = await browser.newContext({ locale: lang, viewport: { width, height }, colorScheme, baseURL: instance.address, acceptDownloads: true, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const complaints = [];
  let expected = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (expected.some((word) => message.text().includes(word))) return;
    complaints.push(`${message.type()} at ${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`script error at ${page.url()}: ${error.message}`));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    if (why !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${why}`); // a download ends its navigation so
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.url()} answered ${response.status()}`);
  });
  return { context, page, complaints, expect: (...words) => { expected = words; }, instance };
}

/** Runs axe over the page as it stands; none of its rules may be broken. It is put in past the policy, which forbids scripts. */
export async function checkAccess(window, what) {
  const { page } = window;
  const client = await window.context.newCDPSession(page);
  const tree = await client.send('Page.getFrameTree');
  const { executionContextId } = await client.send('Page.createIsolatedWorld', { frameId: tree.frameTree.frame.id, worldName: 'axe' });
  const run = async (expression) => {
    const { result, exceptionDetails } = await client.send('Runtime.evaluate', { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    assert.ok(!exceptionDetails, `axe: ${exceptionDetails?.exception?.description ?? exceptionDetails?.text}`);
    return result.value;
  };
  await run(`${axeSource};0`);
  const found = await run(`axe.run(document, { resultTypes: ['violations'] }).then((r) => ({ passes: r.passes.length,
    violations: r.violations.map((v) => v.id + ' (' + v.impact + '): ' + v.help + '\\n      ' + v.nodes.slice(0, 4).map((n) => n.target.join(' ') + ' — ' + n.html.slice(0, 160)).join('\\n      ')) }))`);
  await client.detach();
  assert.ok(found.passes > 5, `${what}: axe looked at nothing`);
  assert.deepEqual(found.violations, [], `${what} ${page.url()}:\n   ${found.violations.join('\n   ')}`);
}

/** At both widths the page has no horizontal scroll; says which elements stick out. */
export async function checkWidths(window, what) {
  const { page } = window;
  const was = page.viewportSize();
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 800 });
    const { wide, out } = await page.evaluate(() => {
      const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
      const inScroll = (e) => { for (let p = e.parentElement; p; p = p.parentElement) if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(p).overflowX)) return true; return false; };
      const out = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !inScroll(e));
      return { wide, out: out.slice(0, 5).map((e) => e.outerHTML.slice(0, 140)) };
    });
    assert.ok(wide <= 0, `${what}: ${wide} px too wide at ${width} px: ${out.join('\n')}`);
  }
  await page.setViewportSize(was);
}

/** Everything that holds for every page. */
export async function checkPage(window, what) {
  await checkAccess(window, what);
  await checkWidths(window, what);
  assert.deepEqual(window.complaints, [], what);
}

export async function signIn(window, login) {
  const { page, instance } = window;
  if (!page.url().includes('/signin')) await page.goto('/signin');
  await page.locator('#login').fill(login);
  await page.locator('#password').fill(instance.password(login));
  await page.locator('form[action="/signin"] button').click();
  await page.waitForURL((url) => !url.pathname.startsWith('/signin'));
}

export async function signOut(window) {
  await window.page.locator('form[action="/signout"] button').click();
  await window.page.waitForURL(/\/signin/);
}
