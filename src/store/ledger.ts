import { join } from 'node:path';
import { signCheckpoint } from '../evidence/checkpoint.ts';
import { EvidenceError } from '../evidence/error.ts';
import { emptyLedger, endAfter, seal, type Entry, type LedgerEnd, type SealedLine, type Sealing } from '../evidence/entry.ts';
import type { PublicKey, Signer } from '../evidence/key.ts';
import { isCode, stat, writeDurably } from '../system/files.ts';
import { appendLine, cutPartialLine } from './append-line.ts';
import { storeError } from './error.ts';
import { privateFolder, type Home } from './home.ts';
import { discardNext, machineKeys, makeNext, promoteNext, type MachineKeys } from './keys.ts';
import { checkpointName, ledgerPaths, type LedgerPaths } from './ledger-folder.ts';
import { LedgerIndex } from './ledger-index.ts';
import { keepUpPublicFiles } from './ledger-public.ts';
import { altered, readLedger, take, type ReadLedger } from './read-ledger.ts';
import { withLock } from './lock.ts';
import { writeSubjects, type SubjectFile } from './subject-files.ts';

export interface LedgerOptions {
  /** `<domain of the installation>/<client>`. Used once, for the genesis; from then on the ledger's own is valid. */
  readonly origin: string;
  readonly timeZone: string;
  readonly product: { readonly name: string; readonly version: string };
  readonly now: () => string;
}

/** Where a line, or the whole ledger, stands. */
export interface LedgerPosition {
  readonly seq: number;
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

/** An entry, and the files that it will vouch for. */
export interface Appending {
  readonly entry: Entry;
  readonly files?: readonly SubjectFile[];
}

/** So many entries share one write and one flush to the disk. */
const BATCH = 500;

const SYSTEM = { kind: 'system', id: 'resurgam' } as const;

/** The ledger of one client, in a file. Every change takes the client's lock, reads what others wrote, and is durable when it resolves. */
export class Ledger {
  readonly home: Home;
  readonly client: string;
  readonly paths: LedgerPaths;
  readonly #options: LedgerOptions;
  #read: ReadLedger | undefined;
  #keys: MachineKeys | undefined;
  #index = new LedgerIndex();
  /** The file as we know it. */
  #seen: string | undefined;

  constructor(home: Home, client: string, options: LedgerOptions) {
    this.home = home;
    this.client = client;
    this.paths = ledgerPaths(home.ledger(client));
    this.#options = options;
  }

  /** Of the genesis; never changes. */
  get origin(): string {
    return this.#read?.origin === undefined || this.#read.origin === '' ? this.#options.origin : this.#read.origin;
  }

  /** What the ledger says of its drills, as it was read last. */
  get index(): LedgerIndex {
    return this.#index;
  }

