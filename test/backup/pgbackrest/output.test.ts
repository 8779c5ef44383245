import { expect, test } from 'vitest';
import { stanzaIn } from '../../../src/backup/pgbackrest/catalogue.ts';
import { readVerify } from '../../../src/backup/pgbackrest/verify.ts';

const DAMAGED = `stanza: main
status: error
  archiveId: 15-1, total WAL checked: 8, total valid WAL: 8
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
  backup: 20261122-152925F, status: invalid, total files checked: 967, total valid files: 966
    missing: 0, checksum invalid: 1, size invalid: 0, other: 0
  backup: 20261122-152925F_20261122-152928I, status: valid, total files checked: 968, total valid files: 968
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
`;

test('verify is read by what it prints, since it exits with 0 over damage', () => {
  expect(readVerify(DAMAGED)).toEqual({
    ok: false,
    backups: [
      { label: '20261122-152925F', valid: false, missing: 0, changed: 1 },
      { label: '20261122-152925F_20261122-152928I', valid: true, missing: 0, changed: 0 },
    ],
  });
});

test.each(['', 'an answer of a later version'])('what verify does not say is not taken for a pass: “%s”', text => {
  expect(readVerify(text)).toBeUndefined();
});

test('the identifier of a system is kept to its last digit', () => {
  const text =
    '[{"archive":[],"backup":[],"cipher":"none","db":[{"id":1,"repo-key":1,"system-id":7711018335271425070,"version":"15"}],"name":"main","status":{"code":2,"message":"no valid backups"}}]';

  expect(stanzaIn(text).db[0]?.['system-id']).toBe('7711018335271425070');
});

test.each(['', '[]', '{"name":1}'])('an answer of info that is not known is our trouble: %s', text => {
  expect(() => stanzaIn(text)).toThrow(expect.objectContaining({ code: 'tool-failed' }) as Error);
});
