import { together } from './words.ts';

/** Members that people copy: not a character of them may change. */
const EXACT = new Set(['checkpoint', 'command', 'code', 'response', 'title']);

/** The same view, with numbers and their units kept on one line. */
export function keepTogether<View>(view: View): View {
  return walk(view, '') as View;
}

function walk(value: unknown, name: string): unknown {
  if (typeof value === 'string') return EXACT.has(name) ? value : together(value);
  if (Array.isArray(value)) return value.map(one => walk(one, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walk(one, key)]));
}
