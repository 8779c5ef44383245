import { finding, type Finding } from '../../finding/finding.ts';
import type { RestoredImages } from '../../service/service.ts';
import type { Question } from '../probe.ts';
import { refusalOf } from '../refusal.ts';

/** What a person does at a workstation: find a study, and open it. */
export async function asWorkflow(question: Question, images: RestoredImages, stop: AbortSignal): Promise<Finding> {
  const { name, component, required, limitMs } = question;
  const place = { probe: name, component, required, object: name, limitMs };
  try {
    const { studies, latencyMs } = await images.studies(stop);
    const [first] = studies;
    if (first === undefined) return finding('workflow.failed', 'failed', { ...place, latencyMs, expected: 'a study', observed: 'none' });
    const came = await images.retrieve(first.uid, stop);
    const facts = { ...place, unit: 'images', expected: first.images, observed: came.received, latencyMs: latencyMs + came.latencyMs };
    if (came.received === 0) return finding('workflow.failed', 'failed', facts);
    const late = limitMs !== null && facts.latencyMs > limitMs;
    return finding(late ? 'workflow.too-slow' : 'workflow.ok', late ? 'failed' : 'passed', facts);
  } catch (error) {
    return finding('workflow.no-answer', 'inconclusive', { ...place, observed: refusalOf(error).observed });
  }
}
