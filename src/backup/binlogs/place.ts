/** A place in the binary logs of a server. */
export interface BinlogPlace {
  /** Name of a file, without its number. */
  readonly stem: string;
  readonly number: number;
  readonly position: number;
  /** The last transaction of each domain before it: `domain-server-number`. */
  readonly gtids: readonly string[];
}

/** As the tools say it. `null`: that is no file of a binary log with a position. */
export function placeIn(file: string, position: string, gtids = ''): BinlogPlace | null {
  const [, stem, number] = /^([\w.-]{1,200})\.(\d{6,10})$/.exec(file) ?? [];
  if (stem === undefined || !/^\d{1,15}$/.test(position) || !/^[\d,-]{0,4000}$/.test(gtids)) return null;
  return { stem, number: Number(number), position: Number(position), gtids: gtids.split(',').filter(one => one !== '') };
}
