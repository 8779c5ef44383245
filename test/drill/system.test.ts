import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bench, type Bench } from '../e2e/cli.ts';

let drills: Bench;
const NOW = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
beforeAll(async () => {
  drills = await bench({ inProcess: true });
  execFileSync('bash', [
    '-ec',
    `cd ${drills.backups}
    for part in database documents letters; do
      mkdir -p $part/${NOW}; for n in {1..30}; do printf 'dear colleague %s\\n' $n{1..20} > $part/${NOW}/$n.txt; done
    done`,
  ]);
});
afterAll(() => drills.remove());

const part = (name: string, rest = ''): string =>
  `  ${name}:\n    backup: { tool: tree, from: ${drills.backups}/${name} }\n    probes: [files: { atLeast: 20 }]\n${rest}`;
const system = (): string =>
  `components:\n${part('database')}${part('documents', '    needs: [database]\n')}${part('letters')}${part('viewer', '    needs: [documents, letters]\n').replace('backups/viewer', 'backups/letters')}limits: { parallel: 2, memory: 2GiB, disk: 2GiB }\n`;

test('components are recovered side by side, each after those that it needs, and the record says which of them own the time', async () => {
  const { record, ran } = await drills.drill(await drills.plan('system', system()));

  expect([record.verdict, record.reasons], ran.stderr).toEqual(['passed', []]);
  const phaseOf = (component: string, phase: string): { readonly startMs: number; readonly durationMs: number } =>
    record.phases.find(one => one.component === component && one.phase === phase) ?? { startMs: -1, durationMs: -1 };
  const endOf = (component: string): number => phaseOf(component, 'start').startMs + phaseOf(component, 'start').durationMs;
  expect(phaseOf('documents', 'fetch').startMs).toBeGreaterThanOrEqual(endOf('database'));
  expect(phaseOf('viewer', 'fetch').startMs).toBeGreaterThanOrEqual(Math.max(endOf('documents'), endOf('letters')));
  expect(phaseOf('letters', 'fetch').startMs).toBeLessThan(endOf('database'));
  expect(record.phases.filter(one => one.phase === 'provision')).toHaveLength(1);
  expect(record.criticalPath).toMatchObject({ basis: 'derived', parallel: 2, critical: ['database', 'documents', 'viewer'] });
  const letters = record.criticalPath?.components.find(one => one.component === 'letters');
  expect(letters?.slackMs).toBeGreaterThan(0);
  const tried = record.findings.filter(one => one.code === 'isolation.neighbours').map(one => [one.component, one.outcome, one.observed]);
  expect(tried.sort()).toEqual(['database', 'documents', 'letters', 'viewer'].map(name => [name, 'passed', 0]));
});

test('a component that does not come back takes those that need it out of service, and nobody else', async () => {
  const plan = await drills.plan('system-without', system());
  await drills.plan('portal', `system: { needs: [system-without/viewer] }\ncomponents:\n${part('letters')}`);
  await drills.plan('kiosk', `system: { needs: [portal] }\ncomponents:\n${part('letters')}`);
  await drills.plan('archive', `system: { needs: [system-without/letters] }\ncomponents:\n${part('letters')}`);
  rmSync(`${drills.backups}/documents/${NOW}`, { recursive: true });

  const { record } = await drills.drill(plan);

  expect([record.verdict, record.reasons]).toEqual(['failed', ['select.no-recovery-point']]);
  const about = (component: string): string[] =>
    record.findings.filter(one => one.component === component && one.outcome !== 'passed').map(one => `${one.code} ${one.outcome}`);
  expect(about('database')).toEqual([]);
  expect(about('letters')).toEqual([]);
  expect(about('documents')).toEqual([
    'select.no-recovery-point failed',
    'drill.out-of-service skipped',
    'drill.not-asked skipped',
    'drill.system-affected skipped',
    'drill.system-affected skipped',
  ]);
  expect(about('viewer')).toEqual(['drill.need-not-met skipped', 'drill.not-asked skipped']);
  expect(record.findings.find(one => one.code === 'drill.out-of-service')).toMatchObject({ component: 'documents', object: 'viewer' });
  expect(record.criticalPath).toBeNull();
  const affected = record.findings
    .filter(one => one.code === 'drill.system-affected')
    .map(one => `${one.component ?? ''}: ${one.object ?? ''}`);
  expect(affected).toEqual(['documents: kiosk', 'documents: portal']);
});

test('what a person reads names the components that own the time, or those that are out of service', async () => {
  const { stdout } = await drills.run(['drill', await drills.plan('system-read', system())]);

  expect(stdout).toContain('Out of service\n  documents did not come back, and with it viewer');
});
