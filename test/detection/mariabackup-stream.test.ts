import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bad, drillBackup } from '../fixtures/mariabackup-drilling.ts';
import { startMariaServer, type MariaServer } from '../../src/demo/lakeside/maria-server.ts';
import type { Recovered } from '../fixtures/recovering.ts';

const run = promisify(execFile);
const counted = 'select count(*) as n from ehr.visit';
let source: MariaServer;
let good: string;

/** A full backup and an increment, each as one stream. */
beforeAll(async () => {
  source = await startMariaServer();
  good = await mkdtemp('/tmp/rsg-mariabackup-stream-');
  await source.sql('create database ehr; use ehr; create table visit (id int primary key, note text)');
  await source.sql('use ehr; insert into visit select seq, md5(seq) from seq_1_to_1000');
  await source.settle();
  await stream('full');
  await source.sql('use ehr; insert into visit select seq, md5(seq) from seq_1001_to_1500');
  const lsn = /^to_lsn = (\d+)$/m.exec((await readFile(join(good, 'full.xb'))).toString('latin1'))?.[1] ?? '';
  await stream('inc', [`--incremental-lsn=${lsn}`]);
});
afterAll(async () => {
  await source.stop();
  await rm(good, { recursive: true, force: true });
});

async function stream(name: string, more: readonly string[] = []): Promise<void> {
  const args = ['--no-defaults', '--backup', '--stream=mbstream', `--socket=${source.socket}`, '--user=root', `--datadir=${source.data}`];
  const backup = execFile('mariabackup', [...args, `--target-dir=${source.folder}/tmp`, ...more], {
    encoding: 'buffer',
    maxBuffer: 1 << 28,
  });
  if (backup.stdout === null) throw new Error('it has no output');
  await pipeline(backup.stdout, createWriteStream(join(good, `${name}.xb`)));
}

const drill = (spoil: (store: string) => Promise<unknown>): Promise<Recovered> => drillBackup({ good, counted, spoil });

/** One that was made an hour ago. */
async function old(path: string): Promise<void> {
  const hourAgo = new Date(Date.now() - 3_600_000);
  await utimes(path, hourAgo, hourAgo);
}

describe('a backup as a stream', () => {
  test('comes back with its increment', async () => {
    const drilled = await drill(() => Promise.resolve());

    expect([bad(drilled), drilled.rows, drilled.point?.kind]).toEqual([[], 1500, 'incremental']);
    expect(drilled.point?.consistentBasis).not.toBe('not-tested');
  });

  test('comes back from a gzip', async () => {
    const drilled = await drill(async store => {
      await rm(join(store, 'inc.xb'));
      await run('gzip', [join(store, 'full.xb')]);
    });

    expect([bad(drilled), drilled.rows, drilled.point?.kind]).toEqual([[], 1000, 'full']);
  });

  test('that was cut is no recovery point, and that is said', async () => {
    const drilled = await drill(async store => {
      const path = join(store, 'inc.xb');
      await old(join(store, 'full.xb'));
      await truncate(path, (await stat(path)).size - 100);
      await utimes(path, new Date(Date.now() - 3_000_000), new Date(Date.now() - 3_000_000));
    });

    expect([bad(drilled), drilled.rows]).toEqual([['backup.newer-incomplete'], 1000]);
  });

  test('that was cut while it was packed is no recovery point either', async () => {
    const drilled = await drill(async store => {
      const path = join(store, 'full.xb.gz');
      await rm(join(store, 'inc.xb'));
      await run('gzip', [join(store, 'full.xb')]);
      await truncate(path, Math.floor((await stat(path)).size / 2));
      await old(path);
    });

    expect([bad(drilled), drilled.point]).toEqual([['backup.newer-incomplete'], undefined]);
  });

  test('an increment that is packed is not blamed for what cannot be told', async () => {
    const drilled = await drill(store => run('gzip', [join(store, 'inc.xb')]));

    expect([bad(drilled), drilled.rows]).toEqual([['backup.unsupported'], 1000]);
  });

  test('with a piece missing in the middle is damaged', async () => {
    const drilled = await drill(async store => {
      await rm(join(store, 'inc.xb'));
      const bytes = await readFile(join(store, 'full.xb'));
      await writeFile(join(store, 'full.xb'), Buffer.concat([bytes.subarray(0, 5_000), bytes.subarray(9_000)]));
    });

    expect([bad(drilled), drilled.restored]).toEqual([['backup.damaged'], undefined]);
  });

  test('with a byte that was changed is found by its checksum', async () => {
    const drilled = await drill(async store => {
      await rm(join(store, 'inc.xb'));
      const file = await open(join(store, 'full.xb'), 'r+');
      await file.write(Buffer.from([0x55, 0xaa]), 0, 2, 20_000);
      await file.close();
    });

    expect(bad(drilled)).toEqual(['restore.corrupt']);
  });

  test.each(['../evil', '/etc/evil', 'ehr/../../evil'])('that names %s is refused before it is unpacked', async name => {
    const drilled = await drill(async store => {
      await rm(join(store, 'inc.xb'));
      await rename(join(store, 'full.xb'), join(store, 'was'));
      await writeFile(join(store, 'full.xb'), Buffer.concat([pieces(name), await readFile(join(store, 'was'))]));
      await rm(join(store, 'was'));
    });

    expect([bad(drilled), drilled.restored]).toEqual([['backup.foreign-members'], undefined]);
  });
});

/** A file of one byte in a stream. */
function pieces(name: string): Buffer {
  const head = (kind: string): Buffer => Buffer.concat([Buffer.from(`XBSTCK01\0${kind}`), number(name.length, 4), Buffer.from(name)]);
  const content = Buffer.from('x');
  return Buffer.concat([head('P'), number(content.length, 8), number(0, 8), number(crc32(content), 4), content, head('E')]);
}

function number(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUInt32LE(value);
  return buffer;
}
