import type { BackupTool, Reach } from '../backup.ts';
import { byHand } from './by-hand.ts';
import { bucketOf } from '../dump-files/place-options.ts';
import { PGBACKREST } from './command.ts';
import { fetch } from './fetch.ts';
import { list } from './list.ts';
import { options, readOptions, repositoriesOf, secretsOf } from './options.ts';
import { recognise } from './recognise.ts';
import { restore } from './restore.ts';

/** Repositories of pgBackRest. */
export const pgBackRest: BackupTool = {
  name: 'pgbackrest',
  summary: 'pgBackRest repositories in a folder or a bucket (full, differential, incremental; encrypted), to a point in time',
  // Its `info` says the size of the restored cluster; replaying makes files grow.
  traits: { reachesMoments: true, spaceFactor: 2, restoresInto: 'files', engine: 'postgres' },
  programs: [PGBACKREST],
  options,
  reach: section => {
    const repositories = repositoriesOf(readOptions(section));
    const places = repositories.flatMap(({ repository, ca }) =>
      bucketOf(repository) === undefined ? [repository] : ca === undefined ? [] : [ca],
    );
    return {
      paths: places,
      network: repositories.some(({ repository }) => bucketOf(repository) !== undefined),
      secrets: Object.assign({}, ...repositories.map(secretsOf)) as Reach['secrets'],
    };
  },
  list,
  fetch,
  restore,
  recognise,
  byHand,
};
