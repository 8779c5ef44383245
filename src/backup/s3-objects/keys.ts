import { finding, type Finding } from '../../finding/finding.ts';

/** Kinds of keys that would lead out of the folder: whoever copies such a bucket to a disk is in danger. */
const HOSTILE = ['absolute path', 'path outside'] as const;
/** Kinds that no file system takes beside the others. */
const UNPLACED = ['empty name in a path', 'name that is too long', 'name of a file and of a folder'] as const;
/** Kinds that are restored here, and not everywhere. */
const DOUBTFUL = ['names that differ only by case'] as const;
type Kind = (typeof HOSTILE)[number] | (typeof UNPLACED)[number] | (typeof DOUBTFUL)[number];

const LONGEST_NAME = 255;
const LONGEST_PATH = 3_000;

/** Keys as paths below a folder: each is judged by itself before anything is written. */
export class Keys {
  readonly #counts = new Map<Kind, number>();
  readonly paths = new Map<string, string>();

  constructor(keys: readonly string[], root: string) {
    const folders = new Set<string>();
    const paths = keys.flatMap(key => {
      const path = key.slice(root.length);
      const refused = refusalOf(path);
      if (refused !== undefined) {
        this.#count(refused);
        return [];
      }
      for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
      return [[key, path] as const];
    });
    const lower = new Set<string>();
    for (const [key, path] of paths) {
      if (folders.has(path)) this.#count('name of a file and of a folder');
      else this.paths.set(key, path);
      if (lower.has(path.toLowerCase())) this.#count('names that differ only by case');
      lower.add(path.toLowerCase());
    }
  }

  /** One finding for each kind, never a name. */
  findings(): readonly Finding[] {
    const of = (
      kinds: readonly Kind[],
      code: 'restore.hostile-members' | 'restore.members-left-out' | 'restore.members-doubtful',
    ): readonly Finding[] =>
      kinds.flatMap(kind => {
        const observed = this.#counts.get(kind);
        if (observed === undefined) return [];
        const required = code !== 'restore.members-doubtful';
        return [finding(code, 'failed', { probe: 'backup', required, object: kind, unit: 'objects', expected: 0, observed })];
      });
    return [
      ...of(HOSTILE, 'restore.hostile-members'),
      ...of(UNPLACED, 'restore.members-left-out'),
      ...of(DOUBTFUL, 'restore.members-doubtful'),
    ];
  }

  #count(kind: Kind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}

function refusalOf(path: string): Kind | undefined {
  if (path.startsWith('/')) return 'absolute path';
  const names = path.split('/');
  if (names.some(name => name === '..' || name === '.') || path.includes('\0')) return 'path outside';
  if (names.includes('')) return 'empty name in a path';
  const bytes = (text: string): number => Buffer.byteLength(text);
  return bytes(path) > LONGEST_PATH || names.some(name => bytes(name) > LONGEST_NAME) ? 'name that is too long' : undefined;
}
