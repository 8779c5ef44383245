import { describe, expect, test } from 'vitest';
import { archive } from '../../../src/backup/archive/tool.ts';
import { alarms } from '../../fixtures/recovering.ts';
import { access, never, place } from './archives.ts';

const GOOD = 'echo letter > a; tar -czf docs.tar.gz a; touch -d "2 hours ago" docs.tar.gz;';
const SEAL = 'openssl enc -aes-256-ctr -pbkdf2 -iter 1 -pass pass:x -in docs.tar.gz -out';

describe('beside a whole archive', () => {
  test.each([
    ['signatures, a log and a note are no parts of it', 'for x in sig log txt; do echo x > docs.tar.gz.$x; done', []],
    ['an armoured signature is none either', 'echo "-----BEGIN PGP SIGNATURE-----" > docs.tar.gz.asc', []],
    ['a newer one that is encrypted is one that nobody can open here', `${SEAL} docs-2.tar.gz.enc`, ['backup.unsupported inconclusive']],
    [
      'so is one of which only its name says it (F25)',
      'cat /dev/urandom | head -c 900 > docs-2.tar.gz.gpg',
      ['backup.unsupported inconclusive'],
    ],
    [
      'parts of which one is missing are a bad one',
      'split -b 50 docs.tar.gz new.tar.gz.; rm new.tar.gz.ab',
      ['backup.files-missing failed'],
    ],
  ])('%s', async (_what, script, told) => {
    await using at = await place(`${GOOD} ${script}`);

    const { points, findings } = await archive.list(access(at.folder), never);

    expect([points.length, alarms(findings)]).toEqual([1, told]);
  });
});

test('of parts there may be so many that their letters are words', async () => {
  await using at = await place('head -c 100000 /dev/urandom > a; tar -cf whole a; split -a 3 -b 512 whole docs.tar.; rm a whole');

  const { points, findings } = await archive.list(access(at.folder), never);

  expect([points.length, alarms(findings), points[0]?.bytes]).toEqual([1, [], 102_400]);
});
