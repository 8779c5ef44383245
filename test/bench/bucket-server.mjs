// A bucket full of objects, in a process of its own: the object store of the tests, put together from its sources.
// node bucket-server.mjs <folder> <bytes>: prints { endpoint, keys } as JSON, ends when its standard input does.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const [folder, bytes] = process.argv.slice(2);
const build = await rolldown({ input: fileURLToPath(new URL('../../src/demo/s3-server/server.ts', import.meta.url)), platform: 'node' });
await build.write({ file: `${folder}/server.mjs`, format: 'esm' });
await build.close();
const { KEYS, startS3Server } = await import(`${folder}/server.mjs`);

const server = await startS3Server();
server.buckets.create('bench', { versions: true });
for (let made = 0, number = 0; made < Number(bytes); number += 1, made += 1_000_000)
  server.buckets.put({ bucket: 'bench', key: `documents/${number % 16}/${number}` }, randomBytes(1_000_000));
process.stdout.write(`${JSON.stringify({ endpoint: server.endpoint, keys: KEYS })}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
