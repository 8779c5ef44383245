// A long ledger, verified as `resurgam verify` does it, beside nothing but SHA-256 and Ed25519 over the same bytes on the same cores.
import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { signCheckpoint } from '../../dist/evidence/checkpoint.js';
import { fromBase64, sha256, sha256Hex } from '../../dist/evidence/digest.js';
import { envelopeLine, parseEnvelope, preAuthenticationEncoding } from '../../dist/evidence/dsse.js';
import { toJson } from '../../dist/evidence/json.js';
import { newPrivateKeyPem, publicKeyOf, signerOf } from '../../dist/evidence/key.js';
import { linesOf } from '../../dist/evidence/line.js';
import { MerkleTree } from '../../dist/evidence/merkle.js';
import { NO_LINE, statement } from '../../dist/evidence/statement.js';
import { megabytes, peakMemory, run, seconds } from './tool.mjs';

const HERE = fileURLToPath(import.meta.url);
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const ORIGIN = 'bench.example/bench';
/** Of so many entries on each core the bare rate is taken, before and after what it is compared with. */
const BARE = 20_000;

export async function benchVerifying({ folder, quick, add, say }) {
  const entries = quick ? 50_000 : 1_000_000;
  const small = entries / 10;
  const signed = performance.now();
  const [place, shorter] = [await makeLedger(`${folder}/ledger`, entries), await makeLedger(`${folder}/shorter`, small)];
  say(
    `ledger of ${entries} entries, ${megabytes(statSync(`${place}/ledger.jsonl`).size)}, signed in ${seconds(performance.now() - signed)}`,
  );
  const cores = availableParallelism();
  const before = await bareRate(place, cores);
  const short = await verify(`${shorter}/ledger.jsonl`, small);
  const whole = await verify(`${place}/ledger.jsonl`, entries);
  const after = await bareRate(place, cores);
  const bare = (before + after) / 2;
  const rate = (entries / whole.ms) * 1000;
  const basis = `${Math.round(rate)} / ${Math.round(bare)} entries a second on ${cores} cores, ${entries} entries in ${seconds(whole.ms)}, whole command`;
  add('verify: of the bare rate of SHA-256 + Ed25519', rate / bare, 0.8, basis, '×', 'atLeast');
  const grown = `peak RSS of the process ${megabytes(whole.peak)} for ${entries} entries, ${megabytes(short.peak)} for ${small}`;
  add('verify: peak memory of ten times as many entries', whole.peak / short.peak, 1.5, grown);
}

async function verify(path, entries) {
  const done = await run(process.execPath, [MAIN, 'verify', path], { watch: peakMemory });
  if (!done.stdout.startsWith(`OK ${entries} entries`)) throw new Error(`verify said ${done.stdout.slice(0, 200)}`);
  return { ms: done.ms, peak: done.watched };
}

