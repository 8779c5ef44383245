/**
 * What is done with a statement: `run` it; `withhold` it, because it is about the server and not about data; `library`: it would load a
 * program library; `reaches-out`: it wants files or programs of the machine; no dump does.
 */
export type Rule = 'run' | 'withhold' | 'library' | 'reaches-out';

/** Definitions are stored and not run. */
const DEFINES = new Set(['PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT', 'VIEW', 'PACKAGE']);
/** Replication, and the server's own life. */
const OF_SERVER = new Set(['CHANGE', 'START SLAVE', 'STOP SLAVE', 'START REPLICA', 'STOP REPLICA', 'RESET', 'PURGE', 'SHUTDOWN', 'KILL']);

/** By its first words, and by the word with which it reaches out, if there is one. */
export function ruleFor(words: readonly string[], reaches: string | null): Rule {
  const [first = '', second = ''] = words;
  if (first === 'SYSTEM' || first === 'SOURCE' || first === 'LOAD') return 'reaches-out';
  if (first === 'INSTALL' || first === 'UNINSTALL' || reaches === 'SONAME') return 'library';
  if (reaches !== null) return first === 'CREATE' && words.some(word => DEFINES.has(word)) ? 'run' : 'reaches-out';
  if (first === 'SET' && (second === 'GLOBAL' || second.startsWith('@@GLOBAL'))) return 'withhold';
  return OF_SERVER.has(first) || OF_SERVER.has(`${first} ${second}`) ? 'withhold' : 'run';
}
