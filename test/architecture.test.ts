import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, posix } from 'node:path';
import { expect, test } from 'vitest';
import { catalogue } from '../src/finding/catalogue.ts';
import { loadPlans } from '../src/plan/read.ts';
import { drillReport } from '../src/report/drill-report.ts';
import { renderPage } from '../src/report/render.ts';
import { readTemplate } from '../src/system/templates.ts';
import { everySampleDrill } from './fixtures/records.ts';
import { CHECKOUT, functionsOf, importsOf, membersOf, sourcesIn } from './fixtures/sources.ts';
import { everyHandPage } from './report/by-hand-page.ts';
import { everyEscalationPage } from './web/escalation-pages.ts';

const STAGES = 'plan schedule finding backup sandbox service probe measurement evidence escalation report'.split(' ');
/** The stages whose folders are adapters. In the others a folder is one more room of the stage. */
const ADAPTED = ['backup', 'sandbox', 'service', 'probe', 'escalation'];
/** Folders of such a stage that are no adapter: what several of its adapters share and that has effects. */
const SHARED = ['backup/binlogs', 'backup/dump-files', 'sandbox/cell'];
const EDGES = ['cli', 'web', 'store', 'system'];
const INSIDE = ['stage', 'list', 'adapter', 'shared'];
/** What sees every adapter: the composition of the product, and those of the processes in the jails. */
const COMPOSERS = ['compose.ts', 'fetching.ts', 'reading.ts'];
const EFFECT = /^node:(child_process|cluster|dgram|dns|fs|http|https|http2|net|tls|worker_threads)\b|^(execa|zx|pg|pg-boss|mysql2)$/;

interface Place {
  readonly kind: string;
  readonly stage: string;
  readonly adapter?: string;
}

function placeOf(file: string): Place {
  const [stage = '', name = '', inner] = file.split('/');
  if (EDGES.includes(stage)) return { kind: stage, stage };
  if (!STAGES.includes(stage)) return { kind: 'root', stage: '' };
  if (inner !== undefined && SHARED.includes(`${stage}/${name}`)) return { kind: 'shared', stage };
  if (inner !== undefined && ADAPTED.includes(stage)) return { kind: 'adapter', stage, adapter: name };
  return { kind: name === 'all.ts' ? 'list' : 'stage', stage };
}

/** Why `file` may not import `specifier`; undefined if it may. */
function offence(file: string, specifier: string, typeOnly: boolean): string | undefined {
  const from = placeOf(file);
  if (EFFECT.test(specifier)) return INSIDE.includes(from.kind) && !typeOnly ? 'effects live in system/' : undefined;
  if (!specifier.startsWith('.')) return undefined;
  const to = placeOf(posix.join(posix.dirname(file), specifier));
  if (from.kind === 'system') return to.kind === 'system' ? undefined : 'system/ knows nothing of drills';
  const sees = (from.kind === 'list' || from.adapter === to.adapter) && from.stage === to.stage;
  if (to.kind === 'adapter') return COMPOSERS.includes(file) || (INSIDE.includes(from.kind) && sees) ? undefined : 'adapters are private';
  if (to.kind === 'shared')
    return from.stage === to.stage && ['adapter', 'shared'].includes(from.kind) ? undefined : 'only adapters share it';
  if (to.kind === 'list') return COMPOSERS.includes(file) ? undefined : 'only the composing files see the adapters';
  if (!INSIDE.includes(from.kind)) return undefined;
  if (to.kind === 'system')
    return typeOnly || ['adapter', 'shared'].includes(from.kind) ? undefined : 'a stage takes effects as parameters';
  if (to.kind !== 'stage') return 'stages do not know who runs them';
  return STAGES.indexOf(to.stage) <= STAGES.indexOf(from.stage) ? undefined : `${from.stage} looks downstream at ${to.stage}`;
}

const sources = sourcesIn('src');
const EXTRAS = {
  systemName: 'Lakeside EHR',
  timeZone: 'America/Chicago',
  madeAt: '2026-11-22T12:00:00.000Z',
  product: { name: 'resurgam', version: '0.0.0' },
  ledger: null,
  history: null,
};

test('every import follows the drill', () => {
  const offences = sources.flatMap(source =>
    importsOf(source).flatMap(({ specifier, typeOnly }) => {
      const why = offence(source.file, specifier, typeOnly);
      return why === undefined ? [] : [`${source.file} → ${specifier}: ${why}`];
    }),
  );

  expect(offences).toEqual([]);
});

