// Puts the programs of a folder that `tsc` has just filled (`main.js`, `fetching.js` of the first jail, `reading.js` of the second) into a few files each: Node takes
// a second to find and read a thousand modules, and a drill starts both. What is loaded only when it is needed (`import()`) stays apart.
//
//   node src/bundle.mjs <built folder>
import { readdir, realpath, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { rolldown } from 'rolldown';

const PIECE = 'piece-';

const folder = await realpath(process.argv[2] ?? '');
for (const name of await readdir(folder)) if (name.startsWith(PIECE)) await rm(join(folder, name));
const build = await rolldown({
  cwd: folder,
  input: { main: './main.js', fetching: './fetching.js', reading: './reading.js' },
  platform: 'node',
  plugins: [{ name: 'place', transform: (code, id) => (code.includes('import.meta.url') ? { code: placed(code, id) } : null) }],
});
await build.write({
  dir: folder,
  format: 'esm',
  keepNames: true,
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: `${PIECE}[name]-[hash].js`,
});
await build.close();

/** A module of ours that asks where it lies is told where it lay: from there it finds templates, packages and programs. */
function placed(code, id) {
  if (!id.startsWith(folder + sep)) return code;
  return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(`./${relative(folder, id)}`)}, import.meta.url).href`);
}
