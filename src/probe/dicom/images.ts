import type { Question } from '../probe.ts';
import type { DicomOptions, SeenImages } from './seen.ts';

/** Looks at images one by one: others in each drill, since the archive names them by digests and the point says where to begin. */
export async function lookAtImages(question: Question, { verify, decode }: DicomOptions, stop: AbortSignal): Promise<SeenImages> {
  const { images } = question.service;
  if (images === undefined) throw new Error('the service has no images');
  const all = [...(await images.list(stop))].sort();
  const from = all.length === 0 ? 0 : Number.parseInt(question.pseudonym(question.point?.id ?? '').slice(0, 8), 16) % all.length;
  const turned = [...all.slice(from), ...all.slice(0, from)];
  const counts = { whole: 0, missing: 0, altered: 0, unverified: 0, picture: 0, none: 0, damaged: 0, untold: 0 };
  const there: string[] = [];
  for (const image of turned.slice(0, verify === 'all' ? undefined : verify)) {
    const is = await images.verify(image, stop);
    counts[is === 'untold' ? 'unverified' : is] += 1;
    if (is === 'whole') there.push(image);
  }
  // What was altered or is gone has been told already. Reports and the like hold no picture: others are tried in their place.
  for (const image of verify === 0 ? turned : there) {
    if (counts.picture + counts.damaged >= decode || counts.none + counts.untold > decode * 10) break;
    counts[await images.decode(image, stop)] += 1;
  }
  return {
    ...{ all: all.length, verified: counts.whole + counts.missing + counts.altered, missing: counts.missing, altered: counts.altered },
    unverified: counts.unverified,
    ...{ tried: counts.picture + counts.damaged, damaged: counts.damaged, untold: counts.untold },
  };
}