/** Entries of a system that is looked at, drilled now and then, and complained about. They follow one another, so one core signs them. */
async function makeLedger(folder, entries) {
  mkdirSync(folder, { recursive: true });
  const signer = signerOf(newPrivateKeyPem());
  const tree = new MerkleTree();
  const out = createWriteStream(`${folder}/ledger.jsonl`);
  let prev = NO_LINE;
  for (let seq = 0; seq < entries; seq += 1) {
    const at = new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString();
    const { type, subjects = [], ...fields } = seq === 0 ? genesis(signer) : entryAt(seq);
    const predicate = { seq, prev, at, client: 'bench', actor: { kind: 'worker', id: 'bench-1' }, ...fields };
    const line = envelopeLine(Buffer.from(toJson(statement(ORIGIN, type, { subjects, predicate }))), [signer]);
    prev = sha256Hex(line);
    tree.add(line);
    if (!out.write(Buffer.concat([line, Buffer.from('\n')]))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  const head = { origin: ORIGIN, size: entries, root: tree.root().toString('base64') };
  writeFileSync(`${folder}/checkpoint.txt`, signCheckpoint(head, undefined, signer));
  writeFileSync(`${folder}/signer.pem`, signer.pem);
  return folder;
}

function genesis({ keyid, pem }) {
  const product = { name: 'resurgam', version: '0.0.0' };
  return { type: 'genesis', origin: ORIGIN, product, keyid, algorithm: 'ed25519', publicKey: pem, timeZone: 'UTC' };
}

function entryAt(seq) {
  const digest = sha256Hex(String(seq));
  const plan = `bench-${seq % 50}`;
  if (seq % 20 === 1) return { type: 'heartbeat', worker: 'bench-1', intervalMs: 21_600_000, openDrills: [] };
  if (seq % 100 === 2) {
    const point = {
      component: 'database',
      id: `p-${seq}`,
      tool: 'pg-dump',
      kind: 'dump',
      sha256: digest,
      bytes: 1_000_000,
      location: 'local',
    };
    const drill = { drill: `d-${seq}`, plan, planDigest: digest, occurrence: null, trigger: 'manual', attempt: 1, retryOf: null };
    return {
      type: 'drill-started',
      ...drill,
      site: 'bench',
      worker: 'bench-1',
      recoveryPoints: [point],
      objectives: { rtoMs: 1, rpoMs: 1 },
      probes: 3,
    };
  }
  if (seq % 100 === 3) {
    const drill = {
      drill: `d-${seq - 1}`,
      plan,
      occurrence: null,
      trigger: 'manual',
      attempt: 1,
      retryOf: null,
      verdict: 'passed',
      reasons: [],
    };
    const figures = {
      recoveryTime: { basis: 'measured', ms: 1000 },
      recoveryPointAge: { basis: 'measured', ms: 1000, component: 'database' },
    };
    return { type: 'drill-finished', ...drill, ...figures, findings: { passed: 9, failed: 0, inconclusive: 0, skipped: 0 } };
  }
  const newest = { id: `p-${seq}`, consistentAt: '2026-01-01T00:00:00.000Z', availableAt: '2026-01-01T00:10:00.000Z', ageMs: 600_000 };
  return { type: 'backup-checked', plan, component: 'database', outcome: 'failed', codes: ['backup.stale', 'backup.job-late'], newest };
}

/** Entries a second over all cores, each with its own share, with everything taken apart beforehand. */
async function bareRate(place, cores) {
  const threads = Array.from(
    { length: cores },
    (_, index) => new Worker(HERE, { workerData: { place, skip: index * BARE, entries: BARE } }),
  );
  try {
    await Promise.all(threads.map(thread => once(thread, 'message')));
    const began = performance.now();
    const done = threads.map(thread => once(thread, 'message'));
    for (const thread of threads) thread.postMessage('go');
    const counts = (await Promise.all(done)).map(([count]) => count);
    return (counts.reduce((sum, count) => sum + count, 0) / (performance.now() - began)) * 1000;
  } finally {
    await Promise.all(threads.map(thread => thread.terminate()));
  }
}

async function bareThread({ place, skip, entries }) {
  const key = publicKeyOf(readFileSync(`${place}/signer.pem`, 'utf8'));
  const taken = [];
  let seen = 0;
  reading: for await (const lines of linesOf(createReadStream(`${place}/ledger.jsonl`, { highWaterMark: 1 << 20 }))) {
    for (const line of lines) {
      if (seen++ < skip) continue;
      const { payload, signatures } = parseEnvelope(line);
      // Kept apart from the chunk, so that not the whole file stays in memory.
      taken.push([Buffer.from(line), preAuthenticationEncoding(payload), fromBase64(signatures[0].sig)]);
      if (taken.length === entries) break reading;
    }
  }
  parentPort.once('message', () => {
    for (const [line, message, signature] of taken) {
      if (sha256(line).length !== 32 || !key.verify(message, signature)) throw new Error('the bare loop found a bad signature');
    }
    parentPort.postMessage(taken.length);
  });
  parentPort.postMessage('ready');
}

if (!isMainThread && workerData?.place !== undefined) await bareThread(workerData);
