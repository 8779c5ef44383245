// Afterwards: was anything lost, done twice, left behind, or said wrongly? Reads what is there, and knows nothing of how it was made.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT } from './place.mjs';
import { names } from './worker.mjs';

/** Each check: how many things were looked at, and which of them are wrong. */
export async function judge(place, known) {
  const folder = join(place.home, 'ledger', CLIENT);
  const entries = entriesOf(folder);
  const state = await stateOf(known.sql);
  return [
    ...verified(folder, known),
    ...drills(entries, place),
    ...interrupted(entries, known.lost),
    ...escalations(entries, state),
    check(
      'backup checks that were due were made once',
      state.checks.length,
      state.checks.filter(({ times }) => times > 1).map(one => `${one.plan} ${one.due_at.toISOString()}: ${one.times} times`),
    ),
    ...mails(entries, state, known.mail),
    ...remains(entries, place, known),
  ];
}

export function entriesOf(folder) {
  // Behind the last newline somebody may be writing.
  const lines = readFileSync(join(folder, 'ledger.jsonl'), 'utf8').split('\n').slice(0, -1);
  return lines.map(line => {
    const statement = JSON.parse(Buffer.from(JSON.parse(line).payload, 'base64').toString('utf8'));
    return { type: /evidence\/([a-z-]+)\/v1$/.exec(statement.predicateType)?.[1] ?? '', ...statement.predicate };
  });
}

function check(name, of, wrong) {
  return { name, of, wrong };
}

function verified(folder, { main, env }) {
  const script = spawnSync('bash', [
    join(folder, 'verify.sh'),
    join(folder, 'ledger.jsonl'),
    join(folder, 'checkpoint.txt'),
    join(folder, 'signer.pem'),
  ]);
  const own = spawnSync(process.execPath, [main, 'verify', CLIENT], { env });
  const said = String(script.stdout).trim().split('\n');
  const summary = JSON.parse(said.find(line => line.startsWith('{')) ?? '{"problems":{},"running":[],"scheduled":0,"counted":{}}');
  const problems = Object.entries(summary.problems).flatMap(([kind, ids]) => ids.map(id => `${kind}: ${id}`));
  return [
    check(
      'the ledger and its checkpoint verify (verify.sh)',
      1,
      script.status === 0 ? [] : [`exit ${script.status}: ${said[0]} ${script.stderr}`],
    ),
    check('the ledger verifies (resurgam verify)', 1, own.status === 0 ? [] : [`exit ${own.status}: ${String(own.stdout).slice(0, 300)}`]),
    check('scheduled occurrences accounted for', summary.scheduled, problems),
    { ...check('drills ended', summary.scheduled - summary.pending, summary.running), note: JSON.stringify(summary.counted) },
  ];
}

function drills(entries, { good, bad }) {
  const started = entries.filter(({ type }) => type === 'drill-started');
  const finished = entries.filter(({ type }) => type === 'drill-finished');
  const end = new Map(finished.map(one => [one.drill, one]));
  const twice = finished.map(({ drill }) => drill).filter((drill, at, all) => all.indexOf(drill) !== at);
  const wrong = finished.filter(({ plan, verdict }) =>
    good.includes(plan) ? verdict === 'failed' : bad.includes(plan) && verdict === 'passed',
  );
  const conclusive = finished.filter(({ verdict }) => verdict !== 'inconclusive');
  const unexplained = finished.filter(
    ({ verdict, reasons }) => verdict === 'inconclusive' && !reasons.some(one => /^drill\.(worker-lost|stopped)$/.test(one)),
  );
  return [
    check('drills that started ended once', started.length, [
      ...started.filter(({ drill }) => !end.has(drill)).map(({ drill }) => drill),
      ...twice,
    ]),
    check(
      'occurrences never ran twice at once',
      new Set(started.map(({ occurrence }) => occurrence)).size,
      overlaps(started, end, 'occurrence'),
    ),
    check('plans never ran twice at once', new Set(started.map(({ plan }) => plan)).size, overlaps(started, end, 'plan')),
    check(
      'occurrences concluded once',
      new Set(conclusive.map(({ occurrence }) => occurrence)).size,
      repeated(conclusive.map(({ occurrence }) => occurrence)),
    ),
    check('attempts are numbered one after the other', started.length, attempts(started)),
    check(
      'conclusive verdicts are right',
      conclusive.length,
      wrong.map(({ drill, plan, verdict }) => `${plan} ${drill}: ${verdict}`),
    ),
    check(
      'inconclusive verdicts have a cause of ours',
      finished.length - conclusive.length,
      unexplained.map(({ drill, plan, reasons }) => `${plan} ${drill}: ${reasons}`),
    ),
  ];
}

function overlaps(started, end, by) {
  const last = new Map();
  return started.flatMap(one => {
    const before = last.get(one[by]);
    last.set(one[by], one);
    const isOver = before === undefined || (end.get(before.drill)?.seq ?? Infinity) < one.seq;
    return isOver || one[by] === null ? [] : [`${one[by]}: ${before.drill} and ${one.drill}`];
  });
}

