import { readFile } from 'node:fs/promises';

/** Where something is mounted at or below a folder, as this process sees it, in the order in which it was mounted. */
export async function mountsBelow(folder: string): Promise<readonly string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const unescaped = (text: string): string =>
    text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
  return lines.map(line => unescaped(line.split(' ')[4] ?? '')).filter(at => at === folder || at.startsWith(`${folder}/`));
}
