/**
 * Which segments hold something that is still needed, from the notes that borg keeps beside its index (`hints.N`, MessagePack): only as much
 * of that format is read as borg writes there. Empty if it is anything else: then nothing is known.
 */
export function hintedSegments(bytes: Buffer): readonly number[] {
  try {
    const hints = new Reader(bytes).value();
    const segments = hints instanceof Map ? (hints.get('segments') as unknown) : undefined;
    if (!(segments instanceof Map)) return [];
    return [...segments].flatMap(([segment, count]) => (typeof segment === 'number' && Number(count) > 0 ? [segment] : []));
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  value(): unknown {
    const tag = this.#number(1);
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.#map(tag & 0x0f);
    if (tag >= 0xa0 && tag < 0xc0) return this.#text(tag & 0x1f);
    if (tag === 0xc0) return null;
    if (tag >= 0xcc && tag <= 0xcf) return this.#number(2 ** (tag - 0xcc));
    if (tag >= 0xd9 && tag <= 0xdb) return this.#text(this.#number(2 ** (tag - 0xd9)));
    // Both kinds of byte strings: the index of what is shadowed is keyed by them.
    if (tag >= 0xc4 && tag <= 0xc6) return this.#text(this.#number(2 ** (tag - 0xc4)));
    if (tag === 0xde || tag === 0xdf) return this.#map(this.#number(tag === 0xde ? 2 : 4));
    if (tag >= 0x90 && tag < 0xa0) return this.#list(tag & 0x0f);
    if (tag === 0xdc || tag === 0xdd) return this.#list(this.#number(tag === 0xdc ? 2 : 4));
    throw new RangeError(`no such value in the notes of borg: ${tag.toString(16)}`);
  }

  #map(size: number): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (let n = 0; n < size; n += 1) {
      const key = this.value();
      map.set(key, this.value());
    }
    return map;
  }

  #list(size: number): readonly unknown[] {
    return Array.from({ length: Math.min(size, this.#bytes.length) }, () => this.value());
  }

  #text(length: number): string {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError('the notes of borg are cut');
    return this.#bytes.toString('latin1', this.#at - length, this.#at);
  }

  #number(length: number): number {
    const number = length === 8 ? Number(this.#bytes.readBigUInt64BE(this.#at)) : this.#bytes.readUIntBE(this.#at, length);
    this.#at += length;
    return number;
  }
}
