import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { commands, type CommandContext } from '../src/cli/commands.ts';
import { CHECKOUT } from './fixtures/sources.ts';

const documents = filesIn('').filter(file => file.endsWith('.md'));
const scripts = Object.keys((JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }).scripts);

/** Names of the program's commands, as a person would type them: `drill`, `key show`, … */
function commandNames(): readonly string[] {
  const program = new Command('resurgam');
  // Registering only says what there is: nothing of the app is touched before a command runs.
  for (const register of commands) register(program, {} as CommandContext);
  return program.commands.flatMap(command => [command.name(), ...command.commands.map(inner => `${command.name()} ${inner.name()}`)]);
}

test('every link in the documents leads somewhere', () => {
  const broken = documents.flatMap(document =>
    linksOf(document)
      .filter(link => !leadsSomewhere(document, link))
      .map(link => `${document}: ${link}`),
  );

  expect(documents.length).toBeGreaterThan(0);
  expect(broken).toEqual([]);
});

test('every npm script that the documents name exists', () => {
  const named = documents.flatMap(document =>
    [...textOf(document).matchAll(/\bnpm (?:run |(?=test\b))([a-z:-]+)/g)].map(([, script = '']) => `${document}: ${script}`),
  );

  expect(named.filter(one => !scripts.includes(one.split(': ')[1] ?? ''))).toEqual([]);
});

test('every command of Resurgam that the documents name exists', () => {
  const known = commandNames();
  const named = documents.flatMap(document => resurgamCommandsIn(document).map(command => ({ document, command })));

  const unknown = named.filter(({ command }) => !known.includes(command));

  expect(unknown.map(({ document, command }) => `${document}: resurgam ${command}`)).toEqual([]);
});

test('every command in a block that is meant to be typed can be found', () => {
  const lines = documents.flatMap(document => typedIn(document).map(line => ({ document, line })));

  const unknown = lines.filter(({ line }) => !canBeFound(line));

  expect(unknown.map(({ document, line }) => `${document}: ${line}`)).toEqual([]);
});

test('README shows a plan that is one, and names every exit code', () => {
  const readme = textOf('README.md');

  expect(readme).toMatch(/```yaml\nplan: /);
  for (const code of ['0', '1', '2', '3', '4', '5', '130']) expect(readme).toContain(`| ${code} |`);
});

test('the map of the source names every folder', () => {
  const map = textOf('src/README.md');
  const folders = filesIn('src/').flatMap(file => file.split('/').slice(1, 2));
  const missing = [...new Set(folders)].filter(name => name !== '' && !name.includes('.') && !map.includes(`\`${name}/\``));

  expect(missing).toEqual([]);
});

/** All files of the checkout below a folder, but what was installed, built or kept. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(CHECKOUT + folder, { withFileTypes: true }).flatMap(entry => {
    if (['node_modules', 'dist', '.cache', '.git'].includes(entry.name)) return [];
    return entry.isDirectory() ? filesIn(`${folder}${entry.name}/`) : [folder + entry.name];
  });
}

function textOf(file: string): string {
  return readFileSync(join(CHECKOUT, file), 'utf8');
}

/** Targets of inline links, without those in code. */
function linksOf(document: string): readonly string[] {
  const prose = textOf(document)
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

function leadsSomewhere(document: string, link: string): boolean {
  if (/^(https?|mailto):/.test(link)) return true;
  const [path = '', heading] = link.split('#');
  const file = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(CHECKOUT, file))) return false;
  if (heading === undefined || statSync(join(CHECKOUT, file)).isDirectory()) return true;
  return textOf(file)
    .split('\n')
    .some(line => line.startsWith('#') && slugOf(line) === heading);
}

function slugOf(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** `resurgam <command>` in code, with the inner command where there is one. */
function resurgamCommandsIn(document: string): readonly string[] {
  const code = [...textOf(document).matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].map(([block]) => block).join('\n');
  return [...code.matchAll(/(?:^|[`\s$])(?:npx )?resurgam ([a-z][a-z-]*)(?: ([a-z]+)(?=[\s`]))?/gm)]
    .map(([, outer = '', inner = '']) => (outer === 'key' || outer === 'schema' ? [outer, inner].join(' ').trim() : outer))
    .map(name => (name.startsWith('schema') ? 'schema' : name));
}

/** Lines of blocks fenced as `sh run`, without comments. */
function typedIn(document: string): readonly string[] {
  const blocks = [...textOf(document).matchAll(/^```sh run\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  return blocks
    .flatMap(block => block.split('\n'))
    .map(line => line.replace(/\s*#.*$/, '').trim())
    .filter(line => line !== '');
}

function canBeFound(line: string): boolean {
  const words = line.replace(/^(sudo|[A-Z_]+=\S+) /, '').split(/\s+/);
  const [program = '', first = ''] = words;
  if (program === 'cd' || program === 'resurgam') return true;
  if (['node', 'bash', 'sh'].includes(program) && first.includes('/'))
    return existsSync(join(CHECKOUT, first)) || first.startsWith('dist/');
  if (program.includes('/')) return existsSync(join(CHECKOUT, program));
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => existsSync(join(folder, program)));
}
