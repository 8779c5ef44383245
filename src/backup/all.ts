import type { BackupTool } from './backup.ts';
import { pgBasebackup } from './pg-basebackup/tool.ts';
import { pgDump } from './pg-dump/tool.ts';
import { pgBackRest } from './pgbackrest/tool.ts';
import { resurgamState } from './resurgam-state/tool.ts';

/** Every backup tool there is: the only line outside its folder that a new one needs. */
export const all = [pgDump, pgBasebackup, pgBackRest, resurgamState] satisfies readonly BackupTool[];
