import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseDocument, isMap, isScalar, visit } from 'yaml';
import type { Client } from '../../src/plan/client.ts';
import { loadClient, loadPlan, type LoadedPlan } from '../../src/plan/load.ts';
import type { Plan, Problem } from '../../src/plan/plan.ts';
import { SECRET_EXPECTED } from '../../src/plan/values.ts';
import { bytes, CLIENT, FIVE_LINES, vocabulary, WHOLE } from './vocabulary.ts';

const FILE = '/srv/plans/lakeside/ehr.yaml';
const HOUR = 3_600_000;

function load(text: string, client?: Client): LoadedPlan {
  return loadPlan({ file: FILE, bytes: bytes(text) }, vocabulary, client);
}

function errors(text: string): readonly Problem[] {
  return load(text).problems.filter(problem => problem.severity === 'error');
}

function planOf(text: string, client?: Client): Plan {
  const { plan, problems } = load(text, client);
  if (plan === undefined) throw new Error(JSON.stringify(problems, null, 2));
  return plan;
}

describe('a plan of five lines', () => {
  test('loads with every default', () => {
    const plan = planOf(FIVE_LINES);

    expect(plan).toMatchObject({
      plan: 'lakeside-ehr',
      client: 'lakeside',
      system: { name: 'lakeside-ehr', kind: 'other', tier: 2, phi: true, owner: null, downtimeProcedure: null },
      contract: { rtoMs: 4 * HOUR, rpoMs: HOUR, rtoStarts: 'disruption', source: 'default' },
      allowance: { detectMs: 0, decideMs: 0 },
      factor: 1,
      failureInstant: 'start',
      site: 'local',
      workflows: [],
      schedule: { backupCheck: '*/15 * * * *', drill: { cron: '0 2 * * SUN', pick: 'latest', sample: false }, timezone: 'UTC', forbid: [] },
      sandbox: { kind: 'namespace', image: null, acceptIsolation: [], acceptReason: null },
      limits: { timeMs: 6 * HOUR, diskBytes: null, memoryBytes: null, cpus: null, processes: 512 },
      evidence: { controls: ['hipaa'] },
      file: FILE,
    });
    expect(plan.components).toEqual([
      {
        name: 'database',
        needs: [],
        backup: {
          tool: 'pg-dump',
          job: null,
          size: { atLeastBytes: null, shrink: null, grow: null },
          copies: { atLeast: null, offSite: null, locked: null },
          encrypted: 'optional',
          options: { from: '/srv/backups/ehr', pathStyle: false },
        },
        service: null,
        runbook: null,
        probes: null,
        limits: null,
      },
    ]);
  });

  test('is kept byte for byte with its digest', () => {
    const plan = planOf(FIVE_LINES);

    expect(plan.bytes).toEqual(bytes(FIVE_LINES));
    expect(plan.digest).toBe(createHash('sha256').update(FIVE_LINES).digest('hex'));
  });

  test('takes contract and time zone of the client', () => {
    const { client, problems } = loadClient({ file: '/srv/plans/lakeside/client.yaml', bytes: bytes(CLIENT) });

    const plan = planOf(FIVE_LINES, client);

    expect(problems).toEqual([]);
    expect(plan.contract).toEqual({ rtoMs: 3 * HOUR, rpoMs: HOUR / 2, rtoStarts: 'disruption', source: 'client' });
    expect(plan.schedule.timezone).toBe('America/Chicago');
  });
});

