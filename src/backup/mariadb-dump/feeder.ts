import { finding, type Finding } from '../../finding/finding.ts';
import type { ToolResult } from '../../system/process.ts';
import type { Restoring } from '../dump-files/read-script.ts';
import type { TargetServer } from '../target.ts';
import { ClientSession } from './client.ts';
import type { ScriptSays } from './script-says.ts';
import { ScriptScanner, type Piece } from './script-scan.ts';
import { ruleFor } from './statement-rules.ts';

const PROBE = 'restore';

/** What came of one script. */
export interface Fed {
  readonly says: ScriptSays;
  readonly findings: readonly Finding[];
  readonly errors: ReadonlyMap<number, number>;
  readonly result: ToolResult;
  readonly withheld: number;
}

/** Feeds a script to the client statement by statement, and stops where it wants more than databases. */
export class ScriptFeeder {
  readonly #scanner = new ScriptScanner();
  readonly #session: ClientSession;
  readonly #findings: Finding[] = [];
  #halted = false;
  #midway = false;
  #withheld = 0;
  #libraries = 0;

  constructor(run: Restoring, server: TargetServer) {
    this.#session = new ClientSession(run, server);
  }

  /** False once nothing more is to be fed. */
  async push(chunk: Buffer): Promise<boolean> {
    await this.#takeAll(this.#scanner.push(chunk));
    return !this.#halted;
  }

  async finish(): Promise<Fed> {
    if (!this.#halted) await this.#takeAll(this.#scanner.finish());
    const says = this.#scanner.says();
    // What was begun and not ended would be run as it is.
    const result = await this.#session.end(this.#midway);
    const library = { probe: PROBE, required: false, observed: this.#libraries };
    if (this.#libraries > 0) this.#findings.push(finding('restore.library-missing', 'inconclusive', library));
    return { says, findings: this.#findings, errors: this.#session.errors, result, withheld: this.#withheld };
  }

  /** Nothing more goes to the client; what it has it may finish. */
  halt(found: Finding): void {
    if (!this.#halted) this.#findings.push(found);
    this.#halted = true;
  }

  halted(): boolean {
    return this.#halted;
  }

  async #takeAll(pieces: readonly Piece[]): Promise<void> {
    for (const piece of pieces) {
      if (this.#halted) return;
      await this.#take(piece);
    }
  }

  async #take(piece: Piece): Promise<void> {
    if (piece.kind === 'command') {
      const reaches = piece.name === '!' || piece.name === '.';
      this.halt(
        finding(reaches ? 'restore.runs-programs' : 'restore.unexpected-command', 'failed', {
          probe: PROBE,
          ...(reaches ? { object: `\\${piece.name}` } : {}),
        }),
      );
      return;
    }
    if (piece.kind !== 'statement') return this.#write(piece.bytes, piece.kind === 'part');
    switch (ruleFor(piece.words, piece.reaches)) {
      case 'run':
        return this.#write(piece.bytes, false);
      case 'withhold':
        this.#withheld += 1;
        return;
      case 'library':
        this.#libraries += 1;
        return;
      case 'reaches-out':
        this.halt(finding('restore.runs-programs', 'failed', { probe: PROBE, object: piece.reaches ?? piece.words[0] ?? null }));
    }
  }

  async #write(bytes: Buffer, midway: boolean): Promise<void> {
    this.#midway = midway;
    await this.#session.write(bytes);
    if (this.#session.over()) this.#halted = true;
  }
}
