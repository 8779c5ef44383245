import { pino, stdTimeFunctions, type DestinationStream, type Level, type Logger } from 'pino';
import { isHinted } from './hinted.ts';
import { scrub } from './scrub.ts';

/** A log of JSON lines: one object per line, time as ISO text, level as a word. */
export type OperationLog = Logger;

export interface LogSetting {
  readonly level: Level | 'silent';
  /** Default: standard error, so that standard output stays what a command prints. */
  readonly stream?: DestinationStream;
  /** Values of variables whose names say that they are secret are taken out of every text. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const WITHHELD = '[withheld]';
/** Names whose values are never written, at any depth. */
const SECRET =
  /pass(?:word|wd|phrase)?$|secret|token|credential|authorization|cookie|(?:api|private|routing|access|signing|hmac)_?-?key|connection_?string|dsn|database_?url/i;
/** Names under which a tool's or a server's words would come: they may hold a patient's data. */
const WORDS = /^(?:stdout|stderr|output|detail|where|rows?|body|internalQuery)$/;
const DEEPEST = 6;

/** Makes the log of a process. Secrets are withheld by the name of the field, in addresses, and by their value; text of tools never gets in. */
export function operationLog({ level, stream, env = {} }: LogSetting): OperationLog {
  const clean = (value: unknown): unknown => cleaned(value, { env, depth: 0 });
  const log = pino(
    {
      level,
      timestamp: stdTimeFunctions.isoTime,
      messageKey: 'message',
      errorKey: 'error',
      formatters: { level: label => ({ level: label }) },
      // pino's own would write an error's message, which may quote a row; ours went through `cleaned`.
      serializers: { err: (value: unknown) => value, error: (value: unknown) => value },
      hooks: {
        // Before pino sees them: without a message it takes that of the error.
        logMethod(args, method) {
          const [first, ...rest] = args.map(clean);
          const said = (args as readonly unknown[])[0] instanceof Error ? { error: first } : first;
          method.apply(this, [said, ...rest] as Parameters<typeof method>);
        },
      },
    },
    stream ?? pino.destination({ fd: 2, sync: false }),
  );
  return cleaningChildren(log, clean);
}

/** pino lets no formatter see what a child is bound to. Children inherit this from their parent. */
function cleaningChildren(log: OperationLog, clean: (value: unknown) => unknown): OperationLog {
  const child: unknown = Reflect.get(log, 'child');
  const made = function (this: OperationLog, bindings: object, ...rest: readonly unknown[]): unknown {
    return Reflect.apply(child as (...args: readonly unknown[]) => unknown, this, [clean(bindings), ...rest]);
  };
  return Object.assign(log, { child: made });
}

/** The log of one drill: each line says whose it is. */
export function drillLog(log: OperationLog, of: { readonly client: string; readonly plan: string; readonly drill: string }): OperationLog {
  return log.child({ client: of.client, plan: of.plan, drill: of.drill });
}

interface Cleaning {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly depth: number;
}

function cleaned(value: unknown, at: Cleaning): unknown {
  if (typeof value === 'string') return scrub(value, at.env);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Error) return errorWords(value, at);
  if (at.depth >= DEEPEST || value instanceof Uint8Array) return WITHHELD;
  const deeper = { ...at, depth: at.depth + 1 };
  if (Array.isArray(value)) return value.map(one => cleaned(one, deeper));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, SECRET.test(name) || WORDS.test(name) ? WITHHELD : cleaned(inner, deeper)]),
  );
}

/** Our own errors say what may be said; of any other only its kind, its code and where it came from. */
function errorWords(error: Error, { env, depth }: Cleaning): Record<string, unknown> {
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const words = isHinted(error) ? { message: scrub(error.message, env), hint: scrub(error.hint, env) } : {};
  const frames = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line));
  const cause = error.cause instanceof Error && depth < DEEPEST ? { cause: errorWords(error.cause, { env, depth: depth + 1 }) } : {};
  return { type: error.name, ...code, ...words, at: frames.slice(0, 8).map(line => line.trim()), ...cause };
}
