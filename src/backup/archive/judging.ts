import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import type { Member } from './member.ts';

const PROBE = 'restore';

/** Kinds of members that no honest tool writes: whoever unpacks such an archive elsewhere is in danger. */
const HOSTILE = ['absolute path', 'path outside', 'path through a link', 'hard link outside'] as const;
/** Kinds that a backup may hold for good reasons, and that are not restored here. */
const LEFT_OUT = ['link outside', 'device or pipe'] as const;
/** Kinds that are restored, and worth knowing. */
const DOUBTFUL = ['setuid or setgid', 'same name twice', 'names that differ only by case', 'name that is not UTF-8'] as const;
type Kind = (typeof HOSTILE)[number] | (typeof LEFT_OUT)[number] | (typeof DOUBTFUL)[number];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Looks at every member before it is handed to the program that unpacks, and counts. */
export class Judging {
  readonly #counts = new Map<Kind, number>();
  readonly #links = new Set<string>();
  readonly #paths = new Set<number>();
  readonly #lower = new Set<number>();
  files = 0;
  attributed = 0;
  /** `null`: cannot be told. */
  bytes: number | null = 0;

  /** True if it is to be restored. */
  accepts(member: Member): boolean {
    const path = posix.normalize(member.path).replace(/\/+$/, '');
    const refused = this.#refusal(member, path);
    if (refused !== undefined) {
      this.#count(refused);
      return false;
    }
    this.#doubts(member, path);
    if (member.type === 'link') this.#links.add(path);
    return true;
  }

  #refusal({ path: given, type, target }: Member, path: string): Kind | undefined {
    if (given.startsWith('/')) return 'absolute path';
    if (given.split('/').includes('..')) return 'path outside';
    if (this.#links.size > 0 && foldersOf(path).some(folder => this.#links.has(folder))) return 'path through a link';
    if (type === 'special') return 'device or pipe';
    if (type === 'hard-link' && leadsOut('', target)) return 'hard link outside';
    return type === 'link' && leadsOut(posix.dirname(path), target) ? 'link outside' : undefined;
  }

  #doubts({ type, mode, bytes, attributed }: Member, path: string): void {
    if (type === 'file' && (mode & 0o6000) !== 0) this.#count('setuid or setgid');
    if (!isUtf8(path)) this.#count('name that is not UTF-8');
    const twice = isKnown(this.#paths, path);
    if (isKnown(this.#lower, path.toLowerCase()) && !twice) this.#count('names that differ only by case');
    if (twice && type !== 'folder') {
      this.#count('same name twice');
      this.bytes = null;
      return;
    }
    if (attributed) this.attributed += 1;
    if (type !== 'file' && type !== 'hard-link') return;
    this.files += 1;
    this.bytes = this.bytes === null || bytes === null || type === 'hard-link' ? null : this.bytes + bytes;
  }

  /** One finding for each kind, never a name. */
  findings(): readonly Finding[] {
    const of = (kinds: readonly Kind[], code: 'restore.hostile-members' | 'restore.members-left-out' | 'restore.members-doubtful') =>
      kinds.flatMap(kind => {
        const observed = this.#counts.get(kind);
        const required = code === 'restore.hostile-members';
        return observed === undefined
          ? []
          : [finding(code, 'failed', { probe: PROBE, required, object: kind, unit: 'members', expected: 0, observed })];
      });
    return [
      ...of(HOSTILE, 'restore.hostile-members'),
      ...of(LEFT_OUT, 'restore.members-left-out'),
      ...of(DOUBTFUL, 'restore.members-doubtful'),
    ];
  }

  #count(kind: Kind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}

function leadsOut(folder: string, target: string): boolean {
  const end = posix.normalize(posix.join(folder, target));
  return target.startsWith('/') || end === '..' || end.startsWith('../');
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

function isUtf8(path: string): boolean {
  // Most names are plain: only the others are looked at twice.
  if (!/[\u0080-\u00ff]/.test(path)) return true;
  try {
    utf8.decode(Buffer.from(path, 'latin1'));
    return true;
  } catch {
    return false;
  }
}

/** Known by six bytes of a digest: millions of names take little room, and one in many millions is taken for another. */
function isKnown(known: Set<number>, path: string): boolean {
  const key = createHash('sha1').update(path, 'latin1').digest().readUIntBE(0, 6);
  if (known.has(key)) return true;
  known.add(key);
  return false;
}
