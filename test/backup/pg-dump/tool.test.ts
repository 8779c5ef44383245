import { describe, expect, it } from 'vitest';
import { pgDump } from '../../../src/backup/pg-dump/tool.ts';
import { section } from './dumps.ts';

describe('the adapter of pg_dump', () => {
  it('reaches only what the plan names', () => {
    const key = { env: 'KEY' };

    expect(pgDump.reach(section({ from: '/srv/a', globals: '/srv/g' }))).toEqual({
      paths: ['/srv/a', '/srv/g'],
      network: false,
      secrets: {},
    });
    expect(pgDump.reach(section({ from: 's3://b/p', credentials: { accessKeyId: key, secretAccessKey: key } }))).toEqual({
      paths: [],
      network: true,
      secrets: { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: key },
    });
  });
});
