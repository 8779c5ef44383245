import assert from 'node:assert/strict';
import { mkdir, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { all as tools } from '../../src/backup/all.ts';
import { BackupError, type BackupTool, type Listing, type RecoveryPoint, type Staged, type StoreAccess } from '../../src/backup/backup.ts';
import { HAND_PREPARE } from '../../src/backup/by-hand.ts';
import type { Finding } from '../../src/finding/finding.ts';
import { loadPlan, type LoadedPlan } from '../../src/plan/load.ts';
import { all as probes } from '../../src/probe/all.ts';
import { all as services } from '../../src/service/all.ts';
import { typeAway, type Typing } from '../fixtures/by-hand-machine.ts';
import { drilledByPage, planOnPage } from './tool-page.ts';
import { commandLinesDuring, fetchInFirstJail, newSandbox, pseudonym, targetFor, type ToolSandbox } from './tool-places.ts';
import { newFolder, ownProcesses, startedSince, treeAt } from './traces.ts';

/** A place of backups as a plan names it. */
export interface GivenStore {
  /** The tool's own keys of the `backup:` block; secrets as references. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What the references of `reach` come to, as a drill would resolve them. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What one tool's case brings along. All of it is made with the real tool, once; the suite only reads it. */
export interface GivenTool extends AsyncDisposable {
  /** Two points or more, all of them good. */
  readonly healthy: GivenStore;
  /** How many points it holds. */
  readonly points: number;
  /** There, and without any point. */
  readonly empty: GivenStore;
  readonly missing: GivenStore;
  /** With `unreadable` in `has`: there, but it cannot be looked at (a permission, a lock, what is no store). */
  readonly unreadable?: GivenStore;
  /** Fills this empty folder with a store whose newest point is damaged where its listing need not see it. */
  damaged(folder: string): Promise<GivenStore>;
  /** A store in this empty folder; `change` then alters the bytes of its newest point, or takes them away. */
  changing(folder: string): Promise<{ readonly store: GivenStore; readonly change: () => Promise<unknown> }>;
  /** With `wrongSecret` in `has`: the healthy one with a password or key that is not its own. */
  readonly wrongSecret?: GivenStore;
  /** What `init` is given for the healthy store, with the environment that a person would have set. Absent: no place says that it is this tool's. */
  readonly place?: {
    readonly place: string;
    readonly env?: Readonly<Record<string, string>>;
    /** What the options of the command say, such as an endpoint. */
    readonly options?: Readonly<Record<string, unknown>>;
  };
  /** What shows that the newest point of the healthy store came back when somebody typed what the tool prints for people. */
  readonly byHand: Omit<Typing, 'env'> & {
    /** Asked at the end, and what it prints; the component is called `part`. */
    readonly asked: string;
    readonly answer: string;
  };
  /** Every secret of these stores: must not be in anything that is said, nor in arguments. */
  readonly secrets: readonly string[];
  /** Pieces of names of files, hosts or objects in these stores: must not be in anything that is recorded. */
  readonly names: readonly string[];
  /** The clock, if the points are not of now. */
  readonly now?: string;
}

type Special = 'wrongSecret' | 'unreadable';

/** One backup tool and how its stores are made. */
export interface BackupToolCase {
  readonly tool: BackupTool;
  /** What not every tool can have. */
  readonly has?: readonly Special[];
  readonly make: () => Promise<GivenTool>;
}

const never = new AbortController().signal;

/** The suite: what every backup tool must do, whatever it is. */
export function describeBackupTool({ tool, make, has = [] }: BackupToolCase): void {
  describe(`${tool.name} is a backup tool`, () => {
    let given: GivenTool;
    beforeAll(async () => {
      given = await make();
    });
    afterAll(() => given[Symbol.asyncDispose]());

    for (const one of cases.filter(({ needs }) => needs === undefined || has.includes(needs)))
      test.runIf(one.asRoot !== true || process.getuid?.() === 0)(one.title, async () => {
        await expect(one.run({ tool, given })).resolves.toBeUndefined();
      });
  });
}

interface At {
  readonly tool: BackupTool;
  readonly given: GivenTool;
}

interface Case {
  readonly title: string;
  readonly needs?: Special;
  readonly asRoot?: true;
  run(at: At): Promise<void>;
}

const cases: readonly Case[] = [
  {
    title: 'lists every point, newest first, the same every time, and changes nothing',
    run: async ({ tool, given }) => {
      const access = accessOf({ tool, given }, given.healthy);
      const before = await treesOf(tool, access);
      const first = await tool.list(access, never);
      const second = await tool.list(access, never);

      assert.deepEqual(first, second);
      assert.equal(first.points.length, given.points);
      assert.ok(first.looked >= given.points);
      const moments = first.points.map(point => Date.parse(point.consistentAt ?? point.availableAt));
      assert.deepEqual(
        moments,
        [...moments].sort((a, b) => b - a),
      );
      assert.deepEqual(alarms(first.findings), []);
      assert.deepEqual(await treesOf(tool, access), before);
    },
  },
  {
    title: 'names a point by an id that is its own, and tells of it neither names nor secrets',
    run: async ({ tool, given }) => {
      const { points, findings } = await tool.list(accessOf({ tool, given }, given.healthy), never);

      assert.equal(new Set(points.map(({ id }) => id)).size, points.length);
      for (const point of points) {
        assert.match(point.id, /^[A-Za-z0-9][A-Za-z0-9._-]*$/);
        assert.equal(point.tool, tool.name);
        assert.ok(point.bytes > 0);
        for (const at of [point.availableAt, ...(point.consistentAt === null ? [] : [point.consistentAt])])
          assert.equal(new Date(at).toISOString(), at);
        assert.equal(point.consistentAt === null, point.consistentBasis === 'not-tested');
        // What is recorded of a point; `location` is the plan's own word.
        quiet(given, { ...point, handle: {}, location: '' });
        refuseSecrets(given, point);
      }
      quiet(given, findings);
    },
  },
  {
    title: 'says of an empty store that it is empty, and of a missing one that it could not look',
    run: async ({ tool, given }) => {
      const empty = await tool.list(accessOf({ tool, given }, given.empty), never);
      assert.deepEqual([empty.points, alarms(empty.findings)], [[], []]);

      const error = await refused(() => tool.list(accessOf({ tool, given }, given.missing), never), given);
      assert.match(error.code, /^(store-missing|store-unreadable|credentials-refused|network)$/);
    },
  },
  {
    title: 'says of a store that it cannot look at that it could not',
    needs: 'unreadable',
    run: async ({ tool, given }) => {
      await refused(() => tool.list(accessOf({ tool, given }, special(given, 'unreadable')), never), given);
    },
  },
  {
    title: 'fetches the same again, also over a half-filled folder, and writes nowhere else',
    run: async ({ tool, given }) => {
      await using folder = await newFolder();
      const access = accessOf({ tool, given }, given.healthy);
      const point = newest(await tool.list(access, never));
      const before = await treesOf(tool, access);
      const fetch = async (): Promise<Staged> =>
        tool.fetch(point, { store: inJail(access), staging: folder.path, progress: () => undefined }, never);

      const first = await fetch();
      const tree = await treeAt(folder.path, { dates: false });
      await halve(folder.path);
      const second = await fetch();

      assert.deepEqual([second.sha256, second.bytes, second.findings], [first.sha256, first.bytes, first.findings]);
      assert.match(first.sha256, /^[0-9a-f]{64}$/);
      assert.deepEqual(await treeAt(folder.path, { dates: false }), tree);
      assert.deepEqual(alarms(first.findings), []);
      assert.deepEqual(await treesOf(tool, access), before);
    },
  },
  {
    title: 'brings a point back through both jails, without a secret in any argument, and leaves nothing running',
    run: at => comesBack(at),
  },
  {
    title:
      'is brought back by whoever types what it prints for people, on a machine without Resurgam, with secrets in the environment alone',
    asRoot: true,
    run: at => isBroughtBackByHand(at),
  },
  {
    title: 'notices bytes that changed since they were listed',
    run: async ({ tool, given }) => {
      await using folder = await newFolder();
      await using staging = await newFolder();
      const { store, change } = await given.changing(folder.path);
      const access = accessOf({ tool, given }, store);
      const point = newest(await tool.list(access, never));
      await change();

      const fetching = tool.fetch(point, { store: inJail(access), staging: staging.path, progress: () => undefined }, never);
      const came = await fetching.catch((error: unknown) => error);

      if (came instanceof Error) sayBackupError(came, given);
      else
        assert.ok(
          (came as Staged).findings.some(({ required, outcome }) => required && outcome === 'failed'),
          'nobody noticed',
        );
    },
  },
  {
    title: 'stops when it is told to, with nothing left running',
    run: async ({ tool, given }) => {
      await using folder = await newFolder();
      const access = accessOf({ tool, given }, given.healthy);
      const point = newest(await tool.list(access, never));
      const before = await ownProcesses();
      const fetch = (stop: AbortSignal, progress = (): void => undefined): Promise<unknown> =>
        tool.fetch(point, { store: inJail(access), staging: folder.path, progress }, stop);

      assert.equal((await refused(() => tool.list(access, AbortSignal.abort()), given)).code, 'stopped');
      assert.equal((await refused(() => fetch(AbortSignal.abort()), given)).code, 'stopped');
      const stop = new AbortController();
      const came = await fetch(stop.signal, () => stop.abort()).catch((error: unknown) => error);

      // What is small may have come whole before it heard of it.
      if (came instanceof Error) assert.equal(sayBackupError(came, given).code, 'stopped');
      assert.deepEqual(await startedSince(before), []);
    },
  },
  {
    title: 'finds a damaged point out before anything is asked of it',
    run: at => damageIsFound(at),
  },
  {
    title: 'takes a wrong secret for our own trouble, never for a bad backup',
    needs: 'wrongSecret',
    run: async ({ tool, given }) => {
      await using staging = await newFolder();
      const access = accessOf({ tool, given }, special(given, 'wrongSecret'));
      const findings: Finding[] = [];

      const error = await refused(async () => {
        const listing = await tool.list(access, never);
        findings.push(...listing.findings);
        const point = newest(listing);
        findings.push(
          ...(await tool.fetch(point, { store: inJail(access), staging: staging.path, progress: () => undefined }, never)).findings,
        );
      }, given);

      assert.match(error.code, /^(credentials-refused|store-unreadable)$/);
      assert.deepEqual(
        findings.filter(({ outcome }) => outcome === 'failed'),
        [],
      );
    },
  },
  {
    title: 'is recognised by init where its backups lie, with a plan that loads and lists them, and nowhere else',
    run: at => isRecognised(at),
  },
  {
    title: 'has a page with a plan to copy, which loads as it stands and drills a healthy store',
    run: at => pageDrills(at),
  },
];

async function comesBack({ tool, given }: At): Promise<void> {
  await using sandbox = await newSandbox();
  const access = accessOf({ tool, given }, given.healthy);
  const point = newest(await tool.list(access, never));
  const logs: string[] = [];
  const { lines } = await commandLinesDuring(async () => {
    const staged = await fetchedBy(sandbox, { tool, point, access });
    quiet(given, staged.findings);
    const before = await ownProcesses();
    await using restoring = await targetFor(sandbox, { tool, point, staged, log: text => void logs.push(text) });
    const ready = new Map([...before, ...(await ownProcesses())]);
    const restored = await restoring.restore();

    assert.deepEqual([alarms(restored.findings), restored.usable], [[], true], logs.join('\n'));
    assert.ok(restored.tools.every(({ name, version }) => name !== '' && version !== ''));
    assert.deepEqual(await startedSince(ready), []);
    quiet(given, restored.findings);
    refuseSecrets(given, [restored, staged, logs]);
    const running = await restoring.start(restored);
    assert.deepEqual([alarms(running.findings), running.ready], [[], true], logs.join('\n'));
  });
  refuseSecrets(given, lines);
  assert.ok(lines.length > 0);
  const { verified, processes, mounts, bytes } = await sandbox.destroy();
  assert.deepEqual({ verified, processes, mounts, bytes }, { verified: true, processes: 0, mounts: 0, bytes: 0 });
}

async function isBroughtBackByHand({ tool, given }: At): Promise<void> {
  const { section, env } = accessOf({ tool, given }, given.healthy);
  const { asked, answer, ...typing } = given.byHand;
  const { fetch, restore, start = [], remarks } = tool.byHand(section, { component: 'part', major: null, port: 5432, database: null });
  const lines = [...HAND_PREPARE, ...fetch, ...restore, ...start, 'echo "=== asked"', asked];
  const typed = await typeAway(lines.join('\n'), { ...typing, env });

  assert.equal(typed.code, 0, `${typed.stdout}\n${typed.stderr}`);
  assert.equal(typed.stdout.split('=== asked\n')[1]?.trimEnd(), answer);
  refuseSecrets(given, [typed, lines, remarks]);
}

async function fetchedBy(
  sandbox: ToolSandbox,
  at: { readonly tool: BackupTool; readonly point: RecoveryPoint; readonly access: StoreAccess },
): Promise<Staged> {
  const answer = await fetchInFirstJail(sandbox, at);
  assert.equal(answer.type, 'staged', inspect(answer));
  return answer.staged;
}

async function damageIsFound({ tool, given }: At): Promise<void> {
  await using folder = await newFolder();
  await using sandbox = await newSandbox();
  const access = accessOf({ tool, given }, await given.damaged(folder.path));
  const listing = await tool.list(access, never);
  const findings = [...listing.findings];
  const bad = (): boolean => findings.some(({ required, outcome }) => required && outcome === 'failed');
  const [point] = listing.points;
  if (point !== undefined && !bad()) {
    const staged = await fetchedBy(sandbox, { tool, point, access });
    findings.push(...staged.findings);
    if (!bad()) {
      await using restoring = await targetFor(sandbox, { tool, point, staged, log: () => undefined });
      findings.push(...(await restoring.restore()).findings);
    }
  }
  assert.ok(bad(), `nothing failed: ${findings.map(({ code, outcome }) => `${code} ${outcome}`).join(', ')}`);
  quiet(given, findings);
}

async function isRecognised({ tool, given }: At): Promise<void> {
  await using foreign = await newFolder();
  const outside = (env = {}, options = {}): StoreAccess => {
    const access = accessOf({ tool, given }, { options: {}, env });
    return { ...access, section: { ...access.section, options }, pseudonym };
  };
  assert.equal(await tool.recognise(foreign.path, outside(), never), undefined);
  await mkdir(join(foreign.path, 'holiday'));
  await writeFile(join(foreign.path, 'holiday', 'notes.txt'), 'the keys are with the neighbours\n');
  await writeFile(join(foreign.path, 'beach.jpg'), Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex'));
  assert.equal(await tool.recognise(foreign.path, outside(), never), undefined);

  if (given.place === undefined) return;
  const found = await tool.recognise(given.place.place, outside(given.place.env, given.place.options), never);
  assert.ok(found !== undefined, 'it does not know its own');
  assert.match(found.component, /^[a-z][a-z0-9-]*$/);
  refuseSecrets(given, found);
  const text = stringify({
    plan: 'found',
    client: 'lakeside',
    contract: { rto: '4h', rpo: '30d' },
    components: { [found.component]: { backup: found.backup } },
  });
  const plan = loaded(text);
  const section = plan?.components[0]?.backup ?? null;
  assert.ok(section !== null);
  const listing = await tool.list({ ...accessOf({ tool, given }, given.healthy), section }, never);
  assert.equal(listing.points.length, given.points);
}

/** Throws for a plan that does not load. */
function loaded(text: string): LoadedPlan['plan'] {
  const vocabulary = { backupTools: tools, probes, services, sandboxes: ['namespace'] };
  const { plan, problems } = loadPlan({ file: '/srv/found.yaml', bytes: Buffer.from(text) }, vocabulary);
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  return plan;
}

/** Stores of these cases may be old, and may not say of when they are: only that is left open. */
const OF_AGE = /^(?:backup\.(?:stale|overdue|age)|objective\.|rpo\.)/;

async function pageDrills({ tool, given }: At): Promise<void> {
  assert.equal(loaded(planOnPage(tool.name))?.components[0]?.backup?.tool, tool.name);
  const record = await drilledByPage(tool, { options: given.healthy.options, access: accessOf({ tool, given }, given.healthy) });

  const said = [...alarms(record.findings), ...record.reasons];
  assert.deepEqual(
    said.filter(text => !OF_AGE.test(text)),
    [],
  );
  assert.match(record.verdict, said.length === 0 ? /^passed$/ : /^(?:objective-missed|inconclusive)$/);
  assert.ok(record.findings.some(({ outcome, probe }) => outcome === 'passed' && probe !== 'backup' && probe !== 'restore'));
  refuseSecrets(given, record);
}

function special(given: GivenTool, name: Special): GivenStore {
  const store = given[name];
  if (store === undefined) throw new Error(`the case says that it has ${name}`);
  return store;
}

/** What a drill gives an adapter; the options must be those that its own schema lets through. */
function accessOf({ tool, given }: At, store: GivenStore): StoreAccess {
  const options = Object.keys(store.options).length === 0 ? {} : z.strictObject(tool.options).parse(store.options);
  return {
    section: {
      ...{ tool: tool.name, job: null, encrypted: 'optional', options },
      ...{ size: { atLeastBytes: null, shrink: null, grow: null }, copies: { atLeast: null, offSite: null, locked: null } },
    },
    env: store.env ?? {},
    pseudonym,
    now: () => given.now ?? new Date().toISOString(),
  };
}

/** In the first jail nobody has the key that turns names into tokens. */
function inJail(access: StoreAccess): StoreAccess {
  return {
    ...access,
    pseudonym: () => {
      throw new Error('names cannot be turned into tokens while fetching');
    },
  };
}

function treesOf(tool: BackupTool, { section }: StoreAccess): Promise<readonly (readonly string[])[]> {
  return Promise.all(tool.reach(section).paths.map(path => treeAt(path)));
}

/** The point as it reaches the first jail: through JSON. */
function newest({ points }: Listing): RecoveryPoint {
  assert.ok(points[0] !== undefined, 'there is no point');
  return JSON.parse(JSON.stringify(points[0])) as RecoveryPoint;
}

/** As a run that was killed would leave it: one file is half there, one is not there at all. */
async function halve(folder: string): Promise<void> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) files.push(join(entry.parentPath, entry.name));
  const sized = await Promise.all(files.sort().map(async file => ({ file, size: (await stat(file)).size })));
  const [largest, ...rest] = sized.sort((a, b) => b.size - a.size);
  assert.ok(largest !== undefined, 'nothing was fetched');
  await truncate(largest.file, Math.floor(largest.size / 2));
  const last = rest.at(-1);
  if (last !== undefined) await rm(last.file);
}

/** What would be told to somebody: all that is required and did not pass. */
function alarms(findings: readonly (Pick<Finding, 'outcome' | 'required'> & { readonly code: string })[]): readonly string[] {
  return findings.filter(({ required, outcome }) => required && outcome !== 'passed').map(({ code, outcome }) => `${code} ${outcome}`);
}

async function refused(act: () => Promise<unknown>, given: GivenTool): Promise<BackupError> {
  const came = await act().then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(came instanceof Error, 'it did not refuse');
  return sayBackupError(came, given);
}

/** A "could not" of the known shape: a code, a sentence and what to do, without secrets or names. */
function sayBackupError(error: Error, given: GivenTool): BackupError {
  assert.ok(error instanceof BackupError, inspect(error));
  assert.ok(error.message.length > 0 && error.hint.length > 0);
  for (const name of given.names) assert.ok(!`${error.message} ${error.hint}`.includes(name), `it names ${name}`);
  refuseSecrets(given, inspect(error, { depth: 9 }));
  return error;
}

function quiet(given: GivenTool, recorded: unknown): void {
  const text = JSON.stringify(recorded);
  for (const name of given.names) assert.ok(!text.includes(name), `${name} would be recorded: ${text}`);
  refuseSecrets(given, recorded);
}

function refuseSecrets(given: GivenTool, said: unknown): void {
  const text = typeof said === 'string' ? said : JSON.stringify(said);
  for (const secret of given.secrets) assert.ok(!text.includes(secret), 'a secret is told');
}
