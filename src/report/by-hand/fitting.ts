import type { ConsistencyCheck } from '../../plan/plan.ts';
import { sqlLines } from './sql.ts';
import type { HandSource, HandStep } from './view.ts';

type References = Extract<ConsistencyCheck, { readonly kind: 'references' }>;
type Position = Extract<ConsistencyCheck, { readonly kind: 'position' }>;

/** Whether what one component says holds in another one. */
export function fitting(source: HandSource, check: ConsistencyCheck): HandStep {
  const optional = check.required ? [] : ['The system can be used without it.'];
  const { said, lines } = check.kind === 'references' ? references(source, check) : position(source, check);
  return { name: check.name, said: [...said, ...optional], code: lines.length === 0 ? null : lines.join('\n'), took: null };
}

interface Asked {
  readonly said: readonly string[];
  readonly lines: readonly string[];
}

function references(source: HandSource, check: References): Asked {
  const { of, existsIn, as, others } = check;
  const said = [
    `Every row that ${of} gives must be found in ${existsIn}${as === null && check.digests !== 0 ? ', with its digest' : ''}. If all fits, a count alone is printed, else what does not fit.`,
    ...(others === null ? [] : [`Files of ${existsIn} without a row are not looked for here.`]),
  ];
  const rows = sqlLines(source, of, { query: check.each });
  if (rows.length === 0) return { said, lines: [] };
  return { said, lines: [...into(rows, 'asked'), ...(as === null ? againstFiles(check) : againstRows(source, existsIn, as)), ...VERDICT] };
}

/** Sends what a program prints into a file. */
function into(lines: readonly string[], file: string): readonly string[] {
  return lines.map(line => (line.endsWith("<<'SQL'") ? `${line} > "$RECOVERED/${file}"` : line));
}

const VERDICT = ['wc -l < "$RECOVERED/asked"', 'test ! -s "$RECOVERED/misfits" || { head "$RECOVERED/misfits"; false; }'];

function againstFiles({ existsIn, strip, below, digests }: References): readonly string[] {
  const folder = ['$RECOVERED', existsIn, ...(below === null ? [] : [inQuotes(below).replace(/\/$/, '')])].join('/');
  const name = strip === null ? '$NAME' : `\${NAME#"${inQuotes(strip)}"}`;
  return [
    `while IFS=$'\\t' read -r NAME DIGEST; do FILE="${folder}/${name}"`,
    ...(digests === 0 ? [] : ['  case ${#DIGEST} in 32) SUM=md5sum ;; 40) SUM=sha1sum ;; 64) SUM=sha256sum ;; *) SUM= ;; esac']),
    '  if [ ! -f "$FILE" ]; then echo "not there: $NAME"',
    ...(digests === 0 ? [] : ['  elif [ -n "$SUM" ] && ! echo "$DIGEST  $FILE" | $SUM --status -c; then echo "another one: $NAME"']),
    '  fi',
    'done < "$RECOVERED/asked" > "$RECOVERED/misfits"',
  ];
}

function againstRows(source: HandSource, existsIn: string, as: string): readonly string[] {
  return [
    ...into(sqlLines(source, existsIn, { query: as }), 'there'),
    'comm -23 <(sort -u "$RECOVERED/asked") <(sort -u "$RECOVERED/there") > "$RECOVERED/misfits"',
  ];
}

/** Inside of double quotes of the shell. */
function inQuotes(text: string): string {
  return text.replaceAll(/["$`\\]/g, String.raw`\$&`);
}

function position(source: HandSource, { of, highest, notBeyond: { component, query } }: Position): Asked {
  const said = [`The position of ${of} must not be beyond what ${component} knows.`];
  const [ours, theirs] = [sqlLines(source, of, { query: highest }), sqlLines(source, component, { query })];
  if (ours.length === 0 || theirs.length === 0) return { said, lines: [] };
  return {
    said,
    lines: [
      ...['HIGHEST="$(', ...ours, ')"', 'KNOWN="$(', ...theirs, ')"'],
      `echo "$HIGHEST of ${of}, $KNOWN of ${component}" && test "$HIGHEST" -le "$KNOWN"`,
    ],
  };
}
