import { finding, type Finding } from '../../finding/finding.ts';
import type { SecretReference } from '../../plan/plan.ts';
import { SocketHttp } from '../../system/socket-http.ts';
import { notStarted } from '../not-started.ts';
import { ServiceError, type OpenRequest } from '../service.ts';
import type { Application } from './ask.ts';
import type { CommandOptions, Program } from './options.ts';
import { furnish } from './place.ts';
import { withWords } from './words.ts';

const PROBE = 'service';
const LOOK_MS = 60_000;

/** The application of a plan with everything filled in. Throws ServiceError where there is nothing for one of its words. */
export async function applicationOf(request: OpenRequest, asked: CommandOptions, stop: AbortSignal): Promise<Application> {
  const place = await furnish(request, asked, stop);
  const filled = (text: string): string => withWords(text, place.known, word => unknownWord(word.text));
  const program = (words: Program): Program => words.map(filled) as unknown as Program;
  const plain = Object.entries(asked.environment).flatMap(([name, value]) =>
    typeof value === 'object' ? [] : [[name, filled(String(value))] as const],
  );
  const { port, socket, ready = { tcp: true } } = asked;
  const reachedAt = port === undefined ? socket : String(port);
  return {
    ...{ jail: request.jail, place, start: program(asked.start), environment: Object.fromEntries(plain), port, reachedAt },
    secrets: await secretsOf(request, asked),
    http: reachedAt === undefined ? undefined : new SocketHttp(place.ports, reachedAt),
    ready: 'command' in ready ? { ...ready, command: program(ready.command) } : ready,
  };
}

function unknownWord(word: string): ServiceError {
  return new ServiceError('start-failed', `there is nothing for ${word}: that component has no such thing`, {
    hint: 'Files are of files services, socket, port, user and database of servers.',
  });
}

async function secretsOf({ secret }: OpenRequest, { environment }: CommandOptions): Promise<Readonly<Record<string, string>>> {
  const named = Object.entries(environment).filter((entry): entry is [string, SecretReference] => typeof entry[1] === 'object');
  if (named.length > 0 && secret === undefined) throw new Error('nobody resolves secrets here');
  const resolved = named.map(async ([name, reference]) => [name, (await secret?.(reference)) ?? ''] as const);
  return Object.fromEntries(await Promise.all(resolved));
}

const LOOK = 'if [ ! -e "$1" ]; then echo missing; elif [ -d "$1" ] || [ ! -x "$1" ]; then echo locked; else echo there; fi';

/** A program that restored files should have is the backup's; one of the machine is to be installed. */
export async function refuseProgram(
  { jail, place, start: [file] }: Application,
  asked: CommandOptions,
  stop: AbortSignal,
): Promise<Finding | undefined> {
  const look = { file: '/bin/sh', args: ['-c', LOOK, 'sh', file], mounts: place.mounts, timeLimitMs: LOOK_MS };
  const result = await jail.run(look, stop);
  if (result.exitCode !== 0) throw notStarted('the look for the program', { jail, result, install: 'Report this.' });
  if (result.stdout === 'there\n') return undefined;
  const isRestored = asked.start[0].startsWith('{');
  if (isRestored) return finding('service.program-missing', 'failed', { probe: PROBE });
  throw new ServiceError('version-unavailable', `the program ${file} is not in the sandbox, which shows /usr without /usr/local`, {
    hint: `Install the package that has it (\`dpkg -S ${file}\` says which, where it is installed), or restore it with the backup: {files}.`,
  });
}
