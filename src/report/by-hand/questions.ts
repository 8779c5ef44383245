import { quoted, takeSecret } from '../../backup/by-hand.ts';
import type { SecretReference, Workflow } from '../../plan/plan.ts';
import { sayTime } from '../../measurement/wording.ts';
import { fitting } from './fitting.ts';
import { dicomCommand, ORTHANC_PORT } from './orthanc.ts';
import { sqlLines } from './sql.ts';
import { tookWorkflow } from './times.ts';
import type { HandSource, HandStep } from './view.ts';

/** What to ask before people are let in: workflows, and whether the parts fit together. */
export function questionsOf(source: HandSource): readonly HandStep[] {
  const workflows = source.plan.workflows.map(workflow => ({
    name: workflow.name,
    said: [...expected(workflow), ...(workflow.required ? [] : ['The system can be used without it.'])],
    code: commandOf(source, workflow),
    took: tookWorkflow(source.record, workflow.name),
  }));
  return [...workflows, ...(source.plan.consistency ?? []).map(check => fitting(source, check))];
}

function expected({ kind, withinMs, options }: Workflow): readonly string[] {
  const { expect, contains, json, status, atLeast } = options;
  const wanted = [
    ...bounds(expect),
    ...(kind === 'ldap' && typeof options['bind'] === 'string' ? ['the name of the account, and no "Invalid credentials"'] : []),
    ...(kind === 'http' ? [`status ${String(typeof status === 'number' ? status : 200)}`] : []),
    ...(typeof contains === 'string' ? [`the text "${contains}"`] : []),
    ...(typeof atLeast === 'number' ? [`at least ${String(atLeast)} entries`] : []),
    ...Object.entries((json ?? {}) as Readonly<Record<string, unknown>>).map(([path, value]) => `${path} ${bounds(value).join(', ')}`),
  ];
  return [
    ...(wanted.length === 0 ? [] : [`Expected: ${wanted.join('; ')}.`]),
    ...(typeof options['post'] === 'string' ? ['This writes into the recovered system what is no real work: agree on it first.'] : []),
    ...(withinMs === null ? [] : [`It must not take longer than ${sayTime(withinMs)}: slower is not usable.`]),
  ];
}

function bounds(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [`is ${said(value)}`];
  const words = { atLeast: 'at least', atMost: 'at most', equals: 'exactly' };
  return Object.entries(words).flatMap(([key, word]) => {
    const bound = (value as Readonly<Record<string, unknown>>)[key];
    return bound === undefined ? [] : [`${word} ${said(bound)}`];
  });
}

/** Plans hold numbers, texts, true and false there. */
function said(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function commandOf(source: HandSource, { kind, component, options }: Workflow): string | null {
  if (kind === 'sql') {
    const lines = sqlLines(source, component, { query: String(options['query']), set: options['with'] });
    return lines.length === 0 ? null : lines.join('\n');
  }
  if (kind === 'http') return httpCommand(portOf(source, component), options);
  return kind === 'ldap' ? ldapCommand(options) : dicomCommand({ kind });
}

/** Its address is said: what the machine asks without one may be the old directory. */
function ldapCommand({ bind, password, filter }: Workflow['options']): string | null {
  const at = '-x -H ldap://127.0.0.1';
  if (typeof bind === 'string' && password !== undefined) {
    return `${takeSecret('PASSWORD', password as SecretReference)}\nldapwhoami ${at} -D ${quoted(bind)} -y <(printf %s "$PASSWORD")\nunset PASSWORD`;
  }
  return typeof filter === 'string' ? `ldapsearch ${at} -LLL ${quoted(filter)} dn` : null;
}

function httpCommand(port: number | null, options: Workflow['options']): string | null {
  if (port === null) return null;
  const { get, post, body, type } = options as Readonly<Record<string, string | undefined>>;
  const sent =
    post === undefined ? '' : ` -X POST -H ${quoted(`Content-Type: ${type ?? 'text/plain'}`)} --data-binary ${ansiQuoted(body ?? '')}`;
  return `curl -sS -i --max-time 60 -w '\\n(%{time_total} s)\\n'${sent} ${quoted(`http://127.0.0.1:${String(port)}${get ?? post ?? '/'}`)}`;
}

/** Lines of HL7 end with a carriage return, which nobody could see or type. */
function ansiQuoted(text: string): string {
  if (!/[\r\n\t]/.test(text)) return quoted(text);
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\n', String.raw`\n`);
  return `$'${escaped.replaceAll('\t', String.raw`\t`)}'`;
}

function portOf({ components, scripts }: HandSource, name: string): number | null {
  const component = components.find(one => one.name === name);
  const port = component?.service?.options['port'] ?? scripts.get(name)?.start?.['port'];
  return typeof port === 'number' ? port : component?.service?.engine === 'orthanc' ? ORTHANC_PORT : null;
}
