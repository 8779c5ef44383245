import type { PrintedDrill } from '../evidence/record.ts';
import type { FactView, LedgerExtras, LedgerView } from './view.ts';
import { shortDigest } from './words.ts';

type Place = NonNullable<PrintedDrill['ledger']>;

const NOT_ANCHORED =
  'Not anchored: no copy of the checkpoint is known to lie where this installation cannot change it. Keep this page: each copy that was handed out is such an anchor.';

/** Where the drill stands in the ledger, and how a stranger checks it with stock tools. */
export function ledgerView(record: PrintedDrill, extras: LedgerExtras | null): LedgerView {
  const place = record.ledger;
  if (place === null) {
    return { inLedger: false, facts: [], checkpoint: '', hasCheckpoint: false, anchored: NOT_ANCHORED, commands: [] };
  }
  return {
    inLedger: true,
    facts: facts(place, extras),
    checkpoint: extras?.checkpoint ?? '',
    hasCheckpoint: extras !== null,
    anchored: extras?.anchored ?? NOT_ANCHORED,
    commands: commands(place),
  };
}

function facts(place: Place, extras: LedgerExtras | null): FactView[] {
  const fact = (label: string, value: string, title: string | null = null): FactView => ({ label, value, title, mono: true });
  return [
    ...(extras === null ? [] : [fact('Ledger (origin)', extras.origin)]),
    fact('Entry of this drill (seq)', String(place.seq)),
    fact('Checkpoint size', String(place.size)),
    fact('Checkpoint root', place.root),
    ...(extras === null ? [] : [fact('Signed by key', shortDigest(extras.keyid), extras.keyid)]),
  ];
}

/** Stock tools only (evidence.md, section 10), in the client's ledger folder or in a copy of it. */
function commands(place: Place): { what: string; command: string }[] {
  const line = place.seq + 1;
  const checkpoint = `checkpoints/${String(place.size).padStart(9, '0')}.txt`;
  return [
    {
      what: `The whole ledger: signatures, order, nothing taken out. The first line must begin with “OK”.`,
      command: `bash verify.sh ledger.jsonl ${checkpoint} keys/machine`,
    },
    { what: 'The checkpoint: must be the one printed on this page, character for character.', command: `cat ${checkpoint}` },
    {
      what: 'The drill record and the plan that this entry vouches for. Each must be “OK”.',
      command: `sed -n ${line}p ledger.jsonl | jq -r '.payload|@base64d|fromjson|.subject[1:][]|"\\(.digest.sha256)  \\(.name)"' | sha256sum --strict -c`,
    },
    { what: 'What was signed about this drill, to read.', command: `sed -n ${line}p ledger.jsonl | jq '.payload|@base64d|fromjson'` },
  ];
}
