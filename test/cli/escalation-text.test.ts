import { describe, expect, test } from 'vitest';
import { matterText, mattersText, REFUSED } from '../../src/cli/escalation-text.ts';
import type { Matter } from '../../src/escalation/matter.ts';
import type { Delivery } from '../../src/store/state/deliveries.ts';
import { play, seen } from '../escalation/examples.ts';

const OPENED = '2026-11-22T09:12:00.000Z';
const terms = { terminal: { colour: false, columns: 100, unicode: true }, now: '2026-11-22T11:12:00.000Z' };

function matterOf(...[condition, more]: [Parameters<typeof seen>[0], Parameters<typeof seen>[2]?]): Matter {
  return { ...play([seen(condition, OPENED, more)], OPENED).matter, id: `e-${condition}` };
}

function sent(changes: Partial<Delivery> = {}): Delivery {
  return {
    ...{ client: 'lakeside', id: 'e-1.1', escalation: 'e-1', tier: 'L1', contact: 'on-call', channel: 'mail', attempt: 1 },
    ...{ state: 'accepted', dueAt: OPENED, message: { kind: 'opened' }, error: null, madeAt: OPENED },
    ...changes,
  };
}

describe('the list', () => {
  test('has one line for each matter, and says since when it is open or for how long it was', () => {
    const over = { ...matterOf('drill-failed'), state: 'resolved', resolvedAt: '2026-11-22T09:42:00.000Z' } as const;

    const text = mattersText([matterOf('backup-failing'), over], terms);

    expect(text).toBe(
      [
        'escalation            system        what            state     for',
        'e-backup-failing  P2  lakeside-ehr  backup-failing  open      2 h',
        'e-drill-failed    P2  lakeside-ehr  drill-failed    resolved  30 min (over)',
        '',
      ].join('\n'),
    );
  });

  test('says so if nothing is open', () => {
    expect(mattersText([], terms)).toBe('Nothing is open.\n');
  });

  test('shows a hostile name without what a terminal would obey', () => {
    const text = mattersText([matterOf('worker-silent', { system: 'rack\u001B[2J\u0007', plan: null })], terms);

    expect(text.split('\n')[1]).toMatch(/^e-worker-silent {2}P2 {2}rack/);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('one matter', () => {
  test('shows what it is, its times, what it waits for and whom it reached', () => {
    const matter = matterOf('drill-failed', { codes: ['restore.truncated'], drill: 'd-7', because: 12 });
    const refused = sent({ contact: 'it-director', channel: 'page', state: 'failed', error: 'http-500' });

    const text = matterText(matter, [sent(), refused], { ...terms, only: null });

    expect(text).toBe(
      [
        'P2  e-drill-failed',
        '  what       drill-failed (restore.truncated)',
        '  system     lakeside-ehr',
        '  state      open',
        '  opened     2026-11-22T09:12:00.000Z',
        '  seen       once',
        '  answer by  2026-11-22T09:42:00.000Z',
        '  solve by   2026-11-22T17:12:00.000Z',
        '  drill      d-7',
        '  ledger     entry 12',
        '',
        'e-drill-failed waits for a passed drill of the plan',
        '',
        'sent',
        `  ${OPENED}  L1        on-call            mail         opened: accepted`,
        `  ${OPENED}  L1        it-director        page         opened: failed (http-500)`,
        '',
      ].join('\n'),
    );
  });

  test('says who answered and when', () => {
    const taken = { ...matterOf('drill-failed'), acknowledgedAt: '2026-11-22T09:20:00.000Z', acknowledgedBy: 'it-director' };

    expect(matterText(taken, [], { ...terms, only: null })).toContain('answered   2026-11-22T09:20:00.000Z by it-director');
  });

  test('tells of the evidence alone, if that was asked', () => {
    const over = { ...matterOf('drill-failed'), resolvedAt: OPENED };

    expect(matterText(matterOf('integrity-suspect'), [sent()], { ...terms, only: 'proof' })).toBe(
      'e-integrity-suspect waits for the release by a security contact and a passed drill of the plan\n',
    );
    expect(matterText(over, [], { ...terms, only: 'proof' })).toBe(`e-drill-failed was resolved at ${OPENED}\n`);
  });

  test('counts proofs where several in a row are needed', () => {
    const flapping = { ...matterOf('drill-failed'), proofsNeeded: 3, proofs: { 'drill-passed/': { count: 2, seq: 9 } } };

    expect(matterText(flapping, [], { ...terms, only: 'proof' })).toContain('2 of 3 in a row so far');
  });

  test('says that nothing was sent so far', () => {
    expect(matterText(matterOf('drill-failed'), [], { ...terms, only: null })).toContain('sent\n  nothing so far');
  });
});

test('every refusal is a sentence for the person who was refused', () => {
  expect(Object.values(REFUSED).filter(text => !/^[a-z].{15,}[^.]$/.test(text))).toEqual([]);
});
