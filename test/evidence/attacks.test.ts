import { describe, expect, test } from 'vitest';
import { checkpointOf, judgedByScript, judgedByUs, ledgerOf, newSigner, resign, saidBy, type Handed, type Said } from './forge.ts';
import { drilled, genesis, heartbeat, honest, occurrence, ORIGIN, sealAll, schedule } from './scenario.ts';

const signer = newSigner();
const stranger = newSigner();
const lines = sealAll(honest(signer), () => [signer]);
const said = lines.map(saidBy);
const checkpoint = checkpointOf(lines, signer);
const good: Handed = { ledger: ledgerOf(lines), checkpoint, keys: [signer] };
const size = lines.length;
const [START, FINISH, SKIP, FAILED_START, FAILED, MISSED, NEXT_SCHEDULE] = [2, 3, 4, 5, 6, 9, 10] as const;

/** A copy with some lines changed, and the old checkpoint. */
function outsider(change: (lines: (Buffer | string)[]) => unknown): Handed {
  const changed: (Buffer | string)[] = [...lines];
  change(changed);
  return { ...good, ledger: ledgerOf(changed) };
}

/** Everything signed again after a change; with a new checkpoint unless `old`. */
function insider(change: (said: Said[]) => unknown, old = false): Handed {
  const changed: Said[] = structuredClone<Said[]>(said);
  change(changed);
  const forged = resign(changed, signer);
  return { ...good, ledger: ledgerOf(forged), checkpoint: old ? checkpoint : checkpointOf(forged, signer) };
}

function edit(index: number, change: (text: string) => string): (lines: (Buffer | string)[]) => void {
  return all => {
    all[index] = change(String(all[index]));
  };
}

/** The payload of a line changed, its signature left. */
function editPayload(change: (text: string) => string): (line: string) => string {
  return line => {
    const envelope = JSON.parse(line) as { payload: string };
    const payload = Buffer.from(change(Buffer.from(envelope.payload, 'base64').toString())).toString('base64');
    return line.replace(envelope.payload, payload);
  };
}

function signatureOf(line: Buffer | string): string {
  return /"sig":"([^"]+)"/.exec(String(line))?.[1] ?? '';
}

/** The old key signs once more after it was replaced. */
function rotated(after: 'old' | 'new'): Handed {
  const fields = { keyid: stranger.keyid, algorithm: 'ed25519', publicKey: stranger.pem, role: 'machine', replaces: signer.keyid } as const;
  const announced = { now: '2026-10-31T00:00:00.000Z', entry: { type: 'key', actor: { kind: 'system', id: 'resurgam' }, fields } } as const;
  const entries = [genesis(signer), announced, heartbeat('2026-11-01T00:00:00.000Z')];
  const signed = sealAll(entries, (type, seq) =>
    type === 'key' ? [signer, stranger] : seq === 0 || after === 'old' ? [signer] : [stranger],
  );
  return { ledger: ledgerOf(signed), checkpoint: checkpointOf(signed, stranger), keys: [signer, stranger] };
}

const cut = lines.slice(0, 5);
const otherClient = sealAll([genesis(signer)], () => [signer]);
const elsewhere = resign(
  said.map(one => ({ ...one, subject: [{ name: 'ledger:resurgam.example/other', digest: { sha256: '' } }] })),
  signer,
);

