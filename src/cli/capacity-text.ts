import { sayDuration } from '../plan/duration.ts';
import type { SiteCapacity } from '../schedule/capacity.ts';
import type { Capacity } from './capacity.ts';
import { block, paint, printable, type Terminal } from './terminal.ts';

/** Whether each site keeps up, what it would need, and what was guessed. */
export function capacityText(capacity: Capacity, terminal: Terminal): string {
  const { sites, estimated, assumedMs } = capacity;
  if (sites.length === 0) return 'There is no plan that could be drilled.\n';
  const guessed =
    estimated.length === 0
      ? []
      : block(
          `Estimated: ${estimated.length === 1 ? printable(estimated[0] ?? '') : count(estimated.length, 'plan')} had no drill yet; ` +
            `${sayDuration(assumedMs)} was assumed for each.`,
          terminal,
        );
  const paragraphs = [...sites.map(site => siteText(site, capacity, terminal)), guessed].filter(lines => lines.length > 0);
  return `${paragraphs.map(lines => lines.join('\n')).join('\n\n')}\n`;
}

function siteText(site: SiteCapacity, { workers, slots, from, to }: Capacity, terminal: Terminal): string[] {
  const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
  const share = Math.round((100 * site.busyMs) / (workers * slots * (Date.parse(to) - Date.parse(from))));
  const head = `${printable(site.site)}: ${count(site.drills, 'drill')} of ${count(site.plans, 'plan')} in ${count(days, 'day')} take ${sayDuration(site.busyMs)}`;
  const given = `${count(workers, 'worker')}${slots === 1 ? '' : ` with ${slots} slots`}`;
  const said = site.fits
    ? paint(terminal, ['green'], `fits ${given}, busy ${share} % of the time; at least ${count(site.workersNeeded, 'worker')} needed`)
    : paint(terminal, ['red'], `does not fit ${given}: needs ${count(site.workersNeeded, 'worker')}`);
  return [
    paint(terminal, ['bold'], head),
    `  ${said}`,
    ...site.late.slice(0, 10).map(({ plan, drills }) => `  ${count(drills, 'drill')} of ${printable(plan)} would begin too late`),
    ...(site.late.length > 10 ? [`  and those of ${site.late.length - 10} more plans`] : []),
    ...site.impossible.map(
      ({ plan, everyMs, durationMs }) =>
        `  ${printable(plan)} cannot meet its ${sayDuration(everyMs)} window: one drill takes ${sayDuration(durationMs)}`,
    ),
  ];
}

function count(number: number, word: string): string {
  return `${number.toLocaleString('en-US')} ${word}${number === 1 ? '' : 's'}`;
}
