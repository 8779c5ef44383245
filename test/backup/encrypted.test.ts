import { expect, test } from 'vitest';
import { isEncrypted, isSealed } from '../../src/backup/encrypted.ts';

test.each([
  ['age', Buffer.from('age-encryption.org/v1\n-> X25519 ')],
  ['age in letters', Buffer.from('-----BEGIN AGE ENCRYPTED FILE-----\n')],
  ['OpenPGP in letters', Buffer.from('-----BEGIN PGP MESSAGE-----\n')],
  ['openssl', Buffer.from('Salted__12345678')],
  ['gpg with a passphrase', Buffer.from('8c0d04090302', 'hex')],
  ['gpg with a long public key', Buffer.from('85010c03', 'hex')],
  ['OpenPGP of today with a short key', Buffer.from('c15e03', 'hex')],
  ['OpenPGP of today with a long key', Buffer.from('c1c04c03', 'hex')],
  ['OpenPGP of today with a passphrase', Buffer.from('c32e0409', 'hex')],
])('the beginning of what was encrypted by %s is known', (_what, head) => {
  expect(isEncrypted(head)).toBe(true);
});

test.each(['', '-- PostgreSQL database dump', 'Ältere', 'É', 'Ã', 'version: 1\n', '-----BEGIN PGP SIGNATURE-----'])(
  '%j is taken for none',
  text => {
    expect([isEncrypted(Buffer.from(text)), isEncrypted(Buffer.from(text, 'latin1'))]).toEqual([false, false]);
  },
);

test('a name says that noise is encrypted, and not that a message of an error is', () => {
  const noise = Buffer.from(Array.from({ length: 200 }, (_, n) => (n * 167 + 13) % 256));

  expect(['ehr.dump.gpg', 'ehr.dump'].map(name => isSealed(name, noise))).toEqual([true, false]);
  expect(isSealed('ehr.dump.gpg', Buffer.from('gpg: no default secret key: No secret key\n'))).toBe(false);
});