const ALTERED: readonly (readonly [string, string, Handed])[] = [
  [
    '1 verdict edited',
    `BAD SIGNATURE at ${FAILED}`,
    outsider(
      edit(
        FAILED,
        editPayload(text => text.replace('"failed"', '"passed"')),
      ),
    ),
  ],
  ['2 failed drill deleted', `CHAIN BREAK at ${FAILED_START}`, outsider(all => all.splice(FAILED_START, 2))],
  ['3 lines swapped', `CHAIN BREAK at ${SKIP}`, outsider(all => all.splice(SKIP, 2, lines[SKIP + 1] ?? '', lines[SKIP] ?? ''))],
  ['4 line repeated', `CHAIN BREAK at ${SKIP + 1}`, outsider(all => all.splice(SKIP, 0, lines[SKIP] ?? ''))],
  ['5 tail cut off', `TRUNCATED: 5 entries, checkpoint says ${size}`, { ...good, ledger: ledgerOf(cut) }],
  ['6 last line cut in the middle', 'PARTIAL LAST LINE', { ...good, ledger: good.ledger.subarray(0, -200) }],
  ['6 last newline cut', 'PARTIAL LAST LINE', { ...good, ledger: good.ledger.subarray(0, -1) }],
  ['6 file empty', 'PARTIAL LAST LINE', { ...good, ledger: Buffer.alloc(0) }],
  ['6 cut and edited before', 'PARTIAL LAST LINE', { ...good, ledger: Buffer.concat([Buffer.from('{}\n'), good.ledger.subarray(0, -1)]) }],
  ['7 re-formatted', 'BAD ENVELOPE at 3', outsider(edit(3, text => text.replace('":"', '": "')))],
  ['7 field added', 'BAD ENVELOPE at 3', outsider(edit(3, text => text.replace(/}$/, ',"extra":1}')))],
  ['7 CRLF', 'BAD ENVELOPE at 3', outsider(edit(3, text => `${text}\r`))],
  ['7 blank line', 'BAD ENVELOPE at 3', outsider(all => all.splice(3, 0, ''))],
  ['7 other payload type', 'BAD ENVELOPE at 3', outsider(edit(3, text => text.replace('in-toto+json', 'in-toto+yaml')))],
  ['7 not JSON', 'BAD ENVELOPE at 3', outsider(edit(3, text => text.slice(0, -1)))],
  ['8 signed by a stranger', 'UNKNOWN KEY at 3', outsider(all => all.splice(3, 1, resign([said[3] as Said], stranger)[0] ?? ''))],
  ['8 signature removed', 'UNKNOWN KEY at 3', outsider(edit(3, text => text.replace(/"signatures":\[.*\]/, '"signatures":[]')))],
  [
    '9 signature of another line',
    'BAD SIGNATURE at 3',
    outsider(edit(3, text => text.replace(signatureOf(text), signatureOf(lines[4] ?? '')))),
  ],
  ['10 retired key used again', 'KEY NOT IN FORCE at 2', rotated('old')],
  ['11 checkpoint size edited', 'BAD CHECKPOINT SIGNATURE', { ...good, checkpoint: checkpoint.replace(`\n${size}\n`, '\n5\n') }],
  ['11 checkpoint root edited', 'BAD CHECKPOINT SIGNATURE', { ...good, checkpoint: checkpoint.replace(/=\n\n/, 'A\n\n') }],
  ['11 checkpoint of a stranger', 'BAD CHECKPOINT SIGNATURE', { ...good, checkpoint: checkpointOf(lines, stranger) }],
  [
    '12 checkpoint of another client',
    'WRONG LEDGER at 0',
    { ...good, checkpoint: checkpointOf(otherClient, signer, 'resurgam.example/other') },
  ],
  ['12 entries of another client', 'WRONG LEDGER at 0', { ...good, ledger: ledgerOf(elsewhere) }],
  [
    '13 verdict rewritten, old checkpoint',
    'ROOT MISMATCH',
    insider(all => Object.assign((all[FAILED] as Said).predicate, { verdict: 'passed' }), true),
  ],
  [
    '14 entry backdated',
    `TIME WENT BACK at ${MISSED}`,
    insider(all => Object.assign((all[MISSED] as Said).predicate, { at: '2026-11-01T00:00:00.000Z' })),
  ],
];

/** A second end of the drill that passed. */
function secondOutcome(all: Said[]): void {
  all.splice(FINISH + 1, 0, structuredClone(all[FINISH] as Said));
}
function lateCancel(all: Said[]): void {
  Object.assign((all[NEXT_SCHEDULE] as Said).predicate, { cancels: [{ id: occurrence('2026-11-22').id, reason: 'too late' }] });
  all.splice(MISSED, 1);
}
/** The first occurrence of November goes into a schedule that is written after it. */
function lateSchedule(all: Said[]): void {
  const late = saidBy(
    sealAll([schedule('2026-11-28T11:00:00.000Z', ['2026-12-01', '2027-01-01'], ['2026-11-25'])], () => [signer])[0] as Buffer,
  );
  const skip = structuredClone(all[SKIP] as Said);
  Object.assign(skip.predicate, { occurrence: occurrence('2026-11-25').id, at: '2026-11-24T00:00:00.000Z' });
  all.splice(NEXT_SCHEDULE + 1, 0, late);
  all.splice(MISSED + 1, 0, skip);
}
function neverScheduled(all: Said[]): void {
  const extra = sealAll(drilled({ drill: 'd-0009', day: '2026-11-24', hour: '08', verdict: 'passed' }), () => [signer]).map(saidBy);
  all.splice(NEXT_SCHEDULE, 0, ...extra);
}

