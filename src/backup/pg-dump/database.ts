import { finding, type Finding } from '../../finding/finding.ts';
import { shapeOf } from '../dump-files/file-name.ts';
import { saidBy, type SeenDump } from './look.ts';

/** The dumps of the database that is meant, and what speaks against them. */
export interface Identified {
  readonly dumps: readonly SeenDump[];
  readonly findings: readonly Finding[];
}

/**
 * With a name from the plan, dumps of other databases are neighbours, unless they stand where one of ours should (same name but for its
 * digits) or there are no others: then the wrong database was saved (failure modes A17, A18). Without it, a series of dumps that changes
 * its database is the same matter. Dumps that name no database (plain ones) are taken as they are.
 */
export function rightDatabase(all: readonly SeenDump[], name: string | undefined): Identified {
  return name === undefined ? bySeries(all) : byName(all, name);
}

function byName(all: readonly SeenDump[], name: string): Identified {
  const right = all.filter(seen => (nameIn(seen) ?? name) === name);
  const wrong = all.filter(seen => !right.includes(seen));
  const ours = new Set(right.map(seriesOf));
  const misplaced = right.length === 0 ? wrong : wrong.filter(seen => ours.has(seriesOf(seen)));
  if (misplaced.length === 0) return { dumps: right, findings: [] };
  const required = right.length === 0 || newestOf(misplaced) > newestOf(right);
  return { dumps: right, findings: [wrongDatabase(required, { expected: name, observed: misplaced.length })] };
}

function bySeries(all: readonly SeenDump[]): Identified {
  const names = new Set(all.map(nameIn).filter(name => name !== null));
  if (names.size < 2) return { dumps: all, findings: [] };
  const newest = [...all].sort((a, b) => (a.artefact.modifiedAt < b.artefact.modifiedAt ? 1 : -1))[0];
  const before = all.filter(
    seen => newest !== undefined && seen !== newest && seriesOf(seen) === seriesOf(newest) && nameIn(seen) !== null,
  );
  const changed =
    newest !== undefined && nameIn(newest) !== null && before.length > 0 && before.every(seen => nameIn(seen) !== nameIn(newest));
  if (changed) return { dumps: all, findings: [wrongDatabase(true, { expected: null, observed: 1 })] };
  return {
    dumps: all,
    findings: [
      finding('backup.several-databases', 'skipped', {
        probe: 'backup',
        required: false,
        unit: 'databases',
        expected: 1,
        observed: names.size,
      }),
    ],
  };
}

/** The name from the plan may be recorded; the one in the dump is somebody else's. */
function wrongDatabase(required: boolean, said: { expected: string | null; observed: number }): Finding {
  return finding('backup.wrong-database', 'failed', { probe: 'backup', required, unit: 'dumps of another database', ...said });
}

function nameIn(seen: SeenDump): string | null {
  return saidBy(seen.dump).dbname;
}

function seriesOf(seen: SeenDump): string {
  return shapeOf(seen.artefact.key);
}

function newestOf(seen: readonly SeenDump[]): string {
  return seen.reduce((latest, { artefact }) => (artefact.modifiedAt > latest ? artefact.modifiedAt : latest), '');
}
