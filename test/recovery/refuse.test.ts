import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Component, Plan } from '../../src/plan/plan.ts';
import { loadTarget } from '../../src/plan/target.ts';
import { refuseBadPlaces } from '../../src/recovery/refuse.ts';
import { freePort } from '../fixtures/free-port.ts';

const me = userInfo().username;
let place: string;
let listener: Server;
let free: number;

beforeAll(async () => {
  place = mkdtempSync('/tmp/rsg-refuse-');
  mkdirSync(join(place, 'socket'));
  mkdirSync(join(place, 'empty'));
  symlinkSync(join(place, 'empty'), join(place, 'link'));
  free = await freePort();
  listener = createServer();
  await new Promise<void>(ready => listener.listen(0, '127.0.0.1', ready));
});
afterAll(() => {
  listener.close();
  rmSync(place, { recursive: true });
});

const component = (name: string): Component => ({ name, backup: { tool: 'any' } }) as unknown as Component;

/** Looks at a target with these places, for components of these names. */
async function look(places: Readonly<Record<string, string>>): Promise<void> {
  const known = (text: string): string =>
    text
      .replaceAll('PLACE', place)
      .replaceAll('TAKEN', String((listener.address() as AddressInfo).port))
      .replaceAll('FREE', String(free))
      .replaceAll('ME', me);
  const lines = Object.entries(places).map(([name, text]) => `  ${name}: ${known(text)}\n`);
  const { target, problems } = loadTarget({ file: '/target.yaml', bytes: Buffer.from(`target: fresh\ncomponents:\n${lines.join('')}`) });
  if (target === undefined) throw new Error(JSON.stringify(problems));
  const source = { plan: {} as Plan, target, components: Object.keys(places).map(component), scripts: new Map(), tools: new Map() };
  return refuseBadPlaces(source, { client: undefined, before: undefined });
}

test.each([
  [
    'an account that is not there',
    '{ cluster: { folder: PLACE/new, owner: nobody-of-this-name, port: FREE, socket: PLACE/socket } }',
    'there is no account',
  ],
  [
    'a port on which somebody listens',
    '{ cluster: { folder: PLACE/new, owner: ME, port: TAKEN, socket: PLACE/socket } }',
    'something listens on port',
  ],
  [
    'a port of a directory on which somebody listens',
    '{ directory: { folder: PLACE/new, owner: ME, port: TAKEN } }',
    'something listens on port',
  ],
  ['no folder for the socket', '{ cluster: { folder: PLACE/new, owner: ME, port: FREE, socket: PLACE/none } }', 'is no folder'],
  ['a data folder that is not empty', '{ cluster: { folder: PLACE, owner: ME, port: FREE, socket: PLACE/socket } }', 'is not empty'],
  [
    'tablespaces where something is',
    '{ cluster: { folder: PLACE/new, tablespaces: PLACE, owner: ME, port: FREE, socket: PLACE/socket } }',
    'is the folder of another',
  ],
  [
    'a folder in which no socket has room',
    `{ directory: { folder: PLACE/${'long'.repeat(25)}, owner: ME, port: FREE } }`,
    'is too long for a socket',
  ],
  ['a link', '{ folder: PLACE/link }', 'is a link'],
  [
    'a MariaDB port on which somebody listens',
    '{ instance: { folder: PLACE/new, owner: ME, port: TAKEN, socket: PLACE/socket/s } }',
    'something listens on port',
  ],
  ['no folder for a MariaDB socket', '{ instance: { folder: PLACE/new, owner: ME, port: FREE, socket: PLACE/none/s } }', 'is no folder'],
  [
    'a MariaDB socket whose path is too long',
    `{ instance: { folder: PLACE/new, owner: ME, port: FREE, socket: PLACE/socket/${'s'.repeat(100)} } }`,
    'is too long for a socket',
  ],
  [
    'keys of encrypted tables that are not there',
    '{ instance: { folder: PLACE/new, owner: ME, port: FREE, socket: PLACE/socket/s, keys: PLACE/none } }',
    'is not there',
  ],
])('%s is refused', async (what, places, said) => {
  await expect(look({ database: places }), what).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining(said) as string,
  });
});

test.each(['a "place"', "a 'place'", 'a#place', String.raw`a\place`])(
  'a MariaDB in %s has no file of settings that could say so',
  async name => {
    await expect(look({ database: `{ instance: { folder: ${JSON.stringify(`/srv/${name}`)} } }` })).rejects.toThrow(
      'without quotes, backslashes and #',
    );
  },
);

test.each(['mysql', 'SYS', 'information_schema', '-x', 'a/b'])('a database called %s is no new one', async name => {
  await expect(look({ database: `{ instance: { folder: /srv/data, database: ${JSON.stringify(name)} } }` })).rejects.toThrow(
    'expected the name of a new database',
  );
});

test('two servers at one socket are refused', async () => {
  const instance = (name: string): string => `{ instance: { folder: PLACE/${name}, owner: ME, port: FREE, socket: PLACE/socket/s } }`;

  await expect(look({ database: instance('one'), reports: instance('two') })).rejects.toThrow('is the socket of another component too');
});

test('a fresh place is not refused, but two servers on one port are', async () => {
  const cluster = '{ cluster: { folder: PLACE/new, owner: ME, port: FREE, socket: PLACE/socket } }';

  await look({ database: cluster });

  await expect(
    look({ database: cluster, directory: '{ directory: { folder: PLACE/other, owner: ME, port: FREE } }' }),
  ).rejects.toMatchObject({
    message: expect.stringContaining('is that of another component too') as string,
  });
});
