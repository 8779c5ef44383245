import type { BackupTool, StoreAccess } from './backup/backup.ts';
import type { CheckTools } from './check/tools.ts';
import type { DrillTools, Machine } from './drill/tools.ts';
import type { DrillEvents } from './drill-events.ts';
import type { Channel } from './escalation/channel.ts';
import type { SecretReference } from './plan/plan.ts';
import type { PlanFiles } from './plan/read.ts';
import type { Vocabulary } from './plan/vocabulary.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import type { Reaped } from './sandbox/reap.ts';
import type { Home } from './store/home.ts';
import type { Ledger } from './store/ledger.ts';
import type { Queue } from './store/queue/queue.ts';
import type { State } from './store/state/state.ts';
import type { TemplateTexts } from './system/templates.ts';

/** Who watches a drill, and who hears in plain words what could not be done. */
export interface DrillSetting {
  readonly events: DrillEvents;
  readonly explain: (message: string, hint: string | null) => void;
  /** Called when this machine could not be heard by those that share its ledger for too long: the drill must end. */
  readonly cutOff: () => void;
}

/** Who uses the queue, and hears what it says in the background. */
export interface QueueUser {
  readonly name: string;
  readonly explain: (message: string) => void;
}

/** Of which client; the rest is used only when its ledger begins. */
export interface LedgerOf {
  readonly client: string;
  readonly domain: string;
  readonly timeZone: string;
}

/** What the commands work with: the one value that `compose` makes. Nothing is opened before it is used. */
export interface App {
  readonly version: string;
  /** Aborted by Ctrl-C and its kin. */
  readonly stop: AbortSignal;
  readonly homePath: string;
  readonly plansFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly vocabulary: Vocabulary;
  readonly planFiles: PlanFiles;
  readonly backupTools: readonly BackupTool[];
  readonly sandboxes: readonly Sandbox[];
  readonly worker: string;
  /** Our own program that executes steps of runbooks. */
  readonly stepping: { readonly file: string; readonly args: readonly string[] };
  /** Opens (and at first use makes) `RESURGAM_HOME`. Rejects with StoreError when it cannot be written. */
  home(): Promise<Home>;
  /** Opens the ledger of a client and begins it at first use. Rejects with StoreError `ledger-altered`. */
  ledger(of: LedgerOf): Promise<Ledger>;
  /** A PostgreSQL server for the state, as `DATABASE_URL` names it: may hold a password, never printed. Undefined: our own server in the home. */
  readonly databaseUrl: string | undefined;
  /** Ledgers are kept on that server, where other machines keep theirs too (`RESURGAM_LEDGERS=shared`); false: they are files of this home. */
  readonly sharesLedgers: boolean;
  /** Opens the state, once: starts our own server if need be, brings the tables to this release. Rejects with StoreError; then the next call tries again. */
  state(): Promise<State>;
  /**
   * The queue between several machines, opened once; undefined if the state is our own server's: then there is one machine. Rejects with
   * StoreError; then the next call tries again.
   */
  queue(by: QueueUser): Promise<Queue | undefined>;
  /** What drills have to share. */
  readonly machine: Machine;
  /** Closes what `state` and `queue` opened, here and in what came from `at`. Our own server goes on running. */
  closeState(): Promise<void>;
  drillTools(setting: DrillSetting, ledger: Ledger): Promise<DrillTools>;
  /** What a backup check of this client touches. */
  checkTools(of: Pick<CheckTools, 'state' | 'explain'> & { readonly ledger: Ledger }): Promise<CheckTools>;
  /** Every way to reach people. */
  channels(): Promise<readonly Channel[]>;
  /** The value behind a reference of a plan or client. Rejects with an error that names the reference and never the value. */
  secret(reference: SecretReference): Promise<string>;
  /** What `init` needs to look at a place outside any plan. */
  storeAccess(options: Readonly<Record<string, unknown>>): StoreAccess;
  /** Takes away what dead processes left of their sandboxes. */
  reap(): Promise<readonly Reaped[]>;
  /** The same with another `RESURGAM_HOME`, and a state of its own in there, whatever `DATABASE_URL` says. */
  at(home: string): App;
  template(name: string): Promise<TemplateTexts>;
  now(): string;
}
