import { BackupError, type StoreAccess } from '../backup.ts';
import { bucketOf } from '../dump-files/place-options.ts';
import { passVariable, secretsOf, variable, type Repository } from './options.ts';

const AWS_REGION = 'us-east-1';

/** Where a repository is, in pgBackRest's own words. */
export function settingsOf(repository: Repository): Readonly<Record<string, string>> {
  const { number, cipherPass } = repository;
  const bucket = bucketOf(repository.repository);
  const said = bucket === undefined ? { PATH: repository.repository } : bucketSettings(repository, bucket);
  const all = { ...said, ...(cipherPass === undefined ? {} : { CIPHER_TYPE: 'aes-256-cbc' }) };
  return Object.fromEntries(Object.entries(all).map(([option, value]) => [variable(number, option), value]));
}

interface Bucket {
  readonly bucket: string;
  readonly prefix: string;
}

function bucketSettings({ endpoint, region = AWS_REGION, pathStyle, ca }: Repository, { bucket, prefix }: Bucket): Record<string, string> {
  const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  return {
    TYPE: 's3',
    PATH: `/${prefix.replace(/\/+$/, '')}`,
    S3_BUCKET: bucket,
    S3_REGION: region,
    S3_ENDPOINT: url.hostname,
    S3_URI_STYLE: (pathStyle ?? endpoint !== undefined) ? 'path' : 'host',
    ...(url.port === '' ? {} : { STORAGE_PORT: url.port }),
    ...(ca === undefined ? {} : { STORAGE_CA_FILE: ca }),
  };
}

/** Every secret of it. Throws BackupError `credentials-refused` for one that is empty, or a bucket without keys. */
export function secretsIn({ env }: StoreAccess, repository: Repository): Readonly<Record<string, string>> {
  if (bucketOf(repository.repository) !== undefined && repository.credentials === undefined)
    throw new BackupError('credentials-refused', `there are no keys for ${repository.repository}`, {
      hint: 'Say in the plan where they are kept: `credentials: { accessKeyId: …, secretAccessKey: … }`.',
    });
  const names = Object.keys(secretsOf(repository));
  const empty = names.find(name => (env[name] ?? '') === '');
  if (empty !== undefined)
    throw new BackupError(
      'credentials-refused',
      `the ${empty === passVariable(repository.number) ? 'passphrase' : 'key'} of the repository is empty`,
      {
        hint: 'See what `cipherPass` and `credentials` of the plan refer to.',
      },
    );
  return Object.fromEntries(names.map(name => [name, env[name] ?? '']));
}

/** Why a bucket did not answer, by pgBackRest's words. Undefined: it says nothing of a network. */
export function unreachableBucket(stderr: string, cause: Error): BackupError | undefined {
  const status = /HTTP request failed with (\d{3})/.exec(stderr)?.[1];
  if (status === '401' || status === '403')
    return new BackupError('credentials-refused', 'the object store refused the keys', {
      hint: 'See what `credentials` of the plan refer to, and what they may read.',
      cause,
    });
  if (status === '404' || stderr.includes('NoSuchBucket'))
    return new BackupError('store-missing', 'the object store knows no such bucket', {
      hint: 'Check `repository` and `endpoint` in the plan.',
      cause,
    });
  const isNetwork =
    status !== undefined ||
    /certificate|TLS error|unable to (?:connect|get address)|timeout (?:connecting|waiting)|HostConnect|unexpected eof/i.test(stderr);
  if (!isNetwork) return undefined;
  return new BackupError('network', 'the object store could not be reached, or its certificate is not known', {
    hint: 'Check `endpoint` (and `ca`) in the plan, and the network.',
    cause,
  });
}
