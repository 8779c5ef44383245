import { traitsOf } from '../../backup/backup.ts';
import { quoted, takeSecret, untilListens, type ByHand } from '../../backup/by-hand.ts';
import type { Component, SecretReference } from '../../plan/plan.ts';
import { wordsIn } from '../../service/words.ts';
import { listed } from '../words.ts';
import { secretsOf } from './keys.ts';
import { placeOf, turnTo } from './database.ts';
import { startOrthanc } from './orthanc.ts';
import { tookPhase, tookStep } from './times.ts';
import { NOT_MEASURED, type HandComponent, type HandSource, type HandStep } from './view.ts';
import { shellWord } from './words.ts';

/** Every component with its steps, in the order in which they are recovered. */
export function componentsOf(source: HandSource): readonly HandComponent[] {
  return source.components.map((component, index) => ({
    id: `component-${component.name}`,
    number: index + 1,
    name: component.name,
    about: aboutOf(source, component),
    steps: [
      ...keySteps(source, component),
      ...backupSteps(source, component),
      ...scriptSteps(source, component, 'before'),
      ...startSteps(source, component),
      ...scriptSteps(source, component, 'after'),
    ],
  }));
}

function aboutOf({ tools }: HandSource, { backup, needs }: Component): string {
  const tool = backup === null ? undefined : tools.get(backup.tool);
  const what =
    tool === undefined ? 'It has no backup of its own: it runs over what others brought back.' : `${tool.name}: ${tool.summary}.`;
  return needs.length === 0 ? what : `${what} It needs ${listed(needs)}: they come first.`;
}

function keySteps({ tools }: HandSource, component: Component): readonly HandStep[] {
  const lines = Object.entries(secretsOf(component, tools)).map(([variable, place]) => takeSecret(variable, place));
  if (lines.length === 0) return [];
  return [{ name: 'Bring the keys', said: ['They are not shown while you do this.'], code: lines.join('\n'), took: null }];
}

function backupSteps(source: HandSource, component: Component): readonly HandStep[] {
  const { backup, name } = component;
  if (backup === null) return [];
  const hand = handOf(source, component);
  const took = (phase: 'fetch' | 'restore'): string => tookPhase(source.record, name, phase);
  if (hand === undefined) return [];
  const forget = forgetLine(source, component);
  return [
    { name: 'Take the newest backup', said: ['Compare its time with what you expect.'], code: hand.fetch.join('\n'), took: took('fetch') },
    {
      name: 'Restore it',
      said: hand.remarks,
      code: [...hand.restore, ...(hand.start === undefined ? forget : [])].join('\n'),
      took: took('restore'),
    },
    ...handStart(source, name, { ...hand, ...(hand.start === undefined ? {} : { start: [...hand.start, ...forget] }) }),
  ];
}

/** What the tool of a component says that a person would type. */
export function handOf(source: HandSource, { backup, service, name }: Component): ByHand | undefined {
  if (backup === null) return undefined;
  const major = service?.version ?? recordedMajor(source, name);
  return source.tools.get(backup.tool)?.byHand(backup, { ...placeOf(source, name), major });
}

/** What is started later must not inherit the keys of the backups. What only the environment has could not be brought again. */
function forgetLine({ tools }: HandSource, component: Component): readonly string[] {
  const again = ([variable, place]: readonly [string, SecretReference]): boolean => !('env' in place) || place.env !== variable;
  const names = Object.entries(secretsOf(component, tools))
    .filter(again)
    .map(([variable]) => variable);
  return names.length === 0 ? [] : [`unset ${names.join(' ')}`];
}

function handStart({ record }: HandSource, name: string, { start, startRemarks = [] }: ByHand): readonly HandStep[] {
  if (start === undefined) return [];
  return [{ name: 'Start it', said: startRemarks, code: start.join('\n'), took: tookPhase(record, name, 'start') }];
}

/** The version that the last accepted drill saw. */
function recordedMajor({ record }: HandSource, name: string): number | null {
  const major = Number.parseInt(record?.services.find(one => one.component === name)?.version ?? '', 10);
  return Number.isNaN(major) ? null : major;
}

