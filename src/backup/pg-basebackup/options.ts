import type { z } from 'zod';
import { pathOption } from '../../plan/values.ts';
import { recoveryOptions, type RecoveryOptions } from '../recovery-options.ts';

/** The keys of its `backup:` block beside those that every tool has. */
export const options = {
  from: pathOption().meta({ description: 'Folder of base backups that pg_basebackup wrote (plain or tar), or one of them.' }),
  wal: pathOption().optional().meta({ description: 'Folder into which archive_command copies the write-ahead log; also compressed.' }),
  tablespaces: pathOption()
    .optional()
    .meta({ description: 'Folder in which the tablespaces of plain base backups lie, if that is not below `from`.' }),
  ...recoveryOptions,
} satisfies z.ZodRawShape;

/** The validated block. */
export interface BaseBackupOptions extends RecoveryOptions {
  readonly from: string;
  readonly wal?: string;
  readonly tablespaces?: string;
}

/** The plan's loader has validated them. */
export function readOptions(section: { readonly options: Readonly<Record<string, unknown>> }): BaseBackupOptions {
  return section.options as unknown as BaseBackupOptions;
}
