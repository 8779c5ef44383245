import type { Client } from '../plan/client.ts';
import type { SecretReference } from '../plan/plan.ts';

/** Stands for "no channel of this contact is known": the try fails, and the ladder goes on. */
export const NO_CHANNEL = 'none';

type ChannelSetting = Client['channels'][string];

/** The names of a contact's channels in the order in which they are tried, each once. Without any in the file: by mail, if there is a way to send it. */
export function channelsOf(client: Client, contact: string): readonly string[] {
  const known = client.contacts[contact];
  if (known === undefined) return [];
  const named = [...new Set(known.channels)].filter(name => isSent(client.channels[name]));
  if (named.length > 0 || known.email === undefined) return named;
  return Object.entries(client.channels).flatMap(([name, setting]) => (setting.kind === 'email' ? [name] : []));
}

/** The channel that is tried after this one, passing over those that are gone; undefined if it was the last. */
export function channelAfter(
  client: Client,
  { contact, channel }: { readonly contact: string; readonly channel: string },
  gone: ReadonlySet<string>,
): string | undefined {
  const all = channelsOf(client, contact);
  const at = all.indexOf(channel);
  return at < 0 ? undefined : all.slice(at + 1).find(name => !gone.has(name));
}

/** Telephones are dialled by people: they stand in messages and reports, and nothing is sent by them. */
function isSent(setting: ChannelSetting | undefined): setting is ChannelSetting {
  return setting !== undefined && setting.kind !== 'phone' && setting.kind !== 'sms';
}

/** The settings of a channel with every reference to a secret replaced by the secret. Rejects like `secret`. */
export async function settingsOf(
  setting: ChannelSetting,
  secret: (reference: SecretReference) => Promise<string>,
): Promise<Readonly<Record<string, unknown>>> {
  const resolved: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(setting)) {
    if (name !== 'kind' && value !== undefined) resolved[name] = isReference(value) ? await secret(value) : value;
  }
  return resolved;
}

function isReference(value: unknown): value is SecretReference {
  return typeof value === 'object' && value !== null && ['env', 'file', 'command'].some(name => name in value);
}
