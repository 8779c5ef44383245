/** Where files that came back in a sandbox will be used. */
export interface NewPlace {
  /** Absolute path there of the folder that was restored. */
  readonly folder: string;
  /** Absolute path there of the keys of encrypted tables. */
  readonly keys?: string;
  /** Who may do everything there without a password, through its socket. */
  readonly administrator: { readonly name: string; readonly uid: number; readonly gid: number };
}

export interface HandedOver {
  /** Settings that the source had and that its server needs there too. */
  readonly settings: Readonly<Record<string, string>>;
  /** Host folder of its files, where they are not the ones that the tool restored. */
  readonly folder?: string;
  /** Into which a dump was restored that names none. */
  readonly database?: string;
  /** What is not as it was in the source, as sentences for the record. */
  readonly limitations?: readonly string[];
}
