import { isReady, type Answer, type Part, type Told } from '../doctor/answer.ts';
import { counted } from '../report/words.ts';
import { block, padTo, paint, printable, type Style, type Terminal } from './terminal.ts';

const INDENT = '      ';

/** What was looked at, part by part, and what to do; the conclusion last, where a person looks first. Ends with a line end. */
export function doctorText(parts: readonly Part[], terminal: Terminal): string {
  const paragraphs = parts.filter(part => part.answers.length > 0).map(part => partLines(part, terminal));
  return `${[...paragraphs, concludedLines(parts, terminal)].map(lines => lines.join('\n')).join('\n\n')}\n`;
}

function partLines({ title, answers }: Part, terminal: Terminal): string[] {
  const width = Math.min(26, Math.max(...answers.map(answer => answer.subject.length)));
  return [paint(terminal, ['bold'], title), ...answers.flatMap(answer => answerLines(answer, width, terminal))];
}

/** What is there takes one line; what is not says what stops working, and what to do. */
function answerLines(answer: Answer, width: number, terminal: Terminal): string[] {
  const { subject, says, without, todo } = answer;
  const [sign, style] = signOf(answer, terminal);
  const hanging = ' '.repeat(width + 6);
  const named = printable(subject);
  const own = named.length > width ? block(`${named}: ${says}`, terminal, '    ') : block(says, terminal, hanging);
  const first = named.length > width ? (own[0] ?? '').trimStart() : `${padTo(named, width)}  ${(own[0] ?? '').trimStart()}`;
  return [
    `  ${paint(terminal, [style], sign)} ${first.trimEnd()}`,
    ...own.slice(1),
    ...(without === null ? [] : block(`without it: ${without}`, terminal, INDENT).map(line => paint(terminal, ['dim'], line))),
    ...(todo === null ? [] : block(todo, terminal, INDENT)),
  ];
}

const SIGNS: Readonly<Record<Told, readonly [unicode: string, ascii: string, style: Style]>> = {
  ok: ['✔', '+', 'green'],
  missing: ['✘', 'X', 'red'],
  unknown: ['?', '?', 'magenta'],
};

/** What Resurgam can do without is no alarm. */
function signOf({ told, needed }: Answer, terminal: Terminal): readonly [string, Style] {
  if (told === 'missing' && !needed) return ['!', 'yellow'];
  const [unicode, ascii, style] = SIGNS[told];
  return [terminal.unicode ? unicode : ascii, style];
}

function concludedLines(parts: readonly Part[], terminal: Terminal): string[] {
  const answers = parts.flatMap(part => part.answers);
  const count = (told: Told, needed: boolean): number => answers.filter(answer => answer.told === told && answer.needed === needed).length;
  const spare = count('missing', false);
  const rest = [
    ...(spare === 0 ? [] : [`${counted(spare, 'thing is', 'things are')} missing that it can do without`]),
    ...(count('unknown', false) === 0 ? [] : [`${counted(count('unknown', false), 'thing')} could not be told`]),
  ];
  const after = rest.length === 0 ? '' : ` ${rest.join('; ')}.`;
  if (isReady(parts)) return block(`Resurgam can work here.${after}`, terminal).map(line => paint(terminal, ['bold', 'green'], line));
  const needed = [
    ...(count('missing', true) === 0 ? [] : [`${counted(count('missing', true), 'thing')} missing`]),
    ...(count('unknown', true) === 0 ? [] : [`${counted(count('unknown', true), 'thing')} that could not be told`]),
  ];
  return block(`Not ready: of what Resurgam needs here, ${needed.join(' and ')}.${after}`, terminal).map(line =>
    paint(terminal, ['bold', 'red'], line),
  );
}
