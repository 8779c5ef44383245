import { crc32 } from 'node:zlib';
import { must } from './text.ts';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

/** Every part with its checksum, down to the one that ends it. */
export function png(bytes: Buffer): void {
  must(bytes.subarray(0, 8).equals(PNG), 'its mark');
  let at = 8;
  for (;;) {
    must(at + 12 <= bytes.length, 'a part');
    const end = at + 12 + bytes.readUInt32BE(at);
    must(end <= bytes.length && crc32(bytes.subarray(at + 4, end - 4)) === bytes.readUInt32BE(end - 4), 'its checksum');
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return;
    at = end;
  }
}

const START_OF_SCAN = 0xda;

/** Its segments in turn, then the picture down to its end mark. */
export function jpeg(bytes: Buffer): void {
  must(bytes.length > 4 && bytes.readUInt16BE(0) === 0xffd8, 'its mark');
  let at = 2;
  for (let marker = 0; marker !== START_OF_SCAN;) {
    must(at + 4 <= bytes.length && bytes[at] === 0xff, 'a segment');
    marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) at += 1;
    else at += 2 + bytes.readUInt16BE(at + 2);
  }
  must(at < bytes.length && bytes.includes(Buffer.from([0xff, 0xd9]), at), 'its end');
}

/** Begins and ends as it must, and what it says of the place of its table is true. */
export function pdf(bytes: Buffer): void {
  must(bytes.subarray(0, 1024).includes('%PDF-'), 'its mark');
  const tail = bytes.subarray(-2048).toString('latin1');
  const table = /startxref\s+(\d+)\s+%%EOF\s*(?:\0*)\s*$/.exec(tail)?.[1];
  must(table !== undefined, 'its end');
  const there = bytes.toString('latin1', Number(table), Number(table) + 32);
  must(/^\s*(?:xref|\d+\s+\d+\s+obj)/.test(there), 'its table');
}
