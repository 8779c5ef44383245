import { z } from 'zod';
import type { Component, SecretReference, ServiceSection } from '../../plan/plan.ts';
import { refuse, type Remark } from '../../plan/remark.ts';
import { durationOption, SECRET_EXPECTED, secretOption } from '../../plan/values.ts';
import { wordsIn } from './words.ts';

const text = z.string({ error: 'expected text' }).refine(given => !given.includes('\0'), { error: 'expected text without a zero byte' });
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'expected the name of an environment variable' });
const commandOption = z
  .tuple([text.regex(/^[/{]/, { error: 'expected the path of a program, such as /usr/bin/python3 or {files}/bin/app' })], text, {
    error: 'expected a list: a program (its path), then its arguments',
  })
  .readonly();

/** Variables under such a name hold a secret, unless they say where one is. */
const SECRET_NAME = /(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|(?:api|private|access)_?key)(?:_\d+)?$/i;
const value = z.union([text, z.number(), z.boolean(), secretOption()], { error: 'expected text, a number, or a reference to a secret' });
const environment = z.record(variable, value).superRefine((given, context) => {
  for (const [name, one] of Object.entries(given)) {
    const isOpen = typeof one === 'object' || !(SECRET_NAME.test(name) || /:\/\/[^/\s:@]*:[^/\s@]+@/.test(String(one)));
    if (!isOpen) context.addIssue({ code: 'custom', message: SECRET_EXPECTED, path: [name] });
  }
});

const within = durationOption().optional().meta({ description: 'How long it may take. Default 2m.' });
const path = z.string().regex(/^\/[^\s]*$/, { error: 'expected a path such as /healthz' });
const ready = z.union([
  z.strictObject({ get: path, status: z.int().min(100).max(599).default(200), within }),
  z.strictObject({ tcp: z.literal(true, { error: 'expected true' }), within }),
  z.strictObject({ command: commandOption, within }),
]);

/** The keys of `service:` beside `engine` and `version`. */
export const options = {
  start: commandOption.meta({
    description:
      'The program that is the application, and its arguments. {files} is its restored folder, {database.socket} is of another component.',
  }),
  environment: environment.default({}).meta({ description: 'Its environment: values, or where secrets are kept.' }),
  port: z
    .int()
    .min(1024, { error: 'expected a port from 1024: no program of a sandbox may take a lower one' })
    .max(65_535)
    .optional()
    .meta({ description: 'Where it listens on 127.0.0.1.' }),
  socket: z
    .string()
    .regex(/^[a-z][a-z0-9._-]{0,59}$/, { error: 'expected the name of a socket, such as app.sock' })
    .optional()
    .meta({ description: 'Name of the Unix socket at which it listens, instead of a port; {socket} is its path.' }),
  ready: ready
    .optional()
    .meta({ description: 'When it is ready: it answers a GET, takes connections (tcp: true, the default), or a command ends with 0.' }),
} satisfies z.ZodRawShape;

export type Ready = z.output<typeof ready>;
export type Program = readonly [string, ...string[]];

export interface CommandOptions {
  readonly start: Program;
  readonly environment: Readonly<Record<string, string | number | boolean | SecretReference>>;
  readonly port?: number;
  readonly socket?: string;
  readonly ready?: Ready;
}

/** The plan's loader has validated them. */
export function readOptions(section: Pick<ServiceSection, 'options'>): CommandOptions {
  return section.options as unknown as CommandOptions;
}

/** What the shape of the keys cannot say. */
export function remarks(component: Component): readonly Remark[] {
  if (component.service === null) return [];
  const { start, environment: given, port, socket, ready: asked } = readOptions(component.service);
  const listens = port !== undefined || socket !== undefined;
  const isCommand = asked !== undefined && 'command' in asked;
  return [
    ...(port !== undefined && socket !== undefined
      ? [refuse(['socket'], 'expected port: or socket:, found both', 'Take one of them away.')]
      : []),
    ...(listens || isCommand
      ? []
      : [refuse([], 'nothing tells when the application is ready', 'Add port:, socket: or ready: { command: [program] }.')]),
    ...start.flatMap((one, at) => wordRemarks(one, ['start', at], component)),
    ...Object.entries(given).flatMap(([name, one]) => (typeof one === 'string' ? wordRemarks(one, ['environment', name], component) : [])),
    ...(isCommand ? asked.command.flatMap((one, at) => wordRemarks(one, ['ready', 'command', at], component)) : []),
  ];
}

function wordRemarks(given: string, at: Remark['path'], { needs, backup, service }: Component): readonly Remark[] {
  return wordsIn(given).flatMap(({ text: word, of, thing }) => {
    if (of !== undefined) {
      return needs.includes(of) ? [] : [refuse(at, `${word} is of a component that is not needed`, `Add ${of} to needs:.`)];
    }
    if (thing === 'files') return backup === null ? [refuse(at, `${word} is the restored folder, and there is no backup: here`)] : [];
    return service?.options[thing] === undefined ? [refuse(at, `${word} is not said by the keys of this service`)] : [];
  });
}
