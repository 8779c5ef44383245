import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type YAMLError,
} from 'yaml';
import { keyOnly, safeLine } from './excerpt.ts';
import type { Problem } from './plan.ts';

/** Bytes of a file of ours. A plan of this size is not one. */
export const LONGEST_FILE = 1_048_576;

export type Path = readonly PropertyKey[];

/** A file of ours as text, with its place names: what stands at which line. */
export interface YamlText {
  readonly value: unknown;
  /** A problem at the value of this path, or at its key; if it is not there, at the nearest thing above it that is. */
  problemAt(path: Path, said: Said): Problem;
}

export interface Said {
  readonly severity?: 'error' | 'warning';
  readonly message: string;
  readonly hint?: string | null;
  /** Where exactly: at the value (default), at the key, or at the key without showing the value. */
  readonly at?: 'value' | 'key' | 'key-only' | 'hidden';
}

export interface SourceFile {
  /** As it is shown to people; absolute where paths in it shall be resolved. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Reads the bytes of one YAML file. All problems of the notation at once; with any, there is no value. */
export function readYaml(source: SourceFile): { readonly yaml?: YamlText; readonly problems: readonly Problem[] } {
  const wrong = (message: string, hint: string): { problems: readonly Problem[] } => ({
    problems: [{ severity: 'error', file: source.file, line: 1, column: 1, path: '', message, hint }],
  });
  if (source.bytes.length > LONGEST_FILE)
    return wrong('file too large: expected at most 1 MiB', 'Check that this is a plan and not a backup.');
  const text = decode(source.bytes);
  if (text === undefined) return wrong('expected text in UTF-8, found other bytes', 'Save the file as UTF-8.');
  try {
    return read(text, source.file);
  } catch {
    // The reader calls itself for each level: thousands of brackets end in a RangeError, a bomb of aliases in a ReferenceError.
    return wrong('expected a plan, found something nested or repeated beyond reason', 'Take out deep nesting and repeated aliases.');
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function read(text: string, file: string): { readonly yaml?: YamlText; readonly problems: readonly Problem[] } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: true, stringKeys: true, prettyErrors: false, strict: true });
  const place = new Places({ document, lineCounter, lines: text.split(/\r?\n/), file });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return { problems: broken.map(error => place.notation(error)) };
  const value: unknown = document.toJS({ maxAliasCount: 50 });
  if (value === null || value === undefined) {
    const empty = place.problemAt([], {
      message: 'expected a plan, found an empty file',
      hint: 'Run `resurgam init <folder>` to have one written.',
    });
    return { problems: [empty] };
  }
  return { yaml: { value, problemAt: (path, said) => place.problemAt(path, said) }, problems: [] };
}

interface Parsed {
  readonly document: Document;
  readonly lineCounter: LineCounter;
  readonly lines: readonly string[];
  readonly file: string;
}

class Places {
  readonly #parsed: Parsed;
  constructor(parsed: Parsed) {
    this.#parsed = parsed;
  }

  notation(error: YAMLError): Problem {
    const { line, col } = this.#parsed.lineCounter.linePos(error.pos[0]);
    const excerpt = keyOnly(this.#parsed.lines[line - 1] ?? '');
    const said = NOTATION[error.code] ?? 'expected YAML, found something that cannot be read';
    const shown = excerpt === undefined ? {} : { excerpt };
    return {
      severity: 'error',
      file: this.#parsed.file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      path: '',
      message: said,
      hint: null,
      ...shown,
    };
  }

  problemAt(path: Path, said: Said): Problem {
    const { at = 'value' } = said;
    const offset = this.#offset(path, at !== 'value' && at !== 'hidden');
    const { line, col } = this.#parsed.lineCounter.linePos(offset);
    const text = this.#parsed.lines[line - 1] ?? '';
    const excerpt = at === 'hidden' ? undefined : at === 'key-only' ? upToKey(text, col, String(path.at(-1))) : safeLine(text);
    return {
      severity: said.severity ?? 'error',
      file: this.#parsed.file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      path: path.map(String).join('.'),
      message: said.message,
      hint: said.hint ?? null,
      ...(excerpt === undefined || excerpt.trim() === '' ? {} : { excerpt }),
    };
  }

  /** Walks down as far as the path goes. */
  #offset(path: Path, key: boolean): number {
    let node: unknown = this.#parsed.document.contents;
    let offset = startOf(node) ?? 0;
    for (const [index, step] of path.entries()) {
      const found = stepInto(this.#resolve(node), step);
      if (found === undefined) return offset;
      const isLast = index === path.length - 1;
      const value = startOf(found.value);
      offset =
        (isLast && key) || value === undefined || standsAtKey(found.value) || !isLast ? (startOf(found.key) ?? value ?? offset) : value;
      node = found.value;
    }
    return offset;
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#parsed.document) : node;
  }
}

function stepInto(node: unknown, step: PropertyKey): { readonly key: unknown; readonly value: unknown } | undefined {
  if (isMap(node)) return node.items.find((pair: Pair) => isScalar(pair.key) && String(pair.key.value) === String(step));
  if (isSeq(node)) {
    const value = node.items[Number(step)];
    return value === undefined ? undefined : { key: undefined, value };
  }
  return undefined;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** Nothing, or lines of its own: then the key is what a person looks for. */
function standsAtKey(node: unknown): boolean {
  return isScalar(node) ? node.value === null : isCollection(node) && node.flow !== true;
}

/** The line up to the key that stands in this column: what follows may be the secret whose key was mistyped. */
function upToKey(line: string, column: number, key: string): string {
  const end = column - 1 + key.length;
  return safeLine(line.slice(0, end)) + (line.length > end ? line.slice(end).replace(/^(["']?\s*:?).*$/s, '$1 …') : '');
}

/** In our own words: the reader's messages quote the file, which may hold a secret in a broken place. */
const NOTATION: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias cannot have an anchor or a tag',
  BAD_ALIAS: 'this alias names nothing',
  BAD_COLLECTION_TYPE: 'tags are not used in plans',
  BAD_DIRECTIVE: 'directives are not used in plans',
  BAD_DQ_ESCAPE: 'unknown escape in double quotes; expected a backslash to be written twice',
  BAD_INDENT: 'expected this line at the indentation of its neighbours',
  BAD_SCALAR_START: 'expected quotes around a text that begins with this character',
  BLOCK_AS_IMPLICIT_KEY: 'expected one key and one value on a line; a text with ": " in it needs quotes',
  BLOCK_IN_FLOW: 'expected commas between the parts of { } or [ ]',
  DUPLICATE_KEY: 'this key is here a second time; expected each key once',
  MISSING_CHAR: 'expected a closing quote, bracket or brace, or a space after a colon',
  MULTILINE_IMPLICIT_KEY: 'expected a colon after the key; a text over several lines needs quotes',
  MULTIPLE_DOCS: 'expected one plan in a file, found a second one after ---',
  NON_STRING_KEY: 'expected a word as key',
  RESOURCE_EXHAUSTION: 'expected fewer aliases',
  TAB_AS_INDENT: 'expected spaces as indentation, found a tab',
  TAG_RESOLVE_FAILED: 'tags are not used in plans',
  UNEXPECTED_TOKEN: 'expected a key with its value, found something else',
};
