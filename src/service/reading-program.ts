/** The program `reading.ts`, and everything that it consists of on this host. */
export interface ReadingProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly paths: readonly string[];
}
