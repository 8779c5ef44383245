import { dicom } from './dicom.ts';
import { jpeg, pdf, png } from './images.ts';
import { gzip, zip } from './packed.ts';
import { fhir, hl7, json, ndjson } from './records.ts';
import { textOf } from './text.ts';
import { xml } from './xml.ts';

/** What a file can be parsed as. Each throws for bytes that are not what they should be. */
export const PARSERS = {
  dicom,
  fhir,
  gzip,
  hl7,
  jpeg,
  json,
  ndjson,
  pdf,
  png,
  text: (bytes: Buffer) => void textOf(bytes),
  xml,
  zip,
} as const;
export type Format = keyof typeof PARSERS;
export const FORMATS = Object.keys(PARSERS) as [Format, ...Format[]];

/** Whether these bytes are a whole file of this format. An empty file is none. */
export async function parses(bytes: Buffer, format: Format): Promise<boolean> {
  if (bytes.length === 0) return false;
  try {
    await PARSERS[format](bytes);
    return true;
  } catch {
    // Why it could not be parsed may quote what is in it.
    return false;
  }
}
