import { join } from 'node:path';
import { isCode, readFile, writeDurably } from '../system/files.ts';
import { storeError } from './error.ts';
import { privateFolder, type Home } from './home.ts';
import { clientHmac } from './keys.ts';
import type { SharedLedger } from './shared-ledger.ts';

/** What a drill saw, by component and probe kind: names of schema objects, counts, digests. The next drill is compared with it. */
export type DrillFacts = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

/** Where the facts of one drill are kept: on this machine, and where all machines that share the ledger find them. */
export interface FactsPlace {
  readonly client: string;
  readonly plan: string;
  readonly drill: string;
  readonly shared?: SharedLedger | undefined;
}

/** Keeps the facts with the client's HMAC over them: facts that somebody changed must not become what a backup is measured by. */
export async function saveFacts(home: Home, place: FactsPlace, facts: DrillFacts): Promise<void> {
  const folder = await privateFolder(home.facts(place.client, place.plan));
  const text = JSON.stringify(facts);
  const hmac = (await clientHmac(home, place.client))(`facts/${place.plan}/${place.drill}/${text}`);
  const kept = `{"hmac":"${hmac}","facts":${text}}\n`;
  await place.shared?.keepFacts(place.plan, place.drill, kept);
  try {
    await writeDurably(join(folder, `${place.drill}.json`), kept, 0o600);
  } catch (cause) {
    throw storeError(cause, folder);
  }
}

/** Undefined if there are none, or if they are not as they were kept. */
export async function readFacts(home: Home, place: FactsPlace): Promise<DrillFacts | undefined> {
  const kept = (await readKept(home, place)) ?? (await place.shared?.facts(place.plan, place.drill));
  const [, hmac, text] = /^\{"hmac":"([0-9a-f]{64})","facts":(.*)\}\n$/s.exec(kept ?? '') ?? [];
  if (hmac === undefined || text === undefined) return undefined;
  const expected = (await clientHmac(home, place.client))(`facts/${place.plan}/${place.drill}/${text}`);
  return hmac === expected ? (JSON.parse(text) as DrillFacts) : undefined;
}

async function readKept(home: Home, place: FactsPlace): Promise<string | undefined> {
  try {
    return await readFile(join(home.facts(place.client, place.plan), `${place.drill}.json`), 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
