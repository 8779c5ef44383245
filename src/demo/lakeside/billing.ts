import { join } from 'node:path';
import { readdir, readFile, rename, stat, writeFile } from '../../system/files.ts';
import { startS3Server, type S3Server } from '../s3-server/server.ts';
import { SourceError, startSource } from '../source.ts';
import { stamp, type SamplePlace } from './place.ts';

export const BUCKET = 'lakeside-billing';
/** As the plan says it. */
const PORT = 18_333;

export interface BillingOptions {
  /** Further SQL before the dump: what a fault does to the source. */
  readonly sql?: string;
}

/** A dump of the billing system and its roles, as they are then put into a bucket. */
export async function makeBilling({ folder, stop }: SamplePlace, { sql = 'select 1' }: BillingOptions = {}): Promise<void> {
  const source = await startSource(stop);
  const query = (database: string, text: string): Promise<unknown> =>
    source.client('psql', ['-qXd', database, '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-c', text]);
  try {
    await query('postgres', 'create database billing');
    await query('billing', `${TABLES}; update public.resurgam_heartbeat set at = clock_timestamp(); ${sql}`);
    const part = join(folder, 'dump.part');
    await source.client('pg_dump', ['-Fc', '-d', 'billing', '-f', part]);
    await rename(part, join(folder, `billing-${stamp()}.dump`));
    await writeFile(join(folder, 'globals.sql'), (await source.client('pg_dumpall', ['--globals-only'])).stdout);
  } finally {
    await source.close();
  }
}

/** The bucket with what is in the folder. Throws SourceError when its port is taken. */
export async function openBucket(folder: string, port = PORT): Promise<S3Server> {
  const server = await startS3Server({ port }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new SourceError(`port ${port} of this machine is taken: the bucket of the billing system is there`, `End what listens there.`);
  });
  server.buckets.create(BUCKET);
  for (const name of await readdir(folder)) {
    const { mtime: modifiedAt } = await stat(join(folder, name));
    server.buckets.put({ bucket: BUCKET, key: `dumps/${name}` }, await readFile(join(folder, name)), { modifiedAt });
  }
  return server;
}

const TABLES = `create schema billing;
create role billing_clerk;
create table public.resurgam_heartbeat (at timestamptz not null); insert into public.resurgam_heartbeat values (now());
create table billing.payer (id integer primary key, name text not null unique);
insert into billing.payer select n, 'Payer ' || n from generate_series(1, 12) n;
create table billing.claim (id integer primary key, payer_id integer not null references billing.payer, service_on date not null,
  cents bigint not null check (cents > 0), state text not null check (state in ('open', 'sent', 'paid', 'denied')));
insert into billing.claim select n, 1 + n % 12, current_date - n % 300, 2500 + n % 40000,
  (array['open', 'sent', 'paid', 'paid', 'denied'])[1 + n % 5] from generate_series(1, 6000) n;
create table billing.payment (id integer primary key, claim_id integer not null unique references billing.claim, cents bigint not null);
insert into billing.payment select id, id, cents from billing.claim where state = 'paid';
create index on billing.claim (state, service_on);
grant usage on schema billing to billing_clerk; grant select, insert, update on all tables in schema billing to billing_clerk`;
