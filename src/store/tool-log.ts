import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { exists, readFile, rm, writeDurably } from '../system/files.ts';
import { storeError } from './error.ts';
import { privateFolder, safeName, type Home } from './home.ts';
import { clientHmac, readPrivate } from './keys.ts';
import { writeOnce } from './write-once.ts';

/** What evidence says of a tool's output: enough to recognise the log, nothing of what it says. */
export interface ToolLogMark {
  readonly name: string;
  /** Client HMAC over the plain bytes. */
  readonly hmac: string;
  readonly bytes: number;
}

export interface ToolLogPlace {
  readonly client: string;
  readonly drill: string;
  readonly name: string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keeps a tool's output: it may quote rows, therefore encrypted (AES-256-GCM) with a key of its drill, which is kept apart from it.
 * File: 12 bytes IV, 16 bytes tag, then the bytes; the place is authenticated with them. Throws StoreError.
 */
export async function saveToolLog(home: Home, place: ToolLogPlace, bytes: Uint8Array): Promise<ToolLogMark> {
  try {
    const folder = await privateFolder(join(home.toolLogs(place.client), safeName(place.drill)));
    const keyPath = join(await privateFolder(keyFolder(home, place.client)), `${safeName(place.drill)}.key`);
    if (!(await exists(keyPath))) await writeOnce(keyPath, `${randomBytes(32).toString('hex')}\n`, 0o600);
    const key = Buffer.from((await readPrivate(keyPath)).trim(), 'hex');
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(boundTo(place));
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
    await writeDurably(join(folder, `${safeName(place.name)}.log`), Buffer.concat([iv, cipher.getAuthTag(), sealed]), 0o600);
    return { name: place.name, hmac: (await clientHmac(home, place.client))(bytes), bytes: bytes.length };
  } catch (cause) {
    throw storeError(cause, home.path);
  }
}

/** The plain bytes; undefined if the log or its key is gone. Throws if it was changed. */
export async function readToolLog(home: Home, place: ToolLogPlace): Promise<Buffer | undefined> {
  const path = join(home.toolLogs(place.client), safeName(place.drill), `${safeName(place.name)}.log`);
  const keyPath = join(keyFolder(home, place.client), `${safeName(place.drill)}.key`);
  if (!(await exists(path)) || !(await exists(keyPath))) return undefined;
  const key = Buffer.from((await readPrivate(keyPath)).trim(), 'hex');
  const kept = await readFile(path);
  const decipher = createDecipheriv('aes-256-gcm', key, kept.subarray(0, IV_BYTES)).setAAD(boundTo(place));
  decipher.setAuthTag(kept.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(kept.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
}

/** Destroys the key: the logs of the drill can never be read again, and the chain is not touched. */
export async function destroyToolLogKey(home: Home, place: Omit<ToolLogPlace, 'name'>): Promise<void> {
  await rm(join(keyFolder(home, place.client), `${safeName(place.drill)}.key`), { force: true });
}

function keyFolder(home: Home, client: string): string {
  return join(home.keys(client), 'tool-logs');
}

function boundTo({ client, drill, name }: ToolLogPlace): Buffer {
  return Buffer.from(JSON.stringify([client, drill, name]));
}
