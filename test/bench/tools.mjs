// Each backup tool: the phases of a drill in which it works, beside the bare tool on the same data and settings; and how our memory grows.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { drill } from './drill.mjs';
import { TOOLS } from './tool-sources.mjs';
import { megabytes, run, seconds } from './tool.mjs';

const SIZE = /^--size=(\d+)(MB|GB)$/.exec(process.argv.find(word => word.startsWith('--size=')) ?? '');
const LARGE = SIZE === null ? 200e6 : Number(SIZE[1]) * (SIZE[2] === 'GB' ? 1e9 : 1e6);
const chosen = process.argv
  .find(word => word.startsWith('--tools='))
  ?.slice(8)
  .split(',');

/** `--size=10GB` for the large backups; `--tools=restic,borg` for some of them. */
export async function benchTools(bench) {
  const [small, large] = bench.quick ? [5e6, 20e6] : [LARGE / 5, LARGE];
  for (const name of chosen ?? Object.keys(TOOLS)) await benchTool(name, { ...bench, small, large });
}

async function benchTool(name, { folder, quick, add, say, small, large }) {
  const { make, phases, bare, share = 1 } = TOOLS[name];
  const memory = {};
  for (const [size, bytes] of Object.entries({ small, large })) {
    const at = `${folder}/${name}-${size}`;
    mkdirSync(at);
    const made = await make(at, bytes * share);
    const plan = writePlan(at, { name, ...made });
    const rounds = size === 'small' || quick ? 1 : 2;
    const times = { ours: [], bare: [] };
    for (let round = 0; round < rounds; round += 1) {
      // What was written before is not to be written in anybody's time.
      await run('sync', []);
      const drilled = await drill(plan, `${at}/home`, made.env ?? { BENCH_SECRET: 'bench-password' });
      memory[size] = Math.max(memory[size] ?? 0, drilled.memory.main, drilled.memory.fetching);
      if (size === 'small') break;
      times.ours.push(phases.reduce((sum, phase) => sum + drilled.phaseMs(phase), 0));
      times.bare.push(await bareTime(`${at}/bare`, into => made.bare(into, drilled.settings)));
      const parts = drilled.record.phases.map(phase => `${phase.phase} ${seconds(phase.durationMs)}`).join(', ');
      say(`${name}, ${megabytes(bytes * share)}: ${parts}; ${bare} ${seconds(times.bare.at(-1))}`);
    }
    // The quieter of two rounds: others may work on this machine.
    if (size === 'large') {
      const [ours, alone] = [Math.min(...times.ours), Math.min(...times.bare)];
      const basis = `${seconds(ours)} / ${seconds(alone)}, ${megabytes(bytes * share)}, ${phases.join(' and ')}`;
      add(`${name} / ${bare}`, ours / alone, 1.05, basis);
    }
    await made.end?.();
    rmSync(at, { recursive: true, force: true });
  }
  const basis = `${megabytes(memory.small)}, ${megabytes(memory.large)}; data of ${megabytes(small * share)} and ${megabytes(large * share)}`;
  add(`memory with ${name}, large / small`, memory.large / memory.small, 1.1, basis);
}

async function bareTime(into, work) {
  mkdirSync(into);
  await run('sync', []);
  try {
    return (await work(into)).ms;
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}

function writePlan(at, { name, backup, probes }) {
  const keys = Object.entries(backup).map(([key, value]) => `, ${key}: ${value}`);
  const plan = `plan: ${name}\nclient: bench\ncontract: { rto: 4h, rpo: 7d }\ncomponents:\n  data:\n    backup: { tool: ${name}${keys.join('')} }\n    probes:\n${probes}\n`;
  writeFileSync(`${at}/${name}.yaml`, plan);
  return `${at}/${name}.yaml`;
}
