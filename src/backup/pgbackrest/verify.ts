import { finding, type Finding, type FindingCode } from '../../finding/finding.ts';
import type { StoreAccess } from '../backup.ts';
import { pgbackrest } from './command.ts';

/** What `verify` printed of one backup. */
export interface VerifiedBackup {
  readonly label: string;
  readonly valid: boolean;
  readonly missing: number;
  readonly changed: number;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly backups: readonly VerifiedBackup[];
}

/** The text of `verify --output=text --verbose`: it has no other form, and its exit code is 0 over any damage. Undefined: it says nothing that is known. */
export function readVerify(text: string): VerifyReport | undefined {
  const status = /^status: (\w+)/m.exec(text)?.[1];
  if (status === undefined) return undefined;
  const backups = [...text.matchAll(/^ {2}backup: (\S+), status: (\w+),.*\n(?: {4}(.*))?/gm)].map(([, label = '', word, counts = '']) => ({
    label,
    valid: word === 'valid',
    missing: countOf(counts, 'missing'),
    changed: countOf(counts, 'checksum invalid') + countOf(counts, 'size invalid') + countOf(counts, 'other'),
  }));
  return { ok: status === 'ok', backups };
}

function countOf(text: string, name: string): number {
  return Number(new RegExp(`${name}: (\\d+)`).exec(text)?.[1] ?? 0);
}

/** Lets the tool read the whole repository, and says what it printed of this backup. */
export async function verify(
  store: StoreAccess,
  of: { readonly repo: number; readonly label: string },
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  const result = await pgbackrest(store, { args: [`--repo=${of.repo}`, '--output=text', '--verbose', 'verify'] }, stop);
  const report = result.exitCode === 0 ? readVerify(result.stdout) : undefined;
  // A newer or older one may speak otherwise; the restore itself is the proof.
  if (report === undefined)
    return [finding('restore.unknown-exit', 'inconclusive', { probe: 'backup', required: false, object: 'pgbackrest verify' })];
  const own = report.backups.find(({ label }) => label === of.label);
  if (report.ok) return [finding('backup.ok', 'passed', { probe: 'backup' })];
  if (own === undefined || own.valid) return [finding('backup.others-damaged', 'failed', { probe: 'backup', required: false })];
  const bad = (code: FindingCode, observed: number): readonly Finding[] =>
    observed === 0 ? [] : [finding(code, 'failed', { probe: 'backup', unit: 'files', expected: 0, observed })];
  const said = [...bad('backup.files-missing', own.missing), ...bad('backup.digest-mismatch', own.changed)];
  return said.length > 0 ? said : [finding('backup.damaged', 'failed', { probe: 'backup' })];
}
