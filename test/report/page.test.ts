import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium, type Browser, type Page } from 'playwright-core';
import { headline } from '../../src/report/headline.ts';
import { renderPage } from '../../src/report/render.ts';
import { readTemplate } from '../../src/system/templates.ts';
import { everySampleDrill, sampleDrills as sample } from '../fixtures/records.ts';
import { faintTexts, fillCount, headingLevels, stickingOut, styleOf } from './in-page.ts';
import { CODE, everyHandPage } from './by-hand-page.ts';
import { readable, samplePage } from './sample-page.ts';

const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
let browser: Browser;
/** One for all: each further one is a process of its own, which takes two seconds of processor time. */
let page: Page;
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', ...quiet],
  });
  page = await browser.newPage();
});
afterAll(() => browser.close());

/** Shows it. Messages, errors and requests, all that a quiet page does not make, come into the list. */
async function open(html: string, how: { width?: number; dark?: boolean } = {}): Promise<readonly string[]> {
  page.removeAllListeners();
  await page.goto('about:blank');
  await page.setViewportSize({ width: how.width ?? 1280, height: 900 });
  await page.emulateMedia({ media: 'screen', colorScheme: how.dark === true ? 'dark' : 'light' });
  const noise: string[] = [];
  page.on('console', message => noise.push(`console: ${message.text()}`));
  page.on('pageerror', error => noise.push(`error: ${error.message}`));
  page.on('request', request => noise.push(`request: ${request.url()}`));
  await page.setContent(html, { waitUntil: 'load' });
  return noise;
}

describe.each(everySampleDrill)('the page of the drill "%s"', (_, record) => {
  test('fits a phone, a tablet and a desktop without scrolling sideways', async () => {
    await open(await samplePage(record));
    const over: Record<number, readonly string[]> = {};

    for (const width of [360, 768, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      over[width] = await stickingOut(page);
    }

    expect(over).toEqual({ 360: [], 768: [], 1280: [] });
  });

  test('is quiet, and shows verdict, figures with basis, and what was not tested', async () => {
    const noise = await open(await samplePage(record));
    const headings = await headingLevels(page);
    const tags = await page.locator('.figure .basis b').allInnerTexts();
    const verdict = readable(await page.locator('h1').innerText());

    expect(noise).toEqual([]);
    expect(headings.filter(level => level === 1)).toHaveLength(1);
    expect(headings.every((level, at) => at === 0 || level <= (headings[at - 1] ?? 0) + 1)).toBe(true);
    expect(verdict).toContain(headline(record).statement);
    expect(tags.length).toBeGreaterThanOrEqual(2);
    expect(tags.every(tag => /^(?:Measured|Derived|Declared|Estimated|Not tested)\.$/.test(tag))).toBe(true);
    expect(await page.locator('#not-tested li').count()).toBeGreaterThanOrEqual(record.limitations.length);
  });
});

test('what the other tests look for would be found', async () => {
  const noise = await open('<p style="color:#999">faint</p><div style="width:2000px">wide</div><img src="http://127.0.0.1:9/x">');

  const found = [await faintTexts(page), await stickingOut(page), noise];

  expect(found.map(list => list.length > 0)).toEqual([true, true, true]);
});

test.each([false, true])('text can be read, dark %s', async dark => {
  const samples = [sample.passed, sample.tooOld, sample.failedRows, sample.inconclusive];
  const tooFaint: string[] = [];

  for (const record of samples) {
    await open(await samplePage(record), { dark });
    tooFaint.push(...(await faintTexts(page)));
  }

  expect(tooFaint).toEqual([]);
});

test('what marks a figure is no colour alone', async () => {
  await open(await samplePage(sample.tooLateAndOld));
  const bar = page.locator('svg.bar').first();

  const title = await bar.locator('title').textContent();
  const fills = await fillCount(page, '.figure:first-of-type svg.bar .segment');

  expect(readable(title ?? '')).toContain('Missed: 1 h 33 min 22 s later than the 4 h objective.');
  expect(await bar.locator('text').textContent()).toContain('objective');
  expect(fills).toBe(4);
});

test('the page has landmarks, a language, and tables that say what their columns are', async () => {
  await open(await samplePage(sample.passed), { width: 360 });

  const counts = await Promise.all(['header', 'main', 'footer', 'html[lang=en]'].map(one => page.locator(one).count()));
  const headers = await page.getByRole('columnheader').allInnerTexts();
  const cells = await page.getByRole('cell').count();

  expect(counts).toEqual([1, 1, 1, 1]);
  expect(headers).toEqual(expect.arrayContaining(['Phase', 'Took', 'Finding', 'Outcome']));
  expect(cells).toBeGreaterThan(20);
});

test('markup in names is shown as text', async () => {
  await open(await samplePage(sample.ugly));

  const scripts = await page.locator('script').count();
  const text = await page.locator('.bad').innerText();

  expect(scripts).toBe(0);
  expect(text).toContain('<script>alert("x")</script>');
});

test.each(['A4', 'Letter'])('on paper of the format %s nothing is cut off', async format => {
  await open(await samplePage(sample.passed), { dark: true });
  // The width between the margins of the page: A4 is the narrower of the two.
  await page.setViewportSize({ width: format === 'A4' ? 680 : 702, height: 1000 });
  await page.emulateMedia({ media: 'print' });

  const pdf = await page.pdf({ format, printBackground: false });
  const over = await stickingOut(page);
  const digest = await styleOf(page, 'dd[title]', { name: 'content', part: '::after' });

  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  expect(over).toEqual([]);
  expect(digest).not.toBe('none');
});

describe('the printed runbook', () => {
  const shown = async (): Promise<readonly string[]> => {
    const template = await readTemplate('page/runbook');
    return everyHandPage().map(view => renderPage(template, view));
  };

  test('fits a phone and a desktop, is quiet, and all of it can be read in light and dark', async () => {
    for (const html of await shown())
      for (const how of [{ width: 390 }, { width: 1280, dark: true }]) {
        expect(await open(html, how)).toEqual([]);
        expect([await stickingOut(page), await faintTexts(page)]).toEqual([[], []]);
      }
  });

  test('commands are copied as they are typed, and a word is broken only if it is longer than a line', async () => {
    const [html = ''] = await shown();
    await open(html, { width: 1280 });

    expect(await page.locator('.step pre').first().innerText()).toBe(CODE);
    const broken = await page.evaluate<string[]>(
      `[...document.querySelectorAll('pre i')].filter(one => one.getClientRects().length > 1 || one.offsetHeight > 30).map(one => one.textContent.slice(0, 20))`,
    );
    expect(new Set(broken)).toEqual(new Set(['with-hyphens-in-it/a']));
  });
});
