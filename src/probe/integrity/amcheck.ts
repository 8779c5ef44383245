import { randomBytes } from 'node:crypto';
import { textIn, trueIn, type Asker } from '../asker.ts';
import { refusalOf } from '../refusal.ts';
import { quoteName } from '../sql-name.ts';
import type { Tally } from './tally.ts';

/** The schema of amcheck's functions, quoted; undefined where there is none. */
export interface Amcheck {
  readonly schema: string;
  /** Table pages can be examined: from PostgreSQL 14 on. */
  readonly heap: boolean;
}

// Only the real thing: C functions of the extension's own library, and no other function of such a name beside them.
const INSTALLED = `
  select n.nspname as schema, bool_and(l.lanname = 'c' and p.probin = '$libdir/amcheck') as genuine, bool_or(p.proname = 'verify_heapam') as heap
  from pg_extension e
  join pg_namespace n on n.oid = e.extnamespace
  join pg_proc p on p.pronamespace = n.oid and p.proname in ('bt_index_check', 'bt_index_parent_check', 'verify_heapam')
  join pg_language l on l.oid = p.prolang
  where e.extname = 'amcheck'
  group by n.nspname`;

/** Runs `examine` with amcheck at hand. It is taken away again if the backup did not bring it, so that nobody counts it. */
export async function withAmcheck(asker: Asker, tally: Tally, examine: (amcheck: Amcheck | undefined) => Promise<void>): Promise<void> {
  const already = await installed(asker);
  if (already !== undefined) return examine(already);
  const schema = quoteName(`resurgam_${randomBytes(6).toString('hex')}`);
  if (!(await install(asker, schema))) return examine(undefined);
  try {
    await examine(await installed(asker));
  } finally {
    await remove(asker, schema);
  }
}

async function installed(asker: Asker): Promise<Amcheck | undefined> {
  const [row] = await asker.rows(INSTALLED);
  return trueIn(row, 'genuine') ? { schema: quoteName(textIn(row, 'schema')), heap: trueIn(row, 'heap') } : undefined;
}

async function install(asker: Asker, schema: string): Promise<boolean> {
  try {
    await asker.write(`create schema ${schema}`);
    await asker.write(`create extension amcheck with schema ${schema}`);
    return true;
  } catch (error) {
    if (refusalOf(error).final) throw error;
    await remove(asker, schema);
    return false;
  }
}

async function remove(asker: Asker, schema: string): Promise<void> {
  try {
    await asker.write(`drop schema if exists ${schema} cascade`);
  } catch (error) {
    // The server may be gone; then there is nothing to remove, and whoever asks next learns it.
    refusalOf(error);
  }
}
