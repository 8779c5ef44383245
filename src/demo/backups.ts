import { Readable } from 'node:stream';
import { mkdir, open, rename, rm, stat, writeFile } from '../system/files.ts';
import { clinicSql } from './clinic.ts';
import type { Source } from './source.ts';

const DATABASE = 'ehr';

/** Makes the clinic's database in an empty source. */
export async function makeClinic(source: Source, rows: number): Promise<void> {
  await source.client('psql', ['-qXd', 'postgres', '-c', `create database ${DATABASE}`]);
  const script = Readable.from(clinicSql({ rows, heartbeatAt: new Date().toISOString() }));
  await source.client('psql', ['-qXd', DATABASE, '-v', 'ON_ERROR_STOP=1', '-f', '-', '-o', '/dev/null'], script);
}

/** A backup as a careful job takes it: the heartbeat beats, the dump is written under another name and appears when it is whole. Gives its path. */
export async function takeBackup(source: Source, folder: string, without: readonly string[] = []): Promise<string> {
  await mkdir(folder, { recursive: true });
  await source.client('psql', ['-qXd', DATABASE, '-c', 'update public.resurgam_heartbeat set at = clock_timestamp()']);
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const file = `${folder}/${DATABASE}-${stamp}Z.dump`;
  const part = `${file}.part`;
  try {
    await source.client('pg_dump', ['-Fc', '-d', DATABASE, '-f', part, ...without.map(table => `--exclude-table=${table}`)]);
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
  const globals = await source.client('pg_dumpall', ['--globals-only']);
  await writeFile(`${folder}/globals.sql`, globals.stdout);
  return file;
}

/** Cuts a file off, as a full disk or a lost connection does. */
export async function cutOff(file: string, share: number): Promise<void> {
  const { size } = await stat(file);
  const handle = await open(file, 'r+');
  try {
    await handle.truncate(Math.floor(size * share));
  } finally {
    await handle.close();
  }
}
