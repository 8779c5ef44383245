import { askOnce } from './ask-once.ts';

/** A program that must be on this machine, and where to get it. */
export interface ProgramNeed {
  /** Its file: an absolute path, or a name that is looked for where distributions put programs. */
  readonly file: string;
  /** Debian's package. */
  readonly package: string;
  /** Arguments that make it say its version. Default `--version`. */
  readonly asks?: readonly string[];
  /** The oldest version that says what we read, such as `0.14`. */
  readonly least?: string;
}

export interface FoundProgram {
  readonly file: string;
  /** As it says it: the first number with a point in its answer. Empty if there is none. */
  readonly version: string;
}

/** What stands in the way of a program. */
export type ProgramLack =
  | { readonly is: 'missing' }
  | { readonly is: 'too-old'; readonly version: string }
  | { readonly is: 'broken'; readonly exitCode: number | undefined };

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const ASK_MS = 15_000;

/** Asks a program for its version, once while its file is the same. Some say it on standard error, some with an exit code of their own: an answer with a number is one. */
export async function findProgram(
  need: ProgramNeed,
  stop: AbortSignal = new AbortController().signal,
): Promise<FoundProgram | ProgramLack> {
  const said = await askOnce(
    { file: need.file, args: need.asks ?? ['--version'], env: { PATH, LC_ALL: 'C', HOME: '/nonexistent' }, timeLimitMs: ASK_MS },
    stop,
  );
  if (said.exitCode === undefined && said.signal === undefined) return { is: 'missing' };
  const version = /\d+(?:\.\d+)+/.exec(`${said.stdout}\n${said.stderr}`)?.[0] ?? '';
  if (said.exitCode !== 0 && version === '') return { is: 'broken', exitCode: said.exitCode };
  if (need.least !== undefined && isOlder(version, need.least)) return { is: 'too-old', version };
  return { file: need.file, version };
}

/** Whether a lack was found instead of a program. */
export function lacks(found: FoundProgram | ProgramLack): found is ProgramLack {
  return 'is' in found;
}

/** What stands in the way and what to do, in plain words. */
export function sayLack(need: ProgramNeed, lack: ProgramLack): { readonly message: string; readonly hint: string } {
  const hint = `Install it: apt-get install ${need.package}`;
  if (lack.is === 'missing') return { message: `${need.file} is not installed`, hint };
  if (lack.is === 'broken')
    return {
      message: `${need.file} does not say its version (exit code ${lack.exitCode ?? 'none'})`,
      hint: `Try \`${need.file} ${(need.asks ?? ['--version']).join(' ')}\`. ${hint}`,
    };
  return { message: `${need.file} ${lack.version || 'of an unknown version'} is too old: ${need.least ?? ''} or newer is needed`, hint };
}

/** Compares versions number by number; what is not there counts as 0. */
export function isOlder(version: string, least: string): boolean {
  const [own, wanted] = [version, least].map(text => text.split('.').map(Number)) as [number[], number[]];
  for (let at = 0; at < Math.max(own.length, wanted.length); at += 1) {
    const difference = (own[at] ?? 0) - (wanted[at] ?? 0);
    if (difference !== 0) return difference < 0 || Number.isNaN(difference);
  }
  return false;
}
