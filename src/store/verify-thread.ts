// The program of a thread that reads blocks of a ledger: started by verify-threads.ts.
import { readBlock, type Block } from '../evidence/block.ts';
import { publicKeyOf } from '../evidence/key.ts';
import { answerQuestions } from '../system/threads.ts';
import type { ThreadSetting } from './verify-threads.ts';

answerQuestions(setting => {
  const { origin, stops, pems } = setting as ThreadSetting;
  const options = { origin, stops, keys: pems.map(publicKeyOf) };
  return block => readBlock(block as Block, options);
});
