// Builds the program: every source without its types, one file beside the other, then the programs (`main.js`, `fetching.js` of the first jail,
// `reading.js` of the second, the thread that verifies, `drilling.js` for other programs of ours) put into a few files each, because Node takes a second to find and read a thousand modules. What is loaded only
// when it is needed (`import()`) stays apart. Types are not checked here: `npm run typecheck` does that, and takes fifty times as long.
//
//   node src/bundle.mjs <folder to fill>
import { mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { transform } from 'rolldown/utils';

const PIECE = 'piece-';
const SOURCES = fileURLToPath(new URL('.', import.meta.url));

await mkdir(process.argv[2] ?? '', { recursive: true });
const folder = await realpath(process.argv[2] ?? '');
for (const name of await readdir(folder)) if (name.startsWith(PIECE)) await rm(join(folder, name));
const names = (await readdir(SOURCES, { recursive: true })).filter(name => name.endsWith('.ts'));
for (const name of names) await withoutTypes(name);
const build = await rolldown({
  cwd: folder,
  input: {
    main: './main.js',
    fetching: './fetching.js',
    reading: './reading.js',
    stepping: './stepping.js',
    drilling: './drilling.js',
    'store/verify-thread': './store/verify-thread.js',
  },
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

/** Node 20 knows no `using`, so that is put into its words as well. */
async function withoutTypes(name) {
  const file = join(SOURCES, name);
  const options = {
    ...{ lang: 'ts', sourceType: 'module', target: 'es2023', sourcemap: true },
    typescript: { onlyRemoveTypeImports: true, rewriteImportExtensions: 'rewrite' },
  };
  const { code, map, errors } = await transform(file, await readFile(file, 'utf8'), options);
  if (errors.length > 0) throw new Error(errors.map(error => `${name}: ${error.message}`).join('\n'));
  const built = join(folder, name.replace(/ts$/, 'js'));
  await mkdir(dirname(built), { recursive: true });
  await writeFile(`${built}.map`, JSON.stringify({ ...map, sources: [relative(dirname(built), file)] }));
  await writeFile(built, `${code}\n//# sourceMappingURL=${built.slice(built.lastIndexOf(sep) + 1)}.map\n`);
}

/** A module of ours that asks where it lies is told where it lay: from there it finds templates, packages and programs. */
function placed(code, id) {
  if (!id.startsWith(folder + sep)) return code;
  return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(`./${relative(folder, id)}`)}, import.meta.url).href`);
}
