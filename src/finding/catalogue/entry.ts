import type { Outcome } from '../finding.ts';

/** What one finding code promises. */
export interface CatalogueEntry {
  /** The outcomes that this code can have. */
  readonly outcomes: readonly Outcome[];
  /** For a director. May name `{object}` `{unit}` `{expected}` `{observed}` `{component}` `{latencyMs}` `{limitMs}`. */
  readonly sentence: string;
}
