import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { meaningOf } from '../../src/escalation/condition-meaning.ts';
import { messageView } from '../../src/escalation/message-view.ts';
import { renderMessage } from '../../src/escalation/render-message.ts';
import { bothTimes, webAddress } from '../../src/escalation/wording.ts';
import { CONDITIONS } from '../../src/plan/words.ts';
import { readTemplateText } from '../../src/system/template-texts.ts';
import { CHECKOUT } from '../fixtures/sources.ts';
import { CONTENT, EVERY_KIND, messageOf, TOKEN } from '../fixtures/messages.ts';

const template = readTemplateText();
const textOf = async (...given: Parameters<typeof messageOf>): Promise<string> =>
  renderMessage(await template('message/mail-text'), messageView(messageOf(...given)), 'text');

test('says what is wrong, since when, what it means, what to do, how to answer, and where it stands in the ledger', async () => {
  expect(await textOf()).toBe(`P2 Lakeside EHR: drill failed

What is wrong
Drill of Lakeside EHR failed: fewer rows than the source had (public.encounter)
Finding: inventory.rows-fewer-than-source

Since when
8 November 2026, 03:12 in America/Chicago (09:12 UTC).

What it means for the contract
The newest backup did not come back whole. A loss now may not be undone in full.
Promised: back in use within 4 h, losing at most 1 h of work. Neither could be measured.
Somebody must be working on it by 03:42 in America/Chicago (09:42 UTC).
It must be put right by 11:12 in America/Chicago (17:12 UTC).

What to do
Follow the page runbooks/response/inventory.rows-fewer-than-source.md
If people cannot work, the downtime procedure is: binder 3, tab "EHR downtime"

How to answer
Open this page and press "I am working on it":
https://resurgam.example/escalations/e-0001/answer?token=${TOKEN}
Opening the link does nothing by itself. A reply to this mail is not an answer.

The whole matter: https://resurgam.example/escalations/e-0001

Resurgam for lakeside: e-0001, tier L1, drill d-0004, ledger entry 18
`);
});

test('asks nobody to answer what is over, taken or only told', async () => {
  for (const kind of ['acknowledged', 'resolved', 'executive'] as const) expect(await textOf({ kind })).not.toContain(TOKEN);
});

test('gives figures only where there are some', async () => {
  expect(await textOf({}, { recoveryTimeMs: 5_000_000 })).toContain(
    'Last seen: recovery took 1 h 23 min 20 s, the age of the data is not known.',
  );
  expect(await textOf({}, { ledgerSeq: null, url: null, runbook: null, respondBy: null, resolveBy: null })).not.toMatch(
    /null|undefined|NaN/,
  );
});

describe('a notice for leadership', () => {
  const long = 'a long name, '.repeat(40);

  test('has no technical code, and says when the next word comes', async () => {
    const text = await textOf({ kind: 'executive' });

    expect(text).not.toContain('inventory.');
    expect(text).not.toContain('runbooks/');
    expect(text).toContain('Downtime procedure: binder 3, tab "EHR downtime"');
    expect(text).toContain('Next word: 07:12 in America/Chicago (13:12 UTC).');
  });

  test.each(CONDITIONS)('stays within 600 characters, whatever plans say (%s)', async condition => {
    const content = { condition, state: 'stabilized', system: long, summary: long, downtimeProcedure: long, recoveryTimeMs: 86_399_000 };

    const text = await textOf({ kind: 'executive', timeZone: 'America/Argentina/Buenos_Aires' }, { ...content, ledgerSeq: 1_000_000 });

    expect(text.trim().length).toBeLessThanOrEqual(600);
    expect(text).toContain(meaningOf(condition));
  });
});

test('every condition has its meaning', () => {
  const short = ['failed', 'inconclusive'];

  const without = CONDITIONS.filter(condition => !short.includes(condition) && meaningOf(condition) === meaningOf('no such condition'));

  expect(without).toEqual([]);
});

test('every template renders every kind of message, escaped where it is HTML', async () => {
  const names = readdirSync(`${CHECKOUT}templates/message`).map(name => basename(name, '.hbs'));
  const hostile = '<img src=x onerror=alert(1)>\r\nBcc: all@evil.example';

  for (const name of names) {
    for (const kind of EVERY_KIND) {
      const content = { ...CONTENT, system: hostile, summary: hostile, downtimeProcedure: hostile, codes: [hostile], affects: [hostile] };
      const view = { ...messageView(messageOf({ kind }, content)), strong: '*' };
      const text = renderMessage(await template(`message/${name}`), view, name.endsWith('html') ? 'html' : 'text');

      expect(text.length).toBeGreaterThan(20);
      expect(text).not.toMatch(/^Bcc:/m);
      if (name.endsWith('html')) expect(text).not.toContain('<img');
    }
  }
  expect(names.sort()).toEqual(['chat', 'mail-html', 'mail-text', 'subject']);
});

test('HTML mail fetches nothing and runs nothing', async () => {
  const html = await template('message/mail-html');

  expect(html).not.toMatch(/<(?:img|script|link|style|iframe|form)\b|url\(|@import|\bon[a-z]+=|src=/i);
});

test('a template that wants raw output is refused', () => {
  expect(() => renderMessage('{{{title}}}', { title: 'x' }, 'html')).toThrow('raw output');
  expect(() => renderMessage('{{& title}}', { title: 'x' }, 'html')).toThrow('raw output');
  expect(() => renderMessage('{{nothing}}', {}, 'text')).toThrow('nothing');
});

test('a link is to the web or it is none', () => {
  expect(webAddress('https://resurgam.example/e?a=1')).toBe('https://resurgam.example/e?a=1');
  expect(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', '/relative', '', null].map(webAddress)).toEqual([
    '',
    '',
    '',
    '',
    '',
    '',
  ]);
});

test.each([
  ['America/Chicago', '2026-11-08T09:12:49.000Z', '8 November 2026, 03:12 in America/Chicago (09:12 UTC)'],
  ['America/Chicago', '2026-11-09T01:00:00.000Z', '8 November 2026, 19:00 in America/Chicago (9 November 2026, 01:00 UTC)'],
  ['America/Chicago', '2026-11-01T05:30:00.000Z', '1 November 2026, 00:30 in America/Chicago (05:30 UTC)'],
  ['UTC', '2026-11-08T09:12:49.000Z', '8 November 2026, 09:12 UTC'],
  ['Mars/Olympus', '2026-11-08T00:00:00.000Z', '8 November 2026, 00:00 UTC'],
])('says times in %s and in UTC', (timeZone, iso, words) => {
  expect(bothTimes(iso, timeZone)).toBe(words);
});