describe('a whole plan', () => {
  const plan = planOf(WHOLE);

  test('gives durations in milliseconds, sizes in bytes and shares as ratios', () => {
    expect(plan.contract).toEqual({ rtoMs: 4 * HOUR, rpoMs: 2 * HOUR, rtoStarts: 'detection', source: 'plan' });
    expect(plan.components[0]?.backup).toMatchObject({
      job: { everyMs: HOUR, graceMs: HOUR / 3 },
      size: { atLeastBytes: 2 ** 31, shrink: 0.2, grow: 2 },
      copies: { atLeast: 2, offSite: 1, locked: 1 },
      encrypted: 'required',
    });
    expect(plan.limits).toEqual({
      timeMs: 6 * HOUR,
      diskBytes: 200 * 2 ** 30,
      memoryBytes: 8 * 2 ** 30,
      cpus: 4,
      processes: 300,
      parallel: null,
    });
    expect(plan.sandbox).toEqual({
      kind: 'namespace',
      image: null,
      acceptIsolation: ['same-user'],
      acceptReason: 'The machine has one user.',
    });
  });

  test('resolves paths against its folder and leaves secrets as references', () => {
    expect(plan.components[0]?.backup?.options).toMatchObject({
      from: '/srv/backups/ehr',
      credentials: { accessKeyId: { env: 'LAKESIDE_KEY_ID' }, secretAccessKey: { file: '/srv/plans/lakeside/secrets/key' } },
    });
  });

  test('names its probes and keeps what stands beside them', () => {
    expect(plan.components[0]?.probes?.map(({ kind, name, required }) => [kind, name, required])).toEqual([
      ['integrity', 'integrity', true],
      ['inventory', 'inventory', true],
      ['newest', 'newest', true],
      ['sql', 'sql', true],
      ['sql', 'Encounters', false],
    ]);
    expect(plan.components[0]?.probes?.[3]?.options).toEqual({
      query: 'select count(*) from patient',
      with: {},
      expect: { atLeast: 1000 },
    });
    expect(plan.components[0]?.probes?.[2]?.options).toEqual({ query: 'select max(at) from resurgam_heartbeat', everyMs: 60_000 });
  });

  test('has workflows with component, limit and options', () => {
    expect(plan.workflows).toEqual([
      {
        name: 'Open a chart',
        required: true,
        withinMs: 2_000,
        covers: null,
        kind: 'sql',
        component: 'database',
        options: { query: 'select chart_open(:patient)', with: { patient: 1 } },
      },
      {
        name: 'Sign in',
        required: true,
        withinMs: null,
        covers: null,
        kind: 'http',
        component: 'application',
        options: { get: '/login', status: 200 },
      },
    ]);
  });

  test('has warnings only for contacts that nobody wrote down', () => {
    expect(load(WHOLE).problems.map(({ severity, path }) => [severity, path])).toEqual([
      ['warning', 'system.tier'],
      ['warning', 'system.owner'],
    ]);
  });
});

describe('a workflow', () => {
  test('need not name the only component, and may be one line', () => {
    const plan = planOf(`${FIVE_LINES}workflows:\n  - { name: Open a chart, sql: select 1, within: 2s }\n`);

    expect(plan.workflows[0]).toMatchObject({ component: 'database', kind: 'sql', options: { query: 'select 1' } });
  });
});

