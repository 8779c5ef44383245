// Databases and their backups: pgbench's tables, and as much noise beside them that does not compress.
import { mkdirSync, statSync } from 'node:fs';
import { startServer } from './tool.mjs';

/** Makes each database in a source of its own and dumps it; gives file sizes and the size of the database. */
export async function makeBackups(folder, wanted) {
  const source = await startServer({
    fsync: 'off',
    full_page_writes: 'off',
    max_wal_size: '4GB',
    shared_buffers: '256MB',
    autovacuum: 'off',
  });
  const made = {};
  try {
    for (const { name, scale, noiseMegabytes, compress } of wanted) {
      const at = `${folder}/${name}`;
      mkdirSync(at, { recursive: true });
      await source.tool('psql', ['-qXc', `create database ${name}`]);
      await source.tool('pgbench', ['-i', '-q', '-s', String(scale), name]);
      const noise = `create extension pgcrypto; create table noise (id int primary key, bytes bytea not null);
        alter table noise alter bytes set storage external;
        insert into noise select i, gen_random_bytes(1000) from generate_series(1, ${noiseMegabytes * 1000}) i`;
      await source.tool('psql', ['-qX', '-v', 'ON_ERROR_STOP=1', '-d', name, '-c', noise]);
      const file = `${at}/${name}-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z.dump`;
      const began = performance.now();
      await source.tool('pg_dump', ['-Fc', ...(compress ? [] : ['-Z0']), '-d', name, '-f', file]);
      const size = await source.tool('psql', ['-qXAtd', name, '-c', 'select pg_database_size(current_database())']);
      made[name] = { folder: at, file, bytes: statSync(file).size, databaseBytes: Number(size.stdout), dumpMs: performance.now() - began };
      await source.tool('psql', ['-qXc', `drop database ${name}`]);
    }
  } finally {
    await source.stop();
  }
  return made;
}
