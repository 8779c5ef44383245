/** A name as it stands in a statement. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
