import { expect, test } from 'vitest';
import { doctorText } from '../../src/cli/doctor-text.ts';
import { widthOf } from '../../src/cli/terminal.ts';
import { fine, lacking, untold, type Part } from '../../src/doctor/answer.ts';

const terminal = { colour: false, columns: 80, unicode: true };
const lack = { says: 'not installed', without: 'dumps packed with it cannot be restored', todo: 'Run: apt-get install zstd' };

function shown(parts: readonly Part[], changes: Partial<typeof terminal> = {}): string {
  return doctorText(parts, { ...terminal, ...changes });
}

test('what is there takes a line; what is not says what stops working and what to do; the conclusion is last', () => {
  const parts = [
    { title: 'This machine', answers: [fine('Node.js', '20.20.2'), lacking('zstd', lack)] },
    {
      title: 'Home',
      answers: [untold('free disk', { ...lack, says: 'nobody knows', needed: false }), lacking('unit', { ...lack, needed: false })],
    },
  ];

  const text = shown(parts);

  expect(text).toBe(
    [
      'This machine',
      '  ✔ Node.js  20.20.2',
      '  ✘ zstd     not installed',
      '      without it: dumps packed with it cannot be restored',
      '      Run: apt-get install zstd',
      '',
      'Home',
      '  ? free disk  nobody knows',
      '      without it: dumps packed with it cannot be restored',
      '      Run: apt-get install zstd',
      '  ! unit       not installed',
      '      without it: dumps packed with it cannot be restored',
      '      Run: apt-get install zstd',
      '',
      'Not ready: of what Resurgam needs here, 1 thing missing. 1 thing is missing that',
      'it can do without; 1 thing could not be told.',
      '',
    ].join('\n'),
  );
});

test('when nothing that is needed is missing or unknown, it says that it can work', () => {
  const text = shown([{ title: 'Home', answers: [fine('folder', '/x')] }]);

  expect(text).toMatch(/\nResurgam can work here\.\n$/);
});

test('what is needed and could not be told is not ready', () => {
  const text = shown([{ title: 'State', answers: [untold('clock', lack)] }]);

  expect(text).toContain('Not ready: of what Resurgam needs here, 1 thing that could not be told.');
});

test.each([40, 80, 120])('no line is wider than %d columns, and nothing of a name is obeyed', columns => {
  const long = lacking(`secret (file /etc/${'x'.repeat(60)}\u001B[31m)`, { ...lack, says: 'word '.repeat(40) });

  const text = shown([{ title: 'Plans', answers: [fine('short', 'ok'), long] }], { columns });

  expect(text.split('\n').filter(line => widthOf(line) > columns)).toEqual([]);
  expect(text).not.toContain('\u001B');
});
