import { createHash, randomBytes } from 'node:crypto';
import type { CheckPlace } from './backup-checks.ts';
import type { Tx } from './state.ts';

/** A new key for a job's pings: 32 random bytes in base64url. Whoever has it may ping, so it is shown once and kept nowhere. */
export function newPingKey(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a text can be a ping key at all. */
export function isPingKey(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}

/** What is kept of a key. A key of 256 random bits needs no salt. */
export function pingKeyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Keeps the SHA-256 of a key. False if there is one already and it is not to be replaced. */
export async function keepPingKey(
  tx: Tx,
  place: CheckPlace,
  kept: { readonly sha256: string; readonly now: string; readonly rotate: boolean },
): Promise<boolean> {
  const replace = 'do update set key_sha256 = excluded.key_sha256, made_at = excluded.made_at';
  const rows = await tx.query(
    `insert into ping_key (client, plan, component, key_sha256, made_at) values ($1, $2, $3, $4, $5)
     on conflict (client, plan, component) ${kept.rotate ? replace : 'do nothing'} returning plan`,
    [place.client, place.plan, place.component, kept.sha256, kept.now],
  );
  return rows.length > 0;
}

/** Whose pings these are. Over all clients: a ping says nothing but its key. Found by its hash, so that no time tells how near a guess was. */
export async function placeOfPingKey(tx: Tx, key: string): Promise<CheckPlace | undefined> {
  const rows = await tx.query('select client, plan, component from ping_key where key_sha256 = $1', [pingKeyHash(key)]);
  return rows[0] as unknown as CheckPlace | undefined;
}

/** Since when a component's job could ping; `null` if it has no key. */
export async function pingKeySince(tx: Tx, place: CheckPlace): Promise<string | null> {
  const rows = await tx.query('select made_at from ping_key where client = $1 and plan = $2 and component = $3', [
    ...[place.client, place.plan, place.component],
  ]);
  return (rows[0]?.made_at as string | undefined) ?? null;
}
