import type { Jail } from '../backup/target.ts';
import type { ReadingProgram } from './reading-program.ts';

/** What is in use already, at the place into which it was recovered for real. */
export interface InPlaceRequest {
  /** A jail that reads whatever it is shown, whoever owns it; made when it is asked for. */
  readonly jail: () => Promise<Jail>;
  /** The machine itself: for clients of a server that knows us by our user. */
  readonly machine: Pick<Jail, 'run'>;
  readonly folder: string;
  /** Of a server: its socket, whom it takes us for there, and in which database questions are asked. */
  readonly server?: { readonly socket: string; readonly user: string; readonly database: string | null };
  /** `Restored.layout`. */
  readonly layout: Readonly<Record<string, unknown>>;
  readonly reading: ReadingProgram;
}