function attempts(started) {
  const count = new Map();
  return started.flatMap(({ occurrence, attempt, drill }) => {
    if (occurrence === null) return [];
    count.set(occurrence, (count.get(occurrence) ?? 0) + 1);
    return count.get(occurrence) === attempt ? [] : [`${occurrence}: ${drill} says ${attempt}`];
  });
}

/** Drills that a killed process had marked: signed as lost, unless they had been signed before the kill or had not begun. */
function interrupted(entries, lost) {
  const started = new Set(entries.filter(({ type }) => type === 'drill-started').map(({ drill }) => drill));
  const finished = new Map(entries.filter(({ type }) => type === 'drill-finished').map(one => [one.drill, one]));
  const begun = lost.filter(({ drill }) => started.has(drill));
  const wrong = begun.filter(({ drill, at }) => {
    const end = finished.get(drill);
    return end === undefined || (end.at > at && !end.reasons.includes('drill.worker-lost'));
  });
  const signed = begun.filter(({ drill }) => finished.get(drill)?.reasons.includes('drill.worker-lost'));
  return [
    {
      ...check(
        'drills whose worker was killed are signed as such',
        begun.length,
        wrong.map(({ drill }) => drill),
      ),
      note: `${signed.length} as lost, ${begun.length - signed.length} had been signed`,
    },
  ];
}

function escalations(entries, { open }) {
  const opened = entries.filter(({ type }) => type === 'escalation-opened');
  const resolved = entries.filter(({ type }) => type === 'escalation-resolved');
  const stillOpen = openAtTheEnd(entries);
  const unsaid = open
    .filter(({ id }) => !stillOpen.some(({ escalation }) => escalation === id))
    .map(({ id }) => `${id} is open and not in the ledger`);
  const bySame = ({ type, seq, prev, at, keyid, ...fields }) => `${type} ${JSON.stringify(fields)}`;
  const once = entries.filter(
    one =>
      /^escalation-(opened|changed|resolved|acknowledged)$/.test(one.type) ||
      (one.type === 'escalation-notified' && one.result === 'accepted'),
  );
  const kept = entries.filter(({ type }) => !/^(escalation-.*|heartbeat|notice|ledger-recovered|backup-checked)$/.test(type));
  return [
    check('escalations opened once', opened.length, repeated(opened.map(({ escalation }) => escalation))),
    check('escalations resolved once each time that they were open', resolved.length, resolvedTwice(entries)),
    check('one escalation open for each matter', stillOpen.length, [
      ...repeated(stillOpen.map(({ key }) => key)),
      ...reopenedEarly(entries),
      ...unsaid,
    ]),
    check('entries about escalations stand once', once.length, inARow(once, bySame)),
    check('other entries stand once', kept.length, repeated(kept.map(bySame))),
  ];
}

/** By the ledger alone: opened, or opened again by a change of its state, and not resolved since. */
function openAtTheEnd(entries) {
  const keys = new Map();
  const open = new Set();
  for (const { type, escalation, key, field, to } of entries) {
    if (type === 'escalation-opened') keys.set(escalation, key);
    if (type === 'escalation-opened' || (type === 'escalation-changed' && field === 'state' && to === 'open')) open.add(escalation);
    if (type === 'escalation-resolved') open.delete(escalation);
  }
  return [...open].map(escalation => ({ escalation, key: keys.get(escalation) }));
}

/** A matter that comes back is opened again by a change of its state. */
function resolvedTwice(entries) {
  const open = new Set();
  return entries.flatMap(({ type, escalation, field, to, seq }) => {
    if (type === 'escalation-opened' || (type === 'escalation-changed' && field === 'state' && to === 'open')) open.add(escalation);
    return type === 'escalation-resolved' && !open.delete(escalation) ? [`${escalation} at ${seq}`] : [];
  });
}

/** The same again with nothing else about that escalation in between. */
function inARow(all, keyOf) {
  const last = new Map();
  return all.flatMap(one => {
    const said = last.get(one.escalation) ?? new Set();
    const key = keyOf(one);
    const isAgain = said.has(key);
    // A change of the matter begins a new stretch; that it was told to somebody does not.
    last.set(one.escalation, one.type === 'escalation-notified' || isAgain ? said.add(key) : new Set([key]));
    return isAgain ? [key] : [];
  });
}

function reopenedEarly(entries) {
  const open = new Map();
  return entries.flatMap(one => {
    if (one.type === 'escalation-resolved') for (const [key, id] of open) if (id === one.escalation) open.delete(key);
    if (one.type !== 'escalation-opened') return [];
    const before = open.get(one.key);
    open.set(one.key, one.escalation);
    return before === undefined ? [] : [`${one.key}: ${one.escalation} while ${before} was open`];
  });
}

