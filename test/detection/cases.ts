import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SourceServer } from '../fixtures/source-server.ts';

const run = promisify(execFile);

/** What a mode is injected with: a source of which `ehr` is a copy that may be spoiled, and the folder of backups. */
export interface Given {
  readonly source: SourceServer;
  /** A database of its own for this case, a copy of the EHR. */
  readonly database: string;
  readonly backups: string;
  /** Drills the backups now and expects it to pass: what comes later is compared with it. */
  acceptedBefore(): Promise<void>;
}

/** One failure mode of failure-modes.md: how it is made with the real tools, and what the drill must say. */
export interface Case {
  readonly id: string;
  readonly mode: string;
  readonly verdict: 'failed' | 'objective-missed' | 'inconclusive' | 'passed';
  /** One of these codes must be among the findings, not passed. */
  readonly code: RegExp;
  /** Further lines of the plan. */
  readonly plan?: string;
  inject(given: Given): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** A `-Fc` dump under a usual name; `at` shifts only the file's date. */
export async function dump({ source, database, backups }: Given, options: readonly string[] = [], name = 'ehr.dump'): Promise<string> {
  const file = join(backups, name);
  await source.client('pg_dump', ['-Fc', '-f', file, ...options, database]);
  return file;
}

async function plain(given: Given, options: readonly string[] = []): Promise<string> {
  const { stdout } = await given.source.client('pg_dump', ['-Fp', '--verbose', ...options, given.database]);
  return stdout;
}

async function flip(file: string, share: number): Promise<void> {
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length * share);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  await writeFile(file, bytes);
}

async function cut(file: string, share: number): Promise<void> {
  const bytes = await readFile(file);
  await writeFile(file, bytes.subarray(0, Math.floor(bytes.length * share)));
}

/** Runs a shell pipeline as a backup script would: only the last command's exit code counts. */
export async function shell(script: string, given: Given): Promise<void> {
  await run('/bin/sh', ['-c', script], { cwd: given.backups, env: { ...given.source.env, DB: given.database } });
}

async function dated(file: string, agoMs: number): Promise<void> {
  const at = new Date(Date.now() - agoMs);
  await utimes(file, at, at);
}

const HEARTBEAT = `
    probes:
      - integrity: full
      - inventory: {}
      - newest: { query: select max(at) from resurgam_heartbeat, every: 1m }
`;

