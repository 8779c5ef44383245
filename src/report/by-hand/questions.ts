import { traitsOf } from '../../backup/backup.ts';
import { quoted, takeSecret } from '../../backup/by-hand.ts';
import type { ConsistencyCheck, SecretReference, Workflow } from '../../plan/plan.ts';
import { sayTime } from '../../measurement/wording.ts';
import { databaseOf, turnTo } from './database.ts';
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
  return [...workflows, ...(source.plan.consistency ?? []).map(fitting)];
}

function expected({ withinMs, options }: Workflow): readonly string[] {
  const { expect, contains, json, status, atLeast } = options;
  const wanted = [
    ...bounds(expect),
    ...(typeof status === 'number' && status !== 200 ? [`status ${String(status)}`] : []),
    ...(typeof contains === 'string' ? [`the text "${contains}"`] : []),
    ...(typeof atLeast === 'number' ? [`at least ${String(atLeast)} entries`] : []),
    ...Object.entries((json ?? {}) as Readonly<Record<string, unknown>>).map(([path, value]) => `${path} ${bounds(value).join(', ')}`),
  ];
  return [
    ...(wanted.length === 0 ? [] : [`Expected: ${wanted.join('; ')}.`]),
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
  if (kind === 'sql') return sqlCommand(source, component, options);
  if (kind === 'http') return httpCommand(portOf(source, component), options);
  return kind === 'ldap' ? ldapCommand(options) : null;
}

/** Its address is said: what the machine asks without one may be the old directory. */
function ldapCommand({ bind, password, filter }: Workflow['options']): string | null {
  const at = '-x -H ldap://127.0.0.1';
  if (typeof bind === 'string' && password !== undefined) {
    return `${takeSecret('PASSWORD', password as SecretReference)}\nldapwhoami ${at} -D ${quoted(bind)} -y <(printf %s "$PASSWORD")\nunset PASSWORD`;
  }
  return typeof filter === 'string' ? `ldapsearch ${at} -LLL ${quoted(filter)} dn` : null;
}

function sqlCommand(source: HandSource, component: string, options: Workflow['options']): string | null {
  const query = String(options['query']);
  const set = Object.entries((options['with'] ?? {}) as Readonly<Record<string, unknown>>);
  const programs: Readonly<Record<string, string>> = {
    postgres: `psql -X -A -t -v ON_ERROR_STOP=1${set.map(([name, value]) => ` -v ${name}=${quoted(String(value))}`).join('')} -d ${databaseOf(source, component)}`,
    sqlite: `sqlite3 "$RECOVERED/${component}/${component}.db"`,
    mariadb: mariadbProgram(source, component),
  };
  const program = programs[engineOf(source, component)];
  if (program === undefined) return null;
  return [...turnTo(source, component), `${program} <<'SQL'`, `${query.trim().replace(/;$/, '')};`, 'SQL'].join('\n');
}

/** Restored files bring their schemas, and no question names one of them for all. */
function mariadbProgram({ components, tools }: HandSource, name: string): string {
  const backup = components.find(one => one.name === name)?.backup ?? null;
  const tool = tools.get(backup?.tool ?? '');
  const isFiles = tool !== undefined && traitsOf(tool, backup).restoresInto === 'files';
  return `mariadb --batch --skip-column-names ${isFiles ? `--socket="$RECOVERED/${name}-server/socket"` : quoted(name)}`;
}

function httpCommand(port: number | null, options: Workflow['options']): string | null {
  if (port === null) return null;
  const { get, post, body, type } = options as Readonly<Record<string, string | undefined>>;
  const sent =
    post === undefined ? '' : ` -X POST -H ${quoted(`Content-Type: ${type ?? 'text/plain'}`)} --data-binary ${ansiQuoted(body ?? '')}`;
  return `curl -sS -i --max-time 60${sent} ${quoted(`http://127.0.0.1:${String(port)}${get ?? post ?? '/'}`)}`;
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

function engineOf({ components, tools }: HandSource, name: string): string {
  const component = components.find(one => one.name === name);
  const tool = tools.get(component?.backup?.tool ?? '');
  return component?.service?.engine ?? (tool === undefined ? '' : traitsOf(tool, component?.backup ?? null).engine);
}

function portOf({ components, scripts }: HandSource, name: string): number | null {
  const component = components.find(one => one.name === name);
  const port = component?.service?.options['port'] ?? scripts.get(name)?.start?.['port'];
  return typeof port === 'number' ? port : null;
}

function fitting(check: ConsistencyCheck): HandStep {
  const said =
    check.kind === 'references'
      ? `Every row of this question to ${check.of} must be found in ${check.existsIn}${check.digests === 'all' ? ', with its digest' : ''}:`
      : `The answer of ${check.of} must not be higher than that of ${check.notBeyond.component} to: ${check.notBeyond.query}`;
  return { name: check.name, said: [said, check.kind === 'references' ? check.each : check.highest], code: null, took: null };
}
