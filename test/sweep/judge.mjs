// Afterwards: was anything lost, done twice, left behind, or said wrongly? Reads what is there, and knows nothing of how it was made.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drills, interrupted } from './judge-drills.mjs';
import { escalations, mails } from './judge-escalations.mjs';
import { remains } from './judge-remains.mjs';
import { check, entriesOf, ledgerFolder } from './ledger-file.mjs';

/** Each check: how many things were looked at, and which of them are wrong. */
export async function judge(sweep) {
  const { machines, place, mail, server } = sweep;
  const state = await stateOf(sweep);
  const ledgers = place.clients.map(client => ({ client, entries: entriesOf(machines[0], client) }));
  const all = ledgers.flatMap(({ entries }) => entries);
  const drilled = all.filter(({ type }) => type === 'drill-started').map(({ drill }) => drill);
  const copies = ledgers.flatMap(({ client }) => machines.map(machine => ({ machine, client })));
  const verifying = copies.map(async ({ machine, client }) =>
    labelled(await verified(sweep, machine, client), `${client} on ${machine.name}`),
  );
  return [
    ...merged(await Promise.all(verifying)),
    ...merged(ledgers.map(({ client, entries }) => labelled(judgeClient(sweep, { client, entries }, ofClient(state, client)), client))),
    ...mails(all, state, mail),
    ...merged(
      machines.map(machine =>
        labelled(remains(drilled, machine, { folder: place.folder, pids: sweep.pids, server: server.pid() }), machine.name),
      ),
    ),
    ...kept(sweep),
  ];
}

function judgeClient({ place, lost, excused }, { client, entries }, state) {
  return [
    ...drills(entries, place, excused),
    ...interrupted(
      entries,
      lost.filter(one => one.client === client),
    ),
    ...escalations(entries, state),
    check(
      'backup checks that were due were made once',
      state.checks.length,
      state.checks.filter(({ times }) => times > 1).map(one => `${one.plan} ${one.due_at.toISOString()}: ${one.times} times`),
    ),
  ];
}

/** What the sweep itself has seen of the workers, and whether it has seen enough. */
function kept({ tally, ungraceful, stuck, ownEnds, counts, excused, demanded }) {
  const ends = ownEnds.filter(end => !excused({ at: end.at, startedAt: end.at }));
  return [
    check('workers that were asked to end ended in order', counts.asked, ungraceful),
    check('in peace everything came to its end', 1, stuck),
    check(
      'workers ended only when they were made to',
      counts.started,
      ends.map(({ role, exit, said }) => `${role} ended with ${exit}: ${said}`),
    ),
    check('there were as many kills as asked for', demanded, counts.kills < demanded ? [`${counts.kills} of ${demanded}`] : []),
    check(
      `kills fell at least ${tally.least} times in every phase`,
      counts.kills,
      tally.missing().map(phase => `${phase}: only ${tally.of(phase)}`),
    ),
  ];
}

async function verified({ main, place, machines }, machine, client) {
  const folder = ledgerFolder(machine, client);
  // Several machines sign with a key each; of one there is but one key that may have signed.
  const keys = machines.length > 1 ? 'keys/machine' : 'signer.pem';
  const files = ['verify.sh', 'ledger.jsonl', 'checkpoint.txt', keys].map(file => join(folder, file));
  const [script, own] = await Promise.all([
    ended('bash', files),
    ended(process.execPath, [main, 'verify', client], { env: machine.env, cwd: place.folder }),
  ]);
  const said = script.stdout.trim().split('\n');
  const summary = JSON.parse(
    said.find(line => line.startsWith('{')) ?? '{"problems":{},"running":[],"scheduled":0,"pending":0,"counted":{}}',
  );
  const problems = Object.entries(summary.problems).flatMap(([kind, ids]) => ids.map(id => `${kind}: ${id}`));
  const words = ({ status, stdout, stderr }) => (status === 0 ? [] : [`exit ${status}: ${stdout.slice(0, 300)} ${stderr}`]);
  return [
    check('the ledger and its checkpoint verify (verify.sh)', 1, words(script)),
    check('the ledger verifies (resurgam verify)', 1, words(own)),
    check('scheduled occurrences are accounted for, each exactly once', summary.scheduled, problems, counted(summary.counted)),
    check('drills ended', summary.scheduled - summary.pending, summary.running),
  ];
}

/** A program that came to its end, however it did. */
function ended(file, args, options = {}) {
  return new Promise(resolve =>
    execFile(file, args, { maxBuffer: 64 * 2 ** 20, ...options }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : (error.signal ?? error.code), stdout, stderr }),
    ),
  );
}

const counted = figures =>
  Object.entries(figures)
    .map(([word, count]) => `${word} ${count}`)
    .join(', ');

function labelled(checks, label) {
  return checks.map(one => ({
    ...one,
    wrong: one.wrong.map(text => `${label}: ${text}`),
    note: one.note === '' ? '' : `${label}: ${one.note}`,
  }));
}

/** The same check of several clients or machines is one line of the table. */
function merged(lists) {
  const rows = new Map();
  for (const { name, of, wrong, note } of lists.flat()) {
    const row = rows.get(name) ?? rows.set(name, check(name, 0, [])).get(name);
    Object.assign(row, { of: row.of + of, wrong: [...row.wrong, ...wrong], note: [row.note, note].filter(Boolean).join('; ') });
  }
  return [...rows.values()];
}

/** Messages that became due after the last look of the peace nobody had to send. */
async function stateOf({ server, lookedAt }) {
  const { sql } = server;
  return {
    open: await sql('select client, id, key from resurgam.escalation where resolved_at is null'),
    outbox: await sql('select id from resurgam.outbox'),
    checks: await sql(
      'select client, plan, due_at, count(*)::int as times from resurgam.backup_check where due_at is not null group by 1, 2, 3',
    ),
    deliveries: await sql(
      `select id, tier, attempt, state, provider_id, message->>'kind' as kind, due_at <= '${lookedAt}' as due from resurgam.delivery`,
    ),
  };
}

const ofClient = ({ open, checks }, client) => ({
  open: open.filter(one => one.client === client),
  checks: checks.filter(one => one.client === client),
});

/** Whether machines hold the same ledger, byte for byte. */
export function sameLedgers({ machines, place }) {
  const text = (machine, client) => readFileSync(join(ledgerFolder(machine, client), 'ledger.jsonl'), 'utf8');
  const differ = place.clients.filter(client => new Set(machines.map(machine => text(machine, client))).size > 1);
  return check('the machines hold the same ledgers', place.clients.length, differ);
}
