import { whyUnavailable } from '../../../src/sandbox/namespace/unavailable.ts';

/** Says as JSON why there can be no sandbox, for whoever runs it. */
const error = await whyUnavailable('bwrap');
process.stdout.write(JSON.stringify({ code: error?.code, message: error?.message, hint: error?.hint }));
