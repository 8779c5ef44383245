import { basename } from 'node:path/posix';

/** A pattern of a plan for paths below a place. `*` and `?` stay within a folder, `**` does not. Without a slash the pattern is for the name alone. */
export function patternMatcher(pattern: string | undefined): (path: string) => boolean {
  if (pattern === undefined) return () => true;
  const parts = pattern.split(/(\*\*\/|\*\*|\*|\?)/).map(part => WILD[part] ?? part.replaceAll(/[.+^${}()|[\]\\/]/g, String.raw`\$&`));
  const expression = new RegExp(`^${parts.join('')}$`, 's');
  return pattern.includes('/') ? path => expression.test(path) : path => expression.test(basename(path));
}

const WILD: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };
