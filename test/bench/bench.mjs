// npm run bench [-- --quick] [-- --only=fleet,status] [-- --only=tools --tools=restic --size=10GB]: what things cost, with their targets; ends by itself.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { benchComponents } from './components.mjs';
import { benchDrills } from './drills.mjs';
import { benchFleet } from './fleet.mjs';
import { benchSweep } from './moments.mjs';
import { benchQueue } from './queue.mjs';
import { benchStatus } from './status.mjs';
import { megabytes } from './tool.mjs';
import { benchTools } from './tools.mjs';
import { benchVerifying } from './verifying.mjs';

/** In this order. Each is given a folder of its own, which goes with it. */
const BENCHMARKS = {
  drills: benchDrills,
  fleet: benchFleet,
  queue: benchQueue,
  status: benchStatus,
  verify: benchVerifying,
  tools: benchTools,
  components: benchComponents,
  sweep: benchSweep,
};

const QUICK = process.argv.includes('--quick');
const only =
  process.argv
    .find(word => word.startsWith('--only='))
    ?.slice(7)
    .split(',') ?? Object.keys(BENCHMARKS);
const unknown = only.filter(name => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0) {
  process.stderr.write(`bench: no benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}\n`);
  process.exit(2);
}

const root = mkdtempSync('/tmp/resurgam-bench-');
// Servers do not run as root.
chmodSync(root, 0o755);
const results = [];
const aborted = () => {
  rmSync(root, { recursive: true, force: true });
  process.exit(130);
};
process.once('SIGINT', aborted);
process.once('SIGTERM', aborted);
try {
  const load = `load ${loadavg()[0].toFixed(1)} before`;
  say(
    `${QUICK ? 'quick run, its figures mean little; ' : ''}${cpus().length} cores, ${megabytes(totalmem())} memory, Node ${process.version}, ${load}`,
  );
  for (const name of only) {
    const folder = `${root}/${name}`;
    mkdirSync(folder);
    await BENCHMARKS[name]({ folder, quick: QUICK, add, say });
    rmSync(folder, { recursive: true, force: true });
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
report();

function add(name, figure, target, basis, unit = '×', kind = 'atMost') {
  const ok = target === null ? null : kind === 'atMost' ? figure <= target : figure >= target;
  results.push({ name, figure: Number(figure.toFixed(3)), unit, target, kind, ok, basis });
  say(`${name}: ${figure.toFixed(2)} ${unit}`);
}

function report() {
  process.stdout.write('\n');
  for (const { name, figure, unit, target, kind, ok, basis } of results) {
    const wanted =
      target === null ? 'no target' : `${kind === 'atMost' ? 'at most' : 'at least'} ${target} ${unit}: ${ok ? 'ok' : 'NOT ok'}`;
    process.stdout.write(`${name.padEnd(52)} ${figure.toFixed(2).padStart(8)} ${unit.padEnd(2)}  ${wanted}  (${basis})\n`);
  }
  const at = fileURLToPath(new URL('../../.cache/bench/', import.meta.url));
  mkdirSync(at, { recursive: true });
  writeFileSync(`${at}latest.json`, `${JSON.stringify({ at: new Date().toISOString(), quick: QUICK, results }, null, 2)}\n`);
  if (!QUICK && results.some(result => result.ok === false)) process.exitCode = 1;
}

function say(text) {
  process.stderr.write(`bench: ${text}\n`);
}
