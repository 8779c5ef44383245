import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { BackupTool } from '../../../src/backup/backup.ts';
import { foreignSettings } from '../../../src/backup/ldif/restore.ts';
import { settingsIn } from '../../../src/backup/ldif/settings.ts';
import { ldif } from '../../../src/backup/ldif/tool.ts';
import { mariadbDump } from '../../../src/backup/mariadb-dump/tool.ts';
import { pgDump } from '../../../src/backup/pg-dump/tool.ts';
import { accessTo } from '../../fixtures/recovering.ts';

const never = new AbortController().signal;
const MANY = Array.from({ length: 400 }, (_, index) => index);
const MARIA =
  '-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB\n--\n-- Host: localhost    Database: ehr\n-- Server version\t10.11.6-MariaDB\n';
const POSTGRES = '--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.1\n-- Dumped by pg_dump version 15.1\n\n';

interface Beside {
  readonly tool: BackupTool;
  readonly backup: string;
  readonly text: string;
}

const PAIRS: readonly (readonly [string, Beside])[] = [
  [
    'accounts of MariaDB',
    {
      tool: mariadbDump,
      backup: `${MARIA}CREATE TABLE a (b int);\n-- Dump completed on 2026-11-01  1:00:00\n`,
      text: `${MARIA.replace('ehr', 'mysql')}${MANY.map(of => `CREATE USER \`u${of * 7919}\`@\`%\`;\n`).join('')}-- Dump completed\n`,
    },
  ],
  [
    'settings of a directory',
    {
      tool: ldif,
      backup: 'dn: dc=a\nobjectClass: domain\ndc: a\n\n',
      text: `dn: cn=config\ncn: config\n\n${MANY.map(of => `dn: cn=x${of * 7919},cn=config\ncn: x${of}\n\n`).join('')}`,
    },
  ],
  [
    'roles of PostgreSQL',
    {
      tool: pgDump,
      backup: `${POSTGRES}CREATE TABLE a (b int);\n--\n-- PostgreSQL database dump complete\n--\n\n`,
      text: `--\n-- PostgreSQL database cluster dump\n--\n\n${MANY.map(of => `CREATE ROLE u${of * 7919};\n`).join('')}--\n-- PostgreSQL database cluster dump complete\n--\n\n`,
    },
  ],
];

/** What is said about the file beside a backup once both are fetched. */
async function said({ tool, backup }: Beside, name: string, beside: Buffer): Promise<readonly string[]> {
  const folder = await mkdtemp('/tmp/rsg-beside-');
  const staging = await mkdtemp('/tmp/rsg-staging-');
  try {
    await writeFile(join(folder, tool === ldif ? 'a.ldif' : 'a.sql'), backup);
    await writeFile(join(folder, name), beside);
    const store = accessTo(tool, { from: folder });
    const [point] = (await tool.list(store, never)).points;
    if (point === undefined) throw new Error('there is no point');
    const { findings } = await tool.fetch(point, { store, staging, progress: () => undefined }, never);
    return findings.filter(found => found.required && found.outcome !== 'passed').map(found => `${found.code} ${String(found.object)}`);
  } finally {
    await Promise.all([folder, staging].map(one => rm(one, { recursive: true, force: true })));
  }
}

describe.each(PAIRS)('%s beside a backup', (_, pair) => {
  const packed = gzipSync(pair.text);
  const what = { [mariadbDump.name]: 'accounts', [ldif.name]: 'settings', [pgDump.name]: 'roles' }[pair.tool.name] ?? '';

  test('are no matter when they are whole', async () => {
    expect(await said(pair, 'beside', Buffer.from(pair.text))).toEqual([]);
    expect(await said(pair, 'beside.gz', packed)).toEqual([]);
  });

  test('that were cut off fail the backup, packed or not', async () => {
    expect(await said(pair, 'beside', Buffer.from(pair.text.slice(0, -60)))).toEqual([`backup.truncated ${what}`]);
    expect(await said(pair, 'beside.gz', packed.subarray(0, packed.length >> 1))).toEqual([`backup.truncated ${what}`]);
  });
});

test('settings that name no database of the exported entries fail the restore', () => {
  const of = (suffix: string): readonly string[] =>
    foreignSettings(settingsIn(Buffer.from(`dn: olcDatabase={1}mdb,cn=config\nolcSuffix: ${suffix}\n\n`), 'dc=a')).map(({ code }) => code);

  expect([of('dc=a'), of('dc=b')]).toEqual([[], ['restore.settings-foreign']]);
  expect(foreignSettings(undefined)).toEqual([]);
});
