import { StoreError } from '../error.ts';
import type { Appended, MachineKeyRow, SharedEnd, SharedLedger, SharedWith } from '../shared-ledger.ts';
import type { SubjectFile } from '../subject-files.ts';
import type { State, Tx } from './state.ts';

/** A ledger in the tables of the state. `state` is opened at the first question. */
export function sharedLedger(state: () => Promise<State>, client: string): SharedLedger {
  const of = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => (await state()).of(client, work);
  return {
    end: seq => of(tx => readEnd(tx, client, seq)),
    lines: (seq, most) => of(tx => readLines(tx, client, { seq, most })),
    append: (size, lines, rest) => appendLines(of, client, { size, lines, ...rest }),
    files: names => of(tx => readFiles(tx, client, names)),
    checkpoints: above =>
      of(tx =>
        tx.query('select size, text from ledger_checkpoint where client = $1 and size > $2 order by size', [client, above]),
      ) as never,
    keepCheckpoint: (size, text) =>
      of(tx =>
        tx.query('insert into ledger_checkpoint (client, size, text) values ($1, $2, $3) on conflict do nothing', [client, size, text]),
      ).then(nothing),
    ...keyTable(of, client),
    ...factsTable(of, client),
    ...beatTable(of, client),
  };
}

type Of = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

const nothing = (): void => undefined;

async function readEnd(tx: Tx, client: string, seq: number): Promise<SharedEnd> {
  const [row] = await tx.query(
    `select coalesce((select seq + 1 from ledger_line where client = $1 order by seq desc limit 1), 0) as size,
       (select encode(sha256, 'hex') from ledger_line where client = $1 and seq = $2) as digest`,
    [client, seq],
  );
  return { size: Number(row?.['size']), digest: (row?.['digest'] as string | null) ?? undefined };
}

async function readLines(
  tx: Tx,
  client: string,
  { seq, most }: { readonly seq: number; readonly most: number },
): Promise<readonly Buffer[]> {
  const rows = await tx.query('select line from ledger_line where client = $1 and seq >= $2 order by seq limit $3', [client, seq, most]);
  return rows.map(({ line }) => Buffer.from(line as string));
}

interface Lines extends SharedWith {
  readonly size: number;
  readonly lines: readonly Buffer[];
}

/** Rolls the transaction back: what waited in the outbox is no longer there. */
class Taken extends Error {}

async function appendLines(of: Of, client: string, lines: Lines): Promise<Appended> {
  try {
    return await of(tx => appendIn(tx, client, lines));
  } catch (error) {
    if (error instanceof Taken) return 'taken';
    throw error;
  }
}

/** One writer at a time; whoever comes second sees that the ledger has grown, and must look again before it says anything. */
async function appendIn(tx: Tx, client: string, { size, lines, files, outbox }: Lines): Promise<Appended> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('ledger:' || $1, 0))`, [client]);
  if ((await readEnd(tx, client, size)).size !== size) return 'moved';
  if (outbox.length > 0) {
    const gone = await tx.query('delete from outbox where client = $1 and id = any($2::bigint[]) returning id', [client, outbox]);
    if (gone.length !== outbox.length) throw new Taken();
  }
  for (const { name, bytes } of files) await keepFile(tx, client, { name, bytes });
  await tx.query(
    `insert into ledger_line (client, seq, line, sha256)
     select $1, $2::bigint + g.place - 1, g.line, sha256(convert_to(g.line, 'UTF8')) from unnest($3::text[]) with ordinality as g(line, place)`,
    [client, size, lines.map(line => line.toString('utf8'))],
  );
  return 'appended';
}

/** Evidence is never written twice: the same bytes again are the same file. */
async function keepFile(tx: Tx, client: string, { name, bytes }: SubjectFile): Promise<void> {
  const given = Buffer.from(bytes);
  await tx.query(
    `insert into ledger_file (client, name, bytes, sha256) values ($1, $2, $3::bytea, sha256($3::bytea)) on conflict do nothing`,
    [client, name, given],
  );
  const [kept] = await tx.query('select 1 as same from ledger_file where client = $1 and name = $2 and sha256 = sha256($3::bytea)', [
    client,
    name,
    given,
  ]);
  if (kept !== undefined) return;
  throw new StoreError('ledger-altered', `${name} of client ${client}: expected the file that the ledger vouches for, it has other bytes`, {
    hint: 'Keep both as they are and compare them with the copies of the other machines; evidence is never written twice.',
  });
}

async function readFiles(tx: Tx, client: string, names: readonly string[]): Promise<readonly SubjectFile[]> {
  const rows = await tx.query('select name, bytes from ledger_file where client = $1 and name = any($2::text[])', [client, names]);
  return rows.map(({ name, bytes }) => ({ name: name as string, bytes: bytes as Buffer }));
}

function keyTable(of: Of, client: string): Pick<SharedLedger, 'keys' | 'askFor' | 'admitted'> {
  return {
    keys: async () => {
      const rows = await of(tx =>
        tx.query(
          `select keyid, public_key as "publicKey", machine, identity, exchange, proof, asked_at as "askedAt", admitted_at as "admittedAt", secret
             from machine_key where client = $1 order by asked_at, keyid`,
          [client],
        ),
      );
      return rows as unknown as readonly MachineKeyRow[];
    },
    askFor: ({ keyid, publicKey, machine, identity, exchange, proof }) =>
      of(tx =>
        tx.query(
          `insert into machine_key (client, keyid, public_key, machine, identity, exchange, proof) values ($1, $2, $3, $4, $5, $6, $7)
           on conflict do nothing`,
          [client, keyid, publicKey, machine, identity, exchange, JSON.stringify(proof)],
        ),
      ).then(nothing),
    admitted: (keyid, secret) =>
      of(tx =>
        tx.query(
          `update machine_key set admitted_at = coalesce(admitted_at, now()), secret = coalesce(secret, $3::jsonb) where client = $1 and keyid = $2`,
          [client, keyid, secret === null ? null : JSON.stringify(secret)],
        ),
      ).then(nothing),
  };
}

function factsTable(of: Of, client: string): Pick<SharedLedger, 'facts' | 'keepFacts'> {
  return {
    facts: async (plan, drill) => {
      const [row] = await of(tx =>
        tx.query('select kept from drill_facts where client = $1 and plan = $2 and drill = $3', [client, plan, drill]),
      );
      return row?.['kept'] as string | undefined;
    },
    keepFacts: (plan, drill, kept) =>
      of(tx =>
        tx.query('insert into drill_facts (client, plan, drill, kept) values ($1, $2, $3, $4) on conflict do nothing', [
          client,
          plan,
          drill,
          kept,
        ]),
      ).then(nothing),
  };
}

function beatTable(of: Of, client: string): Pick<SharedLedger, 'beat' | 'endBeat' | 'beats'> {
  return {
    beat: (drill, machine) =>
      of(tx =>
        tx.query(
          `insert into drill_beat as b (client, drill, machine) values ($1, $2, $3) on conflict (client, drill) do update set beat = b.beat + 1`,
          [client, drill, machine],
        ),
      ).then(nothing),
    endBeat: drill => of(tx => tx.query('delete from drill_beat where client = $1 and drill = $2', [client, drill])).then(nothing),
    beats: async () => {
      const rows = await of(tx => tx.query('select drill, beat from drill_beat where client = $1', [client]));
      return new Map(rows.map(({ drill, beat }) => [drill as string, Number(beat)]));
    },
  };
}
