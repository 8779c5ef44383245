// Everything that `npm run demo` and `npm test` need before their first line: node modules, system tools, the built program.
// Plain JavaScript and Node's own modules only, because it runs before anything else is there.
//
//   node src/set-up.mjs demo|test [--all] [--check]      --all: what `npm run demo -- --all` needs too; --check: say what is missing, change nothing
//
// Exit codes: 0 everything is there, 1 a step failed, 2 usage, or something that only a person can put right.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, chmod, copyFile, mkdir, readFile, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../', import.meta.url));
const CACHE = join(CHECKOUT, '.cache');
const MODULES = join(CHECKOUT, 'node_modules');
const DIST = join(CHECKOUT, 'dist');
const CLUSTERS = '/etc/postgresql-common/createcluster.conf';
const POSTGRES = '/usr/lib/postgresql/15';
const ORTHANC_PLUGIN = '/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so';
const POLICY = '/usr/sbin/policy-rc.d';

class SetUpError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What is asked of the machine: the Debian package, who needs it (the demo, its sample systems, the tests), and a question that only a usable tool answers with yes. */
const TOOLS = [
  { name: 'bubblewrap', package: 'bubblewrap', for: 'demo', works: () => prints('bwrap', ['--help'], '--unshare-net') },
  { name: 'setpriv', package: 'util-linux', for: 'demo', works: () => prints('setpriv', ['--help'], '--bounding-set') },
  { name: 'prlimit', package: 'util-linux', for: 'demo', works: () => prints('prlimit', ['--help'], '--nproc') },
  { name: 'perl', package: 'perl-base', for: 'demo', works: () => prints('/usr/bin/perl', ['-MSocket', '-e', 'print 6*7'], '42') },
  { name: 'zstd', package: 'zstd', for: 'demo', works: () => givesBack('zstd') },
  { name: 'lz4', package: 'lz4', for: 'demo', works: () => givesBack('lz4') },
  { name: 'bzip2', package: 'bzip2', for: 'test', works: () => givesBack('bzip2') },
  { name: 'xz', package: 'xz-utils', for: 'demo', works: () => givesBack('xz') },
  { name: 'PostgreSQL 15 server', package: 'postgresql-15', for: 'demo', works: () => hasPostgres() },
  { name: 'PostgreSQL 15 clients', package: 'postgresql-client-15', for: 'demo', works: () => hasClients() },
  { name: 'openssl with Ed25519', package: 'openssl', for: 'demo', works: () => prints('openssl', ['pkeyutl', '-help'], '-rawin') },
  { name: 'jq', package: 'jq', for: 'demo', works: () => prints('jq', ['-n', '1+1'], '2') },
  { name: 'xxd', package: 'xxd', for: 'demo', works: () => prints('xxd', ['-r', '-p'], 'ok', '6f6b') },
  { name: 'podman', package: 'podman', for: 'test', works: () => prints('podman', ['--version'], 'podman version') },
  { name: 'runc', package: 'runc', for: 'test', works: () => prints('runc', ['--version'], 'runc version') },
  { name: 'docker', package: 'docker.io', for: 'test', works: () => prints('dockerd', ['--version'], 'Docker version') },
  { name: 'conmon', package: 'conmon', for: 'test', works: () => prints('conmon', ['--version'], 'conmon version') },
  { name: 'ip', package: 'iproute2', for: 'samples', works: () => prints('ip', ['-V'], 'iproute2') },
  { name: 'MariaDB server', package: 'mariadb-server', for: 'samples', works: () => prints('mariadbd', ['--version'], 'MariaDB') },
  { name: 'mariabackup', package: 'mariadb-backup', for: 'samples', works: () => prints('mariabackup', ['--version'], 'mariabackup') },
  { name: 'restic', package: 'restic', for: 'samples', works: () => prints('restic', ['version'], 'restic 0.') },
  { name: 'borg', package: 'borgbackup', for: 'test', works: () => prints('borg', ['--version'], 'borg 1.') },
  { name: 'pgBackRest', package: 'pgbackrest', for: 'samples', works: () => prints('pgbackrest', ['version'], 'pgBackRest 2') },
  { name: 'AWS command line', package: 'awscli', for: 'test', works: () => prints('aws', ['--version'], 'aws-cli/') },
  { name: 'barman', package: 'barman', for: 'test', works: () => prints('barman', ['--version'], 'Barman') },
  { name: 'SQLite', package: 'sqlite3', for: 'samples', works: () => prints('sqlite3', ['--version'], '3.') },
  { name: 'getfattr', package: 'attr', for: 'test', works: () => prints('getfattr', ['--version'], 'getfattr') },
  { name: 'rsync', package: 'rsync', for: 'test', works: () => prints('rsync', ['--version'], 'rsync') },
  { name: 'cpio', package: 'cpio', for: 'test', works: () => prints('cpio', ['--version'], 'GNU cpio') },
  { name: 'zip', package: 'zip', for: 'test', works: () => prints('zip', ['-v'], 'Zip 3') },
  { name: 'LDAP server', package: 'slapd', for: 'samples', works: () => prints('/usr/sbin/slapd', ['-VV'], 'OpenLDAP') },
  { name: 'LDAP clients', package: 'ldap-utils', for: 'samples', works: () => prints('ldapsearch', ['-VV'], 'OpenLDAP') },
  { name: 'Orthanc', package: 'orthanc', for: 'samples', works: () => prints('/usr/sbin/Orthanc', ['--version'], 'Orthanc 1') },
  { name: 'Orthanc with PostgreSQL', package: 'orthanc-postgresql', for: 'test', works: () => Promise.resolve(existsSync(ORTHANC_PLUGIN)) },
  { name: 'DICOM tools', package: 'dcmtk', for: 'samples', works: () => prints('dcmdump', ['--version'], 'dcmtk') },
  { name: 'Chromium', package: 'chromium', for: 'test', works: () => Promise.resolve(onPath('chromium')) },
];

