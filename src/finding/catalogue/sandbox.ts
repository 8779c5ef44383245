import type { CatalogueEntry } from './entry.ts';

const tried = ['passed', 'inconclusive'] as const;

/** What making, limiting, isolating and destroying a sandbox can find; and how a drill itself can break. */
export const sandboxCodes = {
  'isolation.proved': {
    outcomes: ['passed'],
    sentence: 'The sandbox tried to reach the network, this machine and its files, and found nothing.',
  },
  'isolation.accepted': {
    outcomes: ['passed'],
    sentence: 'The sandbox is weaker than usual ({object}), which the plan accepts by name.',
  },
  'isolation.network': { outcomes: tried, sentence: 'The sandbox tried to find a network interface or a route: {observed} found.' },
  'isolation.dns': { outcomes: tried, sentence: 'The sandbox tried to look up a name: {observed} answers.' },
  'isolation.host-ports': { outcomes: tried, sentence: 'The sandbox tried to connect to a port of this machine: {observed} connections.' },
  'isolation.host-sockets': {
    outcomes: tried,
    sentence: 'The sandbox tried to connect to a local socket of this machine: {observed} connections.',
  },
  'isolation.files': { outcomes: tried, sentence: 'The sandbox tried to read files of this machine: {observed} could be read.' },
  'isolation.environment': {
    outcomes: tried,
    sentence: 'The sandbox looked for settings and secrets of the program that started it: {observed} found.',
  },
  'isolation.processes': { outcomes: tried, sentence: 'The sandbox looked for processes of this machine: {observed} seen.' },
  'isolation.signals': { outcomes: tried, sentence: 'The sandbox tried to end a process of this machine: {observed} ended.' },
  'isolation.writing': { outcomes: tried, sentence: 'The sandbox tried to write outside its own folders: {observed} places gave way.' },
  'isolation.staging': { outcomes: tried, sentence: 'The sandbox tried to change the fetched backup: {observed} changes succeeded.' },
  'isolation.privileges': { outcomes: tried, sentence: 'The sandbox looked for privileges that it still has: {observed} found.' },
  'isolation.setuid': { outcomes: tried, sentence: 'The sandbox tried to become another user: {observed} attempts succeeded.' },
  'isolation.neighbours': {
    outcomes: tried,
    sentence: 'From the sandbox of {component} the other components of this drill were tried: {observed} ways led to them.',
  },
  'isolation.namespaces': { outcomes: tried, sentence: 'The sandbox tried to make namespaces of its own: {observed} attempts succeeded.' },
  'drill.stopped': { outcomes: ['inconclusive'], sentence: 'The drill was stopped by a person before it could conclude.' },
  'drill.time-limit': { outcomes: ['inconclusive'], sentence: 'The drill reached its time limit before it could conclude.' },
  'drill.worker-lost': {
    outcomes: ['inconclusive'],
    sentence: 'The process that ran this drill ended unexpectedly; the drill could not conclude.',
  },
  'drill.broke': {
    outcomes: ['inconclusive'],
    sentence: 'Resurgam itself could not go on with this drill; nothing is said about the backup.',
  },
} as const satisfies Record<string, CatalogueEntry>;
