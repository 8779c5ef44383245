import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Component } from '../../../src/plan/plan.ts';
import { SECRET_EXPECTED } from '../../../src/plan/values.ts';
import { options, remarks } from '../../../src/service/command/options.ts';

const keys = z.strictObject(options);

function refused(given: object): readonly string[] {
  const start = ['/usr/bin/python3'];
  return (keys.safeParse({ start, port: 8080, ...given }).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('a secret is a reference; whatever stands in its place is not repeated', () => {
  expect(refused({ environment: { DB_PASSWORD: { env: 'DB_PASSWORD' }, PASSWORD_FILE: '/x', PORT: 8080, DEBUG: true } })).toEqual([]);
  for (const environment of [{ DB_PASSWORD: 'hunter2' }, { API_KEY: 'hunter2' }, { DATABASE: 'postgres://app:hunter2@db/ehr' }])
    expect(refused({ environment })).toEqual([`environment.${Object.keys(environment)[0] ?? ''}: ${SECRET_EXPECTED}`]);
});

test('what cannot be started or asked is refused', () => {
  expect(refused({ start: ['python3'] })).toEqual(['start.0: expected the path of a program, such as /usr/bin/python3 or {files}/bin/app']);
  expect(refused({ port: 80 })).toEqual(['port: expected a port from 1024: no program of a sandbox may take a lower one']);
  expect(refused({ socket: '../out' })).toEqual(['socket: expected the name of a socket, such as app.sock']);
  expect(refused({ start: [] })).toHaveLength(1);
  expect(refused({ environment: { 'A-B': 1 } })).toHaveLength(1);
});

function remarked(service: object, more: Partial<Component> = {}): readonly string[] {
  const given = keys.parse({ start: ['/usr/bin/python3'], ...service });
  const component = {
    ...{ name: 'application', needs: ['database'], backup: null, runbook: null, probes: null, limits: null },
    service: { engine: 'command', version: null, options: given },
    ...more,
  };
  return remarks(component).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('words in braces must be of something that is there; other braces are left alone', () => {
  const environment = { A: '{database.socket} {"json": {}} {unknown}', B: '{port}' };

  expect(remarked({ port: 8080, environment })).toEqual([]);
  expect(remarked({ port: 8080, start: ['{files}/app', '{socket}', '{documents.files}'] })).toEqual([
    'start.0: {files} is the restored folder, and there is no backup: here',
    'start.1: {socket} is not said by the keys of this service',
    'start.2: {documents.files} is of a component that is not needed',
  ]);
});

test('something must tell when it is ready', () => {
  expect(remarked({})).toEqual([': nothing tells when the application is ready']);
  expect(remarked({ ready: { command: ['/bin/true'] } })).toEqual([]);
  expect(remarked({ port: 8080, socket: 'app.sock' })).toEqual(['socket: expected port: or socket:, found both']);
});
