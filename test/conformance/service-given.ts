import type { OpenRequest, PreparedService, PrepareRequest, RunningService, Service, SharedSocket } from '../../src/service/service.ts';
import type { Material } from '../fixtures/restored-material.ts';

/** Ways in which something comes to run. */
export type Way = 'prepare' | 'open';

/** What not every engine has. */
export type Capability = 'sql' | 'files' | 'directory' | 'http' | 'images' | 'share' | 'tree' | 'handOver';

/** One question in the words of the engine, and what comes of it. */
export interface Asked {
  readonly ask: (running: RunningService) => Promise<unknown>;
  readonly answer: unknown;
  /** What comes of it when nothing runs any more. Absent: it rejects with ServiceError. */
  readonly inVain?: unknown;
  /** It is asked of the files, which are there whatever runs. */
  readonly ofFiles?: true;
}

/** For engines that speak SQL. */
export interface GivenSql {
  /** Gives more than two rows, in order. */
  readonly rows: string;
  /** A question with one value, which it gives back as `value`. */
  readonly echo: string;
  /** Every one of them would change what is there. */
  readonly writes: readonly string[];
  /** Makes an empty table, and is allowed to. */
  readonly makes: string;
  /** Asks for all of that table. */
  readonly made: string;
  /** Fails in words of the engine that hold `CANARY`. */
  readonly fails: string;
  /** Takes more than a minute. */
  readonly long: string;
}

/** A version that is not on this machine: as it would be asked for, or a program that is taken away. */
export type Unavailable<Request> = Partial<Request> | { readonly hides: string } | 'needs no program of its own';

/** What one engine's case brings along. All of it is made with real programs, once; the suite only reads it. */
export interface GivenService extends AsyncDisposable {
  /** Makes the program of the engine say its version. Absent: the engine has no program. */
  readonly program?: readonly [file: string, ...args: string[]];
  readonly prepare?: {
    readonly request?: Partial<PrepareRequest>;
    /** Does what a restore would. */
    readonly fill: (prepared: PreparedService) => Promise<unknown>;
    readonly unavailable: Unavailable<PrepareRequest>;
  };
  readonly open?: {
    readonly material: Material;
    readonly request?: Partial<OpenRequest>;
    readonly unavailable: Unavailable<OpenRequest>;
    /** Of the strange folders those that are none to this engine, with the reason. */
    readonly takes?: Readonly<Partial<Record<Strange, string>>>;
  };
  readonly asked: readonly Asked[];
  readonly sql?: GivenSql;
  /** At which it listens in the network of its jail. */
  readonly ports?: readonly number[];
  /** Nothing runs between two questions: what it can lose are its files. */
  readonly runsNothing?: true;
  /** With `share`: a client in the jail of another component, where the folder is at `/shared`; and what it prints. */
  readonly client?: {
    readonly program: (shared: SharedSocket) => readonly [file: string, ...args: string[]];
    readonly says: string;
  };
  /** With `handOver`: what is asked of the files in their new place, and its answer. */
  readonly handedOver?: { readonly ask: (folder: string) => Promise<string>; readonly answer: string };
  readonly inPlace?: GivenInPlace;
}

/** Until it is disposed of. */
export interface InUse extends AsyncDisposable {
  readonly folder: string;
}

export interface GivenInPlace {
  readonly layout?: Readonly<Record<string, unknown>>;
  /** Puts it to use in this folder. */
  readonly begin: (folder: string) => Promise<InUse>;
  /** Why what is in use now is copied and the copy asked: whatever becomes of it then. */
  readonly asksCopy?: string;
  /** Names of files in which its own programs note who reads. */
  readonly readers?: readonly string[];
}

/** Folders that no tool of the engine leaves. */
export const STRANGE = {
  empty: 'an empty folder',
  text: 'a text in place of each of its files and folders',
  file: 'a text in place of the folder',
  unsaid: 'an empty folder of which nobody has said anything',
} as const;
export type Strange = keyof typeof STRANGE;

/** Stands for what is in a backup and may be nowhere else. */
export const CANARY = 'doe-jane-canary';

/** One engine, what it has in each way, and how its material is made. */
export interface ServiceCase {
  readonly service: Service;
  /** Which one, for engines that have several cases. */
  readonly kind?: string;
  readonly has: Readonly<Partial<Record<Way, readonly Capability[]>>>;
  /** What other tests hold, in place of this suite. */
  readonly elsewhere?: readonly ('handOver' | 'inPlace')[];
  readonly make: () => Promise<GivenService>;
}
