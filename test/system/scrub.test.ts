import { describe, expect, it } from 'vitest';
import { scrub } from '../../src/system/scrub.ts';

const env = {
  PGPASSWORD: 'tr0ub4dor',
  HOME: '/root',
  AWS_SECRET_ACCESS_KEY: 'abc/def+ghi',
  PEM_KEY: 'first line\nsecond line of it',
  TOKEN: 'ab',
};

describe('what a program said', () => {
  it.each([
    ['the value of a secret variable', 'login with tr0ub4dor failed', 'login with [withheld] failed'],
    ['it as part of an address', 'GET /?k=abc%2Fdef%2Bghi', 'GET /?k=[withheld]'],
    ['one line of it alone', 'x second line of it y', 'x [withheld] y'],
    ['the password of an address', 'postgres://me:p@ss:w@db.example/ehr', 'postgres://me:[withheld]@db.example/ehr'],
    ['a password in a connection string', "host=db password='a b' user=me", 'host=db password=[withheld] user=me'],
    ['a token in a header', 'Authorization: Bearer eyJhbGci.x.y', 'Authorization: Bearer [withheld]'],
  ])('loses %s', (_, text, clean) => {
    expect(scrub(text, env)).toBe(clean);
  });

  it('keeps everything else: paths, short values, errors', () => {
    const text = 'pg_dump: error: connection to server at "db" (10.0.0.3), port 5432 failed in /root about ab';

    expect(scrub(text, env)).toBe(text);
  });

  it('keeps our own settings, unless the address holds a password', () => {
    const ours = {
      RESURGAM_URL: 'https://resurgam.example',
      RESURGAM_PLANS: '/etc/resurgam/plans',
      OTHER_URL: 'https://hook.example/s3cret',
    };
    const text = 'listening for https://resurgam.example with /etc/resurgam/plans, https://hook.example/s3cret';

    expect(scrub(text, ours)).toBe('listening for https://resurgam.example with /etc/resurgam/plans, [withheld]');
    expect(scrub('at https://me:pw@r.example', { RESURGAM_URL: 'https://me:pw@r.example' })).toBe('at [withheld]');
  });

  it('loses its first line if it begins in the middle, where half a secret may stand', () => {
    expect(scrub('4dor and more\nthe rest', env, true)).toBe('the rest');
    expect(scrub('4dor', env, true)).toBe('');
  });
});