const [mode, ...flags] = process.argv.slice(2);
try {
  if (!['demo', 'test'].includes(mode) || flags.some(flag => !['--all', '--check'].includes(flag))) {
    throw new SetUpError('usage: node src/set-up.mjs demo|test [--all] [--check]', 2);
  }
  await setUp(flags.includes('--check'));
} catch (error) {
  process.stderr.write(`set-up: ${error instanceof SetUpError ? error.message : (error?.stack ?? error)}\n`);
  process.exitCode = error instanceof SetUpError ? error.exitCode : 1;
}

async function setUp(checkOnly) {
  const todo = await missing();
  if (nothing(todo)) return;
  if (checkOnly) throw new SetUpError(`still to do: ${describe(todo)}`, 1);
  if (todo.tools.length > 0) refuseIfPowerless(todo.tools);
  // Two of us at once would build into one folder; whoever waited looks again, because the first one did the work.
  await locked(async () => {
    const now = await missing();
    if (now.tools.length > 0) await installTools(now.tools);
    if (now.modules) await installModules();
    if (now.build) await build();
  });
}

async function missing() {
  const [modules, tools, stale] = await Promise.all([modulesAreStale(), missingTools(), buildIsStale()]);
  return { modules, tools, build: stale };
}

function nothing(todo) {
  return !todo.modules && !todo.build && todo.tools.length === 0;
}

function describe(todo) {
  return [
    todo.modules ? 'npm packages' : '',
    todo.tools.length > 0 ? `system tools (${todo.tools.map(tool => tool.name).join(', ')})` : '',
    todo.build ? 'the build' : '',
  ]
    .filter(text => text !== '')
    .join('; ');
}

// --- node modules ---------------------------------------------------------------------------------------------------------------

/** The stamp lies inside node_modules, so that it goes when they go. */
async function modulesAreStale() {
  return (await textOf(join(MODULES, '.resurgam-stamp'))) !== (await modulesStamp());
}

