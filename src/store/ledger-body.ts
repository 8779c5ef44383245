import { join } from 'node:path';
import { signCheckpoint } from '../evidence/checkpoint.ts';
import { sha256Hex } from '../evidence/digest.ts';
import { emptyLedger, seal, type Entry, type LedgerEnd } from '../evidence/entry.ts';
import type { PublicKey, Signer } from '../evidence/key.ts';
import { isCode, stat, writeDurably } from '../system/files.ts';
import { appendLine, cutPartialLine } from './append-line.ts';
import { StoreError, storeError } from './error.ts';
import { privateFolder, type Home } from './home.ts';
import { machineKeys, type MachineKeys } from './keys.ts';
import { copyLedger } from './ledger-copy.ts';
import { checkpointName, ledgerPaths, type LedgerPaths } from './ledger-folder.ts';
import { LedgerIndex } from './ledger-index.ts';
import { keepUpPublicFiles } from './ledger-public.ts';
import { altered, readLedger, take, type ReadLedger } from './read-ledger.ts';
import { settleRotation } from './rotate-key.ts';
import { joined, sealAll, type Appending } from './seal-all.ts';
import { copyCheckpoints, emptyCopy, keepSharedKeys, type Sharing } from './sharing.ts';
import { writeSubjects, type SubjectFile } from './subject-files.ts';

export interface LedgerOptions {
  /** `<domain of the installation>/<client>`. Used once, for the genesis; from then on the ledger's own is valid. */
  readonly origin: string;
  readonly timeZone: string;
  readonly product: { readonly name: string; readonly version: string };
  readonly now: () => string;
  /** Where several machines keep it together; undefined: the files of this machine are the ledger. */
  readonly sharing?: Sharing | undefined;
}

/** Where a line, or the whole ledger, stands. */
export interface LedgerPosition {
  readonly seq: number;
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

const SYSTEM = { kind: 'system', id: 'resurgam' } as const;

/** Another machine wrote meanwhile: what was decided was decided of a ledger that is no more. */
export class Moved extends Error {}

/** A ledger as it is read and written under its lock: only whoever holds it may call anything that changes something. */
export class LedgerBody {
  readonly home: Home;
  readonly client: string;
  readonly paths: LedgerPaths;
  readonly options: LedgerOptions;
  /** What the ledger says of its drills, as it was read last. */
  index = new LedgerIndex();
  #read: ReadLedger | undefined;
  #keys: MachineKeys | undefined;
  /** The file as we know it. */
  #seen: string | undefined;

  constructor(home: Home, client: string, options: LedgerOptions) {
    this.home = home;
    this.client = client;
    this.paths = ledgerPaths(home.ledger(client));
    this.options = options;
  }

  /** Of the genesis; never changes. */
  get origin(): string {
    return this.#read?.origin === undefined || this.#read.origin === '' ? this.options.origin : this.#read.origin;
  }

