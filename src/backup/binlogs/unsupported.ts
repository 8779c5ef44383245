import { finding, type Finding } from '../../finding/finding.ts';

/** Binary logs that cannot be replayed here, or of which nobody can tell what would be left out. `probe`: where that was seen. */
export function unsupported(object: string, probe: 'backup' | 'restore' = 'backup'): Finding {
  return finding('backup.unsupported', 'inconclusive', { probe, object });
}
