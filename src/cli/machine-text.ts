import type { MachineRow } from '../store/state/machines.ts';

/** `resurgam machine list`, for a person who compares two screens. */
export function machineListText(machines: readonly MachineRow[], own: string): string {
  if (machines.length === 0) return 'No machine has asked to sign yet: start `resurgam serve` on the first one.\n';
  return machines.map(one => lines(one, own).join('\n')).join('\n\n') + '\n';
}

function lines({ name, fingerprint, askedAt, admitted, waiting }: MachineRow, own: string): readonly string[] {
  return [
    `${name}${fingerprint === own ? '  (this machine)' : ''}`,
    `  fingerprint  ${fingerprint}`,
    `  since        ${askedAt.slice(0, 16).replace('T', ' ')} UTC`,
    ...(admitted.length === 0 ? [] : [`  signs for    ${admitted.join(', ')}`]),
    ...(waiting.length === 0
      ? []
      : [`  waits for    ${waiting.join(', ')}`, `  to admit it  resurgam machine admit ${fingerprint.slice(0, 16)}`]),
  ];
}
