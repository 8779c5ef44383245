import { sha256Hex } from '../../evidence/digest.ts';
import type { Client } from '../../plan/client.ts';
import type { Tx } from './state.ts';

/**
 * Channels of this client whose other side said that they are gone for good (HTTP 410). They are not tried again until their setting in
 * client.yaml is another one, or a test message is taken.
 */
export async function goneChannels(tx: Tx, { client, channels }: Pick<Client, 'client' | 'channels'>): Promise<ReadonlySet<string>> {
  const rows = await tx.query('select channel, setting_sha256 from channel_gone where client = $1', [client]);
  const gone = rows.filter(row => digestOf(channels[String(row['channel'])]) === row['setting_sha256']);
  return new Set(gone.map(row => String(row['channel'])));
}

/** Remembers that it is gone, with the setting as it is now: references to secrets, never the secrets. */
export async function keepGone(
  tx: Tx,
  { client, channels }: Pick<Client, 'client' | 'channels'>,
  of: { readonly channel: string; readonly error: string; readonly at: string },
): Promise<void> {
  await tx.query(
    `insert into channel_gone (client, channel, setting_sha256, since, error) values ($1, $2, $3, $4, $5)
     on conflict (client, channel) do update set setting_sha256 = excluded.setting_sha256, since = excluded.since, error = excluded.error`,
    [client, of.channel, digestOf(channels[of.channel]), of.at, of.error],
  );
}

/** It took a message: it is there. */
export async function keepThere(tx: Tx, client: string, channel: string): Promise<void> {
  await tx.query('delete from channel_gone where client = $1 and channel = $2', [client, channel]);
}

function digestOf(setting: Client['channels'][string] | undefined): string {
  return sha256Hex(JSON.stringify(setting ?? null));
}
