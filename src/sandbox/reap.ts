/** What a run that died left behind, and whether it is gone now. */
export interface Reaped {
  /** The drill whose sandbox it was: it must be signed as interrupted. */
  readonly drill: string;
  /** Found before they were removed. */
  readonly processes: number;
  readonly mounts: number;
  readonly bytes: number;
  /** Looked at afterwards: nothing of it is there any more. */
  readonly removed: boolean;
}
