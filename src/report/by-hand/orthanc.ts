import { handFolder, quoted } from '../../backup/by-hand.ts';
import type { Component, Workflow } from '../../plan/plan.ts';
import type { HandStep } from './view.ts';

export const ORTHANC_PORT = 8042;
const DICOM_PORT = 4242;

/** An Orthanc of its own over the restored images and their index: it knows nobody, and only this machine reaches it. */
export function startOrthanc({ name, service }: Component): Pick<HandStep, 'said' | 'code'> {
  const { storage, index, database } = service?.options ?? {};
  const said = `It listens on 127.0.0.1:${String(ORTHANC_PORT)}, and for DICOM on ${String(DICOM_PORT)} as RESTORED. It knows none of the machines that the source knew.`;
  if (typeof database === 'string') {
    return {
      said: [
        said,
        `Its index is in PostgreSQL (${database}): start it with the plugin of the package orthanc-postgresql and its own settings.`,
      ],
      code: null,
    };
  }
  const folder = handFolder(name);
  const found = `$(dirname "$(find ${folder} -maxdepth 10 -type f -name index -size +0 -printf '%d %p\\n' | sort -n | sed -n 1p | cut -d ' ' -f 2-)")`;
  const settings = `"$RECOVERED/${name}-server.json"`;
  return {
    said: [said],
    code: [
      `INDEX="${typeof index === 'string' ? `$RECOVERED/${name}/"${quoted(index)}"` : found}"`,
      `STORAGE="${typeof storage === 'string' ? `$RECOVERED/${name}/"${quoted(storage)}"` : '$INDEX'}"`,
      'head -c 15 "$INDEX/index" | grep -q "SQLite format 3"',
      `cat > ${settings} <<JSON`,
      `{ "Name": "restored", "IndexDirectory": "$INDEX", "StorageDirectory": "$STORAGE", "Plugins": [], "HttpPort": ${String(ORTHANC_PORT)}, "DicomPort": ${String(DICOM_PORT)}, "DicomAet": "RESTORED",`,
      '  "RemoteAccessAllowed": false, "AuthenticationEnabled": false, "DicomAlwaysAllowStore": false, "DicomAlwaysAllowFind": true, "MaximumPatientCount": 0, "MaximumStorageSize": 0 }',
      'JSON',
      `nohup Orthanc ${settings} > "$RECOVERED/${name}.log" 2>&1 &`,
      `curl -s -f -o /dev/null --retry 300 --retry-delay 1 --retry-all-errors http://127.0.0.1:${String(ORTHANC_PORT)}/system || { tail -n 20 "$RECOVERED/${name}.log"; false; }`,
    ].join('\n'),
  };
}

/** Whether it answers, and which studies it knows. */
export function dicomCommand({ kind }: Pick<Workflow, 'kind'>): string | null {
  if (kind !== 'dicom') return null;
  const at = `-aec RESTORED 127.0.0.1 ${String(DICOM_PORT)}`;
  return `echoscu ${at}\nfindscu -S -k QueryRetrieveLevel=STUDY -k StudyInstanceUID -k StudyDate ${at}`;
}
