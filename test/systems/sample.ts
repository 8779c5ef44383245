import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import type { SamplePlace } from '../../src/demo/lakeside/place.ts';
import { preparePlace } from '../../src/demo/lakeside/place.ts';
import { bench, CHECKOUT, type Bench } from '../e2e/cli.ts';

/** A sample system of plans/lakeside, made once; each case spoils a copy of its backups. */
export interface Sample extends AsyncDisposable {
  readonly drills: Bench;
  readonly made: SamplePlace;
  /** Drills the plan over a copy of the backups that `spoil` (a shell script in the copy) has changed. `edit` changes the text of the plan. */
  drill(name: string, spoil?: string, edit?: (plan: string) => string): Promise<{ record: PrintedDrill; stderr: string }>;
}

export async function sample(plan: string, folder: string, make: (place: SamplePlace) => Promise<void>): Promise<Sample> {
  const drills = await bench();
  const place = {
    folder: `${drills.folder}/made/${folder}`,
    secrets: `${drills.folder}/made/secrets`,
    stop: new AbortController().signal,
    checkout: CHECKOUT,
  };
  await preparePlace(place);
  await make(place);
  symlinkSync(`${CHECKOUT}runbooks`, `${drills.folder}/runbooks`);
  cpSync(`${CHECKOUT}plans/lakeside/client.yaml`, `${drills.folder}/client.yaml`);
  const text = readFileSync(`${CHECKOUT}plans/lakeside/${plan}.yaml`, 'utf8');
  return {
    drills,
    made: place,
    drill: async (name, spoil = 'true', edit = given => given) => {
      const copy = `${drills.folder}/case-${name}`;
      mkdirSync(copy);
      cpSync(place.folder, `${copy}/${folder}`, { recursive: true, preserveTimestamps: true });
      execFileSync('bash', ['-euc', spoil], { cwd: `${copy}/${folder}`, stdio: 'pipe' });
      const there = text
        .replaceAll(`../../.cache/demo/lakeside/${folder}`, `${copy}/${folder}`)
        .replaceAll('../../.cache/demo/lakeside/secrets', place.secrets)
        .replace(/^plan: .*$/m, `plan: ${name}`);
      const file = `${drills.folder}/${name}.yaml`;
      writeFileSync(file, edit(there));
      const { record, ran } = await drills.drill(file);
      return { record, stderr: ran.stderr };
    },
    [Symbol.asyncDispose]: () => drills.remove(),
  };
}

/** Bad news that decides, as `component: code`. */
export function bad(record: PrintedDrill): readonly string[] {
  const found = record.findings.filter(one => one.required && (one.outcome === 'failed' || one.outcome === 'inconclusive'));
  return [...new Set(found.map(one => `${one.component ?? '-'}: ${one.code}`))].sort();
}
