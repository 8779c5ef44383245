/** Says whether a name (`schema.table`) is covered by one of the plan's globs: `*` is any text, everything else is meant as it stands. */
export function ignoring(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map(glob => new RegExp(`^${glob.split('*').map(escape).join('[^]*')}$`));
  return name => patterns.some(pattern => pattern.test(name));
}

function escape(text: string): string {
  return text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
}
