import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { finishedEntry } from '../../src/evidence/finished.ts';
import type { DrillRecord } from '../../src/evidence/record.ts';
import { loadClient, loadPlan } from '../../src/plan/load.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { PlansNow } from '../../src/schedule/period.ts';
import type { Home } from '../../src/store/home.ts';
import { openLedger, type Ledger } from '../../src/store/ledger.ts';
import { appendStart, attemptAt, type Attempt } from '../../src/store/occurrences.ts';
import { sampleRecord } from '../evidence/fixtures.ts';
import { bytes, CLIENT, FIVE_LINES, vocabulary } from '../plan/vocabulary.ts';

const VERIFY = join(import.meta.dirname, '../../templates/verify.sh');
const worker = { kind: 'worker', id: 'worker-1' } as const;

/** A ledger whose clock the test turns. */
export class TestLedger {
  now: string;
  ledger!: Ledger;
  readonly #home: Home;

  constructor(home: Home, now: string) {
    this.#home = home;
    this.now = now;
  }

  async open(): Promise<this> {
    const product = { name: 'resurgam', version: '0.1.0' };
    const options = { origin: 'resurgam.example/lakeside', timeZone: 'UTC', product, now: () => this.now };
    this.ledger = await openLedger(this.#home, 'lakeside', options);
    return this;
  }

  heartbeat(): Promise<unknown> {
    const fields = { worker: worker.id, intervalMs: 6 * 3_600_000, openDrills: [] };
    return this.ledger.append({ type: 'heartbeat', actor: worker, fields });
  }

  async start(drill: string, attempt: Attempt): Promise<void> {
    const about = aboutOf(drill, attempt);
    const { planDigest, site, failureInstant, recoveryPoints } = sampleRecord(about);
    const sandbox = { kind: 'namespace', cpus: 2, memoryBytes: 1024, diskBytes: 1024 };
    const objectives = { rtoMs: 1, rpoMs: 1 };
    const sample = { method: 'latest', seed: null, size: 1 };
    const rest = { planDigest, site, worker: worker.id, sandbox, failureInstant, recoveryPoints, objectives, sample, probes: 1 };
    await appendStart(this.ledger, { type: 'drill-started', actor: worker, fields: { ...about, ...rest } }, []);
  }

  async finish(drill: string, attempt: Attempt, verdict: DrillRecord['verdict'] = 'passed'): Promise<void> {
    const fields = finishedEntry(sampleRecord({ ...aboutOf(drill, attempt), verdict }));
    await this.ledger.append({ type: 'drill-finished', actor: worker, fields });
  }

  /** The attempt that may begin now. */
  attempt(id: string): Attempt {
    const found = attemptAt(this.ledger.index, id, this.now);
    if ('refused' in found) throw new Error(found.refused);
    return found;
  }

  /** What the reference script says: its exit code and problems. */
  async verifySh(): Promise<{ readonly exitCode: number; readonly output: string }> {
    await this.ledger.checkpoint();
    try {
      const { stdout } = await promisify(execFile)('bash', [VERIFY, 'ledger.jsonl', 'checkpoint.txt', 'signer.pem'], {
        cwd: this.ledger.paths.folder,
      });
      return { exitCode: 0, output: stdout };
    } catch (error) {
      const { code, stdout } = error as { code: number; stdout: string };
      return { exitCode: code, output: stdout };
    }
  }
}

function aboutOf(drill: string, { occurrence, attempt, retryOf }: Attempt) {
  return { drill, plan: occurrence.plan, occurrence: occurrence.id, trigger: 'schedule', attempt, retryOf } as const;
}

/** A plan with this schedule. */
export function planWith(schedule: string, name = 'lakeside-ehr'): Plan {
  const text = `${FIVE_LINES.replace('lakeside-ehr', name)}schedule: { ${schedule} }\n`;
  const { plan, problems } = loadPlan({ file: `/srv/plans/lakeside/${name}.yaml`, bytes: bytes(text) }, vocabulary);
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  return plan;
}

export const client = loadClient({ file: 'client.yaml', bytes: bytes(CLIENT) }).client ?? { contacts: {} };

export function plansNow(plans: readonly Plan[], rest: Partial<PlansNow> = {}): PlansNow {
  return { plans, blackouts: [], whole: true, ...rest };
}