test('rooms stay small', () => {
  const lines = sources.map(({ text }) => text.split('\n').length - 1).sort((a, b) => a - b);
  const at = (share: number): number => lines[Math.ceil(lines.length * share) - 1] ?? 0;

  expect(at(0.5), 'median lines of a file').toBeLessThanOrEqual(80);
  expect(at(0.9), 'lines of a file, 90th percentile').toBeLessThanOrEqual(200);
  expect(sources.filter(({ text }) => text.split('\n').length - 1 > 300).map(({ file }) => file)).toEqual([]);
});

test('only cli/ and the entry point write to the console', () => {
  const loud = sources.filter(({ file }) => !file.startsWith('cli/') && file !== 'main.ts');

  expect(loud.filter(source => membersOf(source).some(name => name.startsWith('console.'))).map(({ file }) => file)).toEqual([]);
});

const FILLER = 'info item items manager handler helper helpers util utils misc'.split(' ');
const DRAWERS = 'common core index types interfaces'.split(' ');
/** Synonyms of the dictionary's verbs that mean nothing else (style.md, section 1). */
const SYNONYMS = 'discover scan download pull launch alert evaluate monitor compute cleanup tear spin'.split(' ');

test('file names say what is in them', () => {
  const bad = sources.filter(({ file }) => !/^[a-z0-9/-]+\.ts$/.test(file) || isDrawer(basename(file, '.ts')));

  expect(bad.map(({ file }) => file)).toEqual([]);
});

test('functions use the words of the dictionary', () => {
  // system/ knows nothing of drills, so it speaks of what a machine does.
  const spoken = sources.filter(({ file }) => !file.startsWith('system/'));

  const bad = spoken.flatMap(source =>
    functionsOf(source)
      .filter(name => isSynonym(name) || wordsOf(name).some(isFiller))
      .map(name => `${source.file}: ${name}`),
  );

  expect(bad).toEqual([]);
});

function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_.]/);
}

/** A file that may hold anything. */
function isDrawer(name: string): boolean {
  return DRAWERS.includes(name) || wordsOf(name).some(isFiller);
}

function isFiller(word: string): boolean {
  return FILLER.includes(word);
}

function isSynonym(name: string): boolean {
  return SYNONYMS.includes(wordsOf(name)[0] ?? '');
}

test('no test is switched off or runs alone', () => {
  const quiet = sourcesIn('test').filter(source =>
    membersOf(source).some(name => /^(test|it|describe|suite)\b.*\.(skip|only|todo|fails)$/.test(name)),
  );

  expect(quiet.map(({ file }) => file)).toEqual([]);
});

const RESPONSE = 'runbooks/response';
const pages = readdirSync(CHECKOUT + RESPONSE).filter(name => name.endsWith('.md'));
const codes = Object.entries(catalogue);
const badNews = codes
  .filter(([, entry]) => entry.outcomes.some(outcome => outcome !== 'passed' && outcome !== 'skipped'))
  .map(([code]) => code);

test('every finding code that can be bad news has its page', () => {
  expect(badNews.filter(code => !pages.includes(`${code}.md`))).toEqual([]);
});

test('every response page belongs to a finding code', () => {
  const known: readonly string[] = codes.map(([code]) => code);

  expect(pages.filter(page => !known.includes(basename(page, '.md')))).toEqual([]);
});

test('every response page says what it means, what to do and when it is over', () => {
  const parts = (page: string): RegExp[] => [
    new RegExp(`^# \`${basename(page, '.md').replaceAll('.', '\\.')}\`\n`),
    /^## What it means$/m,
    /^## What to do now$/m,
    /^1\. /m,
    /^## How to know that it is over$/m,
  ];
  const textOf = (page: string): string => readFileSync(`${CHECKOUT}${RESPONSE}/${page}`, 'utf8');

  expect(pages.filter(page => !parts(page).every(part => part.test(textOf(page))))).toEqual([]);
});

