import { describe, expect, test } from 'vitest';
import { keyExportText, keyRotateText, keyShowText } from '../../src/cli/key-text.ts';
import { meaningOf, verifyText } from '../../src/cli/verify-text.ts';
import { newPrivateKeyPem, publicKeyOf, signerOf } from '../../src/evidence/key.ts';

const key = signerOf(newPrivateKeyPem());
const retired = [signerOf(newPrivateKeyPem())];
const problems = {
  missing: ['p/drill@1'],
  twice: [],
  noStart: [],
  unscheduled: [],
  lateSchedule: [],
  lateCancel: [],
  lateSkip: [],
  gap: [],
};

describe('what resurgam verify prints', () => {
  test('begins like the reference script and ends with what a person must know', () => {
    const summary = { scheduled: 1, counted: null, pending: 0, onDemand: 0, running: [], problems };
    const verification = {
      exitCode: 3,
      firstLine: 'OK 3 entries, checkpoint size 2, origin x.example/lakeside',
      summary,
      statements: ['1 entries after the checkpoint'],
      keyids: ['ab'],
      keysFromFolder: true,
    } as const;

    const lines = verifyText({ verification }).split('\n');

    expect(lines.slice(0, 3)).toEqual([verification.firstLine, JSON.stringify(summary), 'INCOMPLETE']);
    expect(lines).toContain('The record is not complete: due, but nothing says how they ended: p/drill@1.');
    expect(lines).toContain('To be known: 1 entries after the checkpoint.');
    expect(lines).toContain('  ab');
  });

  test.each([
    'PARTIAL LAST LINE',
    'BAD ENVELOPE at 1',
    'UNKNOWN KEY at 1',
    'BAD SIGNATURE at 1',
    'KEY NOT IN FORCE at 1',
    'WRONG LEDGER at 1',
    'CHAIN BREAK at 1',
    'TIME WENT BACK at 1',
    'BAD CHECKPOINT SIGNATURE',
    'TRUNCATED: 1 entries, checkpoint says 2',
    'ROOT MISMATCH',
    'FILE MISSING a',
    'FILE ALTERED a',
    'FORK between checkpoints 1 and 2',
  ])('says what %s means', firstLine => {
    expect(meaningOf(firstLine)).toMatch(/^[A-Z].*\.$/);
    expect(verifyText({ verification: { exitCode: 1, firstLine, summary: null, statements: [] } })).toBe(
      `${firstLine}\n\n${meaningOf(firstLine)}\n`,
    );
  });
});

describe('what resurgam key prints', () => {
  test('is public: ids and public keys, never a private one', () => {
    const shown = keyShowText({ client: 'lakeside', origin: 'x.example/lakeside', key, retired });
    const exported = keyExportText({ key, retired });

    expect(shown).toContain(`key id   ${key.keyid}`);
    expect(shown).toContain(`retired  ${retired[0]?.keyid ?? ''}`);
    expect(publicKeyOf(exported).keyid).toBe(key.keyid);
    expect(shown + exported).not.toContain('PRIVATE');
  });

  test('tells after a rotation what verify.sh must be given from now on', () => {
    const text = keyRotateText({ keyid: 'new', replaces: 'old', folder: 'keys/machine' });

    expect(text).toContain('verify.sh ledger.jsonl checkpoint.txt keys/machine');
  });
});
