import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RangeClient, type RangeRequest } from '../../src/system/range-client.ts';

const BODY = randomBytes(300_000);

describe('reading a range straight into memory', () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))));
  });

  /** A server that answers each request with these bytes, or as the function says. */
  async function serving(
    answer: Buffer | ((socket: Socket) => void),
    silentMs = 30_000,
  ): Promise<{ client: RangeClient; connections: () => number }> {
    let connections = 0;
    const server = createServer(socket => {
      connections += 1;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', () => (typeof answer === 'function' ? answer(socket) : socket.write(answer)));
    });
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return {
      client: new RangeClient(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), silentMs),
      connections: () => connections,
    };
  }
  function wanting(bytes: number): RangeRequest {
    return { path: '/b/k', headers: {}, from: 100, into: Buffer.alloc(bytes), etag: '"e"', onBytes: () => undefined };
  }
  const head = (lines: readonly string[], status = '206 Partial Content'): Buffer =>
    Buffer.from(`HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n`);
  const RIGHT = [`Content-Length: ${BODY.length}`, `Content-Range: bytes 100-${BODY.length + 99}/900000`, 'ETag: "e"'];
  const never = new AbortController().signal;

  it('fills it, and uses the connection again', async () => {
    const { client, connections } = await serving(Buffer.concat([head(RIGHT), BODY]));
    const requests = [wanting(BODY.length), wanting(BODY.length), wanting(BODY.length)];

    for (const request of requests) expect(await client.read(request, never)).toBe('filled');
    client.close();

    expect(requests.every(({ into }) => into.equals(BODY))).toBe(true);
    expect(connections()).toBe(1);
  });

  it('fills it when head and body come byte by byte', async () => {
    const bytes = Buffer.concat([head([`content-length: 3`, 'content-range: bytes 100-102/900', 'etag: "e"']), Buffer.from('abc')]);
    const { client } = await serving(socket => {
      void (async () => {
        for (const byte of bytes) {
          socket.write(Buffer.from([byte]));
          await new Promise(resolve => setImmediate(resolve));
        }
      })();
    });
    const request = wanting(3);

    expect(await client.read(request, never)).toBe('filled');
    client.close();
    expect(request.into.toString()).toBe('abc');
  });

  it.each([
    ['an error', head(['content-length: 0'], '403 Forbidden')],
    ['the whole object', head(RIGHT, '200 OK')],
    ['another length', head(['content-length: 5', ...RIGHT.slice(1)])],
    ['another range', head([RIGHT[0] ?? '', `content-range: bytes 0-${BODY.length - 1}/900000`, 'etag: "e"'])],
    ['another object', head([...RIGHT.slice(0, 2), 'etag: "f"'])],
    ['chunks', head([...RIGHT, 'transfer-encoding: chunked'])],
    ['compressed bytes', head([...RIGHT, 'content-encoding: gzip'])],
    [
      'more bytes than it said',
      Buffer.concat([head(['content-length: 3', 'content-range: bytes 100-102/900', 'etag: "e"']), Buffer.from('abcdef')]),
    ],
    ['a head without end', Buffer.alloc(70_000, 'x')],
    ['something that is not HTTP', Buffer.from('SSH-2.0-OpenSSH\r\n\r\n')],
  ])('leaves %s to the ordinary way', async (what, answer) => {
    const { client } = await serving(answer);

    expect(await client.read(wanting(what === 'more bytes than it said' ? 3 : BODY.length), never)).toBe('other');
    client.close();
  });

  it.each([
    ['the server hangs up in the middle', (socket: Socket) => socket.end(Buffer.concat([head(RIGHT), BODY.subarray(0, 1_000)]))],
    ['the server hangs up at once', (socket: Socket) => socket.destroy()],
    ['the server says nothing any more', (socket: Socket) => void socket.write(head(RIGHT))],
  ])('is given up when %s', async (_, answer) => {
    const { client } = await serving(answer, 300);

    await expect(client.read(wanting(BODY.length), never)).rejects.toThrow();
    client.close();
  });

  it('is given up when it is stopped', async () => {
    const { client } = await serving(() => undefined);
    const stop = new AbortController();
    const reading = client.read(wanting(5), stop.signal);
    stop.abort();

    await expect(reading).rejects.toThrow();
    client.close();
  });
});
