import { finding, type Finding } from '../../finding/finding.ts';
import type { ToolResult } from '../../system/process.ts';
import { judge } from './error-rules.ts';
import { missingExtensions } from './extensions.ts';
import { isRefusedTable } from './restore-findings.ts';
import { readCommand } from './restore-command.ts';
import { PsqlSession } from './restore-psql.ts';
import type { RestoreRun } from './restore-run.ts';
import { databaseNamed, isOfInterest, Survey, tablespaceIn } from './restore-survey.ts';
import { inventRoles } from './roles.ts';
import { SqlScanner, type Piece, type ScriptSays } from './sql-scan.ts';
import { identifierAt, matches, quoted, tokensOf, type Token } from './sql-statement.ts';

const PROBE = 'restore';
const WATCH_EVERY_MS = 200;
/** What must be looked at as a whole before psql may have it. */
const HELD_WHOLE = /^(?:COPY|(?:CREATE|DROP) DATABASE)\b/;
/** Databases that every cluster has: a script that connects to one means that one. */
const ALWAYS_THERE = ['postgres', 'template1', 'template0'];

export interface ScriptOrder {
  readonly run: RestoreRun;
  /** Roles that it refers to must exist: those that nothing brings are made up. Not for globals, which bring them. */
  readonly inventRoles: boolean;
}

/** Feeds a script to psql statement by statement, and stops where it wants more than a database. */
export class ScriptFeeder {
  readonly survey = new Survey();
  readonly findings: Finding[] = [];
  readonly results: ToolResult[] = [];
  invented = 0;
  readonly missingExtensions = new Set<string>();
  readonly #order: ScriptOrder;
  readonly #scanner = new SqlScanner();
  readonly #asked = { roles: new Set<string>(), extensions: new Set<string>() };
  readonly #databases = new Map<string, string>();
  #session: PsqlSession | undefined;
  #database: string;
  #halted = false;
  #watchedAt = 0;

  constructor(order: ScriptOrder) {
    this.#order = order;
    this.#database = order.run.server.database;
    for (const name of ALWAYS_THERE) this.#databases.set(name, name);
  }

  /** False once nothing more is to be fed. */
  async push(chunk: Buffer): Promise<boolean> {
    await this.#takeAll(this.#scanner.push(chunk));
    return !this.#halted;
  }

  async finish(): Promise<ScriptSays> {
    if (!this.#halted) await this.#takeAll(this.#scanner.finish());
    await this.#endSession();
    return this.#scanner.says();
  }

  /** Nothing more goes to psql; what it has it may finish. */
  halt(found: Finding): void {
    if (!this.#halted) this.findings.push(found);
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
    if (piece.kind === 'command') return this.#command(piece);
    if (piece.kind === 'statement' && isOfInterest(piece.words)) return this.#statement(piece.bytes);
    // A COPY that is too long to be looked at was not written by pg_dump, and might run a program.
    if (piece.kind === 'part' && HELD_WHOLE.test(piece.words.join(' '))) {
      this.#unexpected();
      return;
    }
    await this.#write(piece.bytes);
    if (piece.kind === 'rows') await this.#watchRows();
  }

  /** psql takes the rows of a COPY that was refused for commands: nothing more may follow them. */
  async #watchRows(): Promise<void> {
    const now = performance.now();
    if (now - this.#watchedAt < WATCH_EVERY_MS) return;
    this.#watchedAt = now;
    const { statements } = await this.#order.run.server.refused();
    if (statements.some(refused => isRefusedTable(judge(refused)))) this.#halted = true;
  }

  async #statement(bytes: Buffer): Promise<void> {
    const text = bytes.toString('utf8');
    const tokens = tokensOf(text);
    this.survey.look(tokens);
    if (this.survey.reachesOut) {
      this.halt(finding('restore.runs-programs', 'failed', { probe: PROBE, object: 'COPY' }));
      return;
    }
    if (this.#withholds(tokens)) return;
    if (matches(tokens, 0, 'create|drop', 'database')) return this.#replaceDatabase(tokens);
    await this.#bring();
    await this.#write(this.#renamed(text, tokens) ?? bytes);
  }

  /** Tablespaces, and the superuser that is there already: a right taken from it would be taken from us. */
  #withholds(tokens: readonly Token[]): boolean {
    if (tablespaceIn(tokens) !== undefined) return true;
    if (!matches(tokens, 0, 'create|alter|drop', 'role|user') || identifierAt(tokens, 2) !== 'postgres') return false;
    return !matches(tokens, 0, 'alter') || matches(tokens, 3, 'with');
  }

  /** What the statement needs is there before it is run. */
  async #bring(): Promise<void> {
    const { survey } = this;
    const { run } = this.#order;
    const roles = new Set([...survey.roles].filter(role => !this.#asked.roles.has(role) && !survey.rolesMade.has(role)));
    if (roles.size > 0 && this.#order.inventRoles) this.invented += await inventRoles(run.server, roles);
    for (const role of roles) this.#asked.roles.add(role);
    const extensions = new Set([...survey.extensions].filter(name => !this.#asked.extensions.has(name)));
    for (const name of await missingExtensions(run.server, extensions)) this.missingExtensions.add(name);
    for (const name of extensions) this.#asked.extensions.add(name);
  }

  /** The first database that a script makes is the one that was made for it; a further one is made as it is. */
  async #replaceDatabase(tokens: readonly Token[]): Promise<void> {
    const name = databaseNamed(tokens)?.text;
    if (name === undefined || matches(tokens, 0, 'drop') || this.#databases.has(name)) return;
    const { server } = this.#order.run;
    const first = ![...this.#databases.values()].includes(server.database);
    if (!first) await server.sql(`create database ${quoted(name)} template template0`);
    this.#databases.set(name, first ? server.database : name);
  }

  /** Statements about the database as a whole mean the one in which its data are. */
  #renamed(text: string, tokens: readonly Token[]): Buffer | undefined {
    const named = databaseNamed(tokens);
    const as = named === undefined ? undefined : this.#databases.get(named.text);
    if (named === undefined || as === undefined || as === named.text) return undefined;
    return Buffer.from(`${text.slice(0, named.from)}${quoted(as)}${text.slice(named.to)}`);
  }

  async #command(piece: Piece & { readonly kind: 'command' }): Promise<void> {
    const command = readCommand(piece);
    switch (command.kind) {
      case 'none':
        return;
      case 'connect':
        await this.#endSession();
        this.#database = this.#databases.get(command.database) ?? this.#order.run.server.database;
        return;
      case 'encoding':
        await this.#write(Buffer.from(`SET client_encoding TO '${command.encoding}';\n`));
        return;
      case 'reaches-out':
        this.halt(finding('restore.runs-programs', 'failed', { probe: PROBE, object: command.command }));
        return;
      case 'unexpected':
        this.#unexpected();
    }
  }

  #unexpected(): void {
    this.halt(finding('restore.unexpected-command', 'failed', { probe: PROBE }));
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#session ??= new PsqlSession(this.#order.run, this.#database);
    await this.#session.write(bytes);
    if (this.#session.over()) this.#halted = true;
  }

  async #endSession(): Promise<void> {
    const result = await this.#session?.end();
    this.#session = undefined;
    if (result === undefined) return;
    this.results.push(result);
    this.#order.run.target.toolLog('psql', result.stderr);
  }
}
