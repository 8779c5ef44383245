import { createHmac } from 'node:crypto';

/** What is signed: the three parts with dots between them (Standard Webhooks). */
export interface SignedParts {
  /** The same over all tries. */
  readonly id: string;
  /** Unix seconds of this try. */
  readonly timestamp: string;
  readonly body: string;
}

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** The keys of a setting: one secret, or several with spaces between them while one is exchanged. `undefined` if any is not `whsec_` and base64 of 24 to 64 bytes. */
export function readSecrets(setting: string): readonly Buffer[] | undefined {
  const keys = setting
    .trim()
    .split(/\s+/)
    .map(secret => Buffer.from(SECRET.exec(secret)?.[1] ?? '', 'base64'));
  return keys.every(key => key.length >= 24 && key.length <= 64) ? keys : undefined;
}

/** The header `webhook-signature`: one signature for each key, with spaces between them. */
export function sign(keys: readonly Buffer[], { id, timestamp, body }: SignedParts): string {
  return keys.map(key => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`).join(' ');
}
