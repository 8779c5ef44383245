// What came of it, for a person: kills by phase and kind, then every check.
import { DEMANDED } from './tally.mjs';

export function printTable({ tally, counts, mail }) {
  const kinds = [...tally.kinds.keys()];
  const phases = [...DEMANDED, ...[...tally.hits.keys()].filter(phase => !DEMANDED.includes(phase))];
  const width = kinds.map(kind => Math.max(kind.length, 5));
  const line = (first, cells) =>
    console.log(`  ${first.padEnd(14)}${cells.map((cell, at) => String(cell).padStart((width[at] ?? 5) + 2)).join('')}`);
  console.log('\nKilled while at (one that was at several things counts for each):');
  line('', [...kinds, 'all']);
  for (const phase of phases) line(phase, [...kinds.map(kind => tally.hits.get(phase)?.get(kind) ?? 0), tally.of(phase)]);
  line('workers', [...kinds.map(kind => tally.kinds.get(kind)), counts.kills]);
  const others = [...counts.server].map(([what, count]) => `${what} ${count}`).join(', ');
  console.log(
    `  the server: ${others === '' ? 'never' : others}; ${[...counts.faults].map(([what, count]) => `${what} ${count} times`).join(', ')}`,
  );
  console.log(`  mails: ${mail.accepted.length} taken, ${mail.refused.count} refused for now\n`);
}

/** Gives the exit code. */
export function printChecks(checks) {
  for (const { name, of, wrong, note } of checks) {
    const right = of - Math.min(of, wrong.length);
    console.log(`${wrong.length === 0 ? 'ok   ' : 'WRONG'}  ${name}: ${right} of ${of}${note === '' ? '' : ` (${note})`}`);
    for (const one of wrong.slice(0, 10)) console.log(`         ${one}`);
    if (wrong.length > 10) console.log(`         and ${wrong.length - 10} more`);
  }
  return checks.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
}
