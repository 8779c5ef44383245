import type { BackupTool } from '../backup.ts';
import { PGBACKREST } from './command.ts';
import { fetch } from './fetch.ts';
import { list } from './list.ts';
import { options, passVariable, readOptions, repositoriesOf } from './options.ts';
import { recognise } from './recognise.ts';
import { restore } from './restore.ts';

/** Repositories of pgBackRest. */
export const pgBackRest: BackupTool = {
  name: 'pgbackrest',
  summary: 'pgBackRest repositories in a folder (full, differential, incremental; encrypted), to a point in time',
  // Its `info` says the size of the restored cluster; replaying makes files grow.
  traits: { reachesMoments: true, spaceFactor: 2, restoresInto: 'files', engine: 'postgres' },
  programs: [PGBACKREST],
  options,
  reach: section => {
    const repositories = repositoriesOf(readOptions(section));
    const secrets = repositories.flatMap(({ number, cipherPass }) =>
      cipherPass === undefined ? [] : [[passVariable(number), cipherPass] as const],
    );
    return { paths: repositories.map(({ path }) => path), network: false, secrets: Object.fromEntries(secrets) };
  },
  list,
  fetch,
  restore,
  recognise,
};