const INCOMPLETE: readonly (readonly [string, string, Handed])[] = [
  ['15 missed entry left out', 'missing', insider(all => all.splice(MISSED, 1))],
  ['16 second outcome', 'twice', insider(secondOutcome)],
  ['17 start dropped', 'noStart', insider(all => all.splice(START, 1))],
  [
    '18 skipped after it failed',
    'lateSkip',
    insider(all => Object.assign((all[SKIP] as Said).predicate, { at: '2026-11-09T00:00:00.000Z' })),
  ],
  ['19 overdue occurrence cancelled', 'lateCancel', insider(lateCancel)],
  ['20 scheduled afterwards', 'lateSchedule', insider(lateSchedule)],
  [
    '21 a week unscheduled',
    'gap',
    insider(all => Object.assign((all[NEXT_SCHEDULE] as Said).predicate, { from: '2026-12-08T00:00:00.000Z' })),
  ],
  ['22 occurrence never scheduled', 'unscheduled', insider(neverScheduled)],
];

describe('both verifiers', () => {
  test.each(ALTERED)('reject attack %s: %s', async (_, message, handed) => {
    const [script, ours] = [await judgedByScript(handed), await judgedByUs(handed)];

    expect(script).toEqual({ exitCode: 1, output: `${message}\n` });
    expect(ours).toEqual(script);
  });

  test.each(INCOMPLETE)('accept the lines of attack %s and report it as %s', async (_, problem, handed) => {
    const [script, ours] = [await judgedByScript(handed), await judgedByUs(handed)];

    const [first, summary, last] = script.output.trimEnd().split('\n');
    const { problems } = JSON.parse(summary ?? '') as { problems: Record<string, string[]> };
    expect([script.exitCode, first?.slice(0, 3), last]).toEqual([3, 'OK ', 'INCOMPLETE']);
    expect(Object.keys(problems).filter(name => problems[name]?.length !== 0)).toEqual([problem]);
    expect(ours).toEqual(script);
  });

  test('accept the honest ledger, and count the failed drill as failed although its retry passed (24)', async () => {
    const [script, ours] = [await judgedByScript(good), await judgedByUs(good)];

    expect(script.exitCode).toBe(0);
    expect(script.output.split('\n')[0]).toBe(`OK ${size} entries, checkpoint size ${size}, origin ${ORIGIN}`);
    expect(JSON.parse(script.output.split('\n')[1] ?? '')).toMatchObject({
      counted: { failed: 1, missed: 1, passed: 1, skipped: 1 },
      pending: 1,
    });
    expect(ours).toEqual(script);
  });

  test('cannot see that ledger and checkpoint were rolled back together, but a newer checkpoint shows it (23)', async () => {
    const rolledBack = { ...good, ledger: ledgerOf(cut), checkpoint: checkpointOf(cut, signer) };
    const withNewer = { ...rolledBack, checkpoint };

    const alone = [await judgedByScript(rolledBack), await judgedByUs(rolledBack)].map(({ output }) => output.split('\n')[0]);
    const newer = [await judgedByScript(withNewer), await judgedByUs(withNewer)].map(({ output }) => output);

    expect(alone).toEqual(Array(2).fill(`OK 5 entries, checkpoint size 5, origin ${ORIGIN}`));
    expect(newer).toEqual(Array(2).fill(`TRUNCATED: 5 entries, checkpoint says ${size}\n`));
  });

  test('accept a rotation that both keys signed', async () => {
    const [script, ours] = [await judgedByScript(rotated('new')), await judgedByUs(rotated('new'))];

    expect(script.output.split('\n')[0]).toBe(`OK 3 entries, checkpoint size 3, origin ${ORIGIN}`);
    expect(ours).toEqual(script);
  });
});
