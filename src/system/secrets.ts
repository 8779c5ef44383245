import { constants } from 'node:fs';
import { inspect } from 'node:util';
import { isCode, open } from './files.ts';
import { runTool, type ToolResult } from './process.ts';

/** Where a secret is kept. The same shape as in a plan; nothing here knows plans. */
export type SecretPlace = { readonly env: string } | { readonly file: string } | { readonly command: readonly string[] };

/** No secret is longer; what is, was not meant. */
const LONGEST = 65_536;
const COMMAND_LIMIT_MS = 30_000;
/** Where container platforms put secrets: their modes are set by them, and the folder is visible to this container alone. */
const PLATFORM_FOLDERS = ['/run/secrets/', '/var/run/secrets/'];

/** A secret that cannot be printed, logged or written as JSON by accident. Only `reveal` gives the text. */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: for the environment of a tool or the call of an SDK, never for an argument, a message or a log. */
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}

export type SecretErrorCode =
  'missing' | 'empty' | 'unreadable' | 'readable-by-others' | 'too-long' | 'not-text' | 'command-failed' | 'stopped';

/** "Could not get the secret." Names the place, never the value nor what a program printed. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly code: SecretErrorCode;
  readonly hint: string;
  constructor(code: SecretErrorCode, message: string, rest: { readonly hint: string; readonly cause?: unknown }) {
    super(message, { cause: rest.cause });
    this.code = code;
    this.hint = rest.hint;
  }
}

export interface SecretSetting {
  /** The environment that `{ env }` is read from and that a `{ command }` gets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stop: AbortSignal;
}

/** The secret from its place, without one newline at its end. An empty one is an error: a tool would take it for "none". Throws SecretError. */
export async function resolveSecret(place: SecretPlace, setting: SecretSetting): Promise<Secret> {
  const named = describePlace(place);
  const text = withoutNewline(
    'env' in place ? fromEnv(place.env, setting) : 'file' in place ? await fromFile(place.file) : await fromCommand(place.command, setting),
  );
  if (text === '') throw new SecretError('empty', `secret from ${named} is empty`, { hint: 'Put the secret there.' });
  if (text.length > LONGEST)
    throw new SecretError('too-long', `secret from ${named} is longer than 64 KiB`, { hint: 'Check that the right place is named.' });
  if (text.includes('\0'))
    throw new SecretError('not-text', `secret from ${named} is not text`, { hint: 'Check that the right place is named.' });
  return new Secret(text);
}

/** The place as messages and evidence name it: of a program only its name, since arguments may say more. */
export function describePlace(place: SecretPlace): string {
  if ('env' in place) return `variable ${place.env}`;
  return 'file' in place ? `file ${place.file}` : `program ${place.command[0] ?? ''}`;
}

function fromEnv(name: string, setting: SecretSetting): string {
  const value = setting.env[name];
  if (value !== undefined) return value;
  throw new SecretError('missing', `secret from variable ${name} is not set`, { hint: `Set ${name} in the environment of resurgam.` });
}

async function fromFile(path: string): Promise<string> {
  try {
    // Opening a named pipe would otherwise wait for somebody who writes into it.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await handle.stat();
      if (!found.isFile())
        throw new SecretError('unreadable', `secret from file ${path}: expected a regular file`, { hint: 'Name a file.' });
      refuseOpenModes(path, found.mode);
      if (found.size > LONGEST)
        throw new SecretError('too-long', `secret from file ${path} is longer than 64 KiB`, {
          hint: 'Check that the right file is named.',
        });
      return decode(await handle.readFile(), `file ${path}`);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof SecretError) throw error;
    if (isCode(error, 'ENOENT'))
      throw new SecretError('missing', `secret from file ${path}: no such file`, {
        hint: 'Write the secret there, with mode 600.',
        cause: error,
      });
    throw new SecretError('unreadable', `secret from file ${path} could not be read`, {
      hint: 'Allow the user of resurgam to read it.',
      cause: error,
    });
  }
}

/** A secret that every user of the machine can read or change is none any more. */
function refuseOpenModes(path: string, mode: number): void {
  if ((mode & 0o006) === 0 || PLATFORM_FOLDERS.some(folder => path.startsWith(folder))) return;
  throw new SecretError('readable-by-others', `secret from file ${path} can be read or changed by every user of this machine`, {
    hint: `Run chmod 600 ${path}, and change the secret if others may have seen it.`,
  });
}

async function fromCommand(command: readonly string[], setting: SecretSetting): Promise<string> {
  const [file = '', ...args] = command;
  const env = Object.fromEntries(Object.entries(setting.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const result = await runTool({ file, args, env, timeLimitMs: COMMAND_LIMIT_MS, keepBytes: LONGEST + 2 }, setting.stop);
  if (result.stopped) throw new SecretError('stopped', `secret from program ${file}: stopped`, { hint: 'Run the command again.' });
  if (result.exitCode !== 0)
    throw new SecretError('command-failed', `secret from program ${file}: ${howItEnded(result)}`, {
      hint: 'Run the program by hand as the user of resurgam.',
    });
  if (result.droppedBytes > 0)
    throw new SecretError('too-long', `secret from program ${file} is longer than 64 KiB`, { hint: 'Check what the program prints.' });
  return result.stdout;
}

function howItEnded(result: ToolResult): string {
  if (result.timedOut) return `no answer within ${COMMAND_LIMIT_MS / 1_000} s`;
  if (result.exitCode !== undefined) return `ended with ${result.exitCode}`;
  return result.signal === undefined ? 'could not be started' : `ended by ${result.signal}`;
}

function decode(bytes: Uint8Array, named: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SecretError('not-text', `secret from ${named} is not text in UTF-8`, { hint: 'Check that the right place is named.', cause });
  }
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}
