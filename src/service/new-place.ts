/** Where files that came back in a sandbox will be used. */
export interface NewPlace {
  /** Absolute path there of the folder that was restored. */
  readonly folder: string;
  /** Who may do everything there without a password, through its socket. */
  readonly administrator: { readonly uid: number; readonly gid: number };
}

export interface HandedOver {
  /** Settings that the source had and that its server needs there too. */
  readonly settings: Readonly<Record<string, string>>;
}
