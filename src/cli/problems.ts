import { relative } from 'node:path';
import type { Problem } from '../plan/plan.ts';
import { paint, printable, type Terminal } from './terminal.ts';

/** What was read and what was wrong with it. `loaded`: every plan file that was read, with or without problems; absent if only one was looked for. */
export interface ReadPlans {
  readonly loaded?: readonly { readonly problems: readonly Problem[] }[];
  /** All problems, also of client files and paths. */
  readonly problems: readonly Problem[];
}

/** Every problem as `file:line:column  error  path: message`, with the line of the file and a hint below it; at the end what was counted. */
export function problemsText(read: ReadPlans, terminal: Terminal): string {
  const counted = read.loaded === undefined ? '' : `${countPlans(read.loaded, read.problems)}\n`;
  return `${read.problems.map(problem => problemText(problem, terminal)).join('')}${counted}`;
}

/** The same for machines: one JSON object. */
export function problemsJson(read: ReadPlans): string {
  const { loaded = [], problems } = read;
  const errors = problems.filter(isError).length;
  const printed = {
    read: loaded.length,
    valid: loaded.filter(one => !one.problems.some(isError)).length,
    errors,
    warnings: problems.length - errors,
    problems: problems.map(({ severity, file, line, column, path, message, hint }) => ({
      severity,
      file,
      line,
      column,
      path,
      message,
      hint,
    })),
  };
  return `${JSON.stringify(printed, null, 2)}\n`;
}

/** `3 plans read: 2 valid, 1 with 2 errors`. Says of how many, so that "no problem" cannot mean "nothing was read". */
function countPlans(loaded: NonNullable<ReadPlans['loaded']>, problems: readonly Problem[]): string {
  const broken = loaded.filter(one => one.problems.some(isError));
  const errors = problems.filter(isError).length;
  const inPlans = broken.reduce((sum, one) => sum + one.problems.filter(isError).length, 0);
  const warnings = problems.length - errors;
  const parts = [
    `${loaded.length - broken.length} valid`,
    ...(broken.length === 0 ? [] : [`${broken.length} with ${count(inPlans, 'error')}`]),
    ...(errors === inPlans ? [] : [`${count(errors - inPlans, 'error')} elsewhere`]),
    ...(warnings === 0 ? [] : [count(warnings, 'warning')]),
  ];
  return `${count(loaded.length, 'plan')} read: ${parts.join(', ')}`;
}

function problemText(problem: Problem, terminal: Terminal): string {
  const place = paint(terminal, ['dim'], `${shortPath(problem.file)}:${problem.line}:${problem.column}`);
  const severity = problem.severity === 'error' ? paint(terminal, ['bold', 'red'], 'error') : paint(terminal, ['yellow'], 'warning');
  const path = problem.path === '' ? '' : `${paint(terminal, ['bold'], printable(problem.path))}: `;
  const lines = [`${place}  ${severity}  ${path}${printable(problem.message)}`, ...excerptOf(problem, terminal)];
  if (problem.hint !== null) lines.push(`    ${printable(problem.hint)}`);
  return `${lines.join('\n')}\n`;
}

/** The line of the file, and a mark below the place; without the mark if the place lies in what is not shown. */
function excerptOf(problem: Problem, terminal: Terminal): readonly string[] {
  if (problem.excerpt === undefined) return [];
  const margin = `${problem.line} | `;
  const shown = `    ${paint(terminal, ['dim'], margin)}${printable(problem.excerpt)}`;
  if (problem.column > problem.excerpt.length) return [shown];
  return [shown, `    ${' '.repeat(margin.length + problem.column - 1)}${paint(terminal, ['bold', 'red'], '^')}`];
}

/** Relative to the folder in which a person works, if the file lies in it. */
function shortPath(file: string): string {
  const short = relative(process.cwd(), file);
  return printable(short === '' || short.startsWith('..') ? file : short);
}

function isError(problem: Problem): boolean {
  return problem.severity === 'error';
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
