import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DumpFormat } from '../../src/backup/pg-dump/handle.ts';
import { integrity } from '../../src/probe/integrity/integrity.ts';
import { inventory } from '../../src/probe/inventory/inventory.ts';
import type { Answer, Facts } from '../../src/probe/probe.ts';
import { GO_ON, questionTo } from '../fixtures/running-source.ts';
import { restoreDump, stage } from '../fixtures/restoring.ts';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';
import { HEALTHY } from './healthy.ts';

let source: SourceServer;
beforeAll(async () => {
  source = await startSourceServer();
  await source.createDatabase('clinic');
  await source.sql('clinic', HEALTHY);
});
afterAll(() => source.stop());

interface Asked {
  readonly sound: Answer;
  readonly whole: Answer;
}

/** Dumps the clinic, restores it in a jail, and asks the two probes that every plan has. */
async function drillOf(format: DumpFormat, options: readonly string[] = [], baseline?: Facts): Promise<Asked> {
  const folder = await mkdtemp('/tmp/rsg-dump-');
  try {
    const file = join(folder, 'dump');
    await source.client('pg_dump', [`--format=${format}`, ...options, '-f', file, 'clinic']);
    await using staged = await stage(format === 'directory' ? file : await readFile(file), { format });
    await using restored = await restoreDump(staged);
    const service = await restored.start();
    const says = JSON.parse(JSON.stringify(restored.restored.says)) as Facts;
    const sound = await integrity.ask(questionTo(service, { options: { depth: 'full' }, says }), GO_ON);
    const whole = await inventory.ask(questionTo(service, { says, ...(baseline === undefined ? {} : { baseline }) }), GO_ON);
    return { sound, whole };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function told(answer: Answer): readonly string[] {
  return answer.findings.map(found => `${found.outcome} ${found.code}${found.object === null ? '' : ` ${found.object}`}`);
}

describe('a healthy dump', () => {
  test.each(['custom', 'directory', 'tar', 'plain'] as const)('in the %s format raises no alarm', async format => {
    const { sound, whole } = await drillOf(format);

    expect(told(sound)).toEqual(['skipped integrity.constraint-not-valid', 'passed integrity.ok', 'passed integrity.constraints-hold']);
    expect(told(whole)).toEqual(['passed inventory.ok', 'passed inventory.rows-ok']);
  });
});

describe('a dump that leaves something out', () => {
  test('P06: rows of one table are missed by the first drill already', async () => {
    const { whole } = await drillOf('custom', ['--exclude-table-data=clinic.note']);

    expect(told(whole)).toEqual(['failed inventory.data-left-out clinic.note']);
  });

  test('a table and large objects are missed since the last accepted drill', async () => {
    const accepted = await drillOf('custom');

    const { whole } = await drillOf('custom', ['--exclude-table=clinic.note', '--no-blobs'], accepted.whole.facts);

    expect(told(whole)).toEqual(['failed inventory.object-missing clinic.note', 'failed inventory.large-objects-missing']);
  });
});
