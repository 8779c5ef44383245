const START = '\nignoring error for ';
const END = /\s*Fatal: There were (\d+) errors\s*$/;

/**
 * Whether all that a restore could not do says nothing of the backup: the first jail is one user, who may neither give files away nor make
 * devices. File names in what restic prints are hostile and may hold line breaks: only if the records add up to the number that it gives at
 * the end, nothing else was among them.
 */
export function setAside(stderr: string): boolean {
  const counted = Number(END.exec(stderr)?.[1] ?? Number.NaN);
  const records = `\n${stderr.replace(END, '')}`.split(START).slice(1);
  return counted === records.length && records.every(isOfOneUser);
}

function isOfOneUser(record: string): boolean {
  return /: (?:Lchown: lchown [\s\S]*: (?:invalid argument|operation not permitted)|operation not permitted)\s*$/.test(record);
}
