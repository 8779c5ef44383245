import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { inspect, promisify } from 'node:util';
import type { OpenedService, RunningService } from '../../src/service/service.ts';
import { bareJail } from '../fixtures/bare-jail.ts';
import { SHARED_CACHE } from '../fixtures/shared-cache.ts';
import { CANARY, type Capability, type GivenSql } from './service-given.ts';
import { alarms, never, refused, upOf, type SuiteCase } from './service-opening.ts';
import { listeningIn } from './service-places.ts';

const run = promisify(execFile);
/** Another component's user is another one. */
const NEIGHBOUR = 64_000;
const QUICK_MS = 300;

export interface RunningCase extends SuiteCase {
  /** Only for engines that do not have it. */
  readonly lacks?: Capability;
}

/** What is asked of one service, one after the other. */
export const runningCases: readonly RunningCase[] = [
  {
    title: 'says what it is, with versions that its program says itself, and settings as text',
    run: async ({ service, given }, { opened, running }) => {
      assert.deepEqual([opened.engine, running.engine, running.major], [service.engine, service.engine, opened.major]);
      assert.ok(Number.isInteger(opened.major));
      const { program } = given;
      const said = program === undefined ? '' : Object.values(await run(program[0], program.slice(1))).join('\n');
      assert.equal(opened.tools.length > 0, program !== undefined);
      for (const { name, version } of opened.tools)
        assert.ok(name !== '' && version !== '' && said.includes(version), `${version}: ${said}`);
      for (const [name, value] of Object.entries(opened.settings)) assert.equal(typeof value, 'string', name);
    },
  },
  {
    title: 'is ready, which it says once, and still up when it is asked again',
    run: async (_, { running }) => {
      assert.deepEqual([running.ready, alarms(running.findings)], [true, []]);
      const ready = running.findings.filter(({ code }) => code === 'service.ready');
      assert.deepEqual(
        ready.map(({ outcome, latencyMs }) => [outcome, typeof latencyMs]),
        [['passed', 'number']],
      );
      assert.deepEqual(await upOf(running), 'service.up passed');
    },
  },
  {
    title: 'has what its case says and no more, and answers what it is asked',
    run: async ({ given, has, elsewhere }, { opened, running }) => {
      const found = capabilitiesOf(opened, running, given.sql).filter(each => !elsewhere.includes(each));
      assert.deepEqual(found, [...has].sort());
      assert.ok(given.asked.length > 0);
      for (const { ask, answer } of given.asked) assert.deepEqual(await ask(running), answer);
    },
  },
  {
    title: 'answers in SQL, with values, and takes no more rows than asked for',
    needs: 'sql',
    run: async ({ given }, { running }) => {
      const { rows, echo } = sqlOf(given);
      const all = await running.sql(rows);
      assert.ok(all.length > 2);
      assert.deepEqual(await running.sql(rows, { rows: 2 }), all.slice(0, 2));
      const value = `'; drop table patient; -- ${CANARY} "\\`;
      assert.deepEqual(await running.sql(echo, { values: [value] }), [{ value }]);
    },
  },
  {
    title: 'refuses to write where it was asked to read, and writes where it was asked to',
    needs: 'sql',
    run: async ({ given }, { running }) => {
      const { writes, makes, made } = sqlOf(given);
      for (const text of writes) assert.equal((await refused(() => running.sql(text))).code, 'query-failed', text);
      for (const { ask, answer } of given.asked) assert.deepEqual(await ask(running), answer);
      await refused(() => running.sql(made));
      await running.sql(makes, { write: true });
      assert.deepEqual(await running.sql(made), []);
    },
  },
  {
    title: 'leaves a question that takes too long or is stopped, and answers the next one',
    needs: 'sql',
    run: async ({ given }, { running }) => {
      const { long } = sqlOf(given);
      assert.equal((await refused(() => running.sql(long, { timeLimitMs: QUICK_MS }))).code, 'query-timeout');
      const stop = new AbortController();
      const asked = refused(() => running.sql(long, { stop: stop.signal }));
      stop.abort();
      assert.equal((await asked).code, 'stopped');
      assert.equal((await running.sql(sqlOf(given).rows, { rows: 1 })).length, 1);
    },
  },
  {
    title: 'tells an error by its number, without a word of what is in the backup',
    needs: 'sql',
    run: async ({ given }, { running }) => {
      const { fails } = sqlOf(given);
      const error = await refused(() => running.sql(fails));
      assert.equal(error.code, 'query-failed');
      assert.ok(/^[0-9A-Z]{5}$/.test(error.sqlState ?? '') || Number(error.number) > 0, inspect(error));
      // With its cause and its stack.
      assert.ok(!inspect(error, { depth: 10, showHidden: true }).replaceAll(fails, '').includes(CANARY), inspect(error));
    },
  },
  {
    title: 'refuses to be asked in SQL, which it does not speak',
    lacks: 'sql',
    run: async (_, { running }) => {
      assert.equal((await refused(() => running.sql('select 1 as one'))).code, 'query-failed');
      assert.equal((await refused(() => running.sql('select 1 as one', { write: true }))).code, 'query-failed');
    },
  },
  {
    title: 'listens on nothing that is outside its jail, nor in folders that are not its own',
    run: async ({ given }, { jail }) => {
      const { ports, sockets, outside } = await listeningIn(jail);
      const own = jail.mounts.filter(({ write, from }) => write === true && from.startsWith(`${jail.folder}/`)).map(({ at }) => at);
      assert.deepEqual([outside, ports], [0, given.ports ?? []]);
      assert.deepEqual(
        sockets.filter(path => !own.some(at => path.startsWith(`${at}/`))),
        [],
      );
    },
  },
  {
    title: 'lets no program write anywhere but in the folders of its jail, nor see what is kept for other drills',
    run: async (_, { jail }) => {
      for (const { from, write } of jail.mounts) {
        const path = await realpath(from);
        assert.ok(write !== true || path.startsWith(`${jail.folder}/`), `${path} may be written`);
        assert.ok(!path.startsWith(SHARED_CACHE), path);
      }
    },
  },
  {
    title: 'lets a component that needs it use its server, from a jail of another user',
    needs: 'share',
    run: async ({ given }, { running }) => {
      const shared = await running.share?.(never);
      assert.ok(shared !== undefined && given.client !== undefined);
      await using other = await bareJail({}, NEIGHBOUR);
      const [file, ...args] = given.client.program(shared);
      const { exitCode, stdout, stderr } = await other.run({ file, args, mounts: [{ from: shared.folder, at: '/shared' }] }, never);
      assert.deepEqual([stdout, exitCode], [given.client.says, 0], stderr);
    },
  },
  {
    title: 'hands its files to a component that needs them, all of them and nothing else',
    needs: 'tree',
    run: async (_, { running }) => {
      const chunks: Buffer[] = [];
      await running.tree?.pack(chunk => Promise.resolve(void chunks.push(chunk)), never);
      const listing = run('tar', ['-t', '-f', '-']);
      listing.child.stdin?.end(Buffer.concat(chunks));
      const packed = (await listing).stdout.split('\n').map(name => name.replace(/\/$/, ''));
      const { stdout } = await run('find', ['.'], { cwd: running.tree?.folder });
      assert.deepEqual(packed.sort(), stdout.split('\n').sort());
    },
  },
];

export function sqlOf({ sql }: { readonly sql?: GivenSql | undefined }): GivenSql {
  assert.ok(sql !== undefined, 'the case has no SQL');
  return sql;
}

const OPTIONAL = ['directory', 'files', 'http', 'images', 'share', 'tree'] as const;

function capabilitiesOf(opened: OpenedService, running: RunningService, sql: GivenSql | undefined): readonly Capability[] {
  const has: Capability[] = OPTIONAL.filter(name => running[name] !== undefined);
  return [...has, ...(opened.handOver === undefined ? [] : ['handOver' as const]), ...(sql === undefined ? [] : ['sql' as const])].sort();
}
