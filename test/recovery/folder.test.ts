import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyBeside, putInPlace, removePart } from '../../src/recovery/folder.ts';

const stop = new AbortController().signal;
const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let place: string;
let from: string;
let folder: string;

beforeEach(() => {
  place = mkdtempSync('/tmp/rsg-folder-');
  from = join(place, 'restored');
  folder = join(place, 'target/files');
  mkdirSync(from);
  writeFileSync(join(from, 'letter'), 'Dear patient');
});
afterEach(() => rmSync(place, { recursive: true }));

test('until the last move nothing is in place, and the move can be made again and again', async () => {
  await copyBeside({ from, folder }, stop);
  const before = readdirSync(join(place, 'target'));
  for (let times = 0; times < 3; times += 1) await putInPlace(folder);

  expect([before, readdirSync(join(place, 'target'))]).toEqual([['files.resurgam-part'], ['files']]);
  expect(readFileSync(join(folder, 'letter'), 'utf8')).toBe('Dear patient');
});

test('a folder that a person made keeps its mode, but that of a server is never open to everybody', async () => {
  const made = join(place, 'made');
  for (const path of [folder, made]) mkdirSync(path, { recursive: true, mode: 0o755 });

  await copyBeside({ from, folder }, stop);
  await copyBeside({ from, folder: made, owner: self, mode: 0o700 }, stop);
  for (const path of [folder, made]) await putInPlace(path);

  expect([folder, made].map(path => (statSync(path).mode & 0o777).toString(8))).toEqual(['755', '750']);
});

test('a copy that cannot be completed is taken away, and so is one that is given up', async () => {
  const complete = (): Promise<void> => Promise.reject(new Error('not complete'));

  await expect(copyBeside({ from, folder, complete }, stop)).rejects.toThrow('not complete');
  const afterFailure = readdirSync(join(place, 'target'));
  await copyBeside({ from, folder }, stop);

  expect([afterFailure, await removePart(folder), await removePart(folder), readdirSync(join(place, 'target'))]).toEqual([
    [],
    true,
    false,
    [],
  ]);
});
