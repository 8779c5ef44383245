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
import { openS3 } from '../../dist/backup/dump-files/s3-store.js';

const SERVER = fileURLToPath(new URL('object-server.mjs', import.meta.url));

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
  const client = new S3Client({
    region: 'us-east-1',
    endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
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

/** As a fetch does it. */
async function ours({ endpoint, bytes, copy }) {
  const env = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' };
  const store = openS3({
    bucket: 'bench',
    prefix: 'object',
    location: 's3://bench/object',
    options: { from: 's3://bench/object', endpoint },
    env,
  });
  const entry = { key: '', size: bytes, modifiedAt: new Date(0).toISOString(), etag: 'bench' };
  try {
    return await store.copy(entry, { file: copy, progress: () => undefined }, new AbortController().signal);
  } finally {
    await store[Symbol.asyncDispose]();
  }
}
