import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { templatesFolder } from './templates.ts';

/** Reads `templates/<name>.hbs`, once: a running process does not change its words. Rejects if there is none. */
export function readTemplateText(folder = templatesFolder): (name: string) => Promise<string> {
  const read = new Map<string, Promise<string>>();
  return name => {
    const text = read.get(name) ?? readFile(join(folder, `${name}.hbs`), 'utf8');
    read.set(name, text);
    return text;
  };
}
