/**
 * A question with its values, as a script. They reach the program with it and not as arguments, which every user of the machine could read;
 * `?1`, `?2`, … stand for them in the text.
 */
export function withValues(text: string, values: readonly unknown[]): string {
  const question = `${text.replace(/[\s;]+$/, '')}\n;`;
  if (values.length === 0) return question;
  const bound = values.map((value, at) => `insert into temp.sqlite_parameters(key, value) values ('?${at + 1}', ${literal(value)});`);
  return ['.parameter init', ...bound, question].join('\n');
}

/** As SQLite reads it, whatever it holds: in a text only the quote means anything, but a NUL would end the script. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return `cast(x'${Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('hex')}' as text)`;
}
