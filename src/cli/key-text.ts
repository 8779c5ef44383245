import type { PublicKey } from '../evidence/key.ts';

export interface ShownKey {
  readonly client: string;
  readonly origin: string;
  readonly key: PublicKey;
  /** Keys that signed earlier entries. */
  readonly retired: readonly PublicKey[];
}

/** `resurgam key show`: what a person reads out to an auditor. */
export function keyShowText({ client, origin, key, retired }: ShownKey): string {
  const lines = [`client   ${client}`, `ledger   ${origin}`, `key id   ${key.keyid}`, 'kind     Ed25519, signs entries and checkpoints'];
  lines.push(...retired.map(old => `retired  ${old.keyid}`), '', key.pem.trimEnd());
  return `${lines.join('\n')}\n`;
}

/** `resurgam key export`: public keys only, the present one first; a file that `openssl` reads begins with it. */
export function keyExportText({ key, retired }: Pick<ShownKey, 'key' | 'retired'>): string {
  return [key, ...retired].map(({ pem }) => pem).join('');
}

/** `resurgam key rotate`: what was done, and what a person must do now. */
export function keyRotateText(rotated: { readonly keyid: string; readonly replaces: string; readonly folder: string }): string {
  return `The key ${rotated.keyid}
now signs in place of ${rotated.replaces}, whose private half was destroyed.
The ledger says so in an entry signed by both.

Tell the new key id to everyone who verifies, by another way than this machine.
From now on verify.sh must be given the folder of keys:
  verify.sh ledger.jsonl checkpoint.txt ${rotated.folder}
`;
}