async function modulesStamp() {
  const { dependencies, optionalDependencies, devDependencies } = JSON.parse(await readFile(join(CHECKOUT, 'package.json'), 'utf8'));
  const wanted = JSON.stringify([dependencies, optionalDependencies, devDependencies]);
  return digest([wanted, await textOf(join(CHECKOUT, 'package-lock.json')), process.version]);
}

/** Not `npm ci`: it refuses a lock file whose packages for other platforms a registry does not carry. Install scripts need not run. */
async function installModules() {
  say('installing npm packages');
  await succeed('npm', ['install', '--no-audit', '--no-fund', '--include=dev', '--include=optional', '--loglevel=error']);
  await writeFile(join(MODULES, '.resurgam-stamp'), await modulesStamp());
}

// --- system tools ---------------------------------------------------------------------------------------------------------------

async function missingTools() {
  const needs = mode === 'test' ? ['demo', 'samples', 'test'] : flags.includes('--all') ? ['demo', 'samples'] : ['demo'];
  const wanted = TOOLS.filter(tool => needs.includes(tool.for));
  const answers = await Promise.all(wanted.map(async tool => ({ tool, works: await tool.works() })));
  return answers.filter(answer => !answer.works).map(answer => answer.tool);
}

/** Only root can install. Anyone else is told the one line to run. */
function refuseIfPowerless(tools) {
  const names = tools.map(tool => tool.name).join(', ');
  const packages = packagesOf(tools).join(' ');
  if (!onPath('apt-get'))
    throw new SetUpError(`missing: ${names}. Install them with this system's package manager; Debian calls them ${packages}`, 2);
  if (process.getuid() === 0) return;
  const line = `sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ${packages}'`;
  throw new SetUpError(`missing: ${names}. Run this once, then try again:\n  ${line}`, 2);
}

function packagesOf(tools) {
  return [...new Set(tools.map(tool => tool.package))];
}

async function installTools(tools) {
  const packages = packagesOf(tools);
  say(`installing ${packages.join(', ')}`);
  const apt = ['-qq', '-o', 'DPkg::Lock::Timeout=600', '-o', 'Acquire::Retries=3'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', UCF_FORCE_CONFFOLD: '1' };
  await succeed('apt-get', [...apt, 'update'], env);
  const install = () => succeed('apt-get', [...apt, 'install', '-y', '--no-install-recommends', ...packages], env);
  await withoutCluster(packages, () => withoutServers(install));
  const still = await missingTools();
  if (still.length > 0) throw new SetUpError(`installed, but still not usable: ${still.map(tool => tool.name).join(', ')}`);
}

/** Debian's PostgreSQL makes and starts a server of its own when it is installed. Nobody asked for one, so that is switched off meanwhile. */
async function withoutCluster(packages, install) {
  if (!packages.includes('postgresql-15') || existsSync(CLUSTERS)) return install();
  await mkdir(dirname(CLUSTERS), { recursive: true });
  await writeFile(CLUSTERS, 'create_main_cluster = false\n');
  try {
    await install();
  } finally {
    const packaged = '/usr/share/postgresql-common/createcluster.conf';
    if (existsSync(packaged)) await copyFile(packaged, CLUSTERS);
    else await rm(CLUSTERS, { force: true });
  }
}

/** Packages of servers start them when they are installed. What asks the policy is told no meanwhile; a policy of this machine's own stays. */
async function withoutServers(install) {
  if (existsSync(POLICY)) return install();
  await writeFile(POLICY, '#!/bin/sh\n# Put here by the set-up of Resurgam while it installs packages.\nexit 101\n', { mode: 0o755 });
  try {
    await install();
  } finally {
    await rm(POLICY, { force: true });
  }
}

async function hasPostgres() {
  const extensions = ['amcheck', 'citext', 'pg_trgm', 'pgcrypto'];
  if (!extensions.every(name => existsSync(`/usr/share/postgresql/15/extension/${name}.control`))) return false;
  return existsSync(`${POSTGRES}/bin/initdb`) && prints(`${POSTGRES}/bin/postgres`, ['--version'], ' 15.');
}

async function hasClients() {
  const programs = ['pg_restore', 'pg_dump', 'psql'];
  const answers = await Promise.all(programs.map(program => prints(`${POSTGRES}/bin/${program}`, ['--version'], ' 15.')));
  return answers.every(answer => answer);
}

/** A compressor works when it gives back what it was given. */
function givesBack(program) {
  return prints('sh', ['-c', `printf '%s' 'there and back' | ${program} -c | ${program} -dc`], 'there and back');
}

/** Whether a program runs, and what it prints holds `wanted`. */
function prints(file, args, wanted, input = '') {
  return new Promise(resolve => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' }, timeout: 10_000 });
    let text = '';
    const take = chunk => (text += chunk);
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', () => resolve(false));
    child.on('close', () => resolve(text.includes(wanted)));
  });
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, program)));
}

