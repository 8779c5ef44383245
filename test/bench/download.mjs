// Our ranged, parallel download beside the SDK's plain single stream, from one server process to one file, both with SHA-256.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { download } from '../../dist/system/download.js';
import { openBucket } from '../../dist/system/s3.js';

const SERVER = fileURLToPath(new URL('object-server.mjs', import.meta.url));
/** As src/backup/pg-dump fetches. */
const PART_BYTES = 8 << 20;
const PARALLEL = 4;
const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };

export async function compareDownloads(folder, bytes, rounds) {
  const object = `${folder}/object`;
  const copy = `${folder}/copy`;
  const expected = await makeObject(object, bytes);
  const server = spawn(process.execPath, [SERVER, object], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const port = await new Promise(resolve => server.stdout.once('data', chunk => resolve(String(chunk).trim())));
    const place = { endpoint: `http://127.0.0.1:${port}`, bytes, copy };
    const taken = { ours: [], plain: [] };
    for (let round = 0; round < rounds + 1; round++) {
      for (const [name, way] of Object.entries({ plain, ours })) {
        await rm(copy, { force: true });
        const began = performance.now();
        const digest = await way(place);
        const ms = performance.now() - began;
        if (digest !== expected) throw new Error(`${name}: the bytes differ`);
        // The first round warms the page cache and the compiler, and does not count.
        if (round > 0) taken[name].push(ms);
      }
    }
    return taken;
  } finally {
    server.stdin.end();
    await rm(object, { force: true });
    await rm(copy, { force: true });
  }
}

async function makeObject(file, bytes) {
  const hash = createHash('sha256');
  for (let left = bytes; left > 0; left -= 1 << 24) {
    const chunk = randomBytes(Math.min(left, 1 << 24));
    hash.update(chunk);
    await appendFile(file, chunk);
  }
  return hash.digest('hex');
}

async function plain({ endpoint, copy }) {
  const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials });
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bench', Key: 'object' }));
  const hash = createHash('sha256');
  const tee = new Transform({
    transform: (chunk, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(Body, tee, createWriteStream(copy));
  client.destroy();
  return hash.digest('hex');
}

async function ours({ endpoint, bytes, copy }) {
  const bucket = openBucket({ bucket: 'bench', endpoint, region: 'us-east-1', pathStyle: true, credentials });
  const stop = new AbortController().signal;
  try {
    const what = {
      ...{ file: copy, size: bytes, identity: 'bench', partBytes: PART_BYTES, parallel: PARALLEL },
      open: (from, length, signal) => bucket.open('object', { from, length, etag: 'bench' }, signal),
      retrying: attempt => bucket.retrying(attempt, stop),
      progress: () => undefined,
    };
    return await download(what, stop);
  } finally {
    bucket.close();
  }
}
