import type { BackupSection } from '../../plan/plan.ts';
import { plainMoment, readableBy, startCluster } from '../by-hand-cluster.ts';
import { handFolder, quoted, type ByHand, type HandPlace } from '../by-hand.ts';
import { bucketOf } from '../dump-files/place-options.ts';
import { targetOf } from '../recovery-options.ts';
import { readOptions, repositoriesOf, type PgBackRestOptions, variable, type Repository } from './options.ts';

/** pgBackRest itself writes the settings by which the server replays the log when it is started. */
export function byHand(section: BackupSection, at: HandPlace): ByHand {
  const options = readOptions(section);
  const { component } = at;
  const folder = handFolder(component);
  const repositories = repositoriesOf(options);
  const pgbackrest = [
    'pgbackrest --no-config --log-level-file=off',
    `--stanza=${quoted(options.stanza)}`,
    ...repositories.flatMap(settingsOf),
  ];
  const places = `--pg1-path=${folder} --tablespace-map-all="$RECOVERED/${component}-tablespaces"`;
  return {
    fetch: [`${pgbackrest.join(' ')} info`],
    restore: [
      `install -d -m 700 ${folder} "$RECOVERED/${component}-tablespaces"`,
      `${pgbackrest.join(' ')} ${places}${targetWords(options)} restore`,
      `chown -R postgres:postgres ${folder} "$RECOVERED/${component}-tablespaces"`,
      ...repositories.flatMap(repository => logFor(repository, { component, stanza: options.stanza })),
    ],
    ...startCluster(at, repositories.flatMap(cipherOf)),
    remarks: [
      'The server itself fetches the archived log from the repository, as the user postgres: what he may not read there is copied first.',
    ],
  };
}

function logFor({ number, repository }: Repository, of: { readonly component: string; readonly stanza: string }): readonly string[] {
  if (bucketOf(repository) !== undefined) return [];
  const copy = `$RECOVERED/${of.component}-repository${String(number)}`;
  const named = repository.replaceAll(/[.[\]*^$\\|]/g, String.raw`\$&`);
  const then = [
    `sed -i ${quoted(`s|repo${String(number)}-path=${named}|repo${String(number)}-path=`)}"${copy}|" "$RECOVERED/${of.component}/postgresql.auto.conf"`,
  ];
  return readableBy('postgres', { from: `${repository}/archive/${of.stanza}`, copy: `"${copy}/archive/${of.stanza}"`, then });
}

/** Its own command in the server's settings does not say it. */
function cipherOf({ number, cipherPass }: Repository): readonly string[] {
  return cipherPass === undefined ? [] : [`${variable(number, 'CIPHER_TYPE')}=aes-256-cbc`];
}

function settingsOf({ number, repository, cipherPass, endpoint, ca, region, pathStyle }: Repository): readonly string[] {
  const repo = `--repo${String(number)}-`;
  const cipher = cipherPass === undefined ? [] : [`${repo}cipher-type=aes-256-cbc`];
  const bucket = /^s3:\/\/([^/]+)(\/.*)?$/.exec(repository);
  if (bucket === null) return [`${repo}path=${quoted(repository)}`, ...cipher];
  const [, name = '', path = '/'] = bucket;
  return [
    ...[`${repo}type=s3`, `${repo}s3-bucket=${quoted(name)}`, `${repo}path=${quoted(path)}`],
    ...[`${repo}s3-endpoint=${quoted(endpoint ?? 's3.amazonaws.com')}`, `${repo}s3-region=${quoted(region ?? 'us-east-1')}`],
    ...(ca === undefined ? [] : [`${repo}storage-ca-file=${quoted(ca)}`]),
    ...(pathStyle === false || endpoint === undefined ? [] : [`${repo}s3-uri-style=path`]),
    ...cipher,
  ];
}

function targetWords(options: PgBackRestOptions): string {
  const target = targetOf(options);
  const timeline = options.timeline === undefined ? '' : ` --target-timeline=${String(options.timeline)}`;
  if (target.to === 'newest' || target.to === 'consistent') return timeline;
  const value = target.to === 'time' ? plainMoment(target.at) : target.to === 'lsn' ? target.lsn : target.name;
  return ` --type=${target.to} --target=${quoted(value)} --target-action=promote${timeline}`;
}
