import { traitsOf } from '../../backup/backup.ts';
import { quoted } from '../../backup/by-hand.ts';
import { databaseOf, turnTo } from './database.ts';
import type { HandSource } from './view.ts';

type Named = Pick<HandSource, 'components' | 'tools'>;

interface Question {
  readonly query: string;
  /** Values of `with:`. */
  readonly set?: unknown;
}

/** What asks a component that speaks SQL: a line for each row, its values apart by tabs. None if it speaks none. */
export function sqlLines(source: Named, component: string, { query, set }: Question): readonly string[] {
  const program = programOf(source, component, Object.entries((set ?? {}) as Readonly<Record<string, unknown>>));
  if (program === undefined) return [];
  return [...turnTo(source, component), `${program} <<'SQL'`, `${query.trim().replace(/;$/, '')};`, 'SQL'];
}

function programOf(source: Named, component: string, set: readonly (readonly [string, unknown])[]): string | undefined {
  const values = set.map(([name, value]) => ` -v ${name}=${quoted(String(value))}`).join('');
  const programs: Readonly<Record<string, string>> = {
    postgres: `psql -X -A -t -F $'\\t' -v ON_ERROR_STOP=1${values} -d ${databaseOf(source, component)}`,
    sqlite: `sqlite3 -separator $'\\t' "$RECOVERED/${component}/${component}.db"`,
    mariadb: mariadbProgram(source, component),
  };
  return programs[engineOf(source, component)];
}

/** Restored files bring their schemas, and no question names one of them for all. */
function mariadbProgram(source: Named, name: string): string {
  const place = traits(source, name)?.restoresInto === 'files' ? `--socket="$RECOVERED/${name}-server/socket"` : quoted(name);
  return `mariadb --batch --skip-column-names ${place}`;
}

function engineOf(source: Named, name: string): string {
  return source.components.find(one => one.name === name)?.service?.engine ?? traits(source, name)?.engine ?? '';
}

function traits({ components, tools }: Named, name: string): ReturnType<typeof traitsOf> | undefined {
  const backup = components.find(one => one.name === name)?.backup ?? null;
  const tool = tools.get(backup?.tool ?? '');
  return tool === undefined ? undefined : traitsOf(tool, backup);
}
