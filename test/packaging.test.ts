import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DEFAULT_PORT } from '../src/web/server.ts';
import { CHECKOUT } from './fixtures/sources.ts';

const UNIT = `${CHECKOUT}packaging/resurgam.service`;
const unit = readFileSync(UNIT, 'utf8');
const container = readFileSync(`${CHECKOUT}packaging/Containerfile`, 'utf8');

/** Values of the settings of the unit, by name. */
function settings(): ReadonlyMap<string, string> {
  const lines = unit.split('\n').filter(line => /^[A-Z]\w+=/.test(line));
  return new Map(lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

test('systemd accepts the unit, where it is there to be asked', () => {
  const there = existsSync('/usr/bin/systemd-analyze');

  const said = there ? spawnSync('systemd-analyze', ['verify', UNIT], { encoding: 'utf8' }) : { status: 0, stderr: '' };

  expect([said.status, said.stderr]).toEqual([0, '']);
});

test('nothing that the unit forbids keeps sandboxes from being made', () => {
  const set = settings();

  const open = [
    'RestrictNamespaces',
    'ProtectKernelTunables',
    'ProtectKernelLogs',
    'ProtectControlGroups',
    'ProtectHostname',
    'PrivateUsers',
  ];
  expect(open.map(name => [name, set.get(name)])).toEqual(open.map(name => [name, 'no']));
  expect(set.get('RestrictAddressFamilies')).toContain('AF_NETLINK');
  expect(set.get('SystemCallFilter')).toContain('@mount');
  expect(set.get('Delegate')).toBe('memory pids cpu');
});

test('each thing that the unit leaves open says why', () => {
  const lines = unit.split('\n');
  const from = lines.indexOf('# --- what it needs, and is therefore not forbidden ---');
  const open = lines.slice(from + 1, lines.indexOf('[Install]')).filter(line => line !== '');

  const unexplained = open.filter((line, at) => !line.startsWith('#') && !open.slice(0, at).some(before => before.startsWith('#')));

  expect(open.filter(line => line.startsWith('#')).length).toBeGreaterThanOrEqual(7);
  expect(unexplained).toEqual([]);
});

test('the command of the unit is one that a shell can read', () => {
  const [, script = ''] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(unit) ?? [];

  const read = spawnSync('/bin/sh', ['-n', '-c', script.replaceAll('$$', '$')], { encoding: 'utf8' });

  expect([read.status, read.stderr]).toEqual([0, '']);
  expect(script).toContain('dist/main.js serve');
});

test('the image is built from an image that is named by the builder, as nobody in particular', () => {
  const from = [...container.matchAll(/^FROM (\S+)/gm)].map(found => found[1]);

  expect(from).toEqual(['${NODE_IMAGE}', '${NODE_IMAGE}']);
  expect(container).toMatch(/^USER resurgam$/m);
  expect(container).toContain(`EXPOSE ${DEFAULT_PORT}\n`);
  expect(container).toContain('@sha256:<digest>');
});

test('everything that the image copies is in the checkout', () => {
  const copied = [...container.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) => names.split(' '));

  expect(copied.length).toBeGreaterThan(4);
  expect(copied.filter(name => !existsSync(CHECKOUT + name))).toEqual([]);
});
