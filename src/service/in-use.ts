import { finding, type Finding } from '../finding/finding.ts';
import { ServiceError } from './service.ts';

const PROBE = 'service';

/** Whether what is in use still answers. That it does not says nothing of a backup. */
export async function upIf(is: Promise<boolean>): Promise<Finding> {
  return (await is) ? finding('service.up', 'passed', { probe: PROBE }) : finding('service.no-answer', 'inconclusive', { probe: PROBE });
}

/** Of questions that would write nothing is asked: the server is in use. */
export function wouldWrite(sqlState: string | null = null): ServiceError {
  return new ServiceError('query-failed', 'what would write is not asked of a server in use', { hint: 'Ask it in a drill.', sqlState });
}
