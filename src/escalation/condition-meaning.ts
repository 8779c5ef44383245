/**
 * What each condition (escalation.md, section 2) means for the promise to the client, in a sentence for people who run no computers.
 * None says more than is known: `inconclusive` accuses no backup.
 */
const MEANING: Readonly<Record<string, string>> = {
  'integrity-suspect': 'The restored data may have been tampered with. Treat it as a security matter, and change nothing.',
  'ledger-altered': 'The record of past drills does not verify. Until it is explained, it proves nothing.',
  'recovery-point-none': 'There is no usable backup that is recent enough. A loss now could not be undone.',
  'clinical-stop': 'Clinical work has stopped.',
  'drill-failed': 'The newest backup did not come back whole. A loss now may not be undone in full.',
  'objective-missed': 'The system comes back, but later or with more lost than was promised.',
  'drill-unreliable': 'Recovery has failed too often lately to be relied on.',
  'recovery-point-stale': 'The newest backup is older than was promised. A loss now would lose more work than agreed.',
  'backup-failing': 'Backups have failed several times in a row. Each hour without one is work that could be lost.',
  'drift-near-breach': 'Recovery is getting slower and will soon take longer than was promised.',
  'worker-silent': 'The machine that watches has gone silent. What happens now is not being watched.',
  'notification-failed': 'Somebody who must be told could not be reached by any way that is written down.',
  'backup-failed': 'One backup failed. The promise still holds if the next one succeeds.',
  'backup-overdue': 'A backup that was due has not come.',
  'drill-missed': 'A drill that was due did not run, so this recovery was not proved.',
  drift: 'Recovery is changing for the worse. The promise still holds.',
  headroom: 'Recovery still fits the promise, with little room left.',
  'drill-inconclusive': 'The drill could not tell whether the backup is good. Nothing is proved either way.',
  coverage: 'Part of what is protected has no plan, no owner, no schedule, or was never drilled.',
  'review-overdue': 'A review that was agreed is overdue.',
  'remediation-overdue': 'A repair that was agreed is overdue.',
  'anchor-overdue': 'The record of drills has not been witnessed from outside for two days.',
  'break-glass-unreviewed': 'An emergency access was used and nobody has reviewed it.',
  'baa-expired': 'A business associate agreement has expired.',
  'baa-expiring': 'A business associate agreement expires soon.',
  'report-late': 'A report that was promised has not been issued.',
};

/** The sentence; one that claims nothing for a condition that is not in the list. */
export function meaningOf(condition: string): string {
  return MEANING[condition] ?? 'Something that was agreed is not as agreed.';
}
