/** The clinic's tables that hold rows, in the order in which they are loaded. */
export const TABLE_NAMES = [
  'staff',
  'patient',
  'appointment',
  'encounter',
  'allergy',
  'medication_order',
  'lab_order',
  'lab_result',
  'document',
  'audit_log',
] as const;
export type TableName = (typeof TABLE_NAMES)[number];
export type Sizes = Readonly<Record<TableName, number>>;

/** Rows of each table: shares of the total, so that they add up to it but for rounding. */
export function sizesFor(rows: number): Sizes {
  const share = (part: number): number => Math.max(1, Math.round(rows * part));
  return {
    staff: share(0.001),
    patient: share(0.04),
    appointment: share(0.12),
    encounter: share(0.1),
    allergy: share(0.03),
    medication_order: share(0.12),
    lab_order: share(0.08),
    lab_result: share(0.08) * 3,
    document: share(0.02),
    audit_log: share(0.249),
  };
}
