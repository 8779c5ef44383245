/** What a `query` event runs, as far as its beginning is kept. */
export interface Statement {
  /** In which it is run; empty: none. */
  readonly schema: string;
  readonly text: string;
  /** In which it counts its times, if it has any; `SYSTEM`: that of its machine. */
  readonly zone: string | null;
}

const VARIABLES_AT = 13;
const ZONE = 5;
/** Bytes of the variables that come before it; the others say their own length. */
const SIZES: Readonly<Record<number, number>> = { 0: 4, 1: 8, 3: 4, 4: 6 };
const NAMED = [ZONE, 6];

/** Undefined: it is too short to be one. */
export function statementIn(body: Buffer): Statement | undefined {
  if (body.length < VARIABLES_AT) return undefined;
  const from = VARIABLES_AT + body.readUInt16LE(11);
  const to = from + body.readUInt8(8);
  return {
    schema: body.toString('utf8', from, to),
    text: body.toString('latin1', to + 1),
    zone: zoneIn(body.subarray(VARIABLES_AT, from)),
  };
}

function zoneIn(variables: Buffer): string | null {
  for (let at = 0; at + 1 < variables.length;) {
    const code = variables.readUInt8(at);
    const size = NAMED.includes(code) ? 1 + variables.readUInt8(at + 1) : SIZES[code];
    if (size === undefined) return null;
    if (code === ZONE) return variables.toString('latin1', at + 2, at + 1 + size);
    at += 1 + size;
  }
  return null;
}
