import { traitsOf } from '../../backup/backup.ts';
import { quoted } from '../../backup/by-hand.ts';
import type { HandSource } from './view.ts';

/** A dump is restored into a database of the component's name; a whole cluster brings its own, whose name is known once it runs. */
export function databaseOf({ components, tools }: Pick<HandSource, 'components' | 'tools'>, name: string): string {
  const backup = components.find(one => one.name === name)?.backup ?? null;
  const tool = backup === null ? undefined : tools.get(backup.tool);
  return tool !== undefined && traitsOf(tool, backup).restoresInto === 'files' ? '"$PGDATABASE"' : quoted(name);
}