function scriptSteps({ scripts, record }: HandSource, { name, runbook }: Component, when: 'before' | 'after'): readonly HandStep[] {
  const script = scripts.get(name);
  if (script === undefined || runbook === null) return [];
  if (script.unread !== null)
    return when === 'before'
      ? [
          {
            name: `Do the steps of ${runbook.path}`,
            said: [`The script could not be read: ${script.unread}`],
            code: null,
            took: NOT_MEASURED,
          },
        ]
      : [];
  return script.steps
    .filter(step => step.when === when)
    .map(step => ({
      name: step.name,
      said: step.byHand === null ? [`Nobody has written down how to do this by hand: see ${runbook.path}.`] : [],
      code: step.byHand,
      took: tookStep(record, name, step.name),
    }));
}

function startSteps(source: HandSource, component: Component): readonly HandStep[] {
  const { service, backup, name } = component;
  const engine = service?.engine ?? '';
  const started = engine === 'command' ? service?.options : source.scripts.get(name)?.start;
  const took = tookPhase(source.record, name, 'start');
  if (started !== null && started !== undefined) {
    return [{ name: 'Start it', said: [readyText(started)], code: startLine(source, started, name), took }];
  }
  const tool = backup === null ? undefined : source.tools.get(backup.tool);
  const serves = engine !== '' ? engine : tool === undefined ? '' : traitsOf(tool, backup).engine;
  if (serves === 'orthanc') return [{ name: 'Start it', took, ...startOrthanc(component) }];
  if (['files', 'sqlite', 'postgres', 'mariadb', 'directory', ''].includes(serves)) return [];
  return [{ name: 'Start it', said: [`Start the ${serves} server over the restored files.`], code: null, took }];
}

function startLine(source: HandSource, started: Readonly<Record<string, unknown>>, component: string): string {
  const environment = Object.entries((started['environment'] ?? {}) as Readonly<Record<string, unknown>>);
  const set = environment.map(([variable, value]) => {
    if (typeof value === 'object' && value !== null) return takeSecret(variable, value as Parameters<typeof takeSecret>[1]);
    const word = shellWord(withPort(String(value), started), component, source);
    return word === `"$${variable}"` ? `export ${variable}` : `export ${variable}=${word}`;
  });
  const program = (started['start'] as readonly unknown[]).map(word => shellWord(withPort(String(word), started), component, source));
  const databases = new Set(wordsIn(JSON.stringify(started)).flatMap(({ of }) => (of === undefined ? [] : [of])));
  const turned = [...databases].flatMap(name => turnTo(source, name));
  return [...turned, ...set, `nohup ${program.join(' ')} > "$RECOVERED/${component}.log" 2>&1 &`, ...waiting(started, component)].join(
    '\n',
  );
}

const PATIENCE_S = 120;

/** Whatever comes next asks at once. */
function waiting({ port, ready }: Readonly<Record<string, unknown>>, component: string): readonly string[] {
  const lastWords = `{ tail -n 20 "$RECOVERED/${component}.log"; false; }`;
  if (typeof port !== 'number') return [];
  const { get, within } = (ready ?? {}) as { readonly get?: string; readonly within?: unknown };
  const seconds = typeof within === 'number' ? Math.ceil(within / 1000) : PATIENCE_S;
  if (get !== undefined) {
    return [
      `curl -s -f -o /dev/null --retry ${String(seconds)} --retry-delay 1 --retry-all-errors ${quoted(`http://127.0.0.1:${String(port)}${get}`)} || ${lastWords}`,
    ];
  }
  return [`${untilListens(port, seconds)} || ${lastWords}`];
}

function withPort(text: string, { port }: Readonly<Record<string, unknown>>): string {
  return typeof port === 'number' ? text.replaceAll('{port}', String(port)) : text;
}

function readyText({ port, ready }: Readonly<Record<string, unknown>>): string {
  const where = typeof port === 'number' ? `It listens on 127.0.0.1:${String(port)}.` : 'It says itself where it listens.';
  const get = typeof ready === 'object' && ready !== null && 'get' in ready ? ` It is ready when ${String(ready.get)} answers.` : '';
  return where + get;
}
