import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { StoreAccess } from '../../src/backup/backup.ts';
import { ldif } from '../../src/backup/ldif/tool.ts';
import type { Finding } from '../../src/finding/finding.ts';
import { ldap } from '../../src/probe/ldap/ldap.ts';
import type { Facts } from '../../src/probe/probe.ts';
import { newSandbox, pseudonym, targetFor, type ToolSandbox } from '../conformance/tool-places.ts';
import { newFolder } from '../conformance/traces.ts';
import { bench, type Bench } from '../e2e/cli.ts';
import { directorySource, entriesOf, PASSWORD, SUFFIX, type DirectorySource } from '../fixtures/directory-source.ts';
import { questionTo } from '../fixtures/running-source.ts';

const never = new AbortController().signal;
let source: DirectorySource;
let sandbox: ToolSandbox;
let drills: Bench;
beforeAll(async () => {
  [source, sandbox, drills] = await Promise.all([directorySource(), newSandbox({ timeMs: 3_600_000 }), bench({ inProcess: true })]);
});
afterAll(async () => {
  await drills.remove();
  await sandbox[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

function accessTo(from: string, options: object): StoreAccess {
  return {
    section: {
      ...{ tool: 'ldif', job: null, encrypted: 'optional', options: z.strictObject(ldif.options).parse({ from, ...options }) },
      ...{ size: { atLeastBytes: null, shrink: null, grow: null }, copies: { atLeast: null, offSite: null, locked: null } },
    },
    ...{ env: {}, pseudonym, now: () => new Date().toISOString() },
  };
}

interface Given {
  readonly files: Readonly<Record<string, string | Buffer>>;
  readonly options?: object;
  readonly probes?: readonly object[];
  readonly baseline?: Facts;
}

interface Found {
  readonly said: readonly string[];
  readonly facts: Facts | undefined;
}

/** What a drill would find: the verbs of the tool, the service over it, and the probes. */
async function found({ files, options = {}, probes = [{}], baseline }: Given): Promise<Found> {
  await using store = await newFolder();
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(store.path, name), bytes);
  const access = accessTo(store.path, options);
  const listing = await ldif.list(access, never);
  const findings: Finding[] = [...listing.findings];
  const [point] = listing.points;
  if (point === undefined) return said(findings, undefined);
  findings.push(...((await ldif.inspect?.(point, access, never)) ?? []));
  const staged = await ldif.fetch(point, { store: access, staging: sandbox.ready.staging, progress: () => undefined }, never);
  findings.push(...staged.findings);
  for (const name of ['restored', 'directory-socket']) await rm(join(sandbox.ready.jail.folder, name), { recursive: true, force: true });
  await using restoring = await targetFor(sandbox, { tool: ldif, point, staged, log: () => undefined });
  const restored = await restoring.restore();
  findings.push(...restored.findings);
  if (!restored.usable) return said(findings, undefined);
  const service = await restoring.start(restored);
  findings.push(...service.findings);
  let facts: Facts | undefined;
  for (const given of probes) {
    const secret = (): Promise<string> => Promise.resolve(PASSWORD);
    const options_ = ldap.value.parse(given);
    const answer = await ldap.ask(questionTo(service, { options: options_, says: restored.says, baseline, secret }), never);
    findings.push(...answer.findings);
    facts ??= answer.facts;
  }
  findings.push(await service.stillUp());
  return said(findings, facts);
}

function said(findings: readonly Finding[], facts: Facts | undefined): Found {
  const bad = findings.filter(({ outcome }) => outcome !== 'passed');
  return { said: [...new Set(bad.map(({ code, outcome, required }) => `${code} ${outcome}${required ? '' : ' (note)'}`))], facts };
}

const both = (data: string): Given['files'] => ({ 'lakeside.ldif': data, 'config.ldif': source.config });
const without = (which: (entry: string) => boolean): string =>
  entriesOf(source.data)
    .filter(entry => !which(entry))
    .join('');
const ofPerson = (number: number) => `uid=doe-jane-${number},ou=people,${SUFFIX}`;

describe('a module that this machine lacks is not blamed on the backup', () => {
  const withModule = (): string => source.config.replace(/^olcModuleLoad: \{1\}ppolicy$/m, '$&\nolcModuleLoad: {2}ours');
  const foreign = (): string => source.data.replaceAll('\n ', '').replaceAll(/^userPassword:.*$/gm, 'userPassword: {OURS}digest');
  const signIn = { bind: ofPerson(3), password: { env: 'LDAP_PASSWORD' } };
  const LACK = 'restore.library-missing inconclusive';

  test('where nothing needs it, it is a note', async () => {
    const files = { 'lakeside.ldif': source.data, 'config.ldif': withModule() };

    expect((await found({ files, probes: [{}, signIn] })).said).toEqual([`${LACK} (note)`]);
  });

  test('where it may be what reads the passwords', async () => {
    const files = { 'lakeside.ldif': foreign(), 'config.ldif': withModule() };

    expect((await found({ files, probes: [{}, signIn] })).said).toEqual([`${LACK} (note)`, 'ldap.no-answer inconclusive']);
  });

  test('where it may be what brings the definitions', async () => {
    const data = source.data.replace('lakesideBadge: 1007\n', '$&oursBadge: 7\n');
    const files = { 'lakeside.ldif': data, 'config.ldif': withModule() };

    expect((await found({ files })).said).toEqual(['restore.schema-missing inconclusive', LACK]);
  });
});

describe('a healthy export passes without an alarm', () => {
  test('with its settings, and every question about it is answered', async () => {
    const probes = [
      {},
      { base: `ou=people,${SUFFIX}`, filter: '(objectClass=lakesidePerson)', atLeast: 30 },
      { entry: ofPerson(7), attributes: { lakesideBadge: '1007', cn: ['Jané Doe 7'], userPassword: true } },
      { bind: ofPerson(3), password: { env: 'LDAP_PASSWORD' } },
    ];

    const { said: alarms, facts } = await found({ files: both(source.data), probes });

    expect(alarms).toEqual([]);
    expect(facts).toMatchObject({ entries: 32, passwords: 30, classes: { lakesidePerson: 30, organizationalUnit: 1 } });
  });

  test('compressed, with comments, lines of any length and line ends of another system', async () => {
    const unfolded = source.data.replaceAll('\n ', '');
    const text = `version: 1\n# by night\n\n${unfolded}`.replaceAll('\n', '\r\n');

    expect(await found({ files: { 'lakeside.ldif.gz': gzipSync(text), 'config.ldif': source.config } })).toMatchObject({ said: [] });
  });

  test('that holds nothing but standard entries comes back without settings, which is told', async () => {
    const standard = source.data.replaceAll(/^(?:objectClass: lakesidePerson|lakesideBadge: .*)\n/gm, '');

    expect(await found({ files: { 'lakeside.ldif': standard } })).toMatchObject({
      said: ['restore.settings-not-in-backup skipped (note)'],
    });
  });

  test('referrals and subentries are counted with the other entries', async () => {
    const referral = `dn: ou=elsewhere,${SUFFIX}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\nref: ldap://elsewhere/${SUFFIX}\n\n`;
    const subentry = `dn: cn=policy,${SUFFIX}\nobjectClass: subentry\nobjectClass: extensibleObject\ncn: policy\nsubtreeSpecification: {}\n\n`;

    const { said: alarms, facts } = await found({ files: both(source.data + referral + subentry) });

    expect([alarms, facts]).toMatchObject([[], { entries: 34, classes: { referral: 1, subentry: 1 } }]);
  });

  test('in a whole drill, which tells no names', async () => {
    const folder = join(drills.folder, 'exports');
    await mkdir(folder);
    await writeFile(join(folder, `lakeside-${new Date().toISOString()}.ldif`), source.data);
    await writeFile(join(folder, 'config.ldif'), source.config);
    const plan = await drills.plan(
      'identity',
      `components:
  directory:
    backup: { tool: ldif, from: ${folder}, suffix: "${SUFFIX}" }
    probes:
      - ldap: all
      - ldap: { bind: "${ofPerson(3)}", password: { env: SIGN_IN } }
        name: A clerk signs in
`,
    );

    const { record, ran } = await drills.drill(plan, { SIGN_IN: PASSWORD });

    expect([record.verdict, record.reasons], ran.stderr).toEqual(['passed', []]);
    expect(JSON.stringify(record)).not.toMatch(/doe-jane|correct horse/);
  });
});

interface Case {
  readonly mode: string;
  readonly expected: readonly string[];
  readonly given: () => Given;
}

const cases: readonly Case[] = [
  {
    mode: 'the export is cut in the middle of an entry',
    expected: ['backup.truncated failed'],
    given: () => ({ files: both(source.data.slice(0, -400)) }),
  },
  {
    mode: 'the export is cut between two entries: only the drill before tells',
    expected: ['ldap.fewer-entries failed', 'ldap.passwords-lost failed'],
    given: () => ({
      files: both(entriesOf(source.data).slice(0, 12).join('')),
      baseline: { entries: 32, passwords: 30, classes: { lakesidePerson: 30 } },
    }),
  },
  {
    mode: 'slapcat wrote nothing, and gzip made a file of it',
    expected: ['backup.empty failed'],
    given: () => ({ files: { 'lakeside.ldif.gz': gzipSync('') } }),
  },
  {
    mode: 'an error message was stored as the backup',
    expected: ['backup.not-a-dump failed'],
    given: () => ({ files: { 'lakeside.ldif': 'slapcat: could not open database\n' } }),
  },
  {
    mode: 'the topmost entry is missing',
    expected: ['restore.suffix-missing failed'],
    given: () => ({ files: both(without(entry => entry.startsWith(`dn: ${SUFFIX}\n`))) }),
  },
  {
    mode: 'an entry above others is missing',
    expected: ['restore.parents-missing failed'],
    given: () => ({ files: both(without(entry => entry.startsWith('dn: ou=people'))) }),
  },
  {
    mode: 'X04: definitions of its own are in no backup',
    expected: ['restore.schema-missing failed', 'restore.settings-not-in-backup skipped (note)'],
    given: () => ({ files: { 'lakeside.ldif': source.data } }),
  },
  {
    mode: 'X04: the plan names settings that are not there',
    expected: ['backup.settings-missing failed'],
    given: () => ({ files: both(source.data), options: { config: '/srv/nowhere/config.ldif' } }),
  },
  {
    mode: 'a value is no base64 any more, which slapadd forgets and calls a success',
    expected: ['restore.values-unreadable failed'],
    given: () => ({ files: both(source.data.replace(/^userPassword:: \w{8}/m, 'userPassword:: ??ab??cd')) }),
  },
  {
    mode: 'an entry is there twice',
    expected: ['restore.duplicate-entries failed'],
    given: () => ({ files: both(source.data + (entriesOf(source.data)[9] ?? '')) }),
  },
  {
    mode: 'somebody who may not read passwords made the export',
    expected: ['ldap.no-passwords failed (note)', 'ldap.bind-refused failed'],
    given: () => ({
      files: both(source.data.replaceAll(/^userPassword::.*\n(?: .*\n)*/gm, '')),
      probes: [{}, { bind: ofPerson(3), password: { env: 'LDAP_PASSWORD' } }],
    }),
  },
  {
    mode: 'the newest export is of another directory',
    expected: ['backup.wrong-database failed'],
    given: () => ({ files: both(source.data.replaceAll('dc=lakeside,dc=example', 'dc=other,dc=example')), options: { suffix: SUFFIX } }),
  },
  {
    mode: 'it asks to read files of the machine that restores it',
    expected: ['restore.runs-programs failed'],
    given: () => ({ files: both(source.data.replace(/^lakesideBadge: .*$/m, 'lakesideBadge:< file:///etc/passwd')) }),
  },
  {
    mode: 'what must be found is not what came back',
    expected: ['ldap.too-few failed', 'ldap.entry-missing failed', 'ldap.attribute-differs failed', 'ldap.attribute-missing failed'],
    given: () => ({
      files: both(source.data),
      probes: [
        { filter: '(objectClass=lakesidePerson)', atLeast: 31 },
        { entry: `uid=nobody,ou=people,${SUFFIX}` },
        { entry: ofPerson(1), attributes: { sn: 'Roe' } },
        { entry: ofPerson(1), attributes: { mail: true } },
      ],
    }),
  },
];

describe('every damage of an export is seen, with the finding that names it', () => {
  test.each(cases.map(one => [one.mode, one] as const))('%s', async (_, { expected, given }) => {
    expect((await found(given())).said).toEqual(expect.arrayContaining([...expected]));
  });
});
