import { join } from 'node:path';
import { exists } from '../system/files.ts';
import { fine, lacking, type Part } from './answer.ts';
import type { Look } from './setting.ts';

const UNIT = 'resurgam.service';
const FOLDERS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

/** Whether something starts Resurgam again after a crash or a boot. */
export async function servicePart({ unitFolders = FOLDERS }: Look): Promise<Part> {
  const title = 'As a service';
  for (const folder of unitFolders) {
    if (await exists(join(folder, UNIT))) return { title, answers: [fine('systemd unit', join(folder, UNIT))] };
  }
  const lack = {
    says: 'no resurgam.service',
    without: 'nothing starts Resurgam again after a crash or a boot',
    todo: 'Copy packaging/resurgam.service to /etc/systemd/system, then run: systemctl enable --now resurgam',
    needed: false,
  };
  return { title, answers: [lacking('systemd unit', lack)] };
}
