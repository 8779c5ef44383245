import { findAccount, type Account } from '../system/account.ts';
import { RecoveryError } from './error.ts';

/** The account that is to own what is recovered. Throws RecoveryError `refused` if there is none, or if we may not give it anything. */
export async function ownerOf(name: string, component: string): Promise<Account> {
  const account = await findAccount(name);
  if (account === undefined)
    throw new RecoveryError(
      'refused',
      `${component}: there is no account ${name} on this machine`,
      'Make it (its package does so), or name another owner.',
    );
  const own = process.getuid?.();
  if (own === 0 || own === account.uid) return account;
  throw new RecoveryError(
    'refused',
    `${component}: only root can recover for ${name}`,
    `Run it as root or as ${name}, or name yourself as owner.`,
  );
}

/** As whom a program of it is started: we are this account already, or root. */
export function asOwner({ uid, gid }: Account): { readonly uid: number; readonly gid: number } | object {
  return process.getuid?.() === 0 ? { uid, gid } : {};
}
