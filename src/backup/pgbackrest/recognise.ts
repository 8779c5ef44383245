import { join } from 'node:path';
import { readdir } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import type { Recognised } from '../backup.ts';
import { isAddress } from '../recognising.ts';
import { passVariable } from './options.ts';

/** Looks at a folder and says what a plan for it would be. Undefined: it is no repository. */
export async function recognise(place: string): Promise<Recognised | undefined> {
  if (isAddress(place)) return undefined;
  const stanzas = await readdir(join(place, 'backup')).catch(() => []);
  for (const stanza of stanzas.filter(name => /^[\w.-]{1,64}$/.test(name)).sort()) {
    const first = await beginningOf(join(place, 'backup', stanza, 'backup.info'));
    if (first === undefined) continue;
    const encrypted = first === 'Salted__';
    const cipherPass = encrypted ? { cipherPass: { env: passVariable(1) } } : {};
    return {
      component: 'database',
      backup: { tool: 'pgbackrest', stanza, repository: place, ...cipherPass, job: { every: '1h', grace: '20m' } },
      remarks: [
        `a pgBackRest repository${encrypted ? ', encrypted' : ''} with ${stanzas.length} stanzas`,
        'job.every is a guess: say how often the newest data should move on',
        ...(encrypted ? ['say where the passphrase (repo1-cipher-pass) is kept'] : []),
      ],
    };
  }
  return undefined;
}

/** `[cipher]` or `[backrest]` of a plain one; `Salted__` of an encrypted one; undefined for anything else. */
async function beginningOf(file: string): Promise<string | undefined> {
  try {
    await using source = await openFileSource(file);
    const first = (await source.read(0, 8)).toString('latin1');
    return first === 'Salted__' || first.startsWith('[') ? first : undefined;
  } catch {
    return undefined;
  }
}
