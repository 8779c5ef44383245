// One drill by the command line, as anybody would run it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run, watchMemory } from './tool.mjs';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Writes a plan over a folder of backups: all default probes, or the least that a plan may ask. */
export function writePlan(folder, { name, from, probes }) {
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/${name}.yaml`;
  const asked = probes ? '' : '\n    probes:\n      - sql: select 1 as one\n        expect: { equals: 1 }';
  writeFileSync(file, `plan: ${name}\nclient: bench\ncomponents:\n  database:\n    backup: { tool: pg-dump, from: ${from} }${asked}\n`);
  return file;
}

/** Drills, and gives the record beside the wall-clock time of the whole command and the memory that it took. */
export async function drill(planFile, home, more = {}) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME ?? '/root', RESURGAM_HOME: home, ...more };
  const done = await run(process.execPath, [MAIN, 'drill', planFile, '--json'], { env, watch: watchMemory, accept: [0, 1, 3, 4] });
  const record = JSON.parse(done.stdout);
  const bad = record.findings.filter(found => found.outcome === 'failed').map(found => found.code);
  if (bad.length > 0) throw new Error(`the drill of a healthy backup failed: ${bad.join(', ')}`);
  const phaseMs = name => record.phases.filter(phase => phase.phase === name).reduce((sum, phase) => sum + phase.durationMs, 0);
  return { record, ms: done.ms, phaseMs, memory: done.watched, settings: record.services[0]?.settings ?? {} };
}
