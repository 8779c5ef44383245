// A MariaDB server of our own on a socket: as the source of backups, and to restore into without us.
import { spawn } from 'node:child_process';
import { createReadStream, mkdirSync } from 'node:fs';
import { AS_SERVER, run } from './tool.mjs';

const ENV = { PATH: '/usr/sbin:/usr/bin:/bin', HOME: '/nonexistent', LC_ALL: 'C', TZ: 'UTC' };
/** What a drill's record says of its server that is a setting of its own, by the name of its option. */
const SETTINGS = ['innodb_flush_log_at_trx_commit', 'innodb_doublewrite', 'innodb_buffer_pool_size', 'innodb_log_file_size'];

async function startMaria(folder, settings) {
  const at = { data: `${folder}/maria`, socket: `${folder}/maria.sock` };
  mkdirSync(at.data);
  const owner = AS_SERVER.uid === undefined ? [] : [`--user=#${AS_SERVER.uid}`];
  if (AS_SERVER.uid !== undefined) await run('chown', [`${AS_SERVER.uid}:${AS_SERVER.gid}`, folder, at.data]);
  const install = [
    '--no-defaults',
    `--datadir=${at.data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
  ];
  await run('mariadb-install-db', [...install, '--force'], { ...AS_SERVER, env: { ...ENV, TMPDIR: at.data } });
  const flags = Object.entries(settings).map(([name, value]) => `--${name.replaceAll('_', '-')}=${value}`);
  const args = [
    '--no-defaults',
    `--datadir=${at.data}`,
    `--socket=${at.socket}`,
    '--skip-networking',
    '--performance-schema=OFF',
    '--max-allowed-packet=1G',
  ];
  const server = spawn('mariadbd', [...args, ...flags, ...owner], {
    ...AS_SERVER,
    cwd: '/',
    env: { ...ENV, TMPDIR: at.data },
    stdio: 'ignore',
  });
  const ended = new Promise(resolve => server.on('close', resolve));
  const brokenOff = () => server.kill('SIGKILL');
  process.once('exit', brokenOff);
  const client = ['--no-defaults', `--socket=${at.socket}`, '--user=root'];
  const tool = (program, more, options = {}) => run(program, [...client, ...more], { env: ENV, ...options });
  for (let tries = 0; (await tool('mariadb', ['-e', 'select 1'], { accept: [0, 1] })).exitCode !== 0; tries += 1) {
    if (tries > 400) throw new Error('the MariaDB server did not start');
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  const stop = async () => {
    server.kill('SIGKILL');
    await ended;
    process.off('exit', brokenOff);
  };
  return { tool, client, stop };
}

/** A server with rows that do not compress, while `use` takes its backup. */
export async function mariaSource(folder, bytes, use) {
  mkdirSync(`${folder}/source`);
  const source = await startMaria(`${folder}/source`, { innodb_flush_log_at_trx_commit: 0, innodb_buffer_pool_size: '256M' });
  try {
    const fill = `create database bench; use bench; create table noise (id int primary key, bytes blob not null);
      insert into noise select seq, random_bytes(1000) from seq_1_to_${Math.ceil(bytes / 1_400)}`;
    await source.tool('mariadb', ['-e', fill]);
    await use(source);
  } finally {
    await source.stop();
    await run('rm', ['-rf', `${folder}/source`]);
  }
}

/** The dump into an empty server with the settings of a drill's. */
export async function bareMaria(into, { file, settings }) {
  const same = Object.fromEntries(Object.entries(settings).filter(([name]) => SETTINGS.includes(name)));
  const server = await startMaria(into, same);
  try {
    await server.tool('mariadb', ['-e', 'create database restored character set utf8mb4']);
    const began = performance.now();
    const client = spawn('mariadb', [...server.client, '--max-allowed-packet=1G', 'restored'], {
      env: ENV,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    createReadStream(file).pipe(client.stdin);
    const code = await new Promise(resolve => client.on('close', resolve));
    if (code !== 0) throw new Error(`mariadb ended with ${code}`);
    return { ms: performance.now() - began };
  } finally {
    await server.stop();
  }
}
