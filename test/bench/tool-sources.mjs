// What each backup tool makes of the same kind of data, and the bare tool that brings it back: no sandbox, no drill.
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { AS_SERVER, run, startServer } from './tool.mjs';
import { bareMaria, mariaSource } from './maria.mjs';

const STAMP = () => `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
const SECRET = 'bench-password';
const FILES = '      - files: { digests: 0 }';
const SELECT = '      - sql: select 1 as one\n        expect: { equals: 1 }';
const NO_PAGER = { PATH: '/usr/sbin:/usr/bin:/bin', HOME: '/tmp', LC_ALL: 'C.UTF-8' };

/** Documents: nine tenths in files of 1 MB, one tenth in small ones; nothing that compresses. */
export function makeFiles(folder, bytes) {
  for (let made = 0, number = 0; made < bytes; number += 1) {
    const at = `${folder}/${number % 16}`;
    mkdirSync(at, { recursive: true });
    const many = number % 2 === 0 ? 1 : 7;
    const size = many === 1 ? 1_000_000 : 16_000;
    for (let each = 0; each < many; each += 1) writeFileSync(`${at}/${number}-${each}`, randomBytes(size));
    made += size * many;
  }
}

/**
 * Each makes a backup of about so many bytes in its folder, and says: the plan's block, the phases of a drill in which the tool works, and
 * the same work without us. `share`: how much of the usual size it is given, for tools that take longer.
 */
export const TOOLS = {
  archive: {
    make: async (folder, bytes) => {
      makeFiles(`${folder}/data`, bytes);
      const file = `${folder}/store/documents-${STAMP()}.tar.zst`;
      mkdirSync(`${folder}/store`);
      await run('tar', ['--zstd', '-cf', file, '--force-local', '-C', `${folder}/data`, '.']);
      return {
        backup: { from: `${folder}/store` },
        probes: FILES,
        bare: into => run('tar', ['--zstd', '-xf', file, '--force-local', '-C', into]),
      };
    },
    phases: ['restore'],
    bare: 'tar --zstd -x',
  },
  tree: {
    make: async (folder, bytes) => {
      const copy = `${folder}/store/${STAMP()}`;
      makeFiles(copy, bytes);
      return { backup: { from: `${folder}/store` }, probes: FILES, bare: into => run('cp', ['-a', `${copy}/.`, into]) };
    },
    phases: ['restore'],
    bare: 'cp -a',
  },
  restic: {
    make: async (folder, bytes) => {
      makeFiles(`${folder}/data`, bytes);
      const env = { ...NO_PAGER, RESTIC_PASSWORD: SECRET, RESTIC_REPOSITORY: `${folder}/store` };
      const restic = args => run('restic', ['--no-cache', '--quiet', ...args], { env });
      await restic(['init']);
      await restic(['backup', `${folder}/data`]);
      return {
        backup: { repository: `${folder}/store`, password: '{ env: BENCH_SECRET }' },
        probes: FILES,
        bare: into => restic(['--no-lock', 'restore', 'latest', '--verify', '--target', into]),
      };
    },
    phases: ['fetch', 'restore'],
    bare: 'restic restore --verify',
  },
  borg: {
    make: async (folder, bytes) => {
      makeFiles(`${folder}/data`, bytes);
      const env = { ...NO_PAGER, HOME: folder, BORG_PASSPHRASE: SECRET, BORG_REPO: `${folder}/store` };
      await run('borg', ['init', '--encryption=repokey'], { env });
      await run('borg', ['create', '--compression=none', '::bench', '.'], { env, cwd: `${folder}/data` });
      return {
        backup: { repository: `${folder}/store`, passphrase: '{ env: BENCH_SECRET }' },
        probes: FILES,
        bare: into => run('borg', ['extract', '::bench'], { env, cwd: into }),
      };
    },
    phases: ['fetch', 'restore'],
    bare: 'borg extract',
  },
  sqlite: {
    make: async (folder, bytes) => {
      const store = `${folder}/store`;
      mkdirSync(store);
      const file = `${store}/scheduler-${STAMP()}.db`;
      const fill = `create table noise (id integer primary key, bytes blob not null);
        with recursive n(i) as (select 1 union all select i + 1 from n where i < ${Math.ceil(bytes / 100_000)}) insert into noise select i, randomblob(99000) from n;`;
      await run('sqlite3', [file, fill]);
      return { backup: { from: store }, probes: SELECT, bare: into => run('cp', [file, into]) };
    },
    phases: ['restore'],
    bare: 'cp',
  },
  ldif: {
    share: 0.01,
    make: async (folder, bytes) => {
      mkdirSync(`${folder}/store`);
      const file = `${folder}/store/directory-${new Date().toISOString().slice(0, 16)}Z.ldif`;
      writeFileSync(file, directory(Math.ceil(bytes / 500)));
      return { backup: { from: `${folder}/store` }, probes: '      - ldap: all', bare: into => bareSlapadd(into, file) };
    },
    phases: ['restore'],
    bare: 'slapadd -c',
  },
  'mariadb-dump': {
    share: 0.4,
    make: async (folder, bytes) => {
      const store = `${folder}/store`;
      mkdirSync(store);
      const file = `${store}/bench-${STAMP()}.sql`;
      await mariaSource(folder, bytes, source => source.tool('mariadb-dump', ['--single-transaction', '--result-file', file, 'bench']));
      return { backup: { from: store }, probes: SELECT, bare: (into, settings) => bareMaria(into, { file, settings }) };
    },
    phases: ['restore'],
    bare: 'mariadb < dump',
  },
  mariabackup: {
    share: 0.6,
    make: async (folder, bytes) => {
      const copy = `${folder}/store/${STAMP()}`;
      mkdirSync(`${folder}/store`);
      await mariaSource(folder, bytes, source => source.tool('mariabackup', ['--backup', `--target-dir=${copy}`]));
      const bare = async into => {
        const copied = await run('cp', ['-R', '--preserve=timestamps', '--sparse=auto', `${copy}/.`, into]);
        const prepared = await run('mariabackup', ['--prepare', `--target-dir=${into}`], { env: NO_PAGER });
        return { ms: copied.ms + prepared.ms };
      };
      return { backup: { from: `${folder}/store` }, probes: SELECT, bare };
    },
    phases: ['restore'],
    bare: 'cp, mariabackup --prepare',
  },
  'pg-basebackup': {
    share: 0.6,
    make: async (folder, bytes) => {
      mkdirSync(`${folder}/store`);
      const copy = `${folder}/store/base-${STAMP()}`;
      const source = await pgSource(bytes, {});
      try {
        await source.tool('pg_basebackup', ['-D', copy, '-c', 'fast', '-X', 'stream']);
      } finally {
        await source.stop();
      }
      return { backup: { from: `${folder}/store` }, probes: SELECT, bare: into => run('cp', ['-a', `${copy}/.`, into]) };
    },
    phases: ['restore'],
    bare: 'cp -a',
  },
  pgbackrest: {
    share: 0.6,
    make: async (folder, bytes) => {
      const store = `${folder}/store`;
      for (const path of [folder, store, `${folder}/config`]) {
        mkdirSync(path, { recursive: true });
        chmodSync(path, 0o777);
      }
      const config = `${folder}/config/pgbackrest.conf`;
      const push = `pgbackrest --config=${config} --stanza=bench archive-push %p`;
      const source = await pgSource(bytes, { archive_mode: 'on', archive_command: push }, server =>
        writeFileSync(
          config,
          `[global]\nrepo1-path=${store}\nstart-fast=y\nlog-level-file=off\nlog-level-console=off\nlock-path=${folder}/lock\ncompress-level=1\n[bench]\npg1-path=${server.folder}/data\npg1-socket-path=${server.folder}\npg1-user=postgres\n`,
        ),
      );
      const tool = (args, as) => run('pgbackrest', [`--config=${config}`, '--stanza=bench', ...args], { ...as, env: NO_PAGER });
      try {
        await tool(['stanza-create'], AS_SERVER);
        await tool(['--type=full', 'backup'], AS_SERVER);
      } finally {
        await source.stop();
      }
      const bare = into => tool([`--pg1-path=${into}`, '--type=none', '--process-max=2', 'restore'], {});
      return { backup: { stanza: 'bench', repository: store }, probes: SELECT, bare };
    },
    phases: ['fetch', 'restore'],
    bare: 'pgbackrest restore --process-max=2',
  },
  's3-objects': {
    share: 0.6,
    make: async (folder, bytes) => {
      const server = await startBucket(folder, bytes);
      const credentials = '{ accessKeyId: { env: BENCH_KEY }, secretAccessKey: { env: BENCH_SECRET } }';
      return {
        backup: { from: 's3://bench/documents', endpoint: server.endpoint, credentials },
        env: { BENCH_KEY: server.keys.accessKeyId, BENCH_SECRET: server.keys.secretAccessKey },
        probes: FILES,
        bare: into => bareObjects(into, server),
        end: server.end,
      };
    },
    phases: ['fetch', 'restore'],
    bare: 'the SDK, four at a time',
  },
};

async function startBucket(folder, bytes) {
  const file = fileURLToPath(new URL('bucket-server.mjs', import.meta.url));
  const server = spawn(process.execPath, [file, folder, String(bytes)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise(resolve => server.on('close', resolve));
  const said = await new Promise((resolve, reject) => {
    server.stdout.once('data', resolve);
    void ended.then(() => reject(new Error('the object store ended')));
  });
  const end = () => {
    server.stdin.end();
    return ended;
  };
  return { ...JSON.parse(String(said)), end };
}

/** What a person would write in ten lines. */
async function bareObjects(into, { endpoint, keys }) {
  const { accessKeyId, secretAccessKey, region } = keys;
  const client = new S3Client({ region, endpoint, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  const began = performance.now();
  const waiting = [];
  for await (const page of paginateListObjectsV2({ client }, { Bucket: 'bench', Prefix: 'documents/' }))
    waiting.push(...(page.Contents ?? []));
  const take = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bench', Key: next.Key }));
      mkdirSync(dirname(`${into}/${next.Key}`), { recursive: true });
      await pipeline(Body, createWriteStream(`${into}/${next.Key}`));
    }
  };
  await Promise.all([take(), take(), take(), take()]);
  client.destroy();
  return { ms: performance.now() - began };
}

/** Rows that do not compress, in a cluster of its own. */
async function pgSource(bytes, settings, before = () => undefined) {
  const source = await startServer({ fsync: 'off', autovacuum: 'off', max_wal_size: '4GB', shared_buffers: '128MB', ...settings });
  before(source);
  await source.tool('psql', ['-qXc', 'create extension pgcrypto']);
  const fill = `create table noise (id int primary key, bytes bytea not null); alter table noise alter bytes set storage external;
    insert into noise select i, gen_random_bytes(1000) from generate_series(1, ${Math.ceil(bytes / 1_150)}) i`;
  await source.tool('psql', ['-qX', '-v', 'ON_ERROR_STOP=1', '-c', fill]);
  return source;
}

function directory(entries) {
  const dc = 'dc=lakeside,dc=example';
  const head = `dn: ${dc}\nobjectClass: dcObject\nobjectClass: organization\no: Lakeside\ndc: lakeside\n\ndn: ou=people,${dc}\nobjectClass: organizationalUnit\nou: people\n\n`;
  const person = (_, at) =>
    `dn: uid=p${at},ou=people,${dc}\nobjectClass: inetOrgPerson\nuid: p${at}\ncn: Person ${at}\nsn: ${at}\nmail: p${at}@lakeside.example\nuserPassword: {SSHA}c2FsdGVkaGFzaG9mYXBhc3N3b3Jkc2FsdA==\ndescription: ${createHash('sha256').update(String(at)).digest('hex').repeat(4)}\n\n`;
  return head + Array.from({ length: entries }, person).join('');
}

/** As a person would load it: the same definitions, the same database. */
async function bareSlapadd(into, file) {
  mkdirSync(`${into}/config`);
  mkdirSync(`${into}/data`);
  const include = ['core', 'cosine', 'nis', 'inetorgperson', 'misc', 'dyngroup', 'openldap']
    .map(name => `include: file:///etc/ldap/schema/${name}.ldif\n\n`)
    .join('');
  const settings = `dn: cn=config\nobjectClass: olcGlobal\ncn: config\n\ndn: cn=module{0},cn=config\nobjectClass: olcModuleList\ncn: module{0}\nolcModulePath: /usr/lib/ldap\nolcModuleLoad: back_mdb\n\ndn: cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: schema\n\n${include}dn: olcDatabase={1}mdb,cn=config\nobjectClass: olcDatabaseConfig\nobjectClass: olcMdbConfig\nolcDatabase: {1}mdb\nolcSuffix: dc=lakeside,dc=example\nolcDbDirectory: ${into}/data\nolcDbMaxSize: 4294967296\n`;
  writeFileSync(`${into}/settings.ldif`, settings);
  const first = await run('/usr/sbin/slapadd', ['-n', '0', '-F', `${into}/config`, '-l', `${into}/settings.ldif`]);
  const second = await run('/usr/sbin/slapadd', ['-c', '-n', '1', '-F', `${into}/config`, '-l', file]);
  return { ms: first.ms + second.ms };
}
