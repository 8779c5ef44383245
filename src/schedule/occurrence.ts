/** One moment at which a drill or a backup check is due. */
export interface Occurrence {
  /** `<plan>/<kind>@<dueAt to the second>`, for example `lakeside-ehr/drill@2026-11-01T08:00:00Z` (evidence.md, section 4). */
  readonly id: string;
  /** ISO, UTC, milliseconds. */
  readonly dueAt: string;
  /** After this moment, and not done or skipped, it was missed. ISO, UTC, milliseconds. */
  readonly lateAfter: string;
}

export type OccurrenceKind = 'drill' | 'check';

/** What is due at one moment, and until when it is not late. */
export function occurrenceAt(
  of: { readonly plan: string; readonly kind: OccurrenceKind; readonly graceMs: number },
  due: Date,
): Occurrence {
  const dueAt = due.toISOString();
  return { id: occurrenceId(of, dueAt), dueAt, lateAfter: new Date(due.getTime() + of.graceMs).toISOString() };
}

/** The id of what is due at this moment. `dueAt`: ISO, UTC, milliseconds. */
export function occurrenceId(of: { readonly plan: string; readonly kind: OccurrenceKind }, dueAt: string): string {
  return `${of.plan}/${of.kind}@${dueAt.replace(/\.\d{3}Z$/, 'Z')}`;
}