export const cases: readonly Case[] = [
  {
    id: 'A01',
    mode: 'a pipeline swallows the error of pg_dump and leaves an empty gzip',
    verdict: 'failed',
    code: /^(backup\.(empty|not-a-dump)|select\.no-recovery-point)$/,
    inject: given => shell('pg_dump nosuchdb | gzip > ehr.sql.gz; exit 0', given),
  },
  {
    id: 'A02',
    mode: 'the backup script backs up nothing and ends with exit 0',
    verdict: 'failed',
    code: /^(backup\.empty|select\.no-recovery-point)$/,
    inject: given => shell('pg_dump -p 1 "$DB" > ehr.sql 2>/dev/null; exit 0', given),
  },
  {
    id: 'A03',
    mode: 'the client is older than the server, and its complaint is the backup',
    verdict: 'failed',
    code: /^(backup\.not-a-dump|select\.no-recovery-point)$/,
    inject: given => shell('echo "pg_dump: error: aborting because of server version mismatch" | gzip > ehr.sql.gz', given),
  },
  {
    id: 'A04',
    mode: 'the error text is stored as the backup',
    verdict: 'failed',
    code: /^(backup\.not-a-dump|select\.no-recovery-point)$/,
    inject: given => shell('pg_dump -p 1 "$DB" > ehr.sql 2>&1; exit 0', given),
  },
  {
    id: 'A05',
    mode: 'the job has been failing for months and nobody looked',
    verdict: 'objective-missed',
    code: /^(backup\.stale|objective\.rpo-missed)$/,
    plan: 'old',
    inject: async given => {
      const file = join(given.backups, 'ehr.sql');
      const old = new Date(Date.now() - 60 * 24 * HOUR_MS).toISOString().replace('T', ' ').slice(0, 19);
      await writeFile(
        file,
        (await plain(given))
          .replace(/^-- Started on .*$/m, `-- Started on ${old} UTC`)
          .replace(/^-- Completed on .*$/m, `-- Completed on ${old} UTC`),
      );
      await dated(file, 60 * 24 * HOUR_MS);
    },
  },
  {
    id: 'A06',
    mode: 'the disk was full while dumping; the cut file was compressed and kept',
    verdict: 'failed',
    code: /^(backup\.truncated|restore\.(incomplete|truncated))$/,
    inject: async given => {
      await writeFile(join(given.backups, 'ehr.sql'), (await plain(given)).slice(0, 200_000));
      await shell('gzip ehr.sql', given);
    },
  },
  {
    id: 'A08',
    mode: 'a plain dump is cut in the middle of the rows of a table',
    verdict: 'failed',
    code: /^(backup\.truncated|restore\.(incomplete|truncated))$/,
    inject: async given => {
      const text = await plain(given);
      await writeFile(join(given.backups, 'ehr.sql'), text.slice(0, text.indexOf('COPY public.lab_result') + 5_000));
    },
  },
  {
    id: 'A09',
    mode: 'a custom-format dump is cut at 70 %',
    verdict: 'failed',
    code: /^(backup|restore)\.(truncated|corrupt|damaged)$/,
    inject: async given => cut(await dump(given), 0.7),
  },
  {
    id: 'A10',
    mode: 'one byte is flipped in the data of a custom-format dump',
    verdict: 'failed',
    code: /^(backup|restore)\.(truncated|corrupt|damaged)$/,
    inject: async given => flip(await dump(given), 0.6),
  },
  {
    id: 'A11',
    mode: 'a compressed tar is cut at 80 %',
    verdict: 'failed',
    code: /^(backup|restore)\.(truncated|corrupt|damaged|incomplete)$/,
    inject: async given => {
      await given.source.client('pg_dump', ['-Ft', '-f', join(given.backups, 'ehr.tar'), given.database]);
      await shell('gzip ehr.tar', given);
      await cut(join(given.backups, 'ehr.tar.gz'), 0.8);
    },
  },
  {
    id: 'A13',
    mode: 'one byte is flipped in an uncompressed tar that has a checksum beside it',
    verdict: 'failed',
    code: /^backup\.digest-mismatch$/,
    inject: async given => {
      const file = join(given.backups, 'ehr.tar');
      await given.source.client('pg_dump', ['-Ft', '-f', file, given.database]);
      await shell('sha256sum ehr.tar > ehr.tar.sha256', given);
      await flip(file, 0.5);
    },
  },
  {
    id: 'A14',
    mode: 'a dump was split and only its first part is there',
    verdict: 'failed',
    code: /^(backup|restore)\.(truncated|corrupt|damaged)$/,
    inject: async given => {
      await dump(given);
      await shell('split -b 100k ehr.dump ehr.dump. && rm ehr.dump && find . -name "ehr.dump.*" ! -name "*.aa" -delete', given);
    },
  },
  {
    id: 'A16',
    mode: 'an old dump is stored again every day under a new date',
    verdict: 'objective-missed',
    code: /^(backup\.redated|objective\.rpo-missed)$/,
    plan: 'job',
    inject: async given => {
      const old = new Date(Date.now() - 3 * 24 * HOUR_MS).toISOString().replace('T', ' ').slice(0, 19);
      await writeFile(
        join(given.backups, 'ehr.sql'),
        (await plain(given))
          .replace(/^-- Started on .*$/m, `-- Started on ${old} UTC`)
          .replace(/^-- Completed on .*$/m, `-- Completed on ${old} UTC`),
      );
    },
  },
  {
    id: 'A17',
    mode: 'another system writes to the same place',
    verdict: 'failed',
    code: /^(inventory\.(other-database|table-missing|object-missing)|backup\.wrong-database)$/,
    inject: async given => {
      await dump(given);
      await given.acceptedBefore();
      await given.source.createDatabase(`${given.database}_other`);
      await given.source.sql(
        `${given.database}_other`,
        'create table invoice (id int primary key); insert into invoice select generate_series(1, 500)',
      );
      await rm(join(given.backups, 'ehr.dump'));
      await dump({ ...given, database: `${given.database}_other` });
    },
  },
  {
    id: 'A18',
    mode: 'the test copy was dumped instead of production',
    verdict: 'failed',
    code: /^freshness\.data-older-than-point$/,
    plan: HEARTBEAT,
    inject: async given => {
      await given.source.sql(given.database, "update resurgam_heartbeat set at = now() - interval '20 days'");
      await dump(given);
    },
  },
  {
    id: 'A20',
    mode: 'the job stopped and the clean-up by age went on until nothing was left',
    verdict: 'failed',
    code: /^select\.no-recovery-point$/,
    inject: given => shell('touch -d "10 days ago" ehr.dump; find . -mtime +7 -delete; mkdir -p .', given),
  },
  {
    id: 'A22',
    mode: 'pg_dump could not read one table, and its exit code was ignored',
    verdict: 'failed',
    code: /^((backup|restore)\.(truncated|incomplete|corrupt|damaged|empty)|select\.no-recovery-point)$/,
    inject: async given => {
      await given.source.sql(
        given.database,
        `drop role if exists backup_${given.database}; create role backup_${given.database} login; grant select on patient to backup_${given.database}; grant usage on schema public to backup_${given.database}`,
      );
      await shell(`pg_dump -U backup_${given.database} -Fp "$DB" > ehr.sql 2>/dev/null; exit 0`, given);
    },
  },
  {
    id: 'P01',
    mode: 'the roles are in no backup, and the plan wants them',
    verdict: 'failed',
    code: /^restore\.roles-invented$/,
    plan: 'roles',
    inject: async given => {
      await given.source.sql(
        given.database,
        `do $$ begin create role clin_app login; exception when duplicate_object then null; end $$; alter table patient owner to clin_app`,
      );
      await dump(given);
    },
  },
  {
    id: 'P02',
    mode: 'owners and grants are left out of the dump',
    verdict: 'failed',
    code: /^inventory\.grants-missing$/,
    inject: async given => {
      await given.source.sql(
        given.database,
        `do $$ begin create role clin_app login; exception when duplicate_object then null; end $$; alter table patient owner to clin_app; grant select on encounter to clin_app`,
      );
      await dump(given);
      await given.acceptedBefore();
      await rm(join(given.backups, 'ehr.dump'));
      await dump(given, ['--no-owner', '--no-acl']);
    },
  },
  {
    id: 'P04',
    mode: 'pg_dump -n public leaves out extensions that indexes need',
    verdict: 'failed',
    code: /^restore\.errors$/,
    inject: async given => {
      await dump(given, ['-n', 'public']);
    },
  },
  {
    id: 'P05',
    mode: 'large objects are missing',
    verdict: 'failed',
    code: /^inventory\.large-objects-missing$/,
    inject: async given => {
      await dump(given);
      await given.acceptedBefore();
      await rm(join(given.backups, 'ehr.dump'));
      await dump(given, ['--no-blobs']);
    },
  },
  {
    id: 'P06',
    mode: 'the rows of a table are left out by a filter',
    verdict: 'failed',
    code: /^inventory\.rows-missing$/,
    inject: async given => {
      await dump(given);
      await given.acceptedBefore();
      await rm(join(given.backups, 'ehr.dump'));
      await dump(given, ['--exclude-table-data=film_actor']);
    },
  },
  {
    id: 'P09',
    mode: 'a statement in a plain dump is broken, which psql alone would not tell',
    verdict: 'failed',
    code: /^restore\.(errors|stopped-at-table|unexpected-command)$/,
    inject: async given =>
      writeFile(
        join(given.backups, 'ehr.sql'),
        (await plain(given)).replace('CREATE TABLE public.film_actor (', 'CREATE TABEL public.film_actor ('),
      ),
  },
  {
    id: 'P11',
    mode: 'duplicate keys under a damaged unique index: the key cannot be made again',
    verdict: 'failed',
    code: /^restore\.constraint-not-restored$/,
    inject: async given => {
      await given.source.sql(given.database, `update pg_index set indisready = false where indexrelid = 'patient_mrn_key'::regclass`);
      await given.source.sql(given.database, `insert into patient (name, mrn) values ('twin', 'M1')`);
      await given.source.sql(given.database, `update pg_index set indisready = true where indexrelid = 'patient_mrn_key'::regclass`);
      await dump(given);
    },
  },
  {
    id: 'P13',
    mode: 'the dump was taken from a replica that had stopped following',
    verdict: 'failed',
    code: /^freshness\.data-older-than-point$/,
    plan: HEARTBEAT,
    inject: async given => {
      await given.source.sql(given.database, "update resurgam_heartbeat set at = now() - interval '3 hours'");
      await dump(given);
    },
  },
  {
    id: 'P14',
    mode: 'a recovery conflict ended the dump in the middle of a table',
    verdict: 'failed',
    code: /^(backup|restore)\.(truncated|incomplete|corrupt|damaged)$/,
    inject: async given => {
      const text = await plain(given);
      const at = text.indexOf('COPY public.encounter');
      await writeFile(join(given.backups, 'ehr.sql'), text.slice(0, text.indexOf('\n', at + 20_000) + 1));
    },
  },
  {
    id: 'P16 X05',
    mode: 'the archive is of a format that no pg_restore here knows',
    verdict: 'inconclusive',
    code: /^(restore|backup)\.newer-format$/,
    inject: async given => {
      const file = await dump(given);
      const bytes = await readFile(file);
      bytes[6] = 99;
      await writeFile(file, bytes);
    },
  },
  {
    id: 'P17 P19',
    mode: 'a plain dump would drop and make a database of its name, and does so in the sandbox alone',
    verdict: 'passed',
    code: /^restore\.script-replaces-database$/,
    inject: async given => {
      await writeFile(join(given.backups, 'ehr.sql'), await plain(given, ['-C', '--clean', '--if-exists']));
    },
  },
  {
    id: 'P18',
    mode: 'a plain dump runs a program where it is restored',
    verdict: 'failed',
    code: /^restore\.runs-programs$/,
    inject: async given =>
      writeFile(
        join(given.backups, 'ehr.sql'),
        `${(await plain(given)).replace(/^\\restrict .*$/m, '')}\n\\! touch /tmp/rsg-pwned-${given.database}\n`,
      ),
  },
  {
    id: 'newest-incomplete',
    mode: 'the newest dump was cut off, an older one is whole',
    verdict: 'failed',
    code: /^(backup\.newer-incomplete|(backup|restore)\.(truncated|corrupt|damaged))$/,
    inject: async given => {
      const file = await dump(given);
      const older = join(given.backups, 'ehr-older.dump');
      await copyFile(file, older);
      await dated(older, HOUR_MS / 2);
      await cut(file, 0.5);
      await mkdir(join(given.backups, 'logs'), { recursive: true });
    },
  },
];

export const PLANS: Readonly<Record<string, string>> = {
  job: `contract: { rto: 4h, rpo: 24h }\ncomponents:\n  database:\n    backup: { tool: pg-dump, from: FROM, job: { every: 20h, grace: 1h } }\n`,
  old: `contract: { rto: 4h, rpo: 24h }\ncomponents:\n  database:\n    backup: { tool: pg-dump, from: FROM, job: { every: 20h, grace: 1h } }\n`,
  roles: `components:\n  database:\n    backup: { tool: pg-dump, from: FROM, roles: required }\n`,
};