  get keys(): MachineKeys {
    if (this.#keys === undefined) throw new Error('the ledger was not opened');
    return this.#keys;
  }

  /** Key ids that may sign the next entry. */
  get inForce(): ReadonlySet<string> {
    return this.#read?.reader.keysInForce ?? new Set();
  }

  get hasCheckpoint(): boolean {
    return this.#read?.checkpoint !== undefined;
  }

  /** Of the last entry that we know. */
  position(): LedgerPosition {
    const size = this.#read?.reader.size ?? 0;
    return { seq: size - 1, size, root: this.#read?.reader.tree.root().toString('base64') ?? '' };
  }

  /** Whether everything was read and nobody has written since. */
  async isAsSeen(): Promise<boolean> {
    if (this.#read?.checkpoint === undefined || this.#seen === undefined) return false;
    const { reader } = this.#read;
    if ((await this.#stamp()) !== this.#seen) return false;
    const end = await this.options.sharing?.shared.end(reader.size - 1);
    return end === undefined || (end.size === reader.size && end.digest === reader.prev);
  }

  /** Something went wrong: whoever comes next reads everything again. */
  forget(): void {
    this.#seen = undefined;
  }

  async #stamp(): Promise<string | undefined> {
    try {
      return await stampOf(this.paths.lines);
    } catch (error) {
      throw storeError(error, this.paths.folder);
    }
  }

  /** Reads what is in the file unless nobody touched it, and settles what a crash left half-done. */
  async refresh(): Promise<void> {
    this.#keys = await machineKeys(this.home, this.client);
    const stamp = await stampOf(this.paths.lines);
    if (stamp === undefined || stamp !== this.#seen) {
      await this.reread();
      if (this.#read?.partial === true) await this.#recover(this.#read.bytes);
    } else if (this.options.sharing === undefined) return;
    if (this.options.sharing !== undefined) await this.#copy(this.options.sharing);
    if (this.#read === undefined) await this.#begin();
    if (await settleRotation(this, this.keys)) this.#keys = await machineKeys(this.home, this.client);
  }

  /** Reads everything again, with the keys that are in the folder now. Throws StoreError `ledger-altered`. */
  async reread(): Promise<void> {
    const { paths, client } = this;
    this.#keys = await machineKeys(this.home, client);
    const index = new LedgerIndex();
    this.#read = await readLedger({ paths, client, keys: this.#known(), each: statement => index.take(statement) });
    this.index = index;
    this.#seen = await stampOf(paths.lines);
  }

  /** Brings what other machines wrote, with their keys before it and their checkpoints after it. */
  async #copy({ shared }: Sharing): Promise<void> {
    const { client, paths, home } = this;
    const end = await shared.end((this.#read?.reader.size ?? 0) - 1);
    const isBehind = end.size > (this.#read?.reader.size ?? 0);
    const isNewKey = isBehind && (await keepSharedKeys(shared, home, { client, known: this.#known() }));
    if (isNewKey) await this.reread();
    const read = this.#read ?? (await emptyCopy(shared, this.#known()));
    if (read === undefined) return;
    const { bytes } = await copyLedger(shared, { client, paths, read, end, each: statement => this.index.take(statement) });
    this.#read = { ...read, bytes };
    this.#seen = await stampOf(paths.lines);
    if (!isBehind) return;
    if (isNewKey) await keepUpPublicFiles(paths, this.keys.current, this.#known());
    await copyCheckpoints(shared, { client, paths, known: this.#known(), above: read.checkpoint?.size ?? 0, size: read.reader.size });
    if (read.checkpoint === undefined) await this.reread();
  }

  /** The bytes behind the last newline were never acted on: the entry that they should have become does not exist. */
  async #recover(atByte: number): Promise<void> {
    const cut = await cutPartialLine(this.paths, atByte);
    await this.reread();
    // Of a shared ledger it was only our copy that broke.
    if (this.options.sharing !== undefined) return;
    if (this.#read === undefined || this.#read.reader.size === 0) await this.#begin();
    const fields = { cutBytes: cut.bytes, cutSha256: cut.sha256 };
    await this.append([{ entry: { type: 'ledger-recovered', actor: SYSTEM, fields } }], [this.signer()]);
  }

  async #begin(): Promise<void> {
    const { origin, product, timeZone, now } = this.options;
    const signer = this.keys.current;
    const key = { keyid: signer.keyid, algorithm: 'ed25519', publicKey: signer.pem } as const;
    const entry: Entry = { type: 'genesis', actor: SYSTEM, fields: { origin, product, ...key, timeZone } };
    const { line } = seal(entry, this.#end(), { signers: [signer], now: now() });
    if (this.options.sharing === undefined) await appendLine(this.paths, line, 0);
    else if ((await this.options.sharing.shared.append(0, [line], { files: [], outbox: [] })) !== 'appended') throw new Moved();
    else await this.#copy(this.options.sharing);
    await this.reread();
  }

  async append(all: readonly Appending[], signers: readonly Signer[]): Promise<LedgerPosition> {
    const read = this.#read;
    if (read === undefined) throw altered(this.client, 'PARTIAL LAST LINE');
    if (this.options.sharing === undefined) {
      const { lines, bytes } = await this.#write(all, signers, read.bytes);
      for (const line of lines) take(read.reader, line, { client: this.client, each: statement => this.index.take(statement) });
      this.#read = { ...read, bytes };
      this.#seen = await stampOf(this.paths.lines);
    } else await this.#share(all, signers, this.options.sharing);
    return this.position();
  }

  /** Durable for all machines when it resolves; our copy is brought up to it, as it is to what others wrote. */
  async #share(all: readonly Appending[], signers: readonly Signer[], sharing: Sharing): Promise<void> {
    const subjectsOf = (files: readonly SubjectFile[]) => files.map(({ name, bytes }) => ({ name, sha256: sha256Hex(bytes) }));
    const lines = await sealAll(all, this.#end(), { signers, now: this.options.now, subjectsOf });
    const files = all.flatMap(({ files: of = [] }) => of);
    const outbox = all.flatMap(({ waiting }) => (waiting === undefined ? [] : [waiting]));
    const appended = await sharing.shared.append(this.position().size, lines, { files, outbox });
    if (appended === 'moved') throw new Moved();
    if (appended === 'taken') throw saidBefore(this.client);
    await this.#copy(sharing);
  }

  /** Lines that follow one another, with their files; durable, or not a byte of them. */
  async #write(
    all: readonly Appending[],
    signers: readonly Signer[],
    atByte: number,
  ): Promise<{ lines: readonly Buffer[]; bytes: number }> {
    const undone: (() => Promise<void>)[] = [];
    try {
      const subjectsOf = async (files: readonly SubjectFile[]) => {
        const { subjects, undo } = await writeSubjects(this.paths.folder, files, name => this.index.vouchesFor(name));
        undone.push(undo);
        return subjects;
      };
      const lines = await sealAll(all, this.#end(), { signers, now: this.options.now, subjectsOf });
      const text = joined(lines);
      await appendLine(this.paths, text, atByte);
      return { lines, bytes: atByte + text.length + 1 };
    } catch (error) {
      for (const undo of undone) await undo();
      throw error;
    }
  }

  #end(): LedgerEnd {
    const reader = this.#read?.reader;
    const end = emptyLedger(this.origin, this.client);
    return reader === undefined ? end : { ...end, size: reader.size, prev: reader.prev, at: reader.at };
  }

  /**
   * Signs the head. Recomputes the root of the last checkpoint from the lines as they are now, and never signs a ledger that forked.
   */
  async sign(): Promise<LedgerPosition> {
    await this.reread();
    const signer = this.signer();
    const last = this.#read?.checkpoint;
    const { size, root } = this.position();
    // readLedger compared the last checkpoint's root with the lines as they are: what it read is what `rootNow` would say.
    const previous = last && { checkpoint: last, rootNow: last.root };
    const text = signCheckpoint({ origin: this.origin, size, root }, previous, signer);
    await writeDurably(join(await privateFolder(this.paths.checkpoints), checkpointName(size)), text);
    await writeDurably(this.paths.checkpoint, text);
    await this.options.sharing?.shared.keepCheckpoint(size, text);
    return this.position();
  }

  #known(): readonly PublicKey[] {
    return this.#keys?.known ?? [];
  }

  /** The machine key, once it is sure that the ledger accepts it. */
  signer(): Signer {
    const signer = this.keys.current;
    if (this.#read?.reader.keysInForce.has(signer.keyid) === true) return signer;
    throw altered(this.client, `KEY NOT IN FORCE at ${this.#read?.reader.size ?? 0}`);
  }

  /** Keeps the public halves beside the ledger. */
  async keepPublic(): Promise<void> {
    await keepUpPublicFiles(this.paths, this.signer(), this.#known());
  }
}

function saidBefore(client: string): StoreError {
  return new StoreError('not-open', `the ledger of client ${client}: expected to say what waits, another machine has said it`, {
    hint: 'Nothing is to be done.',
  });
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
