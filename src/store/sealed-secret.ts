import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { z } from 'zod';
import type { PublicKey, Signer } from '../evidence/key.ts';

/** A secret for one machine: X25519 with a key of this secret alone, HKDF-SHA-256, AES-256-GCM; signed by whoever gave it. */
const Sealed = z.strictObject({
  by: z.string(),
  exchange: z.string(),
  iv: z.string(),
  tag: z.string(),
  bytes: z.string(),
  signature: z.string(),
});
export type SealedSecret = Readonly<z.infer<typeof Sealed>>;

/** For whom it is: of another client or key it does not open. */
export interface SecretPlace {
  readonly client: string;
  readonly keyid: string;
}

/** `to`: the machine's public X25519 key in PEM. */
export function sealSecret(
  secret: Uint8Array,
  place: SecretPlace,
  { to, signer }: { readonly to: string; readonly signer: Signer },
): SealedSecret {
  const once = generateKeyPairSync('x25519');
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sharedKey(once.privateKey, createPublicKey(to)), iv).setAAD(boundTo(place));
  const bytes = Buffer.concat([cipher.update(secret), cipher.final()]).toString('base64');
  const exchange = once.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const sealed = { by: signer.keyid, exchange, iv: iv.toString('base64'), tag: cipher.getAuthTag().toString('base64'), bytes };
  return { ...sealed, signature: signer.sign(signed(sealed, place)).toString('base64') };
}

/** The secret; undefined if it is not for us, was changed, or was not given by one of these keys. */
export function openSecret(
  given: unknown,
  place: SecretPlace,
  { privateKey, from }: { readonly privateKey: KeyObject; readonly from: readonly PublicKey[] },
): Buffer | undefined {
  const sealed = Sealed.safeParse(given).data;
  if (sealed === undefined) return undefined;
  const giver = from.find(({ keyid }) => keyid === sealed.by);
  if (giver?.verify(signed(sealed, place), Buffer.from(sealed.signature, 'base64')) !== true) return undefined;
  try {
    const key = sharedKey(privateKey, createPublicKey(sealed.exchange));
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.iv, 'base64')).setAAD(boundTo(place));
    decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'));
    return Buffer.concat([decipher.update(Buffer.from(sealed.bytes, 'base64')), decipher.final()]);
  } catch {
    // Sealed for another machine: an answer like any other.
    return undefined;
  }
}

function sharedKey(privateKey: KeyObject, publicKey: KeyObject): Buffer {
  return Buffer.from(hkdfSync('sha256', diffieHellman({ privateKey, publicKey }), '', 'resurgam-client-key/v1', 32));
}

function boundTo({ client, keyid }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify([client, keyid]));
}

function signed({ by, exchange, iv, tag, bytes }: Omit<SealedSecret, 'signature'>, { client, keyid }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify(['resurgam-client-key/v1', client, keyid, by, exchange, iv, tag, bytes]));
}
