import type { HandComponent, HandStep, HandView } from './view.ts';

/** The runbook as Markdown. What is typed stands in blocks fenced as `sh`; nothing else does. */
export function handMarkdown(view: HandView): string {
  const parts = [
    `# ${plain(view.title)}`,
    `${plain(view.client)}. ${view.lead}`,
    view.facts.map(({ name, value }) => `- **${name}**: ${plain(value)}`).join('\n'),
    '## Whom to call',
    ...(view.contacts.length === 0 ? [] : ['From top to bottom: L1 is called first, then L2, then L3.']),
    contacts(view),
    '## Where the keys are',
    view.keys.length === 0
      ? 'None are needed.'
      : view.keys.map(({ of, what, where }) => `- ${plain(of)}: \`${plain(what)}\` is in ${plain(where)}`).join('\n'),
    '## Before everything',
    'Restore into a new, empty place, never over what is left of the old system. `RECOVERED` names it.',
    installed(view),
    'Type this block again if you go on in another terminal, and the keys of the step at which you go on.',
    fenced(view.prepare),
    ...view.components.map(component),
    '## Ask before people are let in',
    view.questions.length === 0 ? 'The plan names no workflow: let somebody who works with the system look.' : '',
    ...view.questions.map(question => step(question, '###')),
    ...(view.afterwards.length === 0 ? [] : ['## When people are let in', view.afterwards.map(text => `- ${plain(text)}`).join('\n')]),
    '## What is not tested',
    view.notTested.map(text => `- ${plain(text)}`).join('\n'),
    '---',
    plain(view.foot),
  ];
  return `${parts.filter(part => part !== '').join('\n\n')}\n`;
}

function contacts({ contacts: people }: HandView): string {
  if (people.length === 0) return 'Nobody is written down: there is no client.yaml beside the plan.';
  const rows = people.map(one => `| ${[one.name, one.role, one.phone, one.email].map(cell).join(' | ')} |`);
  return ['| who | what for | phone | mail |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function installed({ packages }: HandView): string {
  if (packages.length === 0) return '';
  const names = packages.map(name => `\`${name}\``).join(', ');
  return `Installed must be, by the names of Debian's packages: ${names}; and what your own steps and backups need besides. With the network down none of it can be fetched: see to it while it is up.`;
}

function component({ number, name, about, steps }: HandComponent): string {
  return [`## ${String(number)}. ${plain(name)}`, plain(about), ...steps.map(one => step(one, '###'))].join('\n\n');
}

function step({ name, said, code, took }: HandStep, level: string): string {
  return [
    `${level} ${plain(name)}`,
    ...(took === null ? [] : [`Last time: ${took}.`]),
    ...said.map(plain),
    ...(code === null ? [] : [fenced(code)]),
  ].join('\n\n');
}

/** Longer than any row of backticks inside. */
function fenced(code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([row]) => row.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}sh\n${code}\n${fence}`;
}

/** Words of a plan must not become headings or blocks of their own. */
function plain(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('<', '&lt;')
    .trim();
}

function cell(text: string): string {
  return plain(text).replaceAll('|', String.raw`\|`);
}
