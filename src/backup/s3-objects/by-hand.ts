import type { BackupSection } from '../../plan/plan.ts';
import { awsWords, handFolder, quoted, type ByHand, type HandPlace } from '../by-hand.ts';
import { bucketOf } from '../dump-files/place-options.ts';
import { readOptions, type ObjectsOptions } from './options.ts';

/** Each object becomes a file: as it is, or as it was, if the bucket keeps versions. */
export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const options = readOptions(section);
  const place = `${options.from.replace(/\/$/, '')}/`;
  const folder = handFolder(component);
  const aws = awsWords(options);
  const digests = options.digests === undefined ? [] : [`(cd ${folder} && sha256sum --quiet -c ${quoted(options.digests)})`];
  return {
    fetch: [`aws s3 ls --recursive --summarize${aws} ${quoted(place)} | tail -n 20`],
    restore: [
      `mkdir -p ${folder}`,
      ...(options.at === undefined
        ? [`aws s3 sync --no-progress --only-show-errors${aws} ${quoted(place)} ${folder}/`]
        : asOf(options, options.at, folder)),
      ...digests,
    ],
    remarks: [
      'Needed: the AWS command line (awscli) and a way to the store; where it is another one than Amazon, the address is in the commands.',
      ...(options.at === undefined
        ? ['What was replaced or deleted by mistake comes back as it is now: for another moment set `at` in the plan and print again.']
        : []),
    ],
  };
}

function asOf(options: ObjectsOptions, at: string, folder: string): readonly string[] {
  const { bucket = '', prefix = '' } = bucketOf(options.from) ?? {};
  const below = prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`;
  const moment = new Date(at).toISOString().slice(0, 19);
  const api = (words: string): string => `aws s3api ${words} --bucket ${quoted(bucket)}${awsWords(options)}`;
  const choose = `[((.Versions // [])[]), ((.DeleteMarkers // [])[] | .Gone = true)] | map(select(.LastModified[0:19] <= "${moment}")) | group_by(.Key) | map(max_by(.LastModified)) | .[] | select(.Gone | not) | [.Key, .VersionId] | @tsv`;
  return [
    `${api('list-object-versions')} --prefix ${quoted(below)} --output json | jq -r '${choose}' > "$RECOVERED/versions"`,
    `while IFS=$'\\t' read -r KEY VERSION; do FILE=${folder}/"\${KEY#${below}}"`,
    `  mkdir -p "$(dirname "$FILE")" && ${api('get-object')} --key "$KEY" --version-id "$VERSION" "$FILE" > /dev/null || break`,
    'done < "$RECOVERED/versions"',
    `test "$(find ${folder} -type f | wc -l)" = "$(wc -l < "$RECOVERED/versions")"`,
  ];
}
