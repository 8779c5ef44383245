import { execFileSync } from 'node:child_process';
import { cp, mkdir, open, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IMAGES, pacsSource, STUDIES, type PacsSource } from '../../src/demo/lakeside/pacs-source.ts';
import type { Finding } from '../../src/finding/finding.ts';
import { dicom } from '../../src/probe/dicom/dicom.ts';
import { http } from '../../src/probe/http/http.ts';
import type { Facts, ProbeKind } from '../../src/probe/probe.ts';
import { orthancService } from '../../src/service/orthanc/orthanc.ts';
import type { OpenRequest, RunningService } from '../../src/service/service.ts';
import { ownProgramPaths } from '../../src/system/own-program.ts';
import { newSandbox, type ToolSandbox } from '../conformance/tool-places.ts';
import { bench, CHECKOUT, type Bench } from '../e2e/cli.ts';
import { imageFiles } from '../fixtures/image-files.ts';
import { questionTo } from '../fixtures/running-source.ts';
import { startSourceServer } from '../fixtures/source-server.ts';

const never = new AbortController().signal;
let source: PacsSource;
let sandbox: ToolSandbox;
let drills: Bench;
beforeAll(async () => {
  [source, sandbox, drills] = await Promise.all([pacsSource(never), newSandbox({ timeMs: 3_600_000 }), bench({ inProcess: true })]);
});
afterAll(async () => {
  await drills.remove();
  await sandbox[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

type Asked = readonly [ProbeKind, object];

interface Given {
  /** Damages a copy of the archive. */
  readonly damage?: (store: string) => Promise<unknown>;
  readonly probes?: readonly Asked[];
  readonly baseline?: Facts;
  readonly request?: Partial<OpenRequest>;
}

/** What a service over restored files and the probes say. */
async function found({
  damage,
  probes = [[dicom, { ...dicom.defaults, decode: 2 }]],
  baseline,
  request: more,
}: Given): Promise<{ said: readonly string[]; findings: readonly Finding[] }> {
  const { jail } = sandbox.ready;
  for (const name of ['restored', 'pacs-ports', 'pacs-config']) await rm(join(jail.folder, name), { recursive: true, force: true });
  const folder = await jail.makeFolder('restored');
  await cp(source.store, join(folder, 'var/lib/orthanc'), { recursive: true });
  await damage?.(join(folder, 'var/lib/orthanc/db-v6'));
  await jail.own(folder);
  const reading = { file: process.execPath, args: [join(CHECKOUT, 'dist/reading.js')], paths: await ownProgramPaths() };
  const request: OpenRequest = {
    ...{ jail, section: null, needs: null, folder, reading, progress: () => undefined, toolLog: () => undefined },
    restored: { findings: [], tools: [], usable: true, says: {} },
    staged: { folder: sandbox.ready.staging, bytes: 1, sha256: '', findings: [], handle: {} },
    ...more,
  };
  const opened = await orthancService().open?.(request, never);
  if (opened === undefined) throw new Error('it takes no files');
  try {
    const service = await opened.start(never);
    const findings = [...service.findings];
    for (const [kind, options] of service.ready ? probes : [])
      findings.push(...(await kind.ask(questionTo(service, { options: { ...options }, baseline }), never)).findings);
    if (service.ready) findings.push(await service.stillUp());
    const bad = findings.filter(({ outcome }) => outcome !== 'passed');
    const said = bad.map(({ code, outcome, observed, required }) => `${code} ${outcome} ${String(observed)}${required ? '' : ' (note)'}`);
    return { said, findings };
  } finally {
    await opened.stop();
  }
}

/** The last byte of the largest files is one of a picture. */
async function flipLast(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, size - 1);
  await file.close();
}

describe('a healthy archive passes without an alarm', () => {
  test('every image is verified and made a picture of, and workstations and browsers get their answers', async () => {
    const probes: readonly Asked[] = [
      [dicom, { ...dicom.defaults, verify: 'all', atLeast: STUDIES }],
      [http, http.value.parse({ get: '/statistics', json: { CountInstances: IMAGES, CountStudies: { atLeast: STUDIES } } })],
      [http, http.value.parse({ get: '/app/explorer.html', contains: 'Orthanc Explorer' })],
    ];

    const { said, findings } = await found({ probes, baseline: { studies: STUDIES, images: IMAGES } });

    expect(said).toEqual([]);
    expect(findings.find(({ code }) => code === 'dicom.images-verified')).toMatchObject({ expected: IMAGES, observed: IMAGES });
    expect(JSON.stringify(findings)).not.toMatch(/Doe|1\.2\.826/);
  });

  test('a whole drill from an archive of its folder', async () => {
    const stamp = new Date().toISOString().replace(/\.\d+/, '');
    execFileSync('tar', ['-czf', join(drills.backups, `pacs-${stamp}.tar.gz`), '--force-local', '-C', source.folder, 'store']);
    const plan = await drills.plan(
      'pacs',
      `components:
  images:
    backup: { tool: archive, from: ${drills.backups} }
    service: { engine: orthanc }
    probes:
      - dicom: { atLeast: ${STUDIES} }
      - http: { get: /system }
      - files: { atLeast: ${IMAGES} }
workflows:
  - name: Open a study
    dicom: { component: images }
    within: 60s
`,
    );

    const { record, ran } = await drills.drill(plan);

    expect([record.verdict, record.reasons], ran.stderr).toEqual(['passed', []]);
    expect(record.sandbox).toMatchObject({ networkAttempts: 0 });
  });
});

/** A restored database as a drill would hand it over. */
function emptyDatabase(): RunningService {
  const shared = {
    folder: '/nowhere',
    name: '.s.PGSQL.5432',
    saidAs: 'folder' as const,
    port: 5432,
    user: 'postgres',
    database: 'restored',
  };
  return {
    ...{ engine: 'postgres', major: 15, findings: [], ready: true, sql: () => Promise.resolve([{ there: false }]) },
    ...{ share: () => Promise.resolve(shared), stillUp: () => Promise.reject(new Error('not asked')) },
  };
}

interface Case {
  readonly mode: string;
  readonly expected: readonly string[];
  readonly given: Given;
}

const cases: readonly Case[] = [
  {
    mode: 'X01: the index knows images whose files are not there; others were cut, or have another byte',
    expected: ['dicom.images-missing failed 3', 'dicom.images-altered failed 2'],
    given: {
      damage: async store => {
        const [altered = '', cut = '', ...others] = await imageFiles(store);
        await flipLast(altered);
        await truncate(cut, 500);
        await Promise.all(others.slice(0, 3).map(path => rm(path)));
      },
    },
  },
  {
    mode: 'the index is in no backup: Orthanc would start and be empty',
    expected: ['service.index-missing failed null'],
    given: { damage: store => rm(join(store, 'index')) },
  },
  {
    mode: 'X13: the database that should hold the index came back without its tables',
    expected: ['service.index-missing failed null'],
    given: {
      request: {
        section: { engine: 'orthanc', version: null, options: { database: 'index' } },
        needed: new Map([['index', emptyDatabase()]]),
      },
    },
  },
  {
    mode: 'the index is damaged',
    expected: ['service.index-damaged failed null'],
    given: {
      damage: async store => {
        const file = await open(join(store, 'index'), 'r+');
        await file.write(Buffer.alloc(40_960, 7), 0, 40_960, 512);
        await file.close();
      },
    },
  },
  {
    mode: 'F09: every file was encrypted in place',
    expected: [`dicom.images-altered failed ${IMAGES}`],
    given: { damage: async store => Promise.all((await imageFiles(store)).map(path => writeFile(path, Buffer.alloc(2_000, path)))) },
  },
  {
    mode: 'images cannot be made pictures of, whatever the index says',
    expected: ['dicom.images-undecodable failed 4'],
    given: {
      damage: async store => Promise.all((await imageFiles(store)).slice(0, 4).map(path => truncate(path, 900))),
      probes: [[dicom, { ...dicom.defaults, verify: 0 }]],
    },
  },
  {
    mode: 'what the plan says is not there, and much that was there last time',
    expected: [
      `dicom.fewer failed ${STUDIES}`,
      `dicom.fewer failed ${IMAGES}`,
      'dicom.too-few failed 3',
      'http.status failed 404',
      'http.content failed null',
      'http.content failed 3',
    ],
    given: {
      baseline: { studies: 9, images: 40 },
      probes: [
        [dicom, { ...dicom.defaults, decode: 0, atLeast: 4 }],
        [http, http.value.parse({ get: '/nowhere' })],
        [http, http.value.parse({ get: '/system', contains: 'Lakeside' })],
        [http, http.value.parse({ get: '/statistics', json: { CountStudies: 4 } })],
      ],
    },
  },
];

describe('every damage of an archive is seen, with the finding that names it', () => {
  test.each(cases.map(one => [one.mode, one] as const))('%s', async (_, { expected, given }) => {
    expect((await found(given)).said).toEqual(expect.arrayContaining([...expected]));
  });
});

test('X02: a PACS with its index in PostgreSQL comes back from two backups, and images that only the index has are found', async () => {
  const server = await startSourceServer();
  const [index, images] = [join(drills.folder, 'index'), join(drills.folder, 'images')];
  await Promise.all([mkdir(index), mkdir(images)]);
  const stamp = new Date().toISOString().replace(/\.\d+/, '');
  try {
    await server.createDatabase('orthanc');
    const place = { Host: server.socket, Port: server.port, Database: 'orthanc', Username: 'postgres', Password: '' };
    await using pacs = await pacsSource(never, {
      Plugins: ['/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so'],
      PostgreSQL: { EnableIndex: true, EnableStorage: false, EnableSsl: false, ...place },
    });
    await server.client('pg_dump', ['-Fc', '-f', join(index, 'orthanc.dump'), 'orthanc']);
    const [lost = ''] = await imageFiles(pacs.store);
    const pack = (name: string): void => void execFileSync('tar', ['-czf', join(images, name), '--force-local', '-C', pacs.store, '.']);
    pack(`pacs-${stamp}.tar.gz`);
    const plan = await drills.plan(
      'pacs-postgres',
      `components:
  index:
    backup: { tool: pg-dump, from: ${index} }
  images:
    needs: [index]
    backup: { tool: archive, from: ${images} }
    service: { engine: orthanc, database: index }
    probes:
      - dicom: { atLeast: ${STUDIES}, decode: 3 }
`,
    );

    const healthy = await drills.drill(plan);
    await rm(lost);
    pack(`pacs-${stamp}.tar.gz`);
    const damaged = await drills.drill(plan);

    expect([healthy.record.verdict, healthy.record.reasons], healthy.ran.stderr).toEqual(['passed', []]);
    expect([damaged.record.verdict, damaged.record.reasons], damaged.ran.stderr).toEqual(['failed', ['dicom.images-missing']]);
  } finally {
    await server.stop();
  }
});
