import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exists } from './files.ts';

/** What our own program consists of: Node, the package's code, and its dependencies wherever npm put them. */
export async function ownProgramPaths(): Promise<readonly string[]> {
  const code = dirname(dirname(fileURLToPath(import.meta.url)));
  const root = dirname(code);
  const above = dirname(root).endsWith('/node_modules') ? [dirname(root)] : [];
  const wanted = [process.execPath, ...above, ...['package.json', 'node_modules', 'src', 'dist'].map(name => join(root, name))];
  const there = await Promise.all(wanted.map(async path => ((await exists(path)) ? path : undefined)));
  return there.filter(path => path !== undefined);
}
