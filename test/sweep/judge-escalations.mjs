// Whether every matter was opened, told and resolved once.
import { check, repeated } from './ledger-file.mjs';

export function escalations(entries, { open }) {
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
export function mails(entries, { deliveries, outbox }, mail) {
  const came = new Map();
  for (const id of mail.accepted) came.set(id, (came.get(id) ?? 0) + 1);
  const rows = new Map(deliveries.map(row => [`<${row.id.replaceAll(/[^A-Za-z0-9._-]/g, '-')}`, row]));
  const rowOf = id => rows.get(id.split('@')[0]);
  const accepted = deliveries.filter(({ state }) => state === 'accepted');
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
      // By what was answered for it: digests for one contact come in one message.
      accepted.filter(({ provider_id: said }) => !came.has(said)).map(({ id, kind, provider_id: said }) => `${kind} ${id} by ${said}`),
    ),
    check('messages that came are signed', came.size, unsigned),
    check(
      'messages that are due were sent',
      deliveries.length,
      deliveries.filter(({ state, due }) => state === 'waiting' && due).map(({ id }) => id),
    ),
  ];
}
