import type { PrintedDrill } from '../evidence/record.ts';
import type { CardView, FactView } from './view.ts';
import { bytesText, counted, shortDigest, stampText } from './words.ts';

const NOT_TESTED = 'not tested';

const ISOLATION: Readonly<Record<PrintedDrill['isolation'], string>> = {
  proved: 'proved: it tried to get out and found nothing',
  accepted: 'weaker, and accepted by the plan',
  'not-proved': 'not proved',
};

const CACHE = { cold: 'cold', warm: 'warm: the restore may have been faster than after a real loss', unknown: NOT_TESTED } as const;

/** One card per recovery point. */
export function pointCards(record: PrintedDrill): CardView[] {
  return record.recoveryPoints.map(point => ({
    heading: point.component,
    facts: [
      mono('Recovery point', point.id),
      plain('Consistent at', point.consistentAt === null ? NOT_TESTED : stampText(point.consistentAt)),
      plain('Available at', stampText(point.availableAt)),
      { ...plain('Size', bytesText(point.bytes)), title: counted(point.bytes, 'byte') },
      point.sha256 === null
        ? plain('SHA-256', NOT_TESTED)
        : { label: 'SHA-256', value: shortDigest(point.sha256), title: point.sha256, mono: true },
      plain('Made with', `${point.tool} (${point.kind})`),
      plain('Kept at', point.location),
      plain('Encrypted', point.encrypted ? 'yes' : 'no'),
      plain('Locked until', point.lockedUntil === null ? 'not locked' : stampText(point.lockedUntil)),
    ],
  }));
}

/** What could have been chosen, and how the choice was made. */
export function choiceText({ population, sample }: PrintedDrill): string {
  if (population === null) return 'How many recovery points there were was not recorded.';
  if (population.size === 0) return 'No recovery point was there to choose from.';
  const there = `${counted(population.size, 'recovery point')} ${population.size === 1 ? 'was' : 'were'} there`;
  if (sample === null) return `${there}; none was chosen.`;
  const seed = sample.seed === null ? '' : ` with seed ${sample.seed}`;
  return `${there}; ${sample.size.toLocaleString('en-US')} chosen before the result was known, by the rule “${sample.method}”${seed}.`;
}

/** The sandbox, how far it was closed, and what is left of it. */
export function sandboxFacts(record: PrintedDrill): FactView[] {
  const { sandbox } = record;
  if (sandbox === null) return [plain('Sandbox', 'none was made in this drill'), ...destroyed(record)];
  return [
    plain('Kind', sandbox.image === null ? sandbox.kind : `${sandbox.kind}, ${sandbox.image}`),
    plain('Isolation', ISOLATION[record.isolation]),
    plain('Tried to reach a network', counted(sandbox.networkAttempts, 'time')),
    plain('CPUs', String(sandbox.cpus)),
    plain('Memory, at most', bytesText(sandbox.memoryBytes)),
    plain('Disk, at most', bytesText(sandbox.diskBytes)),
    plain('Cache at the start', CACHE[sandbox.cache]),
    ...destroyed(record),
  ];
}

function destroyed(record: PrintedDrill): FactView[] {
  const gone = record.destroyed;
  if (gone === null) return [plain('Destroyed', record.sandbox === null ? 'nothing had to be destroyed' : 'not checked')];
  const left = `${counted(gone.processes, 'process', 'processes')}, ${counted(gone.mounts, 'mount')}, ${bytesText(gone.bytes)} left`;
  return [plain('Destroyed', gone.verified ? `checked ${stampText(gone.at)}: ${left}` : `NOT verified at ${stampText(gone.at)}: ${left}`)];
}

/** What ran in the sandbox, with the settings that matter for time and safety. */
export function serviceCards(record: PrintedDrill): CardView[] {
  return record.services.map(service => ({
    heading: `${service.component}: ${service.engine} ${service.version}`,
    facts: Object.entries(service.settings).map(([name, value]) => mono(name, value)),
  }));
}

/** Tools with their versions, what the fetch was allowed to use, the clock, and the digests of what tools printed. */
export function toolFacts(record: PrintedDrill): FactView[] {
  const { clock } = record;
  const offset = clock.offsetMs === null ? `offset ${NOT_TESTED}` : `offset ${clock.offsetMs} ms`;
  return [
    ...record.tools.map(tool => plain(tool.name, tool.version)),
    ...record.access.map(one => plain('Access used', [one.object, one.role, one.secret].filter(part => part !== null).join(', '))),
    plain('Clock', `${clock.source}, ${offset}, moved by ${clock.stepMs} ms during the drill`),
    ...record.workers.map(one => plain('Worker', `${one.id} (${one.did})`)),
    ...record.people.map(one => plain('Person', `${one.contact}, ${one.role} (${one.did})`)),
    ...record.toolLogs.map(one => ({
      label: `Log of ${one.name}`,
      value: `${bytesText(one.bytes)}, HMAC ${shortDigest(one.hmac)}`,
      title: one.hmac,
      mono: false,
    })),
  ];
}

function plain(label: string, value: string): FactView {
  return { label, value, title: null, mono: false };
}

function mono(label: string, value: string): FactView {
  return { label, value, title: null, mono: true };
}