  /** Of the last entry that we know. */
  position(): LedgerPosition {
    const size = this.#read?.reader.size ?? 0;
    return { seq: size - 1, size, root: this.#read?.reader.tree.root().toString('base64') ?? '' };
  }

  /**
   * Reads the ledger; writes the genesis of a new one, and the end of what a crash broke off. Nothing is to be done, and no lock to be taken
   * (a lock is a process), while the file is as we know it. Throws StoreError `ledger-altered`.
   */
  async open(): Promise<void> {
    if (this.#read?.checkpoint !== undefined && this.#seen !== undefined && (await this.#stamp()) === this.#seen) return;
    await this.#locked(async () => {
      await keepUpPublicFiles(this.paths, this.#signer(), this.#known());
      if (this.#read?.checkpoint === undefined) await this.#sign();
    });
  }

  /** Seals the entry behind the last one. The subjects are written before it, and taken away again if it cannot be. */
  append(entry: Entry, subjects: readonly SubjectFile[] = []): Promise<LedgerPosition> {
    return this.#locked(() => this.#append([{ entry, files: subjects }], [this.#signer()]));
  }

  /**
   * Appends what `decide` says once nobody else can write: it sees the ledger as it is then, so that two processes that decide the same
   * do it once. `now` is the time that the next entry will have at the least: the clock's, and never before the last entry. Gives how
   * many were appended. A write that fails takes away its own five hundred entries; those before stay.
   */
  appendAll(decide: (index: LedgerIndex, now: string) => readonly Appending[]): Promise<LedgerPosition & { readonly appended: number }> {
    return this.#locked(async () => {
      const clock = this.#options.now();
      const all = decide(this.#index, clock > this.#index.at ? clock : this.#index.at);
      for (let index = 0; index < all.length; index += BATCH) await this.#append(all.slice(index, index + BATCH), [this.#signer()]);
      return { ...this.position(), appended: all.length };
    });
  }

  /** Signs the head. Recomputes the root of the last checkpoint from the lines as they are now, and never signs a ledger that forked. */
  checkpoint(): Promise<LedgerPosition> {
    return this.#locked(() => this.#sign());
  }

  /** A new machine key takes the place of the present one: announced in the ledger by both. */
  rotateKey(): Promise<{ readonly keyid: string; readonly replaces: string }> {
    return this.#locked(async () => {
      const signer = this.#signer();
      const next = await makeNext(this.home, this.client);
      const fields = { keyid: next.keyid, algorithm: 'ed25519', publicKey: next.pem, role: 'machine', replaces: signer.keyid } as const;
      this.#keys = await machineKeys(this.home, this.client);
      await this.#reread(); // with the new key among those that may have signed
      await this.#append([{ entry: { type: 'key', actor: SYSTEM, fields } }], [signer, next]);
      await this.#settleRotation();
      await keepUpPublicFiles(this.paths, this.#signer(), this.#known());
      await this.#sign();
      return { keyid: next.keyid, replaces: signer.keyid };
    });
  }

  async #stamp(): Promise<string | undefined> {
    try {
      return await stampOf(this.paths.lines);
    } catch (error) {
      throw storeError(error, this.paths.folder);
    }
  }

