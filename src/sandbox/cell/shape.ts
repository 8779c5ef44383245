import type { Mount } from '../../backup/target.ts';

/** As whom a jail's programs run on this machine. */
export type Runner =
  /** We are root: a user that exists for this drill alone, so that its limits and its traces are its own. */
  | { readonly as: 'drill-user'; readonly uid: number }
  /** We are an ordinary user: a user namespace in which nobody else exists. */
  | { readonly as: 'own-user' };

/** Everything that decides what one jail sees. The same shape makes the jail that is tried and the jail that is used. */
export interface JailShape {
  readonly runner: Runner;
  /** First jail only: shares the network of the host. */
  readonly network: boolean;
  /** Host folder with the made-up `passwd`, `group`, `hosts`, `nsswitch.conf`; without it there is no `/etc` at all. */
  readonly etc: string | undefined;
  readonly mounts: readonly Mount[];
  /** Shown read-only at the same path if they exist. */
  readonly visible: readonly string[];
  /** Covered by an empty folder after `visible`, before `mounts`. */
  readonly hidden: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** First jail only: variables that are secrets, which no argument may hold, since everybody may read those. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly sharedMemoryBytes: number;
  readonly temporaryBytes: number;
  /** As root: may read (never write) whatever is shown, because a backup folder, or files that are in use, are often readable by their owner alone. */
  readonly readsEverything: boolean;
  /** Most processes of the runner; undefined where the kernel would count other programs of the same user. */
  readonly processes: number | undefined;
  /** Whether the system call filter holds: not on a processor that it is not written for. */
  readonly filtered: boolean;
}

/** The user in the jail of an ordinary user, and in its made-up `passwd`. */
export const OWN_USER_UID = 65534;

const JAIL_PATH = '/usr/bin:/bin:/usr/sbin:/sbin';

/** The whole environment of a jailed program but for its secrets. */
export function environmentOf({ env }: JailShape): Readonly<Record<string, string>> {
  return { PATH: JAIL_PATH, HOME: '/tmp', LANG: 'C.UTF-8', ...env };
}

/**
 * Put before a program that a jail starts as root: from here on it is the drill's user. What it keeps is one right, to read whatever it was
 * shown, and only where that was asked for.
 */
export function rootGone(uid: number, readsEverything: boolean): readonly string[] {
  const keep = readsEverything ? ',+dac_read_search' : '';
  return [
    ...['/usr/bin/setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups'],
    ...[`--inh-caps=-all${keep}`, ...(readsEverything ? [`--ambient-caps=-all${keep}`] : []), `--bounding-set=-all${keep}`],
    '--no-new-privs',
  ];
}

/** The smallest jail that there can be, to find out whether one can be made at all. */
export const TRIAL: Omit<JailShape, 'runner'> = {
  ...{ network: false, etc: undefined, mounts: [], visible: [], hidden: [], env: {}, readsEverything: false },
  ...{ sharedMemoryBytes: 4096, temporaryBytes: 4096, processes: undefined, filtered: false },
};

/** A user of the drills' range, whom no account has. */
export const TRIAL_UID = 65_519;
