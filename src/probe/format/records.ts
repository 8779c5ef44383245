import { linesOf, must, textOf } from './text.ts';

export function json(bytes: Buffer): void {
  JSON.parse(textOf(bytes));
}

export function ndjson(bytes: Buffer): void {
  const lines = linesOf(textOf(bytes));
  must(lines.length > 0, 'a line');
  for (const line of lines) JSON.parse(line);
}

/** A resource or bundle of FHIR as JSON, or one resource per line. */
export function fhir(bytes: Buffer): void {
  const text = textOf(bytes);
  const whole = asJson(text);
  if (whole !== undefined) return resource(whole);
  const lines = linesOf(text);
  must(lines.length > 0, 'a line');
  for (const line of lines) resource(JSON.parse(line));
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function resource(value: unknown): void {
  must(typeof value === 'object' && value !== null && 'resourceType' in value, 'a resource');
  must(typeof value.resourceType === 'string' && /^[A-Z][A-Za-z]+$/.test(value.resourceType), 'its type');
  if (value.resourceType !== 'Bundle' || !('entry' in value)) return;
  must(Array.isArray(value.entry), 'entries');
  for (const entry of value.entry as unknown[]) {
    must(typeof entry === 'object' && entry !== null, 'an entry');
    if ('resource' in entry) resource(entry.resource);
  }
}

/** Messages of HL7 version 2, alone, in a batch, or with the frames of a transmission. Often Latin-1: only the structure is looked at. */
export function hl7(bytes: Buffer): void {
  const segments = linesOf(bytes.toString('latin1').replaceAll(/[\v\x1c]/g, '\r'));
  const [first = ''] = segments;
  must(/^(?:MSH|FHS|BHS)[^A-Za-z0-9\s]/.test(first), 'a header');
  const separator = first.charAt(3);
  for (const segment of segments)
    must(/^[A-Z][A-Z0-9]{2}$/.test(segment.slice(0, 3)) && ['', separator].includes(segment.charAt(3)), 'a segment');
  must(
    segments.some(segment => segment.startsWith('MSH')),
    'a message',
  );
}
