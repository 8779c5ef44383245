import type { BackupTool } from './backup.ts';
import { mariabackup } from './mariabackup/tool.ts';
import { mariadbDump } from './mariadb-dump/tool.ts';
import { pgDump } from './pg-dump/tool.ts';
import { resurgamState } from './resurgam-state/tool.ts';

/** Every backup tool there is: the only line outside its folder that a new one needs. */
export const all = [pgDump, mariadbDump, mariabackup, resurgamState] satisfies readonly BackupTool[];
