import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { restoredImages } from '../../../src/service/orthanc/images.ts';
import { SocketHttp } from '../../../src/system/socket-http.ts';
import { bareJail } from '../../fixtures/bare-jail.ts';

/** Asks about an image of an archive that refuses to compare it; `digest`: how it answers the question for what it has stored. */
async function verified(digest: number): Promise<string> {
  const ports = await mkdtemp('/tmp/rsg-orthanc-');
  const server = createServer((asked, answer) => {
    answer.statusCode = asked.url === '/instances/an-image/attachments/dicom/md5' ? digest : 400;
    answer.end();
  }).listen(join(ports, '8042'));
  await once(server, 'listening');
  const http = new SocketHttp(ports, '8042');
  await using jail = await bareJail();
  try {
    return await restoredImages({ jail, http, ports }).verify('an-image', new AbortController().signal);
  } finally {
    http.close();
    server.close();
    await rm(ports, { recursive: true, force: true });
  }
}

test('an image with another digest than the stored one is altered', async () => {
  expect(await verified(200)).toBe('altered');
});

test('of an image without a stored digest nobody can tell', async () => {
  expect(await verified(400)).toBe('untold');
  expect(await verified(404)).toBe('untold');
});
