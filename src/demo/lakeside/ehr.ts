import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { mkdir, readFile, writeFile } from '../../system/files.ts';
import { makeClinic } from '../backups.ts';
import { startSource, type Source } from '../source.ts';
import { backUpDirectory } from './directory.ts';
import { script, SECRETS, stamp, type SamplePlace } from './place.ts';

const STANZA = 'ehr';
const DOCUMENTS = 120;
const MESSAGES = 40;

export interface EhrOptions {
  /** Rows of the clinic. */
  readonly rows?: number;
  /** Further SQL before the last segment is archived: what a fault does to the source. */
  readonly sql?: string;
}

/**
 * The components of the EHR, each backed up by its own tool in the order in which they fit together: the queue before the database that must
 * know its messages, the documents after the rows that refer to them.
 */
export async function makeEhr(place: SamplePlace, options: EhrOptions = {}): Promise<void> {
  await backUpInterface(place);
  await backUpDatabase(place, options);
  await backUpDirectory(join(place.folder, 'directory'), place.stop);
  await backUpDocuments(place);
}

/** A full backup, then more transactions, whose log is archived: the newest point is later than the backup. */
async function backUpDatabase({ folder, stop }: SamplePlace, { rows = 20_000, sql = '' }: EhrOptions): Promise<void> {
  const push = `pgbackrest --config=%folder%/pgbackrest.conf --stanza=${STANZA} archive-push %p`;
  const source = await startSource(stop, { initdb: ['--wal-segsize=1'], settings: { archive_mode: 'on', archive_command: push } });
  try {
    await source.shell(repositoryOf(source));
    await makeClinic(source, rows);
    const query = (text: string): Promise<unknown> => source.client('psql', ['-qXd', 'ehr', '-v', 'ON_ERROR_STOP=1', '-c', text]);
    await query(tables());
    await source.shell(`pgbackrest --config=$HOME/pgbackrest.conf --stanza=${STANZA} --type=full backup`);
    await query(`${messages()}${sql === '' ? '' : `; ${sql}`}`);
    await query('select pg_switch_wal()');
    await query('update public.resurgam_heartbeat set at = clock_timestamp()');
    await query('select pg_switch_wal()');
    await archived(source);
    await script(`cp -a ${source.folder}/repository ${folder}/pgbackrest && chown -R "$(id -u):$(id -g)" ${folder}/pgbackrest`, {
      cwd: folder,
      stop,
    });
  } finally {
    await source.close();
  }
}

function repositoryOf({ folder }: Source): string {
  return `mkdir repository
printf '%s\\n' '[global]' repo1-path=${folder}/repository repo1-cipher-type=aes-256-cbc 'repo1-cipher-pass=${SECRETS.pgbackrest}' start-fast=y \\
  log-level-file=off log-level-console=off lock-path=${folder}/lock compress-level=1 '[${STANZA}]' pg1-path=${folder}/data \\
  pg1-socket-path=${folder} pg1-user=postgres > pgbackrest.conf
pgbackrest --config=${folder}/pgbackrest.conf --stanza=${STANZA} stanza-create`;
}

/** Waits until the server has handed its last segment over. */
async function archived(source: Source): Promise<void> {
  await source.shell(`for i in $(seq 300); do
  [ -z "$(ls data/pg_wal/archive_status | grep '[.]ready$' || true)" ] && exit 0; sleep 0.1
done; echo 'the log was not archived within 30 s' >&2; exit 1`);
}

const documentOf = (n: number): { path: string; text: string; sha256: string } => {
  const path = `${String(n % 10)}/${String(n)}.json`;
  const text = JSON.stringify({
    resourceType: 'DocumentReference',
    id: String(n),
    content: `Letter ${String(n)} to a colleague`.repeat(20),
  });
  return { path, text, sha256: createHash('sha256').update(text).digest('hex') };
};

function tables(): string {
  const rows = Array.from({ length: DOCUMENTS }, (_, at) => documentOf(at + 1)).map(
    ({ path, sha256 }, at) => `(${String(at + 1)}, '${path}', '${sha256}')`,
  );
  return `create table clinic.stored_file (id integer primary key, path text not null unique, sha256 text not null);
insert into clinic.stored_file values ${rows.join(', ')};
create table clinic.interface_message (id serial primary key, control_id text not null unique, body text not null, received_at timestamptz not null default now());
create table clinic.vendor_module (name text primary key, state text not null);
insert into clinic.vendor_module values ('billing', 'licensed until 2028'), ('pharmacy', 'licensed until 2027')`;
}

function messages(): string {
  return `insert into clinic.interface_message (control_id, body) select 'MSG' || n, 'MSH|^~\\&|LAB|NORTH|EHR|LAKESIDE|||ORU^R01|MSG' || n || '|P|2.5' from generate_series(1, ${String(MESSAGES)}) n`;
}

async function backUpInterface({ folder, stop }: SamplePlace): Promise<void> {
  const sql = `create table queue (position integer primary key, control_id text not null, state text not null);
with recursive n(i) as (select 1 union all select i + 1 from n where i < ${String(MESSAGES)}) insert into queue select i, 'MSG' || i, 'sent' from n;`;
  await mkdir(join(folder, 'interface'), { recursive: true });
  await script(`sqlite3 interface/queue-${stamp()}.db "${sql}"`, { cwd: folder, stop });
}

/** The application lies beside the documents that it serves. */
async function backUpDocuments({ folder, checkout, stop }: SamplePlace): Promise<void> {
  const source = join(folder, 'source');
  for (let n = 1; n <= DOCUMENTS; n += 1) {
    const { path, text } = documentOf(n);
    const file = join(source, 'documents', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await mkdir(join(source, 'application'), { recursive: true });
  await writeFile(join(source, 'application', 'server.pl'), await readFile(join(checkout, 'plans/lakeside/application/server.pl')));
  await script('restic -q --no-cache -r ../restic init && restic -q --no-cache -r ../restic backup . && cd .. && rm -rf source', {
    ...{ cwd: source, stop },
    env: { RESTIC_PASSWORD: SECRETS.restic },
  });
}
