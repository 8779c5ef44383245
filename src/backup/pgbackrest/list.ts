import { finding, type Finding } from '../../finding/finding.ts';
import { isCode, stat } from '../../system/files.ts';
import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import { BackupError, type Listing, type RecoveryPoint, type StoreAccess } from '../backup.ts';
import { bucketOf } from '../dump-files/place-options.ts';
import { needPgBackRest } from './command.ts';
import { catalogueOf, type Stanza } from './catalogue.ts';
import { readOptions, repositoriesOf, type Repository } from './options.ts';
import { pointsOf } from './points.ts';

/** Every backup of the stanza in every repository, and how far each archive leads. Reads only. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  await needPgBackRest(stop);
  const points: RecoveryPoint[] = [];
  const findings: Finding[] = [];
  let looked = 0;
  for (const repository of repositoriesOf(readOptions(access.section))) {
    await needFolder(repository);
    const stanza = await catalogueOf(access, repository, stop);
    const found = await pointsOf({ access, repository, stanza }, stop);
    points.push(...found.points);
    findings.push(...found.findings, ...withPageErrors(stanza));
    looked += found.looked;
  }
  const said = onlyOfNewest(findings);
  return {
    points: newestFirst(points),
    findings: [...said, ...checkListing({ section: access.section, points, now: access.now() })],
    looked,
  };
}

/** Of several repositories each may say the same. */
function onlyOfNewest(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((found, at) => findings.findIndex(other => other.code === found.code) === at);
}

async function needFolder({ repository: path }: Repository): Promise<void> {
  if (bucketOf(path) !== undefined) return;
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (cause) {
    if (!isCode(cause, 'ENOENT') && !isCode(cause, 'ENOTDIR'))
      throw new BackupError('store-unreadable', `${path} could not be read`, { hint: 'Let the user who runs Resurgam read it.', cause });
  }
  throw new BackupError('store-missing', `there is no repository at ${path}`, {
    hint: 'Check `repository` in the plan, and whether the file system is mounted.',
  });
}

/** The tool goes on over a damaged page of the source, ends with 0, and notes it here alone. */
function withPageErrors({ backup }: Stanza): readonly Finding[] {
  const newest = backup.at(-1);
  if (newest?.error !== true) return [];
  return [finding('backup.page-errors', 'failed', { probe: 'backup' })];
}
