import { s3Objects } from '../../../src/backup/s3-objects/tool.ts';
import { describeBackupTool, type GivenStore, type GivenTool } from '../../conformance/backup-tool.ts';
import { KEYS, startS3Server } from '../../../src/demo/s3-server/server.ts';

const HOUR_MS = 3_600_000;

async function make(): Promise<GivenTool> {
  const s3 = await startS3Server();
  const env = { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey };
  const credentials = { accessKeyId: { env: 'AWS_ACCESS_KEY_ID' }, secretAccessKey: { env: 'AWS_SECRET_ACCESS_KEY' } };
  const at = (bucket: string, secret = KEYS.secretAccessKey): GivenStore => ({
    options: { from: `s3://${bucket}/documents`, endpoint: s3.endpoint, credentials, history: '7d' },
    env: { ...env, AWS_SECRET_ACCESS_KEY: secret },
  });
  const ago = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS);
  const fill = (bucket: string): GivenStore => {
    s3.buckets.create(bucket, { versions: true });
    for (const hours of [49, 1])
      for (let number = 1; number <= 12; number += 1)
        s3.buckets.put(
          { bucket, key: `documents/doe-jane/${number}.txt` },
          Buffer.from(`letter ${number} of ${hours} hours ago\n`.repeat(200)),
          {
            modifiedAt: ago(hours),
          },
        );
    s3.buckets.put({ bucket, key: 'other/outside.txt' }, Buffer.from('not meant'), { modifiedAt: ago(1) });
    return at(bucket);
  };
  const newest = { key: 'documents/doe-jane/7.txt' };
  s3.buckets.create('empty');
  return {
    healthy: fill('healthy'),
    points: 2,
    empty: at('empty'),
    missing: at('nowhere'),
    damaged: () => {
      const store = fill('damaged');
      s3.buckets.put({ bucket: 'damaged', ...newest }, Buffer.from('other bytes'), { etag: '0'.repeat(32), modifiedAt: ago(0.5) });
      return Promise.resolve(store);
    },
    changing: () => {
      const store = fill('changing');
      // As a bucket without versions would do it: what was listed is not there any more.
      const change = (): Promise<void> => {
        s3.buckets.create('changing', { versions: true });
        for (const key of s3.buckets.keysOf('changing')) s3.buckets.put({ bucket: 'changing', key }, Buffer.from('new'));
        return Promise.resolve();
      };
      return Promise.resolve({ store, change });
    },
    wrongSecret: at('healthy', 'not-the-secret'),
    place: { place: 's3://healthy/documents', env, options: { endpoint: s3.endpoint } },
    byHand: {
      asked: 'cd "$RECOVERED/part" && tail -n 1 doe-jane/7.txt; find . -type f | wc -l',
      answer: 'letter 7 of 1 hours ago\n12',
      online: true,
    },
    secrets: [KEYS.secretAccessKey, 'not-the-secret'],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => s3.stop(),
  };
}

describeBackupTool({ tool: s3Objects, has: ['wrongSecret'], make });
