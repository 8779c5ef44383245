import { LdifReader, plainName, textOfValue, type LdifPiece } from '../../system/ldif.ts';

/** Reads an export on its way to slapadd: what slapadd does not say, or says too late. */
export class LdifScan {
  entries = 0;
  passwords = 0;
  /** Values that claim to be base64 and are not: slapadd takes the entry and forgets the value. */
  unsound = 0;
  /** Lines that are none of LDIF. */
  odd = 0;
  hasSuffix = false;
  /** What no export holds: values to be read from files, other files to be read, changes instead of entries. */
  foreign: 'file' | 'include' | 'changetype' | undefined;
  /** It did not end where an entry does. */
  cut = false;
  readonly #suffix: string;
  readonly #reader = new LdifReader(piece => this.#take(piece));

  constructor(suffix: string) {
    this.#suffix = plainName(suffix);
  }

  push(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  finish(): void {
    this.cut = !this.#reader.finish();
  }

  #take(piece: LdifPiece): void {
    if (piece.kind === 'other') this.odd += 1;
    if (piece.kind !== 'attribute') return;
    const name = piece.name.toLowerCase();
    if (piece.form === 'url') this.foreign ??= 'file';
    if (name === 'include' || name === 'changetype') this.foreign ??= name;
    if (!piece.sound) this.unsound += 1;
    if (name === 'userpassword') this.passwords += 1;
    if (name !== 'dn') return;
    this.entries += 1;
    this.hasSuffix ||= plainName(textOfValue(piece)) === this.#suffix;
  }
}
