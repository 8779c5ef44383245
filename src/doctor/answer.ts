/** `ok`, `missing` (something stops working), or `unknown`: it could not be told, which is never ok. */
export type Told = 'ok' | 'missing' | 'unknown';

/** One thing that was looked at. For a person: no value of a secret, no text that a tool printed. */
export interface Answer {
  readonly subject: string;
  readonly told: Told;
  /** Resurgam as it is configured cannot do its work without it. */
  readonly needed: boolean;
  /** What was found. */
  readonly says: string;
  /** What stops working; `null` if nothing does. */
  readonly without: string | null;
  /** A sentence that begins with a verb; `null` if there is nothing to do. */
  readonly todo: string | null;
}

/** The answers about one part of the installation. */
export interface Part {
  readonly title: string;
  readonly answers: readonly Answer[];
}

export interface Lack {
  readonly says: string;
  readonly without: string;
  readonly todo: string;
  readonly needed?: boolean;
}

export function fine(subject: string, says: string): Answer {
  return { subject, told: 'ok', needed: true, says, without: null, todo: null };
}

export function lacking(subject: string, { needed = true, ...lack }: Lack): Answer {
  return { subject, told: 'missing', needed, ...lack };
}

export function untold(subject: string, { needed = true, ...lack }: Lack): Answer {
  return { subject, told: 'unknown', needed, ...lack };
}

/** Whether Resurgam can do its work: everything that it needs is there, and none of it is unknown. Pure. */
export function isReady(parts: readonly Part[]): boolean {
  return parts.every(part => part.answers.every(answer => answer.told === 'ok' || !answer.needed));
}
