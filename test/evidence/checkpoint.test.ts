import { describe, expect, test } from 'vitest';
import { isSignedBy, parseCheckpoint, signCheckpoint } from '../../src/evidence/checkpoint.ts';
import { noteKeyId } from '../../src/evidence/key.ts';
import { newSigner } from './forge.ts';
import { ORIGIN } from './scenario.ts';

const signer = newSigner();
const ROOT = Buffer.alloc(32, 7).toString('base64');
const head = { origin: ORIGIN, size: 32, root: ROOT };

describe('a checkpoint', () => {
  test('names its key as signed notes do', () => {
    const withType = Buffer.from('AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k', 'base64');

    expect(noteKeyId('example.com/foo', withType.subarray(1)).toString('hex')).toBe('530d903a');
  });

  test('is a note of three lines with its signature', () => {
    const text = signCheckpoint(head, undefined, signer);

    expect(text).toMatch(new RegExp(`^${ORIGIN}\n32\n.{44}\n\n— ${ORIGIN} [A-Za-z0-9+/]+=*\n$`));
    expect(parseCheckpoint(text)).toMatchObject(head);
    expect(isSignedBy(parseCheckpoint(text), [signer])).toBe(true);
  });

  test('still counts when a witness signed it too, and no more when one signature in our name is wrong', () => {
    const text = signCheckpoint(head, undefined, signer);
    const witnessed = `${text}— witness.example ${Buffer.alloc(68, 1).toString('base64')}\n`;
    const forged = `${text}— ${ORIGIN} ${Buffer.concat([noteKeyId(ORIGIN, signer.raw), Buffer.alloc(64)]).toString('base64')}\n`;

    expect(isSignedBy(parseCheckpoint(witnessed), [signer, newSigner()])).toBe(true);
    expect(isSignedBy(parseCheckpoint(forged), [signer])).toBe(false);
  });

  test('is never signed for a ledger that is no extension of the last one', () => {
    const last = { ...head, size: 15 };
    const forked = [
      { checkpoint: last, rootNow: Buffer.alloc(32, 8).toString('base64') },
      { checkpoint: { ...last, size: 33 }, rootNow: ROOT },
      { checkpoint: { ...last, origin: 'resurgam.example/other' }, rootNow: ROOT },
    ];

    for (const previous of forked) expect(() => signCheckpoint(head, previous, signer)).toThrow(/no extension/);
    expect(() => signCheckpoint(head, { checkpoint: last, rootNow: ROOT }, signer)).not.toThrow();
  });

  test.each(['', 'a\nb\nc\n\n', `${ORIGIN}\n032\n${ROOT}\n\n`, `${ORIGIN}\n32\nAAAA\n\n`, `${ORIGIN}\n32\n${ROOT}\n`])(
    'is not read from %j',
    text => {
      expect(() => parseCheckpoint(text)).toThrow(/expected a signed note/);
    },
  );
});
