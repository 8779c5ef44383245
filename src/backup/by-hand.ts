import type { SecretReference } from '../plan/plan.ts';

/** What a person types to bring a component back without Resurgam: lines for bash, in the order in which they are typed. */
export interface ByHand {
  readonly fetch: readonly string[];
  readonly restore: readonly string[];
  /** What starts a server over it, if the restore alone does not. */
  readonly start?: readonly string[];
  readonly startRemarks?: readonly string[];
  /** Sentences for what no command of the restore says. */
  readonly remarks: readonly string[];
  /** By which word of the shell questions name its database; default: the name of the component. */
  readonly database?: string;
  /** Sentences for when all questions were answered and people are let in. */
  readonly afterwards?: readonly string[];
}

/** For which component the lines are, and of which major version its server is, if that is known. */
export interface HandPlace {
  readonly component: string;
  readonly major: number | null;
  /** Its own of 127.0.0.1, if it is a server that is started over restored files. */
  readonly port: number;
  /** The one of its databases that the plan names. */
  readonly database: string | null;
}

/** Files beside dumps that are none. */
const BESIDE = ['*.sha256', '*.sha256sum', '*.json', '*.log', '*.tmp', '*.part', '*.partial'];

/** Typed once at the beginning: the place, which servers that run as users of their own must get through, and functions for the lines of every tool. */
export const HAND_PREPARE: readonly string[] = [
  `trap 'echo "STOP: this failed: $BASH_COMMAND" >&2' ERR`,
  'cd / && umask 022 && set -o pipefail',
  'export RECOVERED="${RECOVERED:-/srv/recovered}"',
  'install -d -m 711 "$RECOVERED"',
  String.raw`oldest_first() { find "$@" -type f ${BESIDE.map(name => `! -iname '${name}'`).join(' ')} -printf '%T@ %p\n' | sort -n | cut -d ' ' -f 2-; }`,
  'newest() { oldest_first "$@" | tail -n 1; }',
  'opened() { case "$1" in *.gz) gzip -dc "$1" ;; *.zst) zstd -dc "$1" ;; *.lz4) lz4 -dc "$1" ;; *.xz) xz -dc "$1" ;; *.bz2) bzip2 -dc "$1" ;; *) cat "$1" ;; esac; }',
];

/** One word for the shell, whatever is in it. */
export function quoted(text: string): string {
  return /^[\w./:=@,+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Where a component that consists of files is brought back to. */
export function handFolder(component: string): string {
  return `"$RECOVERED/${component}"`;
}

/** Waits until somebody listens on a port of 127.0.0.1, for so many seconds; the last program of the line says whether. */
export function untilListens(port: number, seconds: number): string {
  const reached = `(: < /dev/tcp/127.0.0.1/${String(port)}) 2> /dev/null`;
  return `for TRY in $(seq ${String(seconds)}); do ${reached} && break; sleep 1; done; ${reached}`;
}

/** Takes a secret from where it is kept into a variable, without showing it. */
export function takeSecret(variable: string, reference: SecretReference): string {
  if ('file' in reference) return `export ${variable}="$(cat ${quoted(reference.file)})"`;
  if ('command' in reference) return `export ${variable}="$(${reference.command.map(quoted).join(' ')})"`;
  return reference.env === variable ? `: "\${${variable}:?}"` : `export ${variable}="\${${reference.env}:?}"`;
}

interface DumpPlace {
  readonly from: string;
  readonly pattern?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
}

/** How the AWS command line reaches a bucket. */
export function awsWords({ endpoint, region }: Pick<DumpPlace, 'endpoint' | 'region'>): string {
  return `${endpoint === undefined ? '' : ` --endpoint-url ${quoted(endpoint)}`} --region ${quoted(region ?? 'us-east-1')}`;
}

/** Sets BACKUP to the newest file of a folder or bucket; `not` are names of what is something else. */
export function takeNewest(place: DumpPlace, not: readonly string[] = []): readonly string[] {
  if (place.from.startsWith('s3://')) return takeFromBucket(place, [...BESIDE, ...not]);
  const matching = place.pattern === undefined ? '' : ` -path ${quoted(`${place.from}/${place.pattern.replaceAll('**/', '*')}`)}`;
  const excluded = not.map(name => ` ! -iname ${quoted(name)}`).join('');
  return [`BACKUP=$(newest ${quoted(place.from)}${matching}${excluded})`, 'test -n "$BACKUP" && ls -l "$BACKUP"'];
}

function takeFromBucket({ from, ...store }: DumpPlace, names: readonly string[]): readonly string[] {
  const at = awsWords(store);
  const [bucket = ''] = from.slice('s3://'.length).split('/');
  const excluded = names.map(name => name.replaceAll('*', '').replaceAll('.', String.raw`\.`)).join('|');
  return [
    `KEY=$(aws s3 ls --recursive${at} ${quoted(`${from.replace(/\/$/, '')}/`)} | grep -viE ${quoted(excluded)} | sort | tail -n 1 | sed -E 's/^\\S+ +\\S+ +[0-9]+ //')`,
    'mkdir -p "$RECOVERED/fetched"',
    `aws s3 cp${at} "s3://${bucket}/$KEY" "$RECOVERED/fetched/"`,
    'BACKUP="$RECOVERED/fetched/$(basename "$KEY")" && ls -l "$BACKUP"',
  ];
}
