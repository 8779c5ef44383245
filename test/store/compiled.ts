import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const CHECKOUT = join(import.meta.dirname, '../..');

/** Our sources as plain JavaScript, for tests that need a second process: Node 20 does not read TypeScript. */
export interface Compiled extends AsyncDisposable {
  readonly folder: string;
}

export async function compileSources(folders: readonly string[]): Promise<Compiled> {
  await mkdir(join(CHECKOUT, '.cache'), { recursive: true });
  const folder = await mkdtemp(join(CHECKOUT, '.cache', 'compiled-'));
  for (const name of folders) {
    for (const file of await readdir(join(CHECKOUT, 'src', name), { recursive: true })) {
      if (file.endsWith('.ts')) await compile(join(name, file), folder);
    }
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function compile(file: string, folder: string): Promise<void> {
  const { outputText } = ts.transpileModule(await readFile(join(CHECKOUT, 'src', file), 'utf8'), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  const path = join(folder, file.replace(/\.ts$/, '.js'));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, outputText);
}
