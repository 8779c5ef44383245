import { sayAge, sayTime } from '../measurement/wording.ts';
import type { Content, Message } from './channel.ts';
import { meaningOf } from './condition-meaning.ts';
import { noticeParts } from './notice.ts';
import { oneLine, shortened, withTexts } from './one-line.ts';
import { bothTimes, titleOf, webAddress } from './wording.ts';

/** One question and its answer. */
export interface PartView {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** Everything that the templates of a message show, in words: own properties, no empty places. */
export interface MessageView {
  readonly title: string;
  /** As a subject begins, short enough for the list of a mail program. */
  readonly bracketed: string;
  readonly escalation: string;
  /** Colour of the band at the top. */
  readonly tone: string;
  readonly parts: readonly PartView[];
  readonly canAcknowledge: boolean;
  /** Holds a single-use token: shown to this contact and nobody else, never recorded. */
  readonly acknowledgeUrl: string;
  readonly hasUrl: boolean;
  readonly url: string;
  readonly footer: string;
}

/** Dark enough for white letters, whatever a mail program makes of the rest. */
const TONE = { P1: '#a31515', P2: '#8a4b00', P3: '#4b4690', P4: '#57534a', over: '#1c6b42' } as const;

const LONGEST_TITLE = 120;
const LONGEST_NOTICE_TITLE = 80;

/** A message in words; pure. Every text is one line, since names come from plans and from inside backups. */
export function messageView(message: Message): MessageView {
  const { content, kind } = message;
  const acknowledgeUrl = isToAnswer(message) ? webAddress(message.acknowledgeUrl) : '';
  // Leadership gets words; its 600 characters have no room for an address.
  const url = kind === 'executive' ? '' : webAddress(content.url);
  const title = titleOf(message);
  const footer = footerOf(content, kind);
  return withTexts(
    {
      title: kind === 'executive' ? shortened(title.plain, LONGEST_NOTICE_TITLE) : title.plain,
      bracketed: shortened(title.bracketed, LONGEST_TITLE),
      escalation: content.escalation,
      tone: kind === 'resolved' || kind === 'test' ? TONE.over : TONE[content.severity],
      parts: partsOf(message, footer),
      canAcknowledge: acknowledgeUrl !== '',
      acknowledgeUrl,
      hasUrl: url !== '',
      url,
      footer,
    },
    oneLine,
  );
}

function isToAnswer({ kind }: Message): boolean {
  return !['acknowledged', 'resolved', 'executive'].includes(kind);
}

function partsOf(message: Message, footer: string): readonly PartView[] {
  switch (message.kind) {
    case 'executive':
      return noticeParts(message, LONGEST_NOTICE_TITLE + footer.length);
    case 'test':
      return [
        { heading: 'What this is', lines: ['A test: nothing is wrong. It shows that Resurgam reaches you by this way.'] },
        { heading: 'What to do', lines: ['Nothing, unless somebody asked you to answer it.'] },
      ];
    case 'resolved':
      return [
        what(message),
        since(message),
        { heading: 'What to do', lines: ['Nothing more: the evidence that it is over is in the ledger.'] },
      ];
    case 'acknowledged':
      return [
        what(message),
        since(message),
        meaning(message),
        { heading: 'What to do', lines: ['Somebody is working on it. You need do nothing.'] },
      ];
    case 'opened':
    case 'changed':
    case 'hand-off':
    case 'digest':
    case 'heartbeat':
      return [what(message), since(message), meaning(message), whatToDo(message)];
  }
}

function what({ content, kind }: Message): PartView {
  const { affects, repeats, codes } = content;
  return {
    heading: kind === 'resolved' ? 'What was wrong' : 'What is wrong',
    lines: [
      content.summary,
      ...(repeats > 0 ? [`It has come again ${repeats === 1 ? 'once' : `${repeats} times`} since.`] : []),
      ...(affects.length > 0 ? [`It also affects ${affects.join(', ')}.`] : []),
      ...(codes.length > 0 ? [`Finding${codes.length === 1 ? '' : 's'}: ${codes.join(', ')}`] : []),
    ],
  };
}

function since({ content, kind, timeZone, at }: Message): PartView {
  const over = kind === 'resolved' ? [`Over since ${bothTimes(at, timeZone, content.openedAt)}.`] : [];
  return { heading: 'Since when', lines: [`${bothTimes(content.openedAt, timeZone)}.`, ...over] };
}

/** What it means for the contract: the promise, what was measured against it, and until when somebody must have done what. */
function meaning({ content, timeZone, kind }: Message): PartView {
  const { respondBy, resolveBy } = content;
  const due =
    kind === 'acknowledged'
      ? []
      : [respondBy === null ? '' : `Somebody must be working on it by ${bothTimes(respondBy, timeZone, content.openedAt)}.`];
  return {
    heading: 'What it means for the contract',
    lines: [
      meaningOf(content.condition),
      `Promised: back in use within ${sayTime(content.rtoMs)}, losing at most ${sayTime(content.rpoMs)} of work. ${figures(content)}`,
      ...due,
      resolveBy === null ? '' : `It must be put right by ${bothTimes(resolveBy, timeZone, content.openedAt)}.`,
    ].filter(line => line !== ''),
  };
}

/** What is not known is said, and is never a figure. */
function figures({ recoveryTimeMs, recoveryPointAgeMs }: Content): string {
  if (recoveryTimeMs === null && recoveryPointAgeMs === null) return 'Neither could be measured.';
  const time = recoveryTimeMs === null ? 'the recovery time is not known' : `recovery took ${sayTime(recoveryTimeMs)}`;
  const age = recoveryPointAgeMs === null ? 'the age of the data is not known' : `the data were ${sayAge(recoveryPointAgeMs)} old`;
  return `Last seen: ${time}, ${age}.`;
}

function whatToDo({ content }: Message): PartView {
  const { runbook, downtimeProcedure } = content;
  return {
    heading: 'What to do',
    lines: [
      runbook === null ? 'There is no page for this: open the matter and read its findings.' : `Follow the page ${runbook}`,
      ...(downtimeProcedure === null ? [] : [`If people cannot work, the downtime procedure is: ${downtimeProcedure}`]),
    ],
  };
}

function footerOf(content: Content, kind: Message['kind']): string {
  const ledger = content.ledgerSeq === null ? 'not yet in the ledger' : `ledger entry ${content.ledgerSeq}`;
  if (kind === 'executive') return `Resurgam, ${content.escalation}, ${ledger}`;
  const drill = content.drill === null ? '' : `, drill ${content.drill}`;
  return `Resurgam for ${content.client}: ${content.escalation}, tier ${content.tier}${drill}, ${ledger}`;
}
