import { discardNext, makeNext, promoteNext, type MachineKeys } from './keys.ts';
import type { LedgerBody } from './ledger-body.ts';
import { askingFor } from './machine.ts';
import type { Sharing } from './sharing.ts';

/** A new machine key takes the place of the present one: announced in the ledger by both. */
export async function rotateKey(
  ledger: LedgerBody,
  sharing: Sharing | undefined,
): Promise<{ readonly keyid: string; readonly replaces: string }> {
  const signer = ledger.signer();
  const next = await makeNext(ledger.home, ledger.client);
  const machine = sharing === undefined ? {} : { machine: sharing.machine.identity.keyid };
  const key = { keyid: next.keyid, algorithm: 'ed25519', publicKey: next.pem, role: 'machine', replaces: signer.keyid } as const;
  // The other machines must know the key before they meet what it signed.
  await sharing?.shared.askFor(askingFor(sharing.machine, next, ledger.client));
  await ledger.reread(); // with the new key among those that may have signed
  await ledger.append(
    [{ entry: { type: 'key', actor: { kind: 'system', id: 'resurgam' }, fields: { ...key, ...machine } } }],
    [signer, next],
  );
  await sharing?.shared.admitted(next.keyid, null);
  await settleRotation(ledger, ledger.keys);
  return { keyid: next.keyid, replaces: signer.keyid };
}

/** A rotation that was broken off is finished if the ledger announced the new key, else given up. True if the keys have changed. */
export async function settleRotation({ home, client, inForce }: LedgerBody, { next }: MachineKeys): Promise<boolean> {
  if (next === undefined) return false;
  if (inForce.has(next.keyid)) await promoteNext(home, client);
  else await discardNext(home, client, next);
  return true;
}
