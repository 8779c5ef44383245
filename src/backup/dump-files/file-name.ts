import { basename } from 'node:path/posix';

const PARTIAL = /\.(?:part|partial|tmp|temp|filepart|incomplete|inprogress|in-progress|writing|crdownload|swp)\d*$|~$/i;

/** The same name but for its digits: tonight's and yesterday's dump of one job share it. */
export function shapeOf(key: string): string {
  return key.replaceAll(/\d+/g, '#');
}

/** rsync and others write into a hidden file beside the place: `.ehr.dump.Xa3bQ1`. */
export function isPartialName(key: string): boolean {
  const name = basename(key);
  return PARTIAL.test(name) || /^\..+\.[A-Za-z0-9]{6}$/.test(name);
}
