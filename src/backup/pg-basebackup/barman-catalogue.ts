import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { readdir } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import { throwIfStopped, translated } from './find.ts';

/** What barman wrote down of one backup. */
export interface Catalogued {
  /** Name of its folder: the moment at which it began, in the time of its machine. */
  readonly id: string;
  readonly status: string;
}

const ID = /^\d{8}T\d{6}$/;
const LONGEST = 65_536;
/** While the last of its log is still to come, the data are there already. */
const FINISHED = ['DONE', 'WAITING_FOR_WALS'];
const UNDER_WAY = ['EMPTY', 'STARTED', 'SYNCING'];
const DAY_MS = 24 * 3_600_000;

/** Every backup that has its `backup.info`, the newest first. Throws BackupError. */
export function catalogueIn(base: string, stop: AbortSignal): Promise<readonly Catalogued[]> {
  return translated(base, async () => {
    throwIfStopped(stop);
    const ids = (await readdir(base)).filter(name => ID.test(name)).sort();
    const found: Catalogued[] = [];
    for (const id of ids.reverse()) {
      const text = await textOf(join(base, id, 'backup.info'));
      const status = /^status=(\w+)$/m.exec(text)?.[1];
      if (status !== undefined) found.push({ id, status });
    }
    return found;
  });
}

async function textOf(path: string): Promise<string> {
  const source = await openFileSource(path).catch(() => undefined);
  if (source === undefined) return '';
  await using opened = source;
  return (await opened.read(0, LONGEST)).toString('utf8');
}

export function isFinished({ status }: Catalogued): boolean {
  return FINISHED.includes(status);
}

/** Backups that are newer than the newest finished one, and are none: barman notes a failure and goes on. */
export function findingsOfCatalogue(catalogue: readonly Catalogued[], now: string): readonly Finding[] {
  const at = catalogue.findIndex(isFinished);
  const newer = at === -1 ? catalogue : catalogue.slice(0, at);
  const making = newer.filter(one => UNDER_WAY.includes(one.status) && Date.parse(now) - begunAt(one) < DAY_MS);
  const failed = newer.length - making.length;
  const facts = { probe: 'backup', unit: 'backups' };
  return [
    ...(failed === 0 ? [] : [finding('backup.newer-incomplete', 'failed', { ...facts, expected: 0, observed: failed })]),
    ...(making.length === 0 ? [] : [finding('backup.in-progress', 'skipped', { ...facts, required: false, observed: making.length })]),
  ];
}

/** To the day, whatever the zone. */
function begunAt({ id }: Catalogued): number {
  return Date.parse(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6Z'));
}
