import { chmod, chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openState } from '../../../src/store/state/open.ts';
import { startServerOf, type AnyServer } from '../../fixtures/any-server.ts';
import { makeCertificate, type Certificate } from '../../fixtures/certificate.ts';
import { freePort } from '../../fixtures/free-port.ts';

const PASSWORD = 'p@ss:w0rd/of %the state';
const NOBODY = 65_534;
const certificate = makeCertificate('localhost');
const other = makeCertificate('localhost');
/** The same server under a name that is not in its certificate. */
const byNumber = (address: string): string => address.replace('@localhost:', '@127.0.0.1:');
let server: AnyServer;
let port: number;
let trusted: string;
let foreign: string;

/** A server on loopback that lets nobody in but over TLS and with the password. */
beforeAll(async () => {
  port = await freePort();
  server = await startServerOf(18, [], port);
  await server.sql('postgres', `set password_encryption = 'scram-sha-256'; create role keeper login password '${PASSWORD}'`);
  await server.sql('postgres', 'create database state owner keeper');
  await server.restart(async () => {
    await own('server.key', certificate.key);
    await own('server.crt', certificate.cert);
    await own('pg_hba.conf', 'local all postgres trust\nhostssl state keeper 127.0.0.1/32 scram-sha-256\n');
    await own('postgresql.auto.conf', 'ssl = on\n');
  });
  [trusted, foreign] = await Promise.all([authority('ours.pem', certificate), authority('other.pem', other)]);
});
afterAll(() => server.stop());

async function own(name: string, text: string): Promise<void> {
  const file = join(server.data, name);
  await writeFile(file, text);
  await chmod(file, 0o600);
  if (process.getuid?.() === 0) await chown(file, NOBODY, NOBODY);
}

async function authority(name: string, { cert }: Certificate): Promise<string> {
  const file = join(server.socket, name);
  await writeFile(file, cert);
  return file;
}

const url = (query: string, password = PASSWORD): string =>
  `postgres://keeper:${encodeURIComponent(password)}@localhost:${port}/state?${query}`;
const open = (databaseUrl: string): ReturnType<typeof openState> => openState({ home: { path: '/nowhere' }, databaseUrl });

async function refused(databaseUrl: string): Promise<Error> {
  const error: unknown = await open(databaseUrl).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof Error)) throw new Error('expected to be refused');
  return error;
}

describe('a server on the network', () => {
  test('is spoken to over TLS, with its certificate verified and with a password', async () => {
    const state = await open(url(`sslmode=verify-full&sslrootcert=${encodeURIComponent(trusted)}`));

    const [row] = await state.all(tx => tx.query('select ssl, version from pg_stat_ssl where pid = pg_backend_pid()'));
    await state.close();

    expect(row).toMatchObject({ ssl: true, version: 'TLSv1.3' });
  });

  test.each([
    ['a wrong password', () => url(`sslmode=verify-full&sslrootcert=${encodeURIComponent(trusted)}`, 'not the p@ss:w0rd'), '28P01'],
    ['no TLS', () => url('sslmode=disable'), '28000'],
    ['another authority', () => url(`sslmode=verify-full&sslrootcert=${encodeURIComponent(foreign)}`), 'certificate'],
    ['a name that is not its own', () => byNumber(url(`sslmode=verify-full&sslrootcert=${encodeURIComponent(trusted)}`)), 'certificate'],
    ['an authority that is not there', () => url('sslmode=verify-full&sslrootcert=/nowhere/ca.pem'), 'certificate'],
    ['a port on which nobody listens', () => url('sslmode=disable').replace(`:${port}/`, ':1/'), 'ECONNREFUSED'],
  ])('that is asked with %s is told as unreachable, with the cause and no secret', async (_what, at, cause) => {
    const error = await refused(at());

    expect(error).toMatchObject({ name: 'StoreError', code: 'state-unreachable', message: expect.stringContaining(cause) as string });
    const shown = `${inspect(error, { depth: 9 })} ${JSON.stringify(error)} ${error.stack ?? ''}`;
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'not the p@ss', 'keeper:']) expect(shown).not.toContain(secret);
  });
});

test('a server that speaks no TLS is told as one that cannot be trusted', async () => {
  await server.sql('postgres', "alter system set ssl = 'off'");
  await server.restart(() => Promise.resolve());

  const error = await refused(url('sslmode=verify-full'));

  expect(error).toMatchObject({ code: 'state-unreachable', message: expect.stringContaining('speaks no TLS') as string });
});
