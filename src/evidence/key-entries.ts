import { z } from 'zod';
import { base64, digest, id, path, text, timeZone, when, whole } from './shapes.ts';

const publicKey = z
  .string()
  .regex(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\n$/, 'expected a public key in PEM');
const key = { keyid: digest, algorithm: z.literal('ed25519'), publicKey };

const anchor = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rfc3161'), authority: id, file: path }),
  z.strictObject({ kind: z.literal('object-lock'), mode: z.literal('COMPLIANCE'), retainUntil: when }),
  z.strictObject({ kind: z.literal('mail'), to: id, accepted: z.boolean() }),
  z.strictObject({ kind: z.literal('print'), report: id }),
]);

/** Entries about the ledger itself: its beginning, its keys, its anchors, its repairs. Only the first three may name `keyid`, `replaces`, `revokes`. */
export const keyEntries = {
  genesis: z.strictObject({
    origin: path,
    product: z.strictObject({ name: id, version: id }),
    ...key,
    timeZone,
    previous: z.strictObject({ origin: path, size: whole, root: base64 }).optional(),
  }),
  /** `machine`: hex SHA-256 of the public key by which that machine can be told from others (SPKI DER); only where machines share a ledger. */
  key: z.strictObject({ ...key, role: z.enum(['machine', 'standby']), replaces: digest.optional(), machine: digest.optional() }),
  'key-revoked': z.strictObject({ revokes: digest, revokedAt: when, reason: text, lastTrustedSeq: whole }),
  'ledger-recovered': z.strictObject({ cutBytes: whole, cutSha256: digest }),
  'checkpoint-anchored': z.strictObject({
    size: whole,
    root: base64,
    anchors: z.array(anchor),
  }),
} as const;
