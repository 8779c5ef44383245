// A plan of eight equal components on two slots: the time of the whole against the critical path that the durations of the components give.
import { mkdirSync, writeFileSync } from 'node:fs';
import { drill } from './drill.mjs';
import { median, seconds } from './tool.mjs';

const COMPONENTS = 8;
const PARALLEL = 2;

export async function benchComponents({ folder, quick, add, say }) {
  const backups = `${folder}/backups/${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  mkdirSync(backups, { recursive: true });
  const bytes = Buffer.alloc(1 << 20, 'a letter to a colleague\n');
  for (let n = 0; n < (quick ? 10 : 200); n += 1) writeFileSync(`${backups}/${n}.txt`, bytes);
  const one = name => `  ${name}:\n    backup: { tool: tree, from: ${folder}/backups }\n    probes: [files: { digests: 1 }]\n`;
  const names = Array.from({ length: COMPONENTS }, (_, n) => `part${n}`);
  const plan = `${folder}/eight.yaml`;
  writeFileSync(plan, `plan: eight\nclient: bench\ncomponents:\n${names.map(one).join('')}limits: { parallel: ${PARALLEL} }\n`);
  const ratios = [];
  let last = '';
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    const { record } = await drill(plan, `${folder}/home`);
    const { criticalPath: path, phases } = record;
    const ended = Math.max(...phases.filter(phase => phase.phase === 'start').map(phase => phase.startMs + phase.durationMs));
    ratios.push(ended / path.totalMs);
    last = `${seconds(ended)} / ${seconds(path.totalMs)}`;
    say(`round ${round + 1}: ${last}`);
  }
  add(
    `${COMPONENTS} equal components, ${PARALLEL} at a time / critical path`,
    median(ratios),
    1.1,
    `${last}; until the last component runs`,
  );
}
