/** What stands where something secret was. */
const WITHHELD = '[withheld]';
/** Names of variables that hold secrets, or addresses with secrets in them. */
const SECRET_NAME = /pass|pwd|secret|token|key|credential|auth|cookie|dsn|(?:^|_)(?:ur[il]|conn|pat|pin)(?:$|_)|database_url|repository/i;
/** Settings of our own, and the folder that a program runs in, whose names look like it. */
const OPEN_NAMES: ReadonlySet<string> = new Set(['PWD', 'OLDPWD', 'RESURGAM_URL', 'RESURGAM_PLANS', 'RESURGAM_HOME', 'RESURGAM_PORT']);
/** Shorter values would also stand in innocent words. */
const SHORTEST = 4;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // The password of an address: scheme://user:password@host. A password may hold an @.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)\S*(?=@)/gi, `$1${WITHHELD}`],
  [/\b(pass(?:word|phrase)?|pwd|secret|token|api[_-]?key)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&,;]+)/gi, `$1$2${WITHHELD}`],
  [/\b(authorization:\s*(?:basic|bearer)\s+|bearer\s+)[A-Za-z0-9._~+/=-]+/gi, `$1${WITHHELD}`],
  [/\b(x-amz-(?:signature|credential|security-token)=)[^\s&]+/gi, `$1${WITHHELD}`],
];

/**
 * Takes out of a program's words what looks like a secret: values of variables of the environment whose names say so, passwords in
 * addresses and in `password=`. `isCut`: the text begins in the middle, so its first line goes, which may begin in the middle of a secret.
 */
export function scrub(text: string, env: Readonly<Record<string, string | undefined>>, isCut = false): string {
  let clean = isCut ? withoutFirstLine(text) : text;
  for (const secret of secretsOf(env)) clean = clean.replaceAll(secret, WITHHELD);
  for (const [pattern, replacement] of PATTERNS) clean = clean.replaceAll(pattern, replacement);
  return clean;
}

/** The longest first, so that nothing is left of one that holds another; of several lines each alone as well. */
function secretsOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const values = Object.entries(env).flatMap(([name, value]) => (value !== undefined && isSecret(name, value) ? [value] : []));
  const all = values.flatMap(value => [value, encodeURIComponent(value), ...value.split(/\r?\n/)]).map(value => value.trim());
  return [...new Set(all)].filter(value => value.length >= SHORTEST).sort((a, b) => b.length - a.length);
}

/** An address of ours in which somebody put a password counts as a secret in full. */
function isSecret(name: string, value: string): boolean {
  return OPEN_NAMES.has(name) ? /^[a-z][a-z0-9+.-]*:\/\/[^/\s]*:[^/\s]*@/i.test(value) : SECRET_NAME.test(name);
}

function withoutFirstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? '' : text.slice(end + 1);
}
