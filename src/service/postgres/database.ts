import type { Pool } from './pool.ts';

/** The database into which everything is restored, unless the backup makes one itself. */
export const RESTORED = 'restored';

export interface MadeDatabase {
  /** The locale that the backup names is not on this machine: the order of text differs from the source. */
  readonly localeMissing: boolean;
}

/** Makes the empty database with encoding and locale as the backup says them, or as near to them as this machine can. Throws ServiceError. */
export async function makeDatabase(pool: Pool, settings: Readonly<Record<string, string>>, major: number): Promise<MadeDatabase> {
  const encoding = /^[A-Za-z0-9_-]+$/.test(settings['encoding'] ?? '') ? (settings['encoding'] ?? 'UTF8') : 'UTF8';
  const wanted = localeOptions(settings, major);
  const plainer = ["lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'", "lc_collate 'C' lc_ctype 'C'"];
  const tries = wanted === undefined ? plainer : [wanted, ...plainer];
  let last: unknown;
  for (const options of tries) {
    try {
      await ask(pool, `create database ${RESTORED} template template0 encoding ${literal(encoding)} ${options}`);
      return { localeMissing: wanted !== undefined && options !== wanted };
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

async function ask(pool: Pool, text: string): Promise<void> {
  await pool.ask('postgres', { question: { text, rows: 1, timeLimitMs: 120_000 }, before: [], after: undefined });
}

/** `undefined`: the backup says none. What this major does not know is left out. */
function localeOptions(settings: Readonly<Record<string, string>>, major: number): string | undefined {
  const { locale, lcCollate = locale, lcCtype = locale, localeProvider, icuLocale, icuRules, builtinLocale } = settings;
  const parts: string[] = [];
  if (localeProvider !== undefined && localeProvider !== 'libc' && major >= 15) {
    parts.push(`locale_provider ${localeProvider === 'icu' ? 'icu' : 'builtin'}`);
    if (icuLocale !== undefined) parts.push(`icu_locale ${literal(icuLocale)}`);
    if (icuRules !== undefined && major >= 16) parts.push(`icu_rules ${literal(icuRules)}`);
    if (builtinLocale !== undefined && major >= 17) parts.push(`builtin_locale ${literal(builtinLocale)}`);
  }
  if (lcCollate !== undefined) parts.push(`lc_collate ${literal(lcCollate)}`);
  if (lcCtype !== undefined) parts.push(`lc_ctype ${literal(lcCtype)}`);
  return parts.length === 0 ? undefined : parts.join(' ');
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
