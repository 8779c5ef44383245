import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { sha256, sha256Hex } from './digest.ts';
import { EvidenceError } from './error.ts';

/** A public Ed25519 key of the ledger. */
export interface PublicKey {
  /** Lower-case hex SHA-256 of the SPKI DER. */
  readonly keyid: string;
  /** SPKI, PEM. */
  readonly pem: string;
  /** The 32 bytes of the key itself. */
  readonly raw: Buffer;
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** Holds a private key and never shows it. */
export interface Signer extends PublicKey {
  sign(message: Uint8Array): Buffer;
}

/** Reads a public key in PEM. Throws EvidenceError `bad-key` for anything that is no Ed25519 key. */
export function publicKeyOf(pem: string): PublicKey {
  return describe(read(() => createPublicKey(pem)));
}

/** Reads a private key (PKCS8 PEM). Throws EvidenceError `bad-key`. */
export function signerOf(pem: string): Signer {
  const privateKey = read(() => createPrivateKey(pem));
  return { ...describe(createPublicKey(privateKey)), sign: message => sign(null, message, privateKey) };
}

/** A new key: the private half as PKCS8 PEM. */
export function newPrivateKeyPem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** First 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key): how a signed note names its signer (C2SP signed-note v1.0.0). */
export function noteKeyId(name: string, raw: Uint8Array): Buffer {
  return sha256(`${name}\n\u0001`, raw).subarray(0, 4);
}

function describe(key: KeyObject): PublicKey {
  const der = key.export({ type: 'spki', format: 'der' });
  return {
    keyid: sha256Hex(der),
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    raw: der.subarray(-32),
    verify: (message, signature) => signature.length === 64 && verify(null, message, key, signature),
  };
}

function read(parse: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch (cause) {
    throw badKey('expected an Ed25519 key in PEM, got something that is no key', cause);
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw badKey(`expected an Ed25519 key, got ${key.asymmetricKeyType ?? 'another kind'}`, undefined);
  return key;
}

function badKey(message: string, cause: unknown): EvidenceError {
  return new EvidenceError('bad-key', message, { hint: 'Give the PEM file of the ledger’s machine key.', cause });
}
