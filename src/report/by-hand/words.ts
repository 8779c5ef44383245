import { handFolder, quoted } from '../../backup/by-hand.ts';
import { wordsIn, type Word } from '../../service/words.ts';
import { databaseOf } from './database.ts';
import type { HandSource } from './view.ts';

type Named = Pick<HandSource, 'components' | 'tools'>;

/** A text of the plan as one word of the shell: what is known only when somebody recovers becomes a variable. */
export function shellWord(text: string, component: string, source: Named): string {
  let rest = text;
  let made = '';
  for (const word of wordsIn(text)) {
    const at = rest.indexOf(word.text);
    made += (at > 0 ? quoted(rest.slice(0, at)) : '') + variableOf(word, component, source);
    rest = rest.slice(at + word.text.length);
  }
  return made + (rest === '' && made !== '' ? '' : quoted(rest));
}

function variableOf({ of, thing, text }: Word, component: string, source: Named): string {
  const name = of ?? component;
  if (thing === 'files') return handFolder(name);
  if (thing === 'database') return databaseOf(source, name);
  if (of === undefined) return quoted(text);
  return { socket: '"$PGHOST"', port: '"${PGPORT:-5432}"', user: '"$PGUSER"' }[thing];
}