/** A message may come twice only where a kill fell between its sending and the note of it: never oftener than it was tried. */
function mails(entries, { deliveries, outbox }, mail) {
  const came = new Map();
  for (const id of mail.accepted) came.set(id, (came.get(id) ?? 0) + 1);
  const rows = new Map(deliveries.map(row => [`<${row.id.replaceAll(/[^A-Za-z0-9._-]/g, '-')}`, row]));
  const rowOf = id => rows.get(id.split('@')[0]);
  const accepted = deliveries.filter(({ state }) => state === 'accepted');
  const ids = new Set([...came.keys()].map(id => rowOf(id)?.id));
  const again = [...came.values()].reduce((sum, count) => sum + count - 1, 0);
  const tooOften = [...came].filter(([id, count]) => count > (rowOf(id)?.attempt ?? 0)).map(([id, count]) => `${id} came ${count} times`);
  const notified = new Set(
    entries.filter(({ type, result }) => type === 'escalation-notified' && result === 'accepted').map(({ providerId }) => providerId),
  );
  const unsigned = [...came.keys()].filter(id => rowOf(id)?.state === 'accepted' && rowOf(id)?.tier !== 'executive' && !notified.has(id));
  return [
    check(
      'nothing waits for the ledger',
      1,
      outbox.map(({ id }) => `outbox ${id}`),
    ),
    {
      ...check('messages came no oftener than they were tried', came.size, tooOften),
      note: `${again} came again after a kill between sending and noting, ${mail.refused.count} refused for now`,
    },
    check(
      'messages said to be taken had come',
      accepted.length,
      accepted.filter(({ id }) => !ids.has(id)).map(({ id }) => id),
    ),
    check('messages that came are signed', came.size, unsigned),
    check(
      'messages that are due were sent',
      deliveries.length,
      deliveries.filter(({ state, due }) => state === 'waiting' && due).map(({ id }) => id),
    ),
  ];
}

function remains(entries, { home, folder }, { pids }) {
  const ids = new Set(entries.filter(({ type }) => type === 'drill-started').map(({ drill }) => drill));
  const known = text => [...ids].some(id => text.includes(id)) || text.includes(folder);
  const files = String(execFileSync('find', [home, '-path', `${home}/postgres`, '-prune', '-o', '-print'])).split('\n');
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '');
  const groups = ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids', '/sys/fs/cgroup/cpu'].flatMap(at =>
    names(at).map(name => join(at, name)),
  );
  return [
    check('no process remains', pids.size, processesOf(folder, ids)),
    check('no scratch folder remains', ids.size, names(join(home, 'scratch'))),
    check(
      'nothing remains in /tmp',
      ids.size,
      names('/tmp').filter(name => name.startsWith('resurgam-outside-') && known(name)),
    ),
    check('no mount remains', ids.size, mounts.filter(known)),
    check('no cgroup remains', ids.size, groups.filter(known)),
    check(
      'no temporary file remains',
      files.length,
      files.filter(path => /\.tmp$|\/\.probe-|\/\.new-/.test(path)),
    ),
    check('locks are free', names(join(home, 'locks')).length, locksHeld(join(home, 'locks'))),
  ];
}

function processesOf(folder, ids) {
  return names('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(pid => {
      const [command, environment] = ['cmdline', 'environ'].map(file => readIf(`/proc/${pid}/${file}`));
      const ours =
        [...ids].some(id => environment.includes(`RESURGAM_DRILL=${id}`)) ||
        (command.includes(folder) && !command.includes(`${folder}/home/postgres`));
      return ours ? [`${pid} ${command.replaceAll('\0', ' ').slice(0, 120)}`] : [];
    });
}

/** Kernel locks must be free, and files that say who holds something must name nobody who lives. */
function locksHeld(folder) {
  return names(folder).flatMap(name => {
    if (name.startsWith('drill-') && !processIs(ownerOf(join(folder, name)))) return [];
    if (!name.endsWith('.lock') || name.startsWith('drill-')) return [name];
    return spawnSync('flock', ['--nonblock', '--exclusive', join(folder, name), 'true']).status === 0 ? [] : [`${name} is held`];
  });
}

function processIs(pid) {
  return readIf(`/proc/${pid}/cmdline`).includes('main.js');
}

function ownerOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).pid;
  } catch {
    return undefined;
  }
}

function readIf(path) {
  try {
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : '';
  } catch {
    return '';
  }
}

async function stateOf(sql) {
  return {
    open: await sql('select id, key from resurgam.escalation where resolved_at is null'),
    outbox: await sql('select id from resurgam.outbox'),
    checks: await sql('select plan, due_at, count(*)::int as times from resurgam.backup_check where due_at is not null group by 1, 2'),
    deliveries: await sql('select id, tier, attempt, state, due_at <= now() as due from resurgam.delivery'),
  };
}

function repeated(all) {
  return [...new Set(all.filter((one, at) => all.indexOf(one) !== at))];
}
