import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import type { SamplePlace } from '../../src/demo/lakeside/place.ts';
import { preparePlace } from '../../src/demo/lakeside/place.ts';
import { blocksOf, typeAway, type Typing } from '../fixtures/by-hand-machine.ts';
import { bench, CHECKOUT, type Bench } from '../e2e/cli.ts';

/** A sample system of plans/lakeside, made once; each case spoils a copy of its backups. */
export interface Sample extends AsyncDisposable {
  readonly drills: Bench;
  readonly made: SamplePlace;
  /** Drills the plan over a copy of the backups that `spoil` (a shell script in the copy) has changed. `edit` changes the text of the plan. */
  drill(name: string, spoil?: string, edit?: (plan: string) => string): Promise<SampleDrill>;
  /** Follows the printed runbook of a case that was drilled, and then types `asked`: the lines that this printed. */
  followed(name: string, asked: string, typing?: Typing): Promise<readonly string[]>;
  /** The same in two steps: the folder of the copy, then the drill over it. */
  spoilt(name: string, spoil: string): string;
  drillCopy(name: string, edit?: (plan: string) => string): Promise<SampleDrill>;
  /** Writes the plan over that copy, and gives its file. */
  planOf(name: string, edit?: (plan: string) => string): string;
}

interface SampleDrill {
  readonly record: PrintedDrill;
  readonly stderr: string;
}

export async function sample(plan: string, folder: string, make: (place: SamplePlace) => Promise<void>): Promise<Sample> {
  const drills = await bench({ inProcess: true });
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
  const caseOf = (name: string): string => `${drills.folder}/case-${name}/${folder}`;
  const spoilt = (name: string, spoil: string): string => {
    cpSync(place.folder, caseOf(name), { recursive: true, preserveTimestamps: true });
    execFileSync('bash', ['-euc', spoil], { cwd: caseOf(name), stdio: 'pipe' });
    return caseOf(name);
  };
  const planOf: Sample['planOf'] = (name, edit = given => given) => {
    const there = text
      .replaceAll(`../../.cache/demo/lakeside/${folder}`, caseOf(name))
      .replaceAll('../../.cache/demo/lakeside/secrets', place.secrets)
      .replace(/^plan: .*$/m, `plan: ${name}`);
    const file = `${drills.folder}/${name}.yaml`;
    writeFileSync(file, edit(there));
    return file;
  };
  const drillCopy: Sample['drillCopy'] = async (name, edit) => {
    const { record, ran } = await drills.drill(planOf(name, edit));
    return { record, stderr: ran.stderr };
  };
  const followed: Sample['followed'] = async (name, asked, typing) => {
    const { stdout: document } = await drills.run(['runbook', `${drills.folder}/${name}.yaml`]);
    const typed = await typeAway(`${blocksOf(document)}\necho '=== asked'\n${asked}`, typing);
    if (typed.code !== 0) throw new Error(`${typed.stdout}\n${typed.stderr}`);
    return (typed.stdout.split('=== asked\n')[1] ?? '').trimEnd().split('\n');
  };
  return {
    ...{ drills, made: place, spoilt, drillCopy, planOf, followed },
    drill: (name, spoil = 'true', edit) => {
      spoilt(name, spoil);
      return drillCopy(name, edit);
    },
    [Symbol.asyncDispose]: () => drills.remove(),
  };
}

/** Bad news that decides, as `component: code`. */
export function bad(record: PrintedDrill): readonly string[] {
  const found = record.findings.filter(one => one.required && (one.outcome === 'failed' || one.outcome === 'inconclusive'));
  return [...new Set(found.map(one => `${one.component ?? '-'}: ${one.code}`))].sort();
}
