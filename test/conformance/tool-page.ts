import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { BackupTool, StoreAccess } from '../../src/backup/backup.ts';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import { bench, CHECKOUT } from '../e2e/cli.ts';

interface PagePlan {
  readonly plan: string;
  readonly components: Readonly<Record<string, { readonly backup: Readonly<Record<string, unknown>> }>>;
}

/** What a store is named by: the tool's own keys as a plan has them, and what their references come to. */
export interface PlacedStore {
  readonly options: Readonly<Record<string, unknown>>;
  readonly access: StoreAccess;
}

/** The plan to copy from the page of a tool, as it stands there. */
export function planOnPage(tool: string): string {
  const page = readFileSync(join(CHECKOUT, `runbooks/tools/${tool}.md`), 'utf8');
  const plans = [...page.matchAll(/^```yaml\n(plan: [\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  assert.equal(plans.length, 1, `runbooks/tools/${tool}.md has one whole plan`);
  return plans[0] ?? '';
}

/** Drills by the plan of the tool's page: only the place and its secrets are those of a store that is there. */
export async function drilledByPage(tool: BackupTool, { options, access }: PlacedStore): Promise<PrintedDrill> {
  const place = await bench({ inProcess: true });
  try {
    const page = parse(planOnPage(tool.name)) as PagePlan;
    const components = Object.entries(page.components).map(([name, component]) => {
      const { job, tool: named } = component.backup;
      return [name, { ...component, backup: { tool: named, job, ...options } }] as const;
    });
    const path = join(place.folder, `${page.plan}.yaml`);
    await writeFile(path, stringify({ ...page, components: Object.fromEntries(components) }));
    return (await place.drill(path, secretsFor(tool, access))).record;
  } finally {
    await place.remove();
  }
}

/** What the references of a plan name, in the environment of the command. */
function secretsFor(tool: BackupTool, { section, env }: StoreAccess): Record<string, string> {
  const named = Object.entries(tool.reach(section).secrets).flatMap(([variable, reference]) =>
    'env' in reference ? [[reference.env, env[variable] ?? ''] as const] : [],
  );
  return Object.fromEntries(named);
}
