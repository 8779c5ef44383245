/** One lexical unit of a statement; `from` and `to` are its place in the text. */
export interface Token {
  /** `word`: unquoted, in small letters; `name`: in double quotes, opened; `string`: a literal, opened; `mark`: one other character. */
  readonly kind: 'word' | 'name' | 'string' | 'mark';
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const PATTERN =
  /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<escaped>[eE]'(?:[^'\\]|\\[\s\S]|'')*')|(?<string>'(?:[^']|'')*')|(?<dollar>\$(?<tag>[A-Za-z_\x80-\uffff]*)\$[\s\S]*?\$\k<tag>\$)|(?<name>"(?:[^"]|"")*")|(?<word>[A-Za-z_\x80-\uffff][A-Za-z0-9_$\x80-\uffff]*|\d[\w.]*)|(?<mark>[\s\S])/gu;

/** The tokens of one short statement, without comments and spaces. For names and key words; no text of it is ever recorded. */
export function tokensOf(statement: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of statement.matchAll(PATTERN)) {
    const groups = match.groups ?? {};
    const place = { from: match.index, to: match.index + match[0].length };
    if (groups['word'] !== undefined) tokens.push({ kind: 'word', text: groups['word'].toLowerCase(), ...place });
    else if (groups['name'] !== undefined) tokens.push({ kind: 'name', text: groups['name'].slice(1, -1).replaceAll('""', '"'), ...place });
    else if (groups['string'] !== undefined)
      tokens.push({ kind: 'string', text: groups['string'].slice(1, -1).replaceAll("''", "'"), ...place });
    else if (groups['escaped'] !== undefined || groups['dollar'] !== undefined) tokens.push({ kind: 'string', text: '', ...place });
    else if (groups['mark'] !== undefined) tokens.push({ kind: 'mark', text: groups['mark'], ...place });
  }
  return tokens;
}

/** Whether the tokens from `at` on are these words; `|` parts alternatives: `matches(tokens, 0, 'create', 'user|role')`. */
export function matches(tokens: readonly Token[], at: number, ...words: readonly string[]): boolean {
  return words.every((word, index) => {
    const token = tokens[at + index];
    return token !== undefined && token.kind !== 'string' && token.kind !== 'name' && word.split('|').includes(token.text);
  });
}

/** Place of the first of these words at the statement's outermost level, or -1. */
export function find(tokens: readonly Token[], from: number, words: string): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    if (depth === 0 && matches(tokens, at, words)) return at;
    if (matches(tokens, at, '(')) depth += 1;
    if (matches(tokens, at, ')')) depth -= 1;
  }
  return -1;
}

/** The identifier at `at`, or undefined. */
export function identifierAt(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at];
  return token?.kind === 'word' || token?.kind === 'name' ? token.text : undefined;
}

/** The possibly qualified name at `at`, its parts joined by dots, and the place after it. */
export function nameAt(tokens: readonly Token[], at: number): { readonly name: string; readonly next: number } | undefined {
  const parts: string[] = [];
  let next = at;
  for (;;) {
    const part = identifierAt(tokens, next);
    if (part === undefined) return undefined;
    parts.push(part);
    next += 1;
    if (!matches(tokens, next, '.')) return { name: parts.join('.'), next };
    next += 1;
  }
}

/** `schema.table` into which a `COPY … FROM stdin` loads; undefined for every other statement. */
export function copyTarget(tokens: readonly Token[]): string | undefined {
  if (!matches(tokens, 0, 'copy')) return undefined;
  const target = nameAt(tokens, 1);
  if (target === undefined) return undefined;
  const from = find(tokens, target.next, 'from');
  return from !== -1 && matches(tokens, from + 1, 'stdin') ? target.name : undefined;
}

/** A COPY that runs a program or reads or writes a file of the server's machine. */
export function copyReachesOut(tokens: readonly Token[]): boolean {
  if (!matches(tokens, 0, 'copy')) return false;
  const way = find(tokens, 1, 'from|to');
  return way !== -1 && (matches(tokens, way + 1, 'program') || tokens[way + 1]?.kind === 'string');
}

/** An identifier as SQL text. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
