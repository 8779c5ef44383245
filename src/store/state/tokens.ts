import { randomBytes } from 'node:crypto';
import { sha256Hex } from '../../evidence/digest.ts';
import type { State, Tx } from './state.ts';

/** Who may take which matter with a link. */
export interface TokenOf {
  readonly client: string;
  readonly escalation: string;
  readonly contact: string;
}

/** A link's secret: 32 random bytes for one contact and one escalation. Only its SHA-256 is kept (escalation.md, section 4). */
export async function makeToken(tx: Tx, of: TokenOf, now: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await tx.query('insert into acknowledge_token (client, sha256, escalation, contact, made_at) values ($1, $2, $3, $4, $5)', [
    ...[of.client, sha256Hex(token), of.escalation, of.contact, now],
  ]);
  return token;
}

/** Whose link this is; undefined if it is none, was used, or its matter is resolved. */
export async function tokenOf(state: State, token: string): Promise<TokenOf | undefined> {
  const rows = await state.all(tx =>
    tx.query(
      `select t.client, t.escalation, t.contact from acknowledge_token t
         join escalation e on e.client = t.client and e.id = t.escalation
        where t.sha256 = $1 and t.used_at is null and e.resolved_at is null`,
      [sha256Hex(token)],
    ),
  );
  return rows[0] as TokenOf | undefined;
}

/** Marks it used. False if somebody else was faster. */
export async function useToken(tx: Tx, token: string, now: string): Promise<boolean> {
  const rows = await tx.query('update acknowledge_token set used_at = $2 where sha256 = $1 and used_at is null returning 1 as one', [
    sha256Hex(token),
    now,
  ]);
  return rows.length === 1;
}