// --- the build ------------------------------------------------------------------------------------------------------------------

async function buildIsStale() {
  return (await textOf(join(DIST, '.stamp'))) !== (await buildStamp());
}

/** Of the content, not the times: a fresh clone gives every file the time of cloning. */
async function buildStamp() {
  const names = (await readdir(join(CHECKOUT, 'src'), { recursive: true })).filter(name => name.endsWith('.ts')).sort();
  const files = [...names.map(name => join('src', name)), join('src', 'bundle.mjs'), 'package-lock.json'];
  const texts = await Promise.all(files.map(file => textOf(join(CHECKOUT, file))));
  return digest(files.flatMap((file, index) => [file, texts[index]]));
}

/** Built beside the old one and moved into its place, so that a program that runs meanwhile sees either of them, and nothing of a deleted source. */
async function build() {
  say('building');
  const stamp = await buildStamp();
  const fresh = join(CACHE, `dist-${randomUUID()}`);
  const old = `${fresh}-old`;
  try {
    await succeed(process.execPath, [join('src', 'bundle.mjs'), fresh]);
    await writeFile(join(fresh, '.stamp'), stamp);
    await chmod(join(fresh, 'main.js'), 0o755);
    if (existsSync(DIST)) await rename(DIST, old);
    await rename(fresh, DIST);
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

// --- one at a time --------------------------------------------------------------------------------------------------------------

async function locked(work) {
  const lock = join(CACHE, 'set-up.lock');
  try {
    await mkdir(CACHE, { recursive: true });
    await access(CACHE, constants.W_OK);
  } catch (error) {
    throw new SetUpError(`${CACHE} cannot be written (${error.code}): a checkout is set up by the user that it belongs to`, 2);
  }
  for (let waited = 0; !(await take(lock)); waited += 250) {
    if (waited === 1_000) say('waiting for another set-up of this checkout');
    if (waited > 900_000) throw new SetUpError(`another set-up holds ${lock} for 15 minutes`);
    await new Promise(resolve => setTimeout(resolve, 250));
  }
  const letGo = () => spawnSync('rm', ['-f', lock]);
  process.once('exit', letGo);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
  try {
    await work();
  } finally {
    process.off('exit', letGo);
    await rm(lock, { force: true });
  }
}

/** The lock names its holder; one whose holder is gone is set aside, by rename, which only one of several can do. */
async function take(lock) {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = Number(await textOf(lock));
  if (holder === 0 || isAlive(holder)) return false;
  const aside = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, aside);
    // Between our reading and our renaming another one may have taken the lock anew: then it goes back.
    if (Number(await textOf(aside)) === holder) await unlink(aside);
    else await rename(aside, lock);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return false;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

// --- small things ---------------------------------------------------------------------------------------------------------------

/** Runs a program; what it prints is shown only when it fails. */
function succeed(file, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: CHECKOUT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (said = (said + chunk).slice(-20_000)));
    child.on('error', error => reject(new SetUpError(`${file} could not be run: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      reject(new SetUpError(`${[file, ...args].join(' ')} ended with ${code ?? signal}\n${said}`));
    });
  });
}

async function textOf(file) {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

function say(text) {
  process.stderr.write(`set-up: ${text} …\n`);
}