describe('what is wrong', () => {
  test('is told all at once, each with its place, what was expected and what was found', () => {
    const found = errors(`plan: Lakeside EHR
client: lakeside
contract: { rto: 4 hours, rpo: 1M }
components:
  database:
    backup:
      tool: pg-dump
      form: /srv/backups/ehr
      size: { atLeast: 2gb }
    probes:
      - integrity: fulll
      - sql: select 1
        expct: { atLeast: 1 }
limits: { cpus: many }
`);

    expect(found.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`)).toEqual([
      '1:7 plan: expected a name of the plan: lower case letters, digits and single dashes, at most 63, found "Lakeside EHR"',
      '3:18 contract.rto: expected a duration such as 4h or 1h30m, found "4 hours"',
      '3:32 contract.rpo: expected a duration such as 4h or 1h30m, found "1M"',
      '8:7 components.database.backup.form: unknown key "form", did you mean "from"?',
      '9:24 components.database.backup.size.atLeast: expected a size such as 2GiB or 500MB, found "2gb"',
      '11:20 components.database.probes.0.integrity: expected one of full, quick, found "fulll", did you mean "full"?',
      '13:9 components.database.probes.1.expct: unknown key "expct", did you mean "expect"?',
      '14:17 limits.cpus: expected a whole number of CPUs, found "many"',
    ]);
  });

  test.each([
    ['tool: pg_dump', 'expected one of pg-dump, wal-archive, found "pg_dump", did you mean "pg-dump"?'],
    ['tool: oracle-rman', 'expected one of pg-dump, wal-archive, found "oracle-rman"'],
    ['tol: pg-dump', 'unknown key "tol", did you mean "tool"?'],
    ['from: /srv', 'expected one of pg-dump, wal-archive, found nothing'],
  ])('of a backup with %s is said with what there is', (entry, message) => {
    const text = FIVE_LINES.replace('tool: pg-dump', entry).replace('from: /srv, from', 'from');

    expect(errors(text).map(problem => problem.message)).toEqual([message]);
  });

  test.each([
    ['integrety: full', 'unknown key "integrety", did you mean "integrity"?', '7:9'],
    ['nothing: 1', 'unknown key "nothing"', '7:9'],
    ['integrity', 'expected a mapping with keys and values, found a text', '7:9'],
    ['newest: { query: select 1, evry: 1m }', 'unknown key "evry", did you mean "every"?', '7:36'],
    ['newest: 5', 'expected a text or a mapping with keys and values, found 5', '7:17'],
    ['required: true', 'expected integrity, inventory, newest, sql or http as key, found none of them', '7:9'],
    ['{ sql: select 1, integrity: full }', 'unknown key "', '7:11'],
  ])('of the probe %s is said where it stands', (entry, message, place) => {
    const [found] = errors(`${FIVE_LINES}    probes:\n      - ${entry}\n`);

    expect(found?.message).toContain(message);
    expect(`${found?.line}:${found?.column}`).toBe(place);
  });

  test('of an unknown engine or sandbox lists what there is', () => {
    const text = `${FIVE_LINES}    service: { engine: postgress }\nsandbox: container\n`;

    expect(errors(text).map(({ message }) => message)).toEqual([
      'expected one of postgres, openemr, found "postgress", did you mean "postgres"?',
      'expected "namespace" or a mapping with keys and values, found "container"',
    ]);
  });

  test.each([
    ['docker.io/library/postgres:15', 'expected an image with its digest, such as docker.io/library/postgres@sha256:…'],
    [`docker.io/library/postgres@sha256:${'a'.repeat(64)}`, 'an image needs `kind: container`'],
  ])('of the image %s of a sandbox is said', (image, message) => {
    const [found] = errors(`${FIVE_LINES}sandbox: { image: "${image}" }\n`);

    expect(found?.path).toBe('sandbox.image');
    expect(found?.message).toContain(message);
  });

  test('of an empty key is told at the key', () => {
    const [found] = errors('plan: p\nclient:\ncomponents: { d: { backup: { tool: pg-dump, from: /x } } }\n');

    expect(found).toMatchObject({ line: 2, column: 1, path: 'client' });
    expect(found?.message).toMatch(/found nothing$/);
  });
});

describe('secrets', () => {
  const SECRET = 'hunter2-Zq9';
  test.each([
    ['secretAccessKey: hunter2-Zq9'],
    ['secretAccessKey: { env: "hunter2-Zq9!" }'],
    ['secretAccessKey: { value: hunter2-Zq9 }'],
    ['secretAccessKey: { env: A, extra: hunter2-Zq9 }'],
    ['secretAccesKey: hunter2-Zq9'],
    ['secretAccessKey: [hunter2-Zq9]'],
    ['secretAccessKey: "hunter2-Zq9'],
    ['secretAccessKey: hunter2-Zq9: x'],
    ['secretAccessKey: !secret hunter2-Zq9'],
    ['secretAccessKey: |\n          hunter2-Zq9'],
  ])('in the place of a reference (%s) are refused and not repeated', entry => {
    const text = `plan: p\nclient: c\ncomponents:\n  d:\n    backup:\n      tool: pg-dump\n      from: /x\n      credentials:\n        accessKeyId: { env: A }\n        ${entry}\n`;

    const { plan, problems } = load(text);

    expect(plan).toBeUndefined();
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain(SECRET);
  });

  test.each([
    ['credentials: hunter2-Zq9'],
    ['credentials: { hunter2-Zq9 }'],
    ['credentials: [hunter2-Zq9]'],
    ['credentials: { accessKeyId: hunter2-Zq9, secretAccessKey: hunter2-Zq9 }'],
    ['endpoint: //user:hunter2-Zq9@host'],
    ['from: https://user:hunter2-Zq9@host/x'],
    ['pasword: hunter2-Zq9'],
    ['pw: hunter2-Zq9'],
  ])('in other places (%s) are not repeated either', entry => {
    const text = `plan: p\nclient: c\ncomponents:\n  d:\n    backup: { tool: pg-dump, from: /x, size: 7, ${entry} }\n`.replace(
      /from: \/x, (.*from)/,
      '$1',
    );

    const { problems } = load(text);

    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain(SECRET);
  });
});

describe('a file that is no plan', () => {
  test.each([
    ['nothing', '', 'expected a plan, found an empty file'],
    ['comments', '# only\n', 'expected a plan, found an empty file'],
    ['a text', 'hello', 'expected a mapping with keys and values, found a text'],
    ['a list', '- 1\n', 'expected a mapping with keys and values, found a list'],
    ['two documents', 'plan: a\n---\nplan: b\n', 'expected one plan in a file, found a second one after ---'],
    ['a tab', 'plan: a\nsystem:\n\tname: x\n', 'expected spaces as indentation, found a tab'],
    ['a key twice', 'plan: a\nplan: b\n', 'this key is here a second time; expected each key once'],
    ['too much', `plan: ${'a'.repeat(1_100_000)}`, 'file too large: expected at most 1 MiB'],
    ['brackets without end', '['.repeat(500_000), 'expected'],
    ['a zero byte', 'plan: a\0', 'expected text in UTF-8, found other bytes'],
  ])('of %s gets a clear problem', (_, text, message) => {
    const { plan, problems } = load(text);

    expect(plan).toBeUndefined();
    expect(problems.map(problem => problem.message).join('\n')).toContain(message);
  });

  test('of other bytes than UTF-8 gets a clear problem', () => {
    const { problems } = loadPlan({ file: FILE, bytes: new Uint8Array([0x70, 0xff, 0xfe]) }, vocabulary);

    expect(problems[0]?.message).toBe('expected text in UTF-8, found other bytes');
  });

  test('of aliases that multiply is refused', () => {
    const lines = [
      'a: &a0 [x, x, x, x, x, x, x, x, x]',
      ...Array.from({ length: 9 }, (_, n) => `b${n}: &a${n + 1} [${`*a${n}, `.repeat(9)}]`),
    ];

    const { problems } = load(`${lines.join('\n')}\n`);

    expect(problems[0]?.message).toContain('beyond reason');
  });

  test('never makes the loader throw', () => {
    const piece = fc.constantFrom(
      'plan: p\n',
      'client: c\n',
      'components:\n',
      '  d:\n',
      '    backup: { tool: pg-dump }\n',
      '- ',
      '{',
      '}',
      '&a ',
      '*a',
      ': ',
      '"',
      '|\n',
      '? ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), pieces => {
        const { plan, problems } = load(pieces.join(''));

        expect(plan !== undefined || problems.some(problem => problem.severity === 'error')).toBe(true);
      }),
    );
  });
});

/** Keys of the format itself: those that a person chooses (component names, parameters) are no typos whatever they are. */
function formatKeys(text: string): readonly { readonly key: string; readonly offset: number; readonly line: number }[] {
  const chosen = new Set(['database', 'application', 'patient']);
  const keys: { key: string; offset: number; line: number }[] = [];
  visit(parseDocument(text), {
    Pair: (_, pair, path) => {
      if (!isScalar(pair.key) || !isMap(path.at(-1)) || chosen.has(String(pair.key.value))) return;
      const offset = pair.key.range?.[0] ?? 0;
      keys.push({ key: String(pair.key.value), offset, line: text.slice(0, offset).split('\n').length });
    },
  });
  return keys;
}

test('a slip in any single key is found on its line', () => {
  const keys = formatKeys(WHOLE);
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'x'), ({ key, offset, line }, seed, slip) => {
      const at = seed % key.length;
      const [letter = '', next = ''] = [key[at], key[at + 1]];
      const changed = { drop: '', double: letter + letter, swap: next + letter, x: 'x' }[slip];
      const typo = key.slice(0, at) + changed + key.slice(at + (slip === 'swap' ? 2 : 1));
      fc.pre(typo !== key && typo !== '' && !keys.some(other => other.key === typo));
      const text = WHOLE.slice(0, offset) + typo + WHOLE.slice(offset + key.length);

      const found = errors(text);

      expect(found.map(problem => problem.line)).toContain(line);
      expect(found.some(problem => problem.message.includes(`unknown key "${typo}"`) || problem.message === SECRET_EXPECTED)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
