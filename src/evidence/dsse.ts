import { fromBase64 } from './digest.ts';
import type { Signer } from './key.ts';

/** The only payload type of a ledger. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** One signature of an envelope, as it stands there. */
export interface EnvelopeSignature {
  readonly keyid: string;
  readonly sig: string;
}

/** A line, taken apart: the exact bytes that were signed, and the signatures, not yet checked. */
export interface Envelope {
  readonly payload: Buffer;
  readonly signatures: readonly EnvelopeSignature[];
}

/** The bytes that are signed: DSSE v1 pre-authentication encoding. */
export function preAuthenticationEncoding(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);
}

/** One ledger line without its newline: minified, these keys in this order, ASCII. */
export function envelopeLine(payload: Uint8Array, signers: readonly Signer[]): Buffer {
  const message = preAuthenticationEncoding(payload);
  const signatures = signers.map(signer => ({ keyid: signer.keyid, sig: signer.sign(message).toString('base64') }));
  return Buffer.from(spell(Buffer.from(payload).toString('base64'), signatures));
}

/** Undefined for any other spelling than the one we write: another spelling is another line, and nobody wrote it. */
export function parseEnvelope(line: Buffer): Envelope | undefined {
  const read = parse(line.toString('utf8'));
  if (typeof read !== 'object' || read === null) return undefined;
  const { payloadType, payload, signatures } = read as { payloadType?: unknown; payload?: unknown; signatures?: unknown };
  if (payloadType !== PAYLOAD_TYPE || typeof payload !== 'string' || !isSignatures(signatures)) return undefined;
  if (!line.equals(Buffer.from(spell(payload, signatures)))) return undefined;
  const bytes = fromBase64(payload);
  return bytes && { payload: bytes, signatures };
}

function spell(payload: string, signatures: readonly EnvelopeSignature[]): string {
  return JSON.stringify({ payloadType: PAYLOAD_TYPE, payload, signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig })) });
}

function isSignatures(value: unknown): value is EnvelopeSignature[] {
  return Array.isArray(value) && value.every(isSignature);
}

function isSignature(value: unknown): value is EnvelopeSignature {
  if (typeof value !== 'object' || value === null) return false;
  return 'keyid' in value && typeof value.keyid === 'string' && 'sig' in value && typeof value.sig === 'string';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
