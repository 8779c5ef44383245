import { inflateRawSync } from 'node:zlib';
import { must } from './text.ts';

/** Pixels of a picture, if it has some. */
const PIXELS = 'x7fe00010';

/** The whole data set, element by element, down to the last byte of its pixels. */
export async function dicom(bytes: Buffer): Promise<void> {
  // Most drills read no DICOM: only who does pays for the parser.
  const { default: parser } = await import('dicom-parser');
  const inflater = (array: Uint8Array, from: number): Uint8Array => {
    const rest = inflateRawSync(array.subarray(from));
    return Buffer.concat([array.subarray(0, from), rest]);
  };
  const set = parser.parseDicom(bytes, { inflater } as Parameters<typeof parser.parseDicom>[1]);
  must(set.warnings.length === 0, 'no doubt about its structure');
  const pixels = set.elements[PIXELS];
  must(pixels === undefined || pixels.dataOffset + Math.max(0, pixels.length) <= set.byteArray.length, 'its pixels');
}
