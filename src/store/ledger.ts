import { setTimeout as rest } from 'node:timers/promises';
import { EvidenceError } from '../evidence/error.ts';
import type { Entry } from '../evidence/entry.ts';
import { admitAsked, askedOf, settleAdmission } from './admission.ts';
import { StoreError, storeError } from './error.ts';
import { privateFolder, type Home } from './home.ts';
import { LedgerBody, Moved, type LedgerOptions, type LedgerPosition } from './ledger-body.ts';
import type { LedgerPaths } from './ledger-folder.ts';
import type { LedgerIndex } from './ledger-index.ts';
import { withLock } from './lock.ts';
import { rotateKey } from './rotate-key.ts';
import type { Appending } from './seal-all.ts';
import type { MachineKeyRow } from './shared-ledger.ts';
import type { Sharing } from './sharing.ts';
import type { SubjectFile } from './subject-files.ts';

export type { LedgerOptions, LedgerPosition } from './ledger-body.ts';
export type { Appending } from './seal-all.ts';

/** So many entries share one write and one flush to the disk. */
const BATCH = 500;
/** How often another machine may be faster before we give up. */
const MOST_TRIES = 200;

/**
 * The ledger of one client, in a file. Every change takes the client's lock, reads what others wrote, and is durable when it resolves. Where
 * machines share it the file is this machine's copy: what is appended stands in the shared ledger first, and comes back from there.
 */
export class Ledger {
  readonly home: Home;
  readonly client: string;
  readonly paths: LedgerPaths;
  readonly #body: LedgerBody;

  constructor(home: Home, client: string, options: LedgerOptions) {
    this.#body = new LedgerBody(home, client, options);
    this.home = home;
    this.client = client;
    this.paths = this.#body.paths;
  }

  /** Of the genesis; never changes. */
  get origin(): string {
    return this.#body.origin;
  }

  /** What the ledger says of its drills, as it was read last. */
  get index(): LedgerIndex {
    return this.#body.index;
  }

  /** Undefined where this machine alone keeps it. */
  get sharing(): Sharing | undefined {
    return this.#body.options.sharing;
  }

  /** Of the last entry that we know. */
  position(): LedgerPosition {
    return this.#body.position();
  }

  /**
   * Reads the ledger; writes the genesis of a new one, and the end of what a crash broke off. Nothing is to be done, and no lock to be taken
   * (a lock is a process), while the ledger is as we know it. Throws StoreError `ledger-altered`, and `not-admitted` where machines share it.
   */
  async open(): Promise<void> {
    if (await this.#body.isAsSeen()) return;
    await this.#locked(async () => {
      if (this.sharing !== undefined) await settleAdmission(this.#body, this.sharing);
      await this.#body.keepPublic();
      if (!this.#body.hasCheckpoint) await this.#body.sign();
    });
  }

  /** Seals the entry behind the last one. The subjects are written before it, and taken away again if it cannot be. */
  append(entry: Entry, subjects: readonly SubjectFile[] = []): Promise<LedgerPosition> {
    return this.#locked(() => this.#body.append([{ entry, files: subjects }], [this.#body.signer()]));
  }

  /**
   * Appends what `decide` says once nobody else can write: it sees the ledger as it is then, so that two processes that decide the same
   * do it once. `now` is the time that the next entry will have at the least: the clock's, and never before the last entry. Gives how
   * many were appended. A write that fails takes away its own five hundred entries; those before stay.
   */
  async appendAll(
    decide: (index: LedgerIndex, now: string) => readonly Appending[],
  ): Promise<LedgerPosition & { readonly appended: number }> {
    let appended = 0;
    return this.#locked(async () => {
      const { index, options } = this.#body;
      const clock = options.now();
      const all = decide(index, clock > index.at ? clock : index.at);
      for (let at = 0; at < all.length; at += BATCH) {
        const batch = all.slice(at, at + BATCH);
        await this.#body.append(batch, [this.#body.signer()]);
        appended += batch.length;
      }
      return { ...this.position(), appended };
    });
  }

  /** Signs the head. Recomputes the root of the last checkpoint from the lines as they are now, and never signs a ledger that forked. */
  checkpoint(): Promise<LedgerPosition> {
    return this.#locked(() => this.#body.sign());
  }

  /** A new machine key takes the place of the present one: announced in the ledger by both. */
  rotateKey(): Promise<{ readonly keyid: string; readonly replaces: string }> {
    return this.#locked(async () => {
      const rotated = await rotateKey(this.#body, this.sharing);
      await this.#body.reread();
      await this.#body.keepPublic();
      await this.#body.sign();
      return rotated;
    });
  }

  /** Admits the keys for which other machines asked, if `allowed` says so of the machine's fingerprint. Gives what was admitted. */
  async admit(allowed: (fingerprint: string) => boolean): Promise<readonly MachineKeyRow[]> {
    const { sharing } = this;
    if (sharing === undefined) return [];
    if (!(await askedOf(sharing.shared, this.client)).some(({ fingerprint }) => allowed(fingerprint))) return [];
    return this.#locked(() => admitAsked(this.#body, sharing, allowed));
  }

  async #locked<T>(act: () => Promise<T>): Promise<T> {
    await privateFolder(this.paths.folder);
    return withLock(this.home.lock(`ledger-${this.client}.lock`), async () => {
      try {
        return await this.#untilStill(act);
      } catch (error) {
        this.#body.forget();
        throw error instanceof EvidenceError ? error : storeError(error, this.paths.folder);
      }
    });
  }

  /** Our lock binds our processes; against other machines whoever is first has written, and the others look and decide anew. */
  async #untilStill<T>(act: () => Promise<T>): Promise<T> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      await this.#body.refresh();
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof Moved)) throw error;
        await rest(Math.random() * 50);
      }
    }
    throw new StoreError('busy', `the ledger of client ${this.client}: expected a moment in which nobody else writes, there was none`, {
      hint: 'Try again; if it stays so, look at what the other machines are doing.',
    });
  }
}

/** Opens the ledger of a client and begins it at first use. Throws StoreError. */
export async function openLedger(home: Home, client: string, options: LedgerOptions): Promise<Ledger> {
  const ledger = new Ledger(home, client, options);
  await ledger.open();
  return ledger;
}
