import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createProgress, type DrillProgress } from '../../src/cli/progress.ts';

const SHOW = '\u001B[?25h';
const HIDE = '\u001B[?25l';
const env = { LANG: 'C.UTF-8', TERM: 'xterm' };
const start = Date.parse('2026-11-01T08:00:00.000Z');

/** A terminal as far as progress uses it: what would be on the screen. */
class Screen {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows: number;
  readonly writes: string[] = [];
  lines: string[] = [''];
  private at = 0;

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    this.writes.push(text);
    for (const [part] of text.matchAll(/\u001B\[\d*A|\r\u001B\[J|\u001B\[[\d;?]*[A-Za-z]|\n|[^\u001B\r\n]+/g)) this.take(part);
  }

  private take(part: string): void {
    const up = /^\u001B\[(\d+)A$/.exec(part);
    if (up !== null) this.at -= Number(up[1]);
    else if (part === '\r\u001B[J') this.lines = [...this.lines.slice(0, this.at), ''];
    else if (part === '\n') this.lines[++this.at] ??= '';
    else if (!part.startsWith('\u001B')) this.lines[this.at] = `${this.lines[this.at] ?? ''}${part}`;
  }
}

let open: DrillProgress | undefined;
beforeEach(() => vi.useFakeTimers({ now: start }));
afterEach(() => {
  open?.done();
  vi.useRealTimers();
});

function on(stream: Screen | { write(text: string): unknown }, rtoMs = 14_400_000): DrillProgress {
  open = createProgress({ stream, rtoMs, env });
  return open;
}

function whole(progress: DrillProgress): void {
  progress.phaseStarted(null, 'select');
  progress.phaseEnded(null, 'select', 300);
  progress.phaseStarted('database', 'fetch');
}

describe('on a terminal', () => {
  test('what is done, what runs and what is to come are told apart', () => {
    const screen = new Screen();

    whole(on(screen));

    expect(screen.lines).toEqual([
      '  ● Choose the recovery point    under 1 s',
      expect.stringMatching(/^ {2}[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Fetch the backup \(database\) {2}…$/),
      '  ○ Restore it',
      '  ○ Start the system',
      '  ○ Question the system',
      '  ○ Destroy the sandbox',
      '',
      expect.stringMatching(/^ {2}░+ 0 s of 4 h$/),
      '',
    ]);
  });

  test('bytes are shown with their share and rate', () => {
    const screen = new Screen();
    const progress = on(screen);
    whole(progress);

    for (let second = 0; second <= 4; second++) {
      progress.progress({ phase: 'fetch', doneBytes: second * 100 * 1024 ** 2, totalBytes: 1024 ** 3 });
      vi.advanceTimersByTime(1000);
    }

    expect(screen.lines[1]).toContain('400 MiB of 1.0 GiB, 39 %, 100 MiB/s');
  });

  test('elapsed time goes on without news, and is held against the objective', () => {
    const screen = new Screen();
    whole(on(screen, 10_000));

    vi.advanceTimersByTime(5000);

    expect(screen.lines[7]).toMatch(/^ {2}█{20}░{20} 5 s of 10 s$/);
  });

  test('a passed objective is said in words', () => {
    const screen = new Screen();
    whole(on(screen, 2000));

    vi.advanceTimersByTime(5000);

    expect(screen.lines[7]).toMatch(/^ {2}█+ 5 s of 2 s late$/);
  });

  test('two steps of one phase are one line', () => {
    const screen = new Screen();
    const progress = on(screen);

    for (const ms of [1500, 2000]) {
      progress.phaseStarted(null, 'provision');
      progress.phaseEnded(null, 'provision', ms);
    }

    expect(screen.lines.filter(line => line.includes('Make the sandbox'))).toEqual(['  ● Make the sandbox             4 s']);
  });

  test('many reports of bytes make few writes', () => {
    const screen = new Screen();
    const progress = on(screen);
    whole(progress);
    const before = screen.writes.length;

    for (let n = 0; n < 10_000; n++) progress.progress({ phase: 'fetch', doneBytes: n, totalBytes: 10_000 });

    expect(screen.writes.length - before).toBeLessThanOrEqual(1);
  });

  test('a frame is one write, so that nothing flickers', () => {
    const screen = new Screen();
    const progress = on(screen);
    const before = screen.writes.length;

    whole(progress);

    expect(screen.writes.length - before).toBe(3);
  });

  test('a note stays above the block', () => {
    const screen = new Screen();
    const progress = on(screen);
    whole(progress);

    progress.note('removed what an interrupted drill left behind\u001B[2J');
    vi.advanceTimersByTime(1000);

    expect(screen.lines[0]).toMatch(/^removed what an interrupted drill left behind/);
    expect(screen.lines[1]).toContain('Choose the recovery point');
  });

  test('at the end the block is gone and the cursor is back', () => {
    const screen = new Screen();
    const progress = on(screen);
    whole(progress);

    progress.note('stays');
    progress.done();
    progress.done();
    vi.advanceTimersByTime(5000);

    expect(screen.lines).toEqual(['stays', '']);
    expect(screen.writes.filter(text => text.includes(HIDE))).toHaveLength(1);
    expect(screen.writes.filter(text => text.includes(SHOW))).toHaveLength(1);
  });

  test('when the program ends in between the cursor is given back', () => {
    const screen = new Screen();
    const before = process.listeners('exit');
    const progress = on(screen);
    const added = process.listeners('exit').filter(one => !before.includes(one));

    for (const listener of added) (listener as () => void)();

    expect(screen.writes.at(-1)).toBe(SHOW);
    progress.done();
    expect(process.listeners('exit')).toEqual(before);
  });

  test('no line is wider and the block is not higher than the terminal', () => {
    const screen = new Screen(44, 8);
    const progress = on(screen);
    for (const component of ['database-with-a-very-long-name', 'documents', 'directory', 'x']) {
      for (const phase of ['fetch', 'restore', 'start'] as const) {
        progress.phaseStarted(component, phase);
        progress.phaseEnded(component, phase, 90_000_000);
      }
    }

    progress.phaseStarted(null, 'probes');

    expect(screen.lines.length).toBeLessThanOrEqual(8);
    expect(screen.lines.every(line => line.length <= 44)).toBe(true);
    expect(screen.lines.some(line => line.includes('Question the system'))).toBe(true);
  });
});

describe('elsewhere', () => {
  const lines: string[] = [];
  const log = { write: (text: string) => lines.push(text) };
  beforeEach(() => lines.splice(0));

  test('a line says when a phase begins and ends', () => {
    const progress = on(log);

    whole(progress);
    progress.done();

    expect(lines).toEqual([
      '2026-11-01T08:00:00Z Choose the recovery point: begun\n',
      '2026-11-01T08:00:00Z Choose the recovery point: ended after under 1 s\n',
      '2026-11-01T08:00:00Z Fetch the backup (database): begun\n',
    ]);
  });

  test('in between there is at most one line in ten seconds', () => {
    const progress = on(log);
    whole(progress);
    const before = lines.length;

    for (let n = 0; n < 300; n++) {
      vi.advanceTimersByTime(100);
      progress.progress({ phase: 'fetch', doneBytes: n * 1024 ** 2, totalBytes: 300 * 1024 ** 2 });
    }

    expect(lines.slice(before)).toEqual([
      '2026-11-01T08:00:10Z Fetch the backup (database): 99.0 MiB of 300 MiB, 33 %, 10.0 MiB/s\n',
      '2026-11-01T08:00:20Z Fetch the backup (database): 199 MiB of 300 MiB, 66 %, 10.0 MiB/s\n',
      '2026-11-01T08:00:30Z Fetch the backup (database): 299 MiB of 300 MiB, 99 %, 10.0 MiB/s\n',
    ]);
  });

  test('a note is a line, and no escape sequence is ever written', () => {
    const progress = on(log);

    progress.note('first\u001B[31m\n  second');

    expect(lines.map(line => line.slice(21))).toEqual(['first\u{FFFD}[31m\n', '  second\n']);
  });

  test('a terminal that can nothing gets lines, too', () => {
    const screen = new Screen();
    open = createProgress({ stream: screen, rtoMs: 1000, env: { TERM: 'dumb' } });

    whole(open);

    expect(screen.writes.join('')).not.toContain('\u001B');
  });
});
