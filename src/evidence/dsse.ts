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

const LINE = /^\{"payloadType":"application\/vnd\.in-toto\+json","payload":"([A-Za-z0-9+/]*={0,2})","signatures":\[(.*)\]\}$/s;
const SIGNATURE = /\{"keyid":"([^"\\]*)","sig":"([^"\\]*)"\}(?:,(?=\{)|$)/sy;

/** Undefined for any other spelling than the one we write: another spelling is another line, and nobody wrote it. */
export function parseEnvelope(line: Buffer): Envelope | undefined {
  const [, payload, listed] = LINE.exec(line.toString('latin1')) ?? [];
  if (payload === undefined || listed === undefined) return undefined;
  const bytes = fromBase64(payload);
  const signatures = readSignatures(listed);
  return bytes && signatures && { payload: bytes, signatures };
}

function readSignatures(listed: string): readonly EnvelopeSignature[] | undefined {
  const signatures: EnvelopeSignature[] = [];
  SIGNATURE.lastIndex = 0;
  for (let at = 0; at < listed.length; at = SIGNATURE.lastIndex) {
    const [, keyid, sig] = SIGNATURE.exec(listed) ?? [];
    if (keyid === undefined || sig === undefined) return undefined;
    signatures.push({ keyid, sig });
  }
  return signatures;
}

function spell(payload: string, signatures: readonly EnvelopeSignature[]): string {
  return JSON.stringify({ payloadType: PAYLOAD_TYPE, payload, signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig })) });
}
