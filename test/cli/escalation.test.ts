import { Command } from 'commander';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { App } from '../../src/app.ts';
import { escalationCommand } from '../../src/cli/escalation.ts';
import { CommandError, EXIT } from '../../src/cli/exit.ts';
import { compose } from '../../src/compose.ts';
import { applyAll } from '../../src/escalate/apply.ts';
import type { EscalateTools } from '../../src/escalate/tools.ts';
import type { Matter } from '../../src/escalation/matter.ts';
import { proof } from '../../src/escalation/seen.ts';
import { entriesFrom } from '../../src/store/read-entries.ts';
import { receiveMail } from '../fixtures/mail-server.ts';
import { openMatter } from '../fixtures/open-matters.ts';
import { testState, type TestState } from '../fixtures/state.ts';
import { clinic } from '../escalation/examples.ts';
import { FIVE_LINES } from '../plan/vocabulary.ts';

const CLIENT = `client: lakeside
timezone: America/Chicago
contacts:
  it-director: { name: Dana Reyes, role: risk-owner, email: dana@lakeside.example, channels: [mail] }
  on-call: { name: Ana Ortiz, email: ana@lakeside.example, channels: [mail] }
  night: { name: Night desk, phone: "+1 312 555 0100" }
ladder: { L1: [on-call] }
channels:
  mail: { kind: email, from: resurgam@lakeside.example, server: { env: SMTP_URL } }
`;
let at: TestState;
let folder: string;
let app: App;
beforeEach(async () => {
  at = await testState();
  folder = await mkdtemp('/tmp/rsg-escalation-');
  await writeFile(join(folder, 'client.yaml'), CLIENT);
  await writeFile(join(folder, 'ehr.yaml'), FIVE_LINES);
  app = appWith({});
});
afterEach(async () => {
  await at[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function appWith(env: Readonly<Record<string, string>>): App {
  const known = { PATH: process.env.PATH, RESURGAM_HOME: join(folder, 'home'), RESURGAM_PLANS: folder, ...env };
  return { ...compose({ env: known, stop: new AbortController().signal }), state: () => Promise.resolve(at.state) };
}

function tools(): EscalateTools {
  return {
    ...{ state: at.state, fleet: { plans: [], clients: new Map([['lakeside', clinic()]]) }, channels: new Map(), worker: 'rack-2' },
    ...{ publicUrl: null, now: () => app.now(), explain: () => undefined },
    ledger: () => Promise.reject(new Error('not needed')),
    secret: () => Promise.reject(new Error('not needed')),
  };
}

interface Answer {
  readonly code: number | undefined;
  readonly text: string;
}

async function run(...args: readonly string[]): Promise<Answer> {
  let code: number | undefined;
  const said: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation(text => said.push(String(text)) > 0);
  try {
    const program = new Command().exitOverride();
    escalationCommand(program, { app, exit: exitCode => (code = exitCode) });
    await program.parseAsync(['node', 'resurgam', 'escalation', ...args]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { code: error.exitCode, text: error.message };
  } finally {
    spy.mockRestore();
  }
  return { code, text: said.join('') };
}

/** What people said and did, as the ledger has it. */
async function told(): Promise<readonly (string | undefined)[]> {
  const ledger = await app.ledger({ client: 'lakeside', domain: 'resurgam.local', timeZone: 'America/Chicago' });
  await ledger.open();
  const types: (string | undefined)[] = [];
  for await (const { type } of entriesFrom(ledger, 0)) types.push(type);
  return types;
}

async function prove({ system, plan }: Matter): Promise<void> {
  const source = { at: new Date(Date.now() + 1_000).toISOString(), seq: 9, system, plan };
  const passed = proof('drill-passed', source, { trigger: 'schedule' });
  await at.state.of('lakeside', tx => applyAll({ tx, client: 'lakeside', tools: tools() }, [passed]));
}

describe('list and show', () => {
  test('say that nothing is open, and what is, and with --all what is over', async () => {
    const none = await run('list');
    const open = await openMatter(tools(), 'backup-failing');
    const over = await openMatter(tools(), 'drill-failed');
    await prove(over);

    const [now, all, json] = [await run('list'), await run('list', '--all'), await run('list', '--json')];

    expect(none).toEqual({ code: EXIT.passed, text: 'Nothing is open.\n' });
    expect([now.text.includes(open.id), now.text.includes(over.id)]).toEqual([true, false]);
    expect([all.text.includes(open.id), all.text.includes(over.id)]).toEqual([true, true]);
    expect(JSON.parse(json.text)).toMatchObject([{ id: open.id, condition: 'backup-failing', state: 'open' }]);
  });

  test('show one matter with what was sent, for people and for machines', async () => {
    const { id } = await openMatter(tools(), 'drill-failed');

    const [text, json] = [await run('show', id), await run('show', id, '--json')];

    expect(text.text).toContain(`P2  ${id}`);
    expect(JSON.parse(json.text)).toMatchObject({ id, deliveries: [{ contact: 'on-call', kind: 'opened', state: 'waiting' }] });
    expect(JSON.parse(json.text)).not.toHaveProperty(['deliveries', 0, 'message']);
  });

  test.each(['show', 'resolve'])('%s says if there is no such matter', async verb => {
    expect(await run(verb, 'e-none')).toEqual({ code: EXIT.usage, text: 'no escalation e-none' });
  });
});

describe('ack, note and state', () => {
  test('are a person’s word: in the matter and in the ledger when the command ends', async () => {
    const { id } = await openMatter(tools(), 'drill-failed');

    const taken = await run('ack', id, '--by', 'it-director');
    const noted = await run('note', id, '--by', 'it-director');
    const stable = await run('state', id, 'stabilized', '--by', 'it-director', '--reason', 'the old server carries it');

    expect([taken, noted, stable].map(({ code }) => code)).toEqual([0, 0, 0]);
    expect([taken.text, stable.text]).toEqual([`${id}: acknowledged\n`, `${id}: stabilized\n`]);
    expect((await told()).filter(type => type?.startsWith('escalation'))).toEqual([
      ...['escalation-opened', 'escalation-acknowledged', 'escalation-changed', 'escalation-changed'],
    ]);
  });

  test.each([
    ['ack', [], 'only a contact of the client can do this: name one with --by, as client.yaml does'],
    ['note', [], 'only a contact of the client can do this: name one with --by, as client.yaml does'],
    ['state', ['stabilized', '--reason', 'x'], 'only a contact of the client can do this: name one with --by, as client.yaml does'],
  ])('%s by somebody who is no contact is refused, and that is recorded', async (verb, more, refusal) => {
    const { id } = await openMatter(tools(), 'drill-failed');

    const refused = await run(verb, id, ...more, '--by', 'mallory');

    expect(refused).toEqual({ code: EXIT.usage, text: refusal });
    expect((await told()).at(-1)).toBe('access');
    expect(JSON.parse((await run('show', id, '--json')).text)).toMatchObject({ state: 'open', acknowledgedBy: null });
  });

  test.each([
    [
      'accepted',
      ['--by', 'on-call', '--reason', 'x', '--until', '2026-11-30'],
      'only a contact with the role risk-owner can accept a risk',
    ],
    ['accepted', ['--by', 'it-director', '--reason', 'x'], 'expected --until with a day at most 30 days away'],
    ['accepted', ['--by', 'it-director', '--reason', 'x', '--until', 'soon'], '--until soon: expected a day such as 2026-11-30'],
    [
      'stabilized',
      ['--by', 'it-director', '--reason', ' '],
      'expected a reason, and for restored the ledger entry that shows it (--because)',
    ],
    ['restored', ['--by', 'it-director', '--reason', 'x'], 'only evidence resolves a matter: a passed drill, or a valid backup'],
    ['restored', ['--by', 'it-director', '--reason', 'x', '--because', 'me'], '--because me: expected the number of a ledger entry'],
    [
      'resolved',
      ['--by', 'it-director', '--reason', 'x'],
      'resolved: expected one of open, stabilized, workaround-approved, restored, accepted',
    ],
  ])('state %s %j is refused: %s', async (state, more, refusal) => {
    const { id } = await openMatter(tools(), 'drill-failed');

    expect(await run('state', id, state, ...more)).toEqual({ code: EXIT.usage, text: refusal });
    expect(JSON.parse((await run('show', id, '--json')).text)).toMatchObject({ state: 'open' });
  });

  test('what is over is not taken up again', async () => {
    const matter = await openMatter(tools(), 'drill-failed');
    await prove(matter);

    expect(await run('ack', matter.id, '--by', 'it-director')).toEqual({ code: EXIT.usage, text: 'this matter is not open' });
  });
});

test('resolve never resolves: it says which evidence is missing, and afterwards when it came', async () => {
  const matter = await openMatter(tools(), 'drill-failed');

  const before = await run('resolve', matter.id);
  await prove(matter);
  const after = await run('resolve', matter.id);

  expect(before).toEqual({ code: EXIT.usage, text: `${matter.id} waits for a passed drill of the plan\n` });
  expect(after).toEqual({ code: EXIT.passed, text: expect.stringMatching(`^${matter.id} was resolved at 20`) as string });
});

describe('test', () => {
  test('sends a mail that a real server takes, which proves that the contact can be reached', async () => {
    await using mail = await receiveMail();
    app = appWith({ SMTP_URL: `smtp://127.0.0.1:${mail.port}` });
    const matter = await openMatter(tools(), 'notification-failed', { system: 'on-call', plan: null });

    const sent = await run('test', 'lakeside', 'on-call');

    expect(sent).toEqual({ code: EXIT.passed, text: 'mail: accepted by the other side\n' });
    expect(mail.mails).toMatchObject([{ to: ['ana@lakeside.example'], parsed: { subject: expect.stringContaining('[Test]') as string } }]);
    expect((await run('resolve', matter.id)).text).toContain('was resolved at');
  });

  test('says that the other side does not answer', async () => {
    const mail = await receiveMail();
    await mail[Symbol.asyncDispose]();
    app = appWith({ SMTP_URL: `smtp://user:Geheim-4711@127.0.0.1:${mail.port}` });

    expect(await run('test', 'lakeside', 'on-call')).toEqual({ code: EXIT.failed, text: 'mail: failed (unreachable)\n' });
  });

  test('says that the secret is missing, without a word of it', async () => {
    expect(await run('test', 'lakeside', 'on-call')).toEqual({ code: EXIT.failed, text: 'mail: failed (could-not-send)\n' });
  });

  test.each(['night', 'nobody'])('refuses %s, whom no channel reaches', async contact => {
    expect(await run('test', 'lakeside', contact)).toEqual({
      ...{ code: EXIT.usage, text: `${contact} of lakeside: expected a contact with a channel` },
    });
  });
});
