const SECRET_KEY = /pass|secret|token|credential|key|dsn/i;
const SECRET_ON_LINE = /([\w-]*(?:pass|secret|token|credential|key|dsn)[\w-]*["']?\s*:(?:\s|$)).*$/i;
const USER_INFO = /(\/\/)[^/\s@"']+@/g;
const LONGEST = 160;

/** Whether a value under such a key may be a secret, whatever the schema says: it is then never repeated. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** The line without what may be a secret: everything after such a key, and what stands before the @ of an address. */
export function safeLine(line: string): string {
  return shorten(line.replace(SECRET_ON_LINE, '$1…').replace(USER_INFO, '$1…@'));
}

/** The line up to the end of its first key: for text that could not be read as YAML, where nobody knows what is a value. Undefined without a key. */
export function keyOnly(line: string): string | undefined {
  const found = /^\s*(?:- )*\s*[\w.-]+\s*:(?=\s|$)/.exec(line);
  return found === null ? undefined : `${shorten(found[0])}${line.length > found[0].length ? ' …' : ''}`;
}

/** What was found, as a message names it: text in quotes, shortened, on one line, without the user part of an address. */
export function sayText(text: string): string {
  const safe = text.replace(USER_INFO, '$1…@');
  const short = safe.length > 60 ? `${safe.slice(0, 57)}…` : safe;
  return JSON.stringify(short).replaceAll(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, '?');
}

function shorten(line: string): string {
  const plain = line.replaceAll(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069]/gu, character => (character === '\t' ? ' ' : '?'));
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST - 1)}…` : plain;
}
