import { ofAnyBackup } from './any-backup.ts';
import { ofFiles } from './files.ts';
import { ofMariaDb } from './mariadb.ts';
import type { Modes } from './mode.ts';
import { ofPostgres } from './postgres.ts';
import { ofSystems } from './systems.ts';

/** Every known way in which backups go wrong, with the tests that make it go wrong. */
export const modes: Modes = { ...ofAnyBackup, ...ofPostgres, ...ofMariaDb, ...ofFiles, ...ofSystems };
