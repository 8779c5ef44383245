import type { Shell } from 'zx';

/** A part of the system that this one needs, as a step reaches it: files are a folder, servers a socket and a port of 127.0.0.1. */
export interface NeededPart {
  readonly files?: string;
  readonly socket?: string;
  readonly port?: string;
  readonly user?: string;
  readonly database?: string;
}

/** What a step may use. In a drill all of it is inside the sandbox; in a recovery it is the machine that a person named. */
export interface RunbookContext {
  /** Runs a command, quoted safely: `` await $`createdb ${name}` ``. A command that fails rejects. In a dry run it is only written down. */
  readonly $: Shell;
  /** The component's own restored files, which a step may change; undefined if it has none. */
  readonly files: string | undefined;
  /** The component's own server, once it runs: only for steps after the start. */
  readonly server: NeededPart | undefined;
  readonly needs: Readonly<Record<string, NeededPart>>;
  /** Values of the plan: `runbook: { with: … }`. */
  readonly with: Readonly<Record<string, string | number | boolean>>;
  /** What `runbook: { secrets: … }` refers to. Never log them: they are taken out of the log if you do. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Nothing is changed, every command is written down. */
  readonly dryRun: boolean;
  /** Goes into the encrypted log of the drill; of it only the digest is evidence. */
  log(line: string): void;
}

export interface RunbookStep {
  /** In the words of whoever would do it by hand. */
  readonly name: string;
  /** How long it may take, such as `30s` or `10m`; without it 10 minutes. */
  readonly within?: string;
  /** What a person types to do it by hand; for the printed runbook. */
  readonly byHand?: string;
  run(context: RunbookContext): Promise<void>;
  /** Whether it worked, asked in a process of its own: a step may end well and have done nothing. */
  check?(context: RunbookContext): Promise<boolean>;
}

/** How the application is started, with the keys of `service: { engine: command }`. */
export interface RunbookService {
  readonly start: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string | number | boolean>>;
  readonly port?: number;
  readonly socket?: string;
  readonly ready?: object;
}

/** What a script below `runbooks/recovery/` exports as its default. */
export interface Runbook {
  /** Over the restored files, before anything of the component runs. */
  readonly before?: readonly RunbookStep[];
  /** What then runs, for components without a `service:` in the plan. */
  start?(context: RunbookContext): RunbookService | Promise<RunbookService>;
  /** Once it runs. */
  readonly after?: readonly RunbookStep[];
}
