import type { BackupTool } from './backup.ts';
import { borg } from './borg/tool.ts';
import { pgDump } from './pg-dump/tool.ts';
import { restic } from './restic/tool.ts';
import { resurgamState } from './resurgam-state/tool.ts';

/** Every backup tool there is: the only line outside its folder that a new one needs. */
export const all = [pgDump, restic, borg, resurgamState] satisfies readonly BackupTool[];