  async #locked<T>(act: () => Promise<T>): Promise<T> {
    await privateFolder(this.paths.folder);
    return withLock(this.home.lock(`ledger-${this.client}.lock`), async () => {
      try {
        await this.#refresh();
        return await act();
      } catch (error) {
        this.#seen = undefined;
        throw error instanceof EvidenceError ? error : storeError(error, this.paths.folder);
      }
    });
  }

  /** Reads what is in the file unless nobody touched it, and settles what a crash left half-done. */
  async #refresh(): Promise<void> {
    this.#keys = await machineKeys(this.home, this.client);
    const stamp = await stampOf(this.paths.lines);
    if (stamp !== undefined && stamp === this.#seen) return;
    await this.#reread();
    if (this.#read?.partial === true) await this.#recover(this.#read.bytes);
    else if (this.#read === undefined) await this.#begin();
    await this.#settleRotation();
  }

  async #reread(): Promise<void> {
    const { paths, client } = this;
    const index = new LedgerIndex();
    this.#read = await readLedger({ paths, client, keys: this.#known(), each: statement => index.take(statement) });
    this.#index = index;
    this.#seen = await stampOf(paths.lines);
  }

  /** The bytes behind the last newline were never acted on: the entry that they should have become does not exist. */
  async #recover(atByte: number): Promise<void> {
    const cut = await cutPartialLine(this.paths, atByte);
    await this.#reread();
    if (this.#read === undefined || this.#read.reader.size === 0) await this.#begin();
    const fields = { cutBytes: cut.bytes, cutSha256: cut.sha256 };
    await this.#append([{ entry: { type: 'ledger-recovered', actor: SYSTEM, fields } }], [this.#signer()]);
  }

  async #begin(): Promise<void> {
    const { origin, product, timeZone } = this.#options;
    const signer = this.#current();
    const key = { keyid: signer.keyid, algorithm: 'ed25519', publicKey: signer.pem } as const;
    const entry: Entry = { type: 'genesis', actor: SYSTEM, fields: { origin, product, ...key, timeZone } };
    await appendLine(this.paths, this.#seal(entry, this.#end(), { signers: [signer] }).line, 0);
    await this.#reread();
  }

  /** A rotation that was broken off is finished if the ledger announced the new key, else given up. */
  async #settleRotation(): Promise<void> {
    const next = this.#keys?.next;
    if (next === undefined || this.#read === undefined) return;
    if (this.#read.reader.keysInForce.has(next.keyid)) await promoteNext(this.home, this.client);
    else await discardNext(this.home, this.client, next);
    this.#keys = await machineKeys(this.home, this.client);
  }

  async #append(all: readonly Appending[], signers: readonly Signer[]): Promise<LedgerPosition> {
    const read = this.#read;
    if (read === undefined) throw altered(this.client, 'PARTIAL LAST LINE');
    const { lines, bytes } = await this.#write(all, signers, read.bytes);
    for (const line of lines) take(read.reader, line, { client: this.client, each: statement => this.#index.take(statement) });
    this.#read = { ...read, bytes };
    this.#seen = await stampOf(this.paths.lines);
    return this.position();
  }

  /** Lines that follow one another, with their files; durable, or not a byte of them. */
  async #write(
    all: readonly Appending[],
    signers: readonly Signer[],
    atByte: number,
  ): Promise<{ lines: readonly Buffer[]; bytes: number }> {
    const undone: (() => Promise<void>)[] = [];
    try {
      const lines = await this.#sealAll(all, signers, undone);
      const text = Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from('\n'), line])));
      await appendLine(this.paths, text, atByte);
      return { lines, bytes: atByte + text.length + 1 };
    } catch (error) {
      for (const undo of undone) await undo();
      throw error;
    }
  }

  async #sealAll(all: readonly Appending[], signers: readonly Signer[], undone: (() => Promise<void>)[]): Promise<readonly Buffer[]> {
    const lines: Buffer[] = [];
    let end = this.#end();
    for (const { entry, files = [] } of all) {
      const { subjects, undo } = await writeSubjects(this.paths.folder, files, name => this.#index.vouchesFor(name));
      undone.push(undo);
      const sealed = this.#seal(entry, end, { signers, subjects });
      lines.push(sealed.line);
      end = endAfter(sealed, end);
    }
    return lines;
  }

  #end(): LedgerEnd {
    const reader = this.#read?.reader;
    const end = emptyLedger(this.origin, this.client);
    return reader === undefined ? end : { ...end, size: reader.size, prev: reader.prev, at: reader.at };
  }

  #seal(entry: Entry, end: LedgerEnd, sealing: Omit<Sealing, 'now'>): SealedLine {
    return seal(entry, end, { ...sealing, now: this.#options.now() });
  }

  async #sign(): Promise<LedgerPosition> {
    await this.#reread();
    const signer = this.#signer();
    const last = this.#read?.checkpoint;
    const { size, root } = this.position();
    // readLedger compared the last checkpoint's root with the lines as they are: what it read is what `rootNow` would say.
    const previous = last && { checkpoint: last, rootNow: last.root };
    const text = signCheckpoint({ origin: this.origin, size, root }, previous, signer);
    await writeDurably(join(await privateFolder(this.paths.checkpoints), checkpointName(size)), text);
    await writeDurably(this.paths.checkpoint, text);
    return this.position();
  }

  #known(): readonly PublicKey[] {
    return this.#keys?.known ?? [];
  }

  #current(): Signer {
    if (this.#keys === undefined) throw new Error('the ledger was not opened');
    return this.#keys.current;
  }

  /** The machine key, once it is sure that the ledger accepts it. */
  #signer(): Signer {
    const signer = this.#current();
    if (this.#read?.reader.keysInForce.has(signer.keyid) === true) return signer;
    throw altered(this.client, `KEY NOT IN FORCE at ${this.#read?.reader.size ?? 0}`);
  }
}

/** Opens the ledger of a client and begins it at first use. Throws StoreError. */
export async function openLedger(home: Home, client: string, options: LedgerOptions): Promise<Ledger> {
  const ledger = new Ledger(home, client, options);
  await ledger.open();
  return ledger;
}

/** Changes whenever anybody writes to the file; undefined if it is not there. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path);
    return [ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
