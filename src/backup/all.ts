import { archive } from './archive/tool.ts';
import { tree } from './archive/tree.ts';
import type { BackupTool } from './backup.ts';
import { pgDump } from './pg-dump/tool.ts';
import { resurgamState } from './resurgam-state/tool.ts';

/** Every backup tool there is: the only line outside its folder that a new one needs. */
export const all = [pgDump, resurgamState, archive, tree] satisfies readonly BackupTool[];
