/**
 * Id of a recovery point, such as `dump-20261101T020000Z-4fd2ab90c1e7`: of what kind it is, of which moment (ISO, UTC; `null`: unknown), and
 * a pseudonym of what makes it this one. It sorts by time and says nothing that a path or a name could give away.
 */
export function pointId(kind: string, at: string | null, pseudonym: string): string {
  return `${kind}-${at === null ? 'unknown' : momentStamp(at)}-${pseudonym.slice(0, 12)}`;
}

/** `20261101T020000Z`: a moment as it stands in ids. */
export function momentStamp(at: string): string {
  return at.replaceAll(/[-:]|\.\d+/g, '');
}
