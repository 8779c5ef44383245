import { readFileSync } from 'node:fs';
import type { Outcome } from '../../src/finding/finding.ts';
import type { ObjectiveResult, Verdict } from '../../src/probe/verdict.ts';

/** The worked examples of measurement.md, section 13, exactly as they are published. */
interface Vectors {
  readonly recoveryTime: readonly {
    readonly id: string;
    readonly recoveryTimeSeconds: number;
    readonly detectSeconds: number;
    readonly decideSeconds: number;
    readonly factor: number;
    readonly rtoSeconds: number;
    readonly projectionSeconds: number;
    readonly headroom: number;
    readonly result: ObjectiveResult;
    readonly by: string | null;
  }[];
  readonly criticalPath: readonly {
    readonly id: string;
    readonly parallel: number | null;
    readonly base: number;
    readonly workflows: number;
    readonly components: string;
    readonly finish: Readonly<Record<string, number>>;
    readonly total: number;
    readonly slack: Readonly<Record<string, number>> | null;
  }[];
  readonly componentSets: Readonly<
    Record<string, Readonly<Record<string, { readonly seconds: number; readonly needs: readonly string[] }>>>
  >;
  readonly recoveryPointAge: readonly {
    readonly id: string;
    readonly failureInstant: string;
    readonly consistentAt: string;
    readonly availableAt: string;
    readonly newest: string | null;
    readonly everySeconds: number | null;
    readonly skewSeconds: number;
    readonly rpoSeconds: number;
    readonly ageSeconds: number | null;
    readonly basis: string | null;
    readonly result: ObjectiveResult;
    readonly finding: { readonly code: string; readonly outcome: Outcome } | null;
    readonly verdict: Verdict;
  }[];
  readonly choosePoint: readonly {
    readonly id: string;
    readonly failureInstant: string;
    readonly points: readonly { readonly id: string; readonly consistentAt: string; readonly availableAt: string }[];
    readonly chosen: string;
  }[];
  readonly worstAge: readonly {
    readonly id: string;
    readonly rpoMinutes: number;
    readonly pointsMinutes: readonly (readonly [number, number])[];
    readonly fromMinute: number;
    readonly toMinute: number;
    readonly worstMinutes: number | null;
    readonly worstIsLowerBound: boolean;
    readonly timeAboveMinutes: number;
    readonly noPointMinutes: number;
  }[];
  readonly steady: readonly {
    readonly id: string;
    readonly intervalMinutes: number;
    readonly durationMinutes: number;
    readonly copyMinutes: number;
    readonly rpoMinutes: number;
    readonly best: number;
    readonly mean: number;
    readonly worst: number;
    readonly shareAbove: number;
  }[];
  readonly samples: readonly {
    readonly id: string;
    readonly sizes?: readonly number[];
    readonly seconds?: readonly number[];
    readonly full?: number;
    readonly a?: number;
    readonly b?: number;
    readonly estimate?: number;
    readonly upper?: number;
    readonly refused?: boolean;
    readonly bad?: number;
    readonly sampled?: number;
    readonly shareAtMost?: number;
  }[];
  readonly verdict: readonly {
    readonly id: string;
    readonly required: readonly Outcome[];
    readonly notRequired: readonly Outcome[];
    readonly rto: ObjectiveResult;
    readonly rpo: ObjectiveResult;
    readonly notTestedDeclared: boolean;
    readonly destroyed: boolean;
    readonly verdict: Verdict;
  }[];
  readonly occurrence: readonly { readonly id: string; readonly attempts: readonly Verdict[]; readonly counts: Verdict }[];
  readonly upperBound95: readonly { readonly n: number; readonly k: number; readonly bound: number }[];
}

export const vectors = JSON.parse(readFileSync(new URL('../vectors/measurement.json', import.meta.url), 'utf8')) as Vectors;
