import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Programs, servers, threads, browsers, and what is told of them to all: whoever starts one in a test has a process of its own, in which it can leave nothing to others. */
const STARTS =
  /from '(?:node:(?:child_process|cluster|dgram|http|https|http2|net|tls|worker_threads)|playwright-core|pg|@opentelemetry\/api|[./]+src\/system\/process\.ts)'/;
/** What everybody in a process sees: its environment, folder, signals and exit code, its globals, and modules that stand in for others. */
const ALTERS = /\bvi\.|\bprocess\.(?:env\b[^;\n]*[^=!]=(?!=)|chdir|umask|on\b|once\b|exitCode)|\bdelete process\b|\bglobalThis\b/;
/** A fixture that puts itself into the run of a file does so once for each process. */
const HOOKS = /^(?:before|after)(?:All|Each)\(/m;

/**
 * Test files that may share a process with others, one after the other: neither they nor what they use of `test/` starts or alters anything.
 * A process for each file, and reading the sources in it anew, takes longer than what most of them do.
 */
export function sharingFiles(checkout: string): readonly string[] {
  const read = new Map<string, boolean>();
  const mayShare = (file: string): boolean => {
    const known = read.get(file);
    if (known !== undefined) return known;
    read.set(file, true);
    const text = readFileSync(join(checkout, file), 'utf8');
    const itself = !STARTS.test(text) && !ALTERS.test(text) && (file.endsWith('.test.ts') || !HOOKS.test(text));
    const may = itself && usedBy(file, text).every(mayShare);
    read.set(file, may);
    return may;
  };
  return readdirSync(join(checkout, 'test'), { recursive: true, encoding: 'utf8' })
    .map(name => `test/${name}`)
    .filter(name => name.endsWith('.test.ts') && mayShare(name));
}

function usedBy(file: string, text: string): readonly string[] {
  const names = [...text.matchAll(/\bfrom '(\.[^']+\.ts)'/g)].map(([, name = '']) => normalize(join(dirname(file), name)));
  return names.filter(name => name.startsWith('test/'));
}
