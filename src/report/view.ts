import type { PrintedDrill } from '../evidence/record.ts';
import type { PathView } from './critical-path.ts';
import type { FurtherView } from './further-points.ts';

/*
 * What the templates see: plain own properties, already in words. Handlebars shows nothing for a getter and takes 0 and '' for false,
 * therefore every "if" of a template has a boolean of its own, and text that may be absent is null.
 */

type Verdict = PrintedDrill['verdict'];
type Outcome = PrintedDrill['findings'][number]['outcome'];

/** What the record does not hold but a reader needs. */
export interface ReportExtras {
  /** What people call the system; the plan's name if the plan does not say. */
  readonly systemName: string;
  /** IANA name; stamps are printed in it beside UTC. */
  readonly timeZone: string;
  readonly madeAt: string;
  readonly product: { readonly name: string; readonly version: string };
  readonly ledger: LedgerExtras | null;
  /** What may be said about the drills of this plan so far (measurement.md, section 10); null if nothing. */
  readonly history: string | null;
}

export interface LedgerExtras {
  readonly origin: string;
  /** The signed note, exactly, for the size that the record names. */
  readonly checkpoint: string;
  /** Hex SHA-256 of the signer's public key. */
  readonly keyid: string;
  /** Where copies of the checkpoint are that we cannot change, in words; null: not anchored. */
  readonly anchored: string | null;
}

/** The one line. `because` continues `statement`. */
export interface HeadlineView {
  readonly verdict: Verdict;
  readonly statement: string;
  readonly because: string;
}

/** A label and what stands beside it. `title` holds the whole of what was shortened; null if nothing was. */
export interface FactView {
  readonly label: string;
  readonly value: string;
  readonly title: string | null;
  readonly mono: boolean;
}

export type SegmentKind = 'measured' | 'estimated' | 'declared';

export interface SegmentView {
  readonly kind: SegmentKind;
  readonly x: string;
  readonly width: string;
  readonly label: string;
  readonly value: string;
  readonly basis: string;
}

/** Percentages of the drawing's width. */
export interface Extent {
  readonly x: string;
  readonly width: string;
}

/** A horizontal bar with its budget marked. Lengths are percentages of the drawing's width. */
export interface BarView {
  readonly id: string;
  /** The whole drawing in one sentence. */
  readonly title: string;
  readonly segments: readonly SegmentView[];
  readonly mark: { readonly x: string; readonly label: string; readonly anchor: 'start' | 'end' };
  readonly headroom: Extent | null;
  /** What lies behind the budget: drawn below the bar, so that the parts stay to be seen. */
  readonly over: Extent | null;
  readonly headroomText: string | null;
}

export interface FigureView {
  readonly id: 'rto' | 'rpo';
  readonly heading: string;
  readonly question: string;
  readonly value: string;
  readonly tested: boolean;
  readonly basis: string;
  readonly target: string;
  readonly result: string;
  readonly tone: 'good' | 'missed' | 'unknown';
  readonly lines: readonly BasisLine[];
  readonly bar: BarView;
}

/** `Measured. Restore to usable took …` */
export interface BasisLine {
  readonly basis: string;
  readonly sentence: string;
}

export interface PhaseView {
  readonly name: string;
  readonly component: string;
  readonly began: string;
  readonly took: string;
  readonly note: string | null;
  readonly counted: boolean;
  readonly x: string;
  readonly width: string;
}

export interface FindingView {
  readonly outcome: Outcome;
  readonly label: string;
  readonly sentence: string;
  readonly code: string;
  readonly where: string;
  readonly facts: readonly FactView[];
  /** Path of the page that says what to do; null if there is nothing to do. */
  readonly response: string | null;
  readonly note: string | null;
}

export interface FindingsView {
  readonly summary: string;
  readonly bad: readonly FindingView[];
  readonly hasBad: boolean;
  readonly rest: readonly FindingView[];
  readonly hasRest: boolean;
  readonly restCaption: string;
}

export interface CardView {
  readonly heading: string;
  readonly facts: readonly FactView[];
}

/** Where the drill stands in the ledger; `inLedger` false: nowhere. */
export interface LedgerView {
  readonly inLedger: boolean;
  readonly facts: readonly FactView[];
  readonly checkpoint: string;
  readonly hasCheckpoint: boolean;
  readonly anchored: string;
  readonly commands: readonly { readonly what: string; readonly command: string }[];
}

/** The whole page. */
export interface DrillView {
  readonly title: string;
  readonly client: string;
  readonly systemName: string;
  readonly day: string;
  readonly headline: HeadlineView;
  /** Exactly one is true: which sign is drawn. */
  readonly sign: { readonly passed: boolean; readonly missed: boolean; readonly failed: boolean; readonly inconclusive: boolean };
  readonly facts: readonly FactView[];
  readonly figures: readonly FigureView[];
  readonly phases: readonly PhaseView[];
  readonly hasPhases: boolean;
  readonly path: PathView | null;
  readonly further: FurtherView | null;
  readonly hasFurther: boolean;
  readonly hasPath: boolean;
  readonly findings: FindingsView;
  readonly points: readonly CardView[];
  readonly hasPoints: boolean;
  readonly choice: string;
  readonly sandbox: readonly FactView[];
  readonly services: readonly CardView[];
  readonly declared: readonly BasisLine[];
  readonly notTested: readonly string[];
  readonly history: string;
  readonly hasHistory: boolean;
  readonly ledger: LedgerView;
  readonly tools: readonly FactView[];
  readonly footer: readonly FactView[];
}