test('finding codes are <subject>.<kebab-case> and their sentences end like sentences', () => {
  const bad = codes.filter(([code, { sentence }]) => !/^[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*$/.test(code) || !/^[A-Z{“].*\.$/.test(sentence));

  expect(bad.map(([code]) => code)).toEqual([]);
});

test('every plan that we ship is valid, without a warning', async () => {
  const { compose } = await import('../src/compose.ts');
  const { vocabulary, planFiles } = compose({ env: {}, stop: new AbortController().signal });

  const { plans, problems } = await loadPlans([`${CHECKOUT}plans`], { files: planFiles, vocabulary });

  expect(problems).toEqual([]);
  expect(plans.map(({ client, plan }) => `${client}/${plan}`)).toContain('lakeside/lakeside-ehr');
});

/** What each page template shows: a view of each sample. */
const VIEWS: Readonly<Record<string, () => readonly object[]>> = {
  drill: () => everySampleDrill.map(([, record]) => drillReport(record, EXTRAS)),
  escalation: everyEscalationPage,
  runbook: everyHandPage,
};

test('every page template renders every sample', async () => {
  const names = readdirSync(`${CHECKOUT}templates/page`)
    .filter(name => name.endsWith('.hbs'))
    .map(name => basename(name, '.hbs'));

  const pages = await Promise.all(
    names.flatMap(name => (VIEWS[name]?.() ?? [{}]).map(async view => renderPage(await readTemplate(`page/${name}`), view))),
  );

  expect(names).toContain('drill');
  expect(pages.filter(page => !page.startsWith('<!doctype html>') || !page.trimEnd().endsWith('</html>'))).toEqual([]);
});

test('the lock file names no registry', () => {
  const lock = readFileSync(`${CHECKOUT}package-lock.json`, 'utf8');

  expect(lock).not.toMatch(/"resolved"|https?:\/\/[^"]*registry/);
});

test('the direction guard knows the files that it speaks of', () => {
  const there = [...COMPOSERS, ...SHARED, ...STAGES.filter(stage => stage !== 'escalation')].filter(name =>
    existsSync(`${CHECKOUT}src/${name}`),
  );

  expect(there).toEqual([...COMPOSERS, ...SHARED, ...STAGES.filter(stage => stage !== 'escalation')]);
});

test.each([
  ['plan/plan.ts', '../report/report.ts'],
  ['backup/backup.ts', './pg-dump/tool.ts'],
  ['backup/borg/tool.ts', '../pg-dump/output.ts'],
  ['backup/dump-files/store.ts', '../pg-dump/tool.ts'],
  ['backup/choose.ts', './dump-files/store.ts'],
  ['probe/sql/sql.ts', '../../backup/dump-files/store.ts'],
  ['backup/pg-dump/tool.ts', 'node:child_process'],
  ['backup/pg-dump/tool.ts', 'pg'],
  ['probe/verdict.ts', '../system/clock.ts'],
  ['evidence/entry.ts', 'node:fs/promises'],
  ['finding/catalogue/backup.ts', '../../backup/backup.ts'],
  ['system/process.ts', '../plan/plan.ts'],
  ['drill.ts', './backup/all.ts'],
  ['demo/demo.ts', '../backup/pg-dump/tool.ts'],
  ['cli/drill.ts', '../backup/pg-dump/tool.ts'],
  ['probe/probe.ts', '../drill.ts'],
  ['evidence/ledger.ts', '../store/ledger.ts'],
])('refuses %s → %s', (file, specifier) => {
  expect(offence(file, specifier, false)).toBeDefined();
});

test.each([
  ['report/month.ts', '../evidence/entry.ts'],
  ['backup/all.ts', './pg-dump/tool.ts'],
  ['backup/pg-dump/tool.ts', '../../system/process.ts'],
  ['backup/pg-dump/tool.ts', './output.ts'],
  ['backup/pg-dump/tool.ts', '../dump-files/store.ts'],
  ['backup/dump-files/store.ts', '../../system/files.ts'],
  ['backup/pg-dump/tool.ts', '../backup.ts'],
  ['backup/pg-dump/tool.ts', '../../finding/finding.ts'],
  ['finding/catalogue.ts', './catalogue/backup.ts'],
  ['sandbox/sandbox.ts', '../backup/backup.ts'],
  ['compose.ts', './backup/all.ts'],
  ['fetching.ts', './backup/all.ts'],
  ['cli/drill.ts', '../compose.ts'],
  ['demo/source.ts', '../system/process.ts'],
  ['evidence/entry.ts', 'node:crypto'],
  ['system/process.ts', 'execa'],
  ['store/ledger.ts', '../evidence/ledger.ts'],
])('allows %s → %s', (file, specifier) => {
  expect(offence(file, specifier, false)).toBeUndefined();
});

test('a type leaves nothing behind, so it may come from where the effects are', () => {
  expect(offence('probe/verdict.ts', '../system/clock.ts', true)).toBeUndefined();
  expect(offence('service/postgres/client.ts', 'pg', true)).toBeUndefined();
  expect(offence('plan/plan.ts', '../report/report.ts', true)).toBeDefined();
});
