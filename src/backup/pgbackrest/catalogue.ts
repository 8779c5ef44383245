import { z } from 'zod';
import { BackupError, type StoreAccess } from '../backup.ts';
import { pgbackrest, refused } from './command.ts';
import type { Repository } from './options.ts';

const Backup = z.looseObject({
  label: z.string().regex(/^[\w-]+$/),
  type: z.enum(['full', 'diff', 'incr']),
  error: z.boolean().nullish(),
  reference: z.array(z.string()).nullish(),
  archive: z.looseObject({ start: z.string().nullable(), stop: z.string().nullable() }),
  database: z.looseObject({ id: z.int() }),
  lsn: z.looseObject({ start: z.string(), stop: z.string() }).nullish(),
  timestamp: z.looseObject({ start: z.int(), stop: z.int() }),
  info: z.looseObject({ size: z.int(), repository: z.looseObject({ size: z.int().nullish() }).nullish() }),
});
export type KeptBackup = z.output<typeof Backup>;

const Stanza = z.looseObject({
  name: z.string(),
  backup: z.array(Backup),
  db: z.array(z.looseObject({ id: z.int(), 'system-id': z.string(), version: z.string() })),
  archive: z.array(z.looseObject({ id: z.string().regex(/^[\w.-]+$/), database: z.looseObject({ id: z.int() }) })),
  status: z.looseObject({ code: z.int(), message: z.string() }),
  cipher: z.string(),
  /** What was wrong is said of each repository; the stanza's own message is "other" then. */
  repo: z.array(z.looseObject({ status: z.looseObject({ message: z.string() }) })).nullish(),
});
export type Stanza = z.output<typeof Stanza>;

/** What `info` says of one repository. It exits with 0 whatever it finds: the status in its JSON counts. Throws BackupError. */
export async function catalogueOf(store: StoreAccess, repository: Repository, stop: AbortSignal): Promise<Stanza> {
  const result = await pgbackrest(store, { args: [`--repo=${repository.number}`, '--output=json', 'info'] }, stop);
  if (result.exitCode !== 0) throw refused('the repository could not be looked at', result);
  const stanza = stanzaIn(result.stdout);
  const { code, message } = stanza.status;
  // 0: fine; 1, 3: nothing of this stanza; 2: no backup yet. An error of its own is one text for all.
  if (code <= 3) return stanza;
  // What a wrong passphrase gives is noise, of which one cannot always tell that it was never decrypted.
  const sealed = stanza.cipher !== 'none' || result.stdout.includes('Salted__');
  const said = [message, ...(stanza.repo ?? []).map(({ status }) => status.message)].join('; ');
  throw refused('the repository could not be looked at', { ...result, stderr: `${sealed ? 'CryptoError ' : ''}${said}` });
}

/** Identifiers of systems are larger than what a number of JSON can hold exactly, and messages quote noise that is no JSON. */
export function stanzaIn(text: string): Stanza {
  try {
    const said: unknown = JSON.parse(text.replaceAll(/[\p{Cc}]/gu, ' ').replaceAll(/"system-id":\s*(\d+)/g, '"system-id":"$1"'));
    return z.array(Stanza).min(1).parse(said)[0] as Stanza;
  } catch (cause) {
    throw new BackupError('tool-failed', 'pgbackrest info said something that is not known', {
      hint: 'See whether a newer pgBackRest is installed than this release knows.',
      cause,
    });
  }
}
