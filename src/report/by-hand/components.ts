import { traitsOf } from '../../backup/backup.ts';
import { takeSecret, type ByHand } from '../../backup/by-hand.ts';
import type { Component } from '../../plan/plan.ts';
import { listed } from '../words.ts';
import { secretsOf } from './keys.ts';
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
  const major = component.service?.version ?? recordedMajor(source, name);
  const hand = source.tools.get(backup.tool)?.byHand?.(backup, { component: name, major });
  const took = (phase: 'fetch' | 'restore'): string => tookPhase(source.record, name, phase);
  if (hand === undefined) return [unwritten(source, component, took('restore'))];
  return [
    { name: 'Take the newest backup', said: ['Compare its time with what you expect.'], code: hand.fetch.join('\n'), took: took('fetch') },
    { name: 'Restore it', said: hand.remarks, code: hand.restore.join('\n'), took: took('restore') },
    ...handStart(source, name, hand),
  ];
}

function handStart({ record }: HandSource, name: string, { start }: ByHand): readonly HandStep[] {
  if (start === undefined) return [];
  return [{ name: 'Start it', said: [], code: start.join('\n'), took: tookPhase(record, name, 'start') }];
}

/** The version that the last accepted drill saw. */
function recordedMajor({ record }: HandSource, name: string): number | null {
  const major = Number.parseInt(record?.services.find(one => one.component === name)?.version ?? '', 10);
  return Number.isNaN(major) ? null : major;
}

function unwritten({ pages }: HandSource, { backup }: Component, took: string): HandStep {
  const tool = backup?.tool ?? '';
  const page = pages.get(tool);
  const said = `For ${tool} no commands are written down here. Restore it as its own manual says; what Resurgam knows of it:`;
  return { name: 'Restore the newest backup', said: page === undefined ? [said] : [said, ...page.split(/\n{2,}/)], code: null, took };
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
  if (['files', 'sqlite', 'postgres', 'mariadb', 'directory', ''].includes(serves)) return [];
  return [{ name: 'Start it', said: [`Start the ${serves} server over the restored files.`], code: null, took }];
}

function startLine(source: HandSource, started: Readonly<Record<string, unknown>>, component: string): string {
  const environment = Object.entries((started['environment'] ?? {}) as Readonly<Record<string, unknown>>);
  const set = environment.map(([variable, value]) => {
    if (typeof value === 'object' && value !== null) return takeSecret(variable, value as Parameters<typeof takeSecret>[1]);
    return `export ${variable}=${shellWord(withPort(String(value), started), component, source)}`;
  });
  const program = (started['start'] as readonly unknown[]).map(word => shellWord(withPort(String(word), started), component, source));
  return [...set, `nohup ${program.join(' ')} > "$RECOVERED/${component}.log" 2>&1 &`].join('\n');
}

function withPort(text: string, { port }: Readonly<Record<string, unknown>>): string {
  return typeof port === 'number' ? text.replaceAll('{port}', String(port)) : text;
}

function readyText({ port, ready }: Readonly<Record<string, unknown>>): string {
  const where = typeof port === 'number' ? `It listens on 127.0.0.1:${String(port)}.` : 'It says itself where it listens.';
  const get = typeof ready === 'object' && ready !== null && 'get' in ready ? ` It is ready when ${String(ready.get)} answers.` : '';
  return where + get;
}
