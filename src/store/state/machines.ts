import { provenMachine } from '../machine.ts';
import type { MachineKeyRow } from '../shared-ledger.ts';
import type { State } from './state.ts';

/** A machine that asked to sign for clients, and what became of it. */
export interface MachineRow {
  /** Hex SHA-256 of its public key: what tells it from others, whatever it calls itself. */
  readonly fingerprint: string;
  readonly name: string;
  /** When it asked first. */
  readonly askedAt: string;
  /** Clients whose ledgers it may sign, or could sign until it was retired. */
  readonly admitted: readonly string[];
  /** Clients for which it waits. */
  readonly waiting: readonly string[];
}

/** Every machine that ever asked, in that order. Rows whose proof does not hold are no machine's. */
export async function machinesOf(state: State): Promise<readonly MachineRow[]> {
  const rows = await state.all(tx =>
    tx.query(
      `select client, keyid, public_key as "publicKey", machine, identity, exchange, proof, asked_at as "askedAt", admitted_at as "admittedAt"
         from machine_key order by asked_at, client`,
    ),
  );
  const machines = new Map<string, MachineRow>();
  for (const row of rows as unknown as readonly (MachineKeyRow & { readonly client: string })[]) {
    const fingerprint = provenMachine(row, row.client)?.identity.keyid;
    if (fingerprint === undefined) continue;
    const { admitted, waiting, ...one } = machines.get(fingerprint) ?? none(row, fingerprint);
    const isIn = row.admittedAt !== null;
    machines.set(fingerprint, {
      ...one,
      admitted: isIn ? also(admitted, row.client) : admitted,
      waiting: isIn ? waiting : also(waiting, row.client),
    });
  }
  return [...machines.values()];
}

function none(row: MachineKeyRow, fingerprint: string): MachineRow {
  return { fingerprint, name: row.machine, askedAt: row.askedAt, admitted: [], waiting: [] };
}

function also(clients: readonly string[], client: string): readonly string[] {
  return clients.includes(client) ? clients : [...clients, client];
}
