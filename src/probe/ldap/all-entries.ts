import { z } from 'zod';
import { saidOfDirectory } from '../../backup/restored-directory.ts';
import type { FindingCode, FindingFacts } from '../../finding/finding.ts';
import { textOfValue, type LdifPiece } from '../../system/ldif.ts';
import type { Noted } from '../noted.ts';
import type { Asking, LdapOptions } from './options.ts';

/** Without a word of the plan: so much of a directory may be gone before we say that something is wrong. */
const USUAL_FEWER = 0.2;
/** Fewer entries of one class may go any day. */
const FEW = 5;
/** A name of the schema; what else stands there is not recorded. */
const DESCRIPTOR = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
/** Classes of those who sign in. */
const ACCOUNTS = ['simpleSecurityObject', 'posixAccount', 'inetOrgPerson', 'account'];

/** What the next drill is compared with. */
const LdapFacts = z.object({ entries: z.int(), passwords: z.int(), classes: z.record(z.string(), z.int()) });
type LdapFacts = z.output<typeof LdapFacts>;

export interface AskedAll {
  readonly noted: readonly Noted[];
  readonly facts?: LdapFacts;
  readonly limitations: readonly string[];
}

/** Everything in the directory, counted by its classes, and compared with the backup and with the last accepted drill. */
export async function askAll(asking: Asking, { fewer }: LdapOptions): Promise<AskedAll> {
  const { question } = asking;
  const counted = await count(asking);
  if (typeof counted === 'string')
    return { noted: [{ code: 'ldap.no-answer', outcome: 'inconclusive', facts: { observed: counted } }], limitations: [] };
  const { facts, latencyMs } = counted;
  const before = LdapFacts.safeParse(question.baseline);
  const noted = [
    ...againstBackup(facts, saidOfDirectory(question.says).entries),
    ...(before.success ? againstLast(facts, before.data, fewer ?? USUAL_FEWER) : []),
    ...withoutPasswords(facts),
  ];
  const isBad = noted.some(({ outcome, facts: { required = true } }) => outcome === 'failed' && required);
  const ok: Noted = { code: 'ldap.ok', outcome: 'passed', facts: { unit: 'entries', observed: facts.entries, latencyMs } };
  return { noted: [...(isBad ? [] : [ok]), ...noted], facts, limitations: [...(before.success ? [] : [NO_BASELINE]), OVERLAYS] };
}

const NO_BASELINE = 'There is no earlier accepted drill of this directory to compare with.';
const OVERLAYS = 'Overlays of the directory (referential integrity, password policy, replication) were not started.';

async function count({ directory, stop }: Asking): Promise<{ readonly facts: LdapFacts; readonly latencyMs: number } | string> {
  const classes = new Map<string, number>();
  let [entries, passwords] = [0, 0];
  const whole = { base: directory.suffix, scope: 'sub' } as const;
  const take = (piece: LdifPiece): void => {
    if (piece.kind !== 'attribute') return;
    if (piece.name === 'dn') entries += 1;
    const name = piece.name.toLowerCase() === 'objectclass' ? textOfValue(piece) : '';
    if (DESCRIPTOR.test(name)) classes.set(name, (classes.get(name) ?? 0) + 1);
  };
  const every = { ...whole, filter: '(objectClass=*)', attributes: ['objectClass'] };
  const all = await directory.search(every, take, stop);
  const hidden = await directory.search({ ...every, subentries: true }, take, stop);
  const having = { ...whole, filter: '(userPassword=*)', attributes: ['1.1'] };
  const signing = await directory.search(
    having,
    piece => void (passwords += Number(piece.kind === 'attribute' && piece.name === 'dn')),
    stop,
  );
  // 32: the topmost entry itself is not there; the restore has said so.
  const bad = [all.code, hidden.code, signing.code].find(code => code !== 0 && code !== 32);
  if (bad !== undefined) return bad === null ? 'no answer' : `result code ${bad}`;
  return { facts: { entries, passwords, classes: Object.fromEntries([...classes].sort()) }, latencyMs: all.latencyMs };
}

const bad = (code: FindingCode, facts: FindingFacts): Noted => ({ code, outcome: 'failed', facts });

function againstBackup({ entries: observed }: LdapFacts, expected: number | null): readonly Noted[] {
  return expected === null || observed >= expected ? [] : [bad('ldap.entries-missing', { unit: 'entries', expected, observed })];
}

function againstLast(now: LdapFacts, before: LdapFacts, fewer: number): readonly Noted[] {
  const gone = (count: number, earlier: number): boolean => count < earlier * (1 - fewer);
  const facts = (object: string, expected: number, observed: number): FindingFacts => ({ unit: 'entries', object, expected, observed });
  const all = gone(now.entries, before.entries) ? [bad('ldap.fewer-entries', facts('in all', before.entries, now.entries))] : [];
  const classes = Object.entries(before.classes).filter(([name, count]) => count >= FEW && gone(now.classes[name] ?? 0, count));
  const lost = before.passwords > 0 && gone(now.passwords, before.passwords);
  return [
    ...all,
    ...classes.map(([name, count]) => bad('ldap.fewer-entries', facts(`of class ${name}`, count, now.classes[name] ?? 0))),
    ...(lost ? [bad('ldap.passwords-lost', { unit: 'entries', expected: before.passwords, observed: now.passwords })] : []),
  ];
}

/** Directories whose accounts sign in elsewhere (Kerberos) look the same: worth a word, no more. */
function withoutPasswords({ passwords, classes }: LdapFacts): readonly Noted[] {
  const expected = Math.max(0, ...ACCOUNTS.map(name => classes[name] ?? 0));
  return passwords > 0 || expected === 0 ? [] : [bad('ldap.no-passwords', { required: false, unit: 'accounts', expected, observed: 0 })];
}
