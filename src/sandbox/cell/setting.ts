import { systemClock, type Clock } from '../../system/clock.ts';

/** What this machine gives to sandboxes. */
export interface SandboxOptions {
  /** `RESURGAM_HOME/scratch`. Its parent is hidden from every jail. */
  readonly scratch: string;
  /** Free disk that is left to the host whatever happens. Default 512 MiB. */
  readonly reserveBytes?: number;
  readonly clock?: Clock;
  /** `false`: as if this machine had none. For tests of the other limits, and for machines where writing cgroups disturbs. */
  readonly cgroups?: boolean;
}

export type CellSetting = Required<SandboxOptions>;

const RESERVE_BYTES = 512 * 1024 * 1024;

export function settingOf(options: SandboxOptions): CellSetting {
  const { scratch, reserveBytes = RESERVE_BYTES, clock = systemClock, cgroups = true } = options;
  return { scratch, reserveBytes, clock, cgroups };
}
