import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Happening } from '../../src/escalation/seen.ts';
import { observed, proof } from '../../src/escalation/seen.ts';
import type { Matter } from '../../src/escalation/matter.ts';
import { applyAll } from '../../src/escalate/apply.ts';
import { deliverDue } from '../../src/escalate/deliver.ts';
import type { EscalateTools } from '../../src/escalate/tools.ts';
import type { Statement } from '../../src/evidence/statement.ts';
import type { DrillRecord } from '../../src/evidence/record.ts';
import { Client } from '../../src/plan/client.ts';
import { openHome, type Home } from '../../src/store/home.ts';
import { openLedger, type Ledger } from '../../src/store/ledger.ts';
import { entriesFrom } from '../../src/store/read-entries.ts';
import { latestMatters } from '../../src/store/state/matters.ts';
import { recordDrill } from '../../src/store/drills.ts';
import type { Row } from '../../src/store/state/state.ts';
import { allChannels } from '../../src/escalation/all.ts';
import type { PostSetting } from '../../src/system/http-post.ts';
import { httpPost } from '../../src/system/http-post.ts';
import { sampleRecord } from '../evidence/fixtures.ts';
import { effectsOf, never } from '../fixtures/channel-effects.ts';
import { testState, type TestState } from '../fixtures/state.ts';

export const SECRET = 'whsec_cmVzdXJnYW0tZXhhbXBsZS1zZWNyZXQtMzItYnl0ZXM=';
export const BEGIN = '2026-11-10T12:00:00.000Z';

/** Where people are called from: a real state, a real ledger, real channels, and a clock that the test turns. */
export interface Desk extends AsyncDisposable {
  readonly at: TestState;
  readonly ledger: Ledger;
  readonly tools: EscalateTools;
  readonly said: readonly string[];
  clock: string;
  /** So many milliseconds later. */
  wait(ms: number): void;
  /** The same desk, as another process sees it: its own ledger object. */
  other(): Promise<{ readonly ledger: Ledger; readonly tools: EscalateTools }>;
  happens(...happenings: readonly Happening[]): Promise<void>;
  send(stop?: AbortSignal): Promise<number>;
  matters(): Promise<readonly Matter[]>;
  rows(text: string): Promise<readonly Row[]>;
  entries(type?: string): Promise<readonly Statement[]>;
  drill(drill: string, changes?: Partial<DrillRecord>): Promise<void>;
}

export interface DeskSetting {
  readonly client?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly publicUrl?: string;
  readonly post?: PostSetting;
}

export async function desk({ client = {}, secrets = {}, publicUrl, post }: DeskSetting = {}): Promise<Desk> {
  const folder = await mkdtemp('/tmp/rsg-desk-');
  const at = await testState();
  const home = await openHome(join(folder, 'home'));
  const said: string[] = [];
  const time = { now: BEGIN };
  const ledger = await open(home, time);
  const known = Client.parse({ client: 'lakeside', ...client });
  const toolsWith = (own: Ledger): EscalateTools => ({
    state: at.state,
    fleet: { plans: [], clients: new Map([['lakeside', known]]) },
    channels: new Map(allChannels(effectsOf({ post: httpPost(post) })).map(channel => [channel.kind, channel])),
    worker: 'worker-1',
    publicUrl: publicUrl ?? null,
    ledger: () => Promise.resolve(own),
    secret: reference => Promise.resolve(secrets['env' in reference ? reference.env : ''] ?? ''),
    now: () => time.now,
    explain: message => void said.push(message),
  });
  const tools = toolsWith(ledger);
  const entries = async (type?: string): Promise<readonly Statement[]> => {
    const all: Statement[] = [];
    for await (const one of entriesFrom(ledger, 0)) if (type === undefined || one.type === type) all.push(one);
    return all;
  };
  return {
    ...{ at, ledger, tools, said, entries },
    get clock() {
      return time.now;
    },
    set clock(now: string) {
      time.now = now;
    },
    wait: ms => {
      time.now = new Date(Date.parse(time.now) + ms).toISOString();
    },
    other: async () => {
      const own = await open(home, time);
      return { ledger: own, tools: toolsWith(own) };
    },
    happens: (...happenings) => at.state.of('lakeside', tx => applyAll({ tx, client: 'lakeside', tools }, happenings)),
    send: (stop = never) => deliverDue(tools, { clients: ['lakeside'], stop }),
    matters: () => at.state.of('lakeside', tx => latestMatters(tx, 100)),
    rows: text => at.state.of('lakeside', tx => tx.query(text)),
    drill: async (drill, changes = {}) => {
      const record = sampleRecord({ drill, trigger: 'schedule', startedAt: time.now, endedAt: time.now, ...changes });
      await recordDrill(ledger, record, { plan: undefined, facts: {}, worker: 'worker-1' });
    },
    [Symbol.asyncDispose]: async () => {
      await at[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function open(home: Home, time: { now: string }): Promise<Ledger> {
  const product = { name: 'resurgam', version: '0.1.0' };
  return openLedger(home, 'lakeside', { origin: 'resurgam.example/lakeside', timeZone: 'UTC', product, now: () => time.now });
}

/** The drill of the plan failed. */
export function failed(at: string, seq = 1, system = 'lakeside-ehr'): Happening {
  return observed('drill-failed', { at, seq, system, plan: system }, { occasion: `d-${seq}` });
}

/** The drill of a plan passed. */
export function passed(at: string, seq = 2, system = 'lakeside-ehr'): Happening {
  return proof('drill-passed', { at, seq, system, plan: system }, { trigger: 'schedule' });
}

/** Two people: the one on call by these channels, and the director by mail alone. */
export function people(channels: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}) {
  return {
    contacts: {
      'on-call': { name: 'On call', email: 'on-call@lakeside.example', channels: Object.keys(channels) },
      director: { name: 'Dana Reyes', role: 'risk-owner', email: 'dana@lakeside.example', channels: Object.keys(channels).slice(-1) },
    },
    ladder: { L1: ['on-call'], L2: ['director'] },
    channels,
    ...more,
  };
}

/** A signed webhook at this address. */
export function hook(url: string) {
  return { kind: 'webhook', url, secret: { env: 'SECRET' } };
}

export const mail = { kind: 'email', server: { env: 'SMTP' } };
