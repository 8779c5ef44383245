import { pacsSource } from './pacs-source.ts';
import { script, stamp, type SamplePlace } from './place.ts';

/** The folder of a stopped Orthanc, images and index, as an archive whose name says its moment. */
export async function makePacs({ folder, stop }: SamplePlace): Promise<void> {
  await using source = await pacsSource(stop);
  await script(`tar -czf pacs-${stamp()}.tar.gz -C ${source.folder} store`, { cwd: folder, stop });
}
