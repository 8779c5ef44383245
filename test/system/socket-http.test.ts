import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SocketHttp } from '../../src/system/socket-http.ts';

test('asks a socket, and never follows a link to another one', async () => {
  const folder = await mkdtemp('/tmp/rsg-socket-http-');
  const server = createServer((_, answer) => answer.end('here')).listen(join(folder, 'own'));
  await once(server, 'listening');
  await symlink(join(folder, 'own'), join(folder, 'link'));
  const ask = async (name: string): Promise<readonly unknown[]> => {
    const http = new SocketHttp(folder, name);
    const question = { method: 'GET', path: '/', timeLimitMs: 5_000, keepBytes: 100 } as const;
    const answers = [await http.ask(question, new AbortController().signal), await http.ask(question, new AbortController().signal)];
    http.close();
    return answers.map(({ status, body, timedOut }) => [status, body.toString(), timedOut]);
  };
  try {
    expect(await ask('own')).toEqual(Array(2).fill([200, 'here', false]));
    expect(await ask('link')).toEqual(Array(2).fill([null, '', false]));
    expect(await ask('nothing')).toEqual(Array(2).fill([null, '', false]));
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
