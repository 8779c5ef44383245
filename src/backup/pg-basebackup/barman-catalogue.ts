import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { readdir } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import { throwIfStopped, translated } from './find.ts';

/** What barman wrote down of one backup. */
export interface Catalogued {
  /** Name of its folder: the moment at which it began, in the time of its machine. */
  readonly id: string;
  /** `null`: nobody noted one, or it cannot be read. */
  readonly status: string | null;
}

const ID = /^\d{8}T\d{6}$/;
const LONGEST = 65_536;
/** While the last of its log is still to come, the data are there already. */
const FINISHED = ['DONE', 'WAITING_FOR_WALS'];
const UNDER_WAY = ['EMPTY', 'STARTED', 'SYNCING'];
const DAY_MS = 24 * 3_600_000;

/**
 * Every backup, the newest first. Its `backup.info` lies in its folder, and since barman 3.13.2 in `meta` beside `base`, as
 * `<id>-backup.info`: what is noted there counts first. Throws BackupError.
 */
export function catalogueIn(base: string, stop: AbortSignal): Promise<readonly Catalogued[]> {
  return translated(base, async () => {
    throwIfStopped(stop);
    const ids = (await readdir(base)).filter(name => ID.test(name)).sort();
    const found: Catalogued[] = [];
    for (const id of ids.reverse()) {
      const noted = (await statusIn(join(base, '..', 'meta', `${id}-backup.info`))) ?? (await statusIn(join(base, id, 'backup.info')));
      found.push({ id, status: noted });
    }
    return found;
  });
}

async function statusIn(path: string): Promise<string | null> {
  return /^status=(\w+)$/m.exec(await textOf(path))?.[1] ?? null;
}

async function textOf(path: string): Promise<string> {
  const source = await openFileSource(path).catch(() => undefined);
  if (source === undefined) return '';
  await using opened = source;
  return (await opened.read(0, LONGEST)).toString('utf8');
}

export function isFinished({ status }: Catalogued): boolean {
  return status !== null && FINISHED.includes(status);
}

/** Backups that are newer than the newest finished one, and are none: barman notes a failure and goes on. */
export function findingsOfCatalogue(catalogue: readonly Catalogued[], now: string): readonly Finding[] {
  const at = catalogue.findIndex(isFinished);
  const newer = at === -1 ? catalogue : catalogue.slice(0, at);
  const making = newer.filter(one => one.status !== null && UNDER_WAY.includes(one.status) && Date.parse(now) - begunAt(one) < DAY_MS);
  const untold = newer.filter(({ status }) => status === null).length;
  const failed = newer.length - making.length - untold;
  const facts = { probe: 'backup', unit: 'backups' };
  return [
    ...(failed === 0 ? [] : [finding('backup.newer-incomplete', 'failed', { ...facts, expected: 0, observed: failed })]),
    // It may be a good one: that the newest is an older one, and how old, is then not known.
    ...(untold === 0 ? [] : [finding('backup.status-unknown', 'inconclusive', { ...facts, expected: 0, observed: untold })]),
    ...(making.length === 0 ? [] : [finding('backup.in-progress', 'skipped', { ...facts, required: false, observed: making.length })]),
  ];
}

/** To the day, whatever the zone. */
function begunAt({ id }: Catalogued): number {
  return Date.parse(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6Z'));
}
