// A real PostgreSQL server over TCP, with a password and TLS, for several machines; started again when it was killed.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, chownSync, copyFileSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AS_SERVER, BIN } from '../bench/tool.mjs';
import { ask } from './private-server.mjs';

/** `addresses`: under which its certificate is valid. */
export async function sharedServer(folder, addresses) {
  const at = join(folder, 'server');
  const data = join(at, 'data');
  mkdirSync(at);
  if (AS_SERVER.uid !== undefined) chownSync(at, AS_SERVER.uid, AS_SERVER.gid);
  const password = randomBytes(16).toString('hex');
  const certificate = join(folder, 'server.crt');
  make({ at, data, certificate, addresses });
  let child;
  let isOver = false;
  const start = () => {
    const log = openSync(join(folder, 'server.log'), 'a');
    const settings = ['listen_addresses=*', `unix_socket_directories=${at}`, 'ssl=on', 'max_connections=200', 'shared_buffers=64MB'];
    child = spawn(`${BIN}/postgres`, ['-D', data, ...settings.flatMap(one => ['-c', one])], {
      ...AS_SERVER,
      cwd: '/',
      env: ENV,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.ended = new Promise(resolve => child.on('exit', resolve));
    void child.ended.then(() => (isOver ? undefined : setTimeout(start, 300)));
  };
  start();
  const asOwner = text => ask(() => ({ host: at, user: 'postgres', database: 'postgres' }), text);
  await asOwner(`create role resurgam login password '${password}'`);
  await asOwner('create database resurgam owner resurgam');
  return {
    pid: () => (child.exitCode === null && child.signalCode === null ? child.pid : undefined),
    sql: text => ask(() => ({ host: at, user: 'postgres', database: 'resurgam' }), text),
    /** Whoever trusts it trusts whatever else of the sweep listens at these addresses. */
    certificate: { path: certificate, cert: readFileSync(certificate), key: readFileSync(join(data, 'server.key')) },
    url: address => `postgres://resurgam:${password}@${address}:5432/resurgam?sslmode=verify-full&sslrootcert=${certificate}`,
    stop: async () => {
      isOver = true;
      child.kill('SIGQUIT');
      await child.ended;
    },
  };
}

const ENV = { PATH: `${BIN}:/usr/bin:/bin`, LC_ALL: 'C.UTF-8' };

function make({ at, data, certificate, addresses }) {
  const args = ['-D', data, '-U', 'postgres', '-A', 'peer', '-N', '-E', 'UTF8', '--locale=C.UTF-8'];
  execFileSync(`${BIN}/initdb`, args, { ...AS_SERVER, cwd: '/', env: ENV, stdio: 'pipe' });
  const names = addresses.map(address => `IP:${address}`).join(',');
  const request = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=sweep',
    '-addext',
    `subjectAltName=${names}`,
  ];
  const files = [join(data, 'server.key'), join(data, 'server.crt')];
  execFileSync('openssl', [...request, '-keyout', files[0], '-out', files[1]], { ...AS_SERVER, cwd: at, stdio: 'pipe' });
  copyFileSync(files[1], certificate);
  // Over the socket only the sweep itself asks; over the network nobody without password and TLS.
  writeFileSync(join(data, 'pg_hba.conf'), 'local all all trust\n');
  appendFileSync(join(data, 'pg_hba.conf'), 'hostssl resurgam resurgam 10.77.0.0/16 scram-sha-256\n');
}
