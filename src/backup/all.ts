import { archive } from './archive/tool.ts';
import { tree } from './archive/tree.ts';
import type { BackupTool } from './backup.ts';
import { barman } from './pg-basebackup/barman.ts';
import { borg } from './borg/tool.ts';
import { command } from './command/tool.ts';
import { ldif } from './ldif/tool.ts';
import { mariabackup } from './mariabackup/tool.ts';
import { mariadbDump } from './mariadb-dump/tool.ts';
import { pgBasebackup } from './pg-basebackup/tool.ts';
import { pgDump } from './pg-dump/tool.ts';
import { pgBackRest } from './pgbackrest/tool.ts';
import { restic } from './restic/tool.ts';
import { resurgamState } from './resurgam-state/tool.ts';
import { s3Objects } from './s3-objects/tool.ts';
import { sqlite } from './sqlite/tool.ts';

/** Every backup tool there is: the only line outside its folder that a new one needs. */
export const all = [
  archive,
  barman,
  borg,
  command,
  ldif,
  mariabackup,
  mariadbDump,
  pgBackRest,
  pgBasebackup,
  pgDump,
  restic,
  resurgamState,
  sqlite,
  tree,
  // Any bucket may be one: `init` asks it last.
  s3Objects,
] satisfies readonly BackupTool[];
