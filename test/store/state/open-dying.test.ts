import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openState } from '../../../src/store/state/open.ts';
import { testState } from '../../fixtures/state.ts';

/** Messages of PostgreSQL's protocol, version 3: a letter, the length, the rest. */
function message(letter: string, rest: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(rest.length + 4);
  return Buffer.concat([Buffer.from(letter), length, rest]);
}
const LET_IN = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]);
const DYING = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0'));

/** The two arrive at once, so that the end of the connection is read before anybody who asked for it can look. */
test('a server that lets us in and dies in the same breath cannot be reached, and does not end our process', async () => {
  await using real = await testState();
  const at = new URL(real.url.replace('@/', '@socket/'));
  let isDying = false;
  const between = createServer(from => {
    from.on('error', () => undefined);
    if (isDying) {
      from.once('data', () => from.end(Buffer.concat([LET_IN, DYING])));
      return;
    }
    const to = connect(`${at.searchParams.get('host') ?? ''}/.s.PGSQL.5432`);
    to.on('error', () => undefined);
    from.pipe(to).pipe(from);
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  const { port } = between.address() as AddressInfo;
  const state = await openState({
    home: { path: '/nowhere' },
    databaseUrl: `postgres://resurgam@127.0.0.1:${port}${at.pathname}?sslmode=disable`,
  });
  isDying = true;

  const asked = state.of('lakeside', tx => tx.query('select 1 as one'));

  await expect(asked).rejects.toMatchObject({ code: 'state-unreachable' });
  await state.close();
  between.close();
});
