import type { BackupSection } from '../../plan/plan.ts';
import { HAND_CLUSTER, handFolder, quoted, type ByHand, type HandPlace } from '../by-hand.ts';
import { targetOf } from '../recovery-options.ts';
import { readOptions, repositoriesOf, type PgBackRestOptions, type Repository } from './options.ts';

/** pgBackRest itself writes the settings by which the server replays the log when it is started. */
export function byHand(section: BackupSection, { component, major }: HandPlace): ByHand {
  const options = readOptions(section);
  const folder = handFolder(component);
  const pgbackrest = ['pgbackrest', `--stanza=${quoted(options.stanza)}`, ...repositoriesOf(options).flatMap(settingsOf)].join(' ');
  const bin = `/usr/lib/postgresql/${String(major ?? 'VERSION')}/bin`;
  return {
    fetch: [`${pgbackrest} info`],
    restore: [
      `install -d -m 700 -o postgres -g postgres ${folder}`,
      `runuser --whitelist-environment="$(env | grep -o '^PGBACKREST_[A-Z0-9_]*' | paste -sd,)" -u postgres -- ${pgbackrest} --pg1-path=${folder}${targetWords(options)} restore`,
    ],
    start: [`runuser -u postgres -- ${bin}/pg_ctl -w -t 86400 -D ${folder} -l ${folder}/recovery.log start`, ...HAND_CLUSTER],
    remarks: [
      'Settings that lie outside of the data folder (Debian: /etc/postgresql) are not in the backup: bring them back from where they are kept, or use the defaults.',
    ],
  };
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
  const value = target.to === 'time' ? target.at : target.to === 'lsn' ? target.lsn : target.name;
  return ` --type=${target.to} --target=${quoted(value)} --target-action=promote${timeline}`;
}
