import { endAfter, seal, type Entry, type LedgerEnd, type Sealing } from '../evidence/entry.ts';
import type { Subject } from '../evidence/statement.ts';
import type { SubjectFile } from './subject-files.ts';

/** An entry, and the files that it will vouch for. */
export interface Appending {
  readonly entry: Entry;
  readonly files?: readonly SubjectFile[];
  /** Its number in the outbox, where machines share the ledger: of two that say it, one does. */
  readonly waiting?: number;
}

export interface SealingAll {
  readonly signers: Sealing['signers'];
  readonly now: () => string;
  /** Sees to the files before anybody vouches for them. */
  readonly subjectsOf: (files: readonly SubjectFile[]) => Promise<readonly Subject[]> | readonly Subject[];
}

/** Lines that follow one another, without their newlines. */
export async function sealAll(all: readonly Appending[], from: LedgerEnd, sealing: SealingAll): Promise<readonly Buffer[]> {
  const lines: Buffer[] = [];
  let end = from;
  for (const { entry, files = [] } of all) {
    const subjects = await sealing.subjectsOf(files);
    const sealed = seal(entry, end, { signers: sealing.signers, now: sealing.now(), subjects });
    lines.push(sealed.line);
    end = endAfter(sealed, end);
  }
  return lines;
}

/** As they stand in the file: one behind the other, without the last newline. */
export function joined(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from('\n'), line])));
}
