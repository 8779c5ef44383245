import { readFile } from '../../system/files.ts';
import { rawPath } from '../../system/walk.ts';

/** Expected digests by path, and with which algorithm they were made. */
export interface DigestList {
  readonly algorithm: string;
  readonly digests: ReadonlyMap<string, string>;
}

const ALGORITHMS: Readonly<Record<number, string>> = { 32: 'md5', 40: 'sha1', 64: 'sha256', 128: 'sha512' };
const LINE = /^(\\?)([0-9a-f]{32,128}) [ *](.+)$/i;

/** Reads a list as sha256sum and its kin write it; paths count from its own folder. Undefined if it is not there or is none. */
export async function readDigestList(root: string, path: string): Promise<DigestList | undefined> {
  const text = await readFile(rawPath(root, path), 'latin1').catch(() => undefined);
  if (text === undefined) return undefined;
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '';
  const digests = new Map<string, string>();
  let algorithm: string | undefined;
  for (const line of text.split('\n')) {
    const [, escaped, digest = '', name = ''] = LINE.exec(line) ?? [];
    algorithm ??= ALGORITHMS[digest.length];
    if (ALGORITHMS[digest.length] !== algorithm || algorithm === undefined) continue;
    digests.set(folder + plain(escaped === '\\' ? unescaped(name) : name), digest.toLowerCase());
  }
  return algorithm === undefined ? undefined : { algorithm, digests };
}

function plain(name: string): string {
  return name.replace(/^(?:\.\/)+/, '');
}

/** A name with a line break or backslash is written with escapes, and the line begins with a backslash. */
function unescaped(name: string): string {
  return name.replaceAll(/\\(n|\\)/g, (_, kind: string) => (kind === 'n' ? '\n' : '\\'));
}
