import { finding, type Finding } from '../../finding/finding.ts';
import { ServiceError } from '../service.ts';
import type { StartedServer } from './server.ts';

export interface ChosenDatabase {
  readonly database: string;
  readonly findings: readonly Finding[];
}

const DATABASES = `
  select d.datname as name, pg_database_size(d.oid) as bytes,
         case when to_jsonb(d) ->> 'datcollversion' is null then null
              else (to_jsonb(d) ->> 'datcollversion') is distinct from VERSION end as moved
  from pg_database d where d.datallowconn and not d.datistemplate
  order by d.datname = 'postgres', pg_database_size(d.oid) desc, d.datname`;

/** The database that is asked: the one that the plan names, else the largest that somebody made. A cluster has several, and a probe asks one. */
export async function chooseDatabase(server: StartedServer, wanted: string | undefined, major: number): Promise<ChosenDatabase> {
  const text = DATABASES.replace('VERSION', major >= 15 ? 'pg_database_collation_actual_version(d.oid)' : 'null');
  const question = { text, rows: 10_000, timeLimitMs: 60_000 };
  const rows = await server.pool.ask('template1', { question, before: [], after: undefined });
  const names = rows.map(row => String(row['name']));
  const database = wanted ?? names[0];
  if (database === undefined || !names.includes(database))
    throw new ServiceError('start-failed', 'the restored cluster has no such database to ask', {
      hint: 'Name one of its databases in the plan: `service: { engine: postgres, database: <name> }`.',
    });
  const moved = rows.filter(row => row['moved'] === true || row['moved'] === 't').length;
  const others = names.filter(name => name !== database && name !== 'postgres').length;
  const note = { probe: 'service', required: false, unit: 'databases' };
  return {
    database,
    findings: [
      ...(moved === 0 ? [] : [finding('service.collation-differs', 'inconclusive', { ...note, expected: 0, observed: moved })]),
      ...(others === 0 ? [] : [finding('service.databases-not-asked', 'skipped', { ...note, observed: others })]),
    ],
  };
}
