import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The texts of one page: itself, and what it includes by name. */
export interface TemplateTexts {
  readonly page: string;
  readonly partials: Readonly<Record<string, string>>;
}

/** `templates/` beside `src/` and `dist/`. */
export const templatesFolder = fileURLToPath(new URL('../../templates/', import.meta.url));

/** Reads `<folder>/<name>.hbs`, the partials `<name>/*.hbs` and the style `<name>.css`, which is the partial `style`. */
export async function readTemplate(name: string, folder = templatesFolder): Promise<TemplateTexts> {
  const read = (file: string): Promise<string> => readFile(join(folder, file), 'utf8');
  const files = (await readdir(join(folder, name))).filter(file => file.endsWith('.hbs'));
  const partials = files.map(async file => [file.slice(0, -4), await read(join(name, file))] as const);
  const style = [['style', await read(`${name}.css`)] as const];
  return { page: await read(`${name}.hbs`), partials: Object.fromEntries([...style, ...(await Promise.all(partials))]) };
}
