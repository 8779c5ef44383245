// The least of an object store, in a process of its own: one object, ranges, no signature check, no throttling.
// node object-server.mjs <file>: prints its port, ends when its standard input does.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';

const [file] = process.argv.slice(2);
const { size } = statSync(file);
const server = createServer((request, response) => {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const [start, end] = range === null ? [0, size - 1] : [Number(range[1]), Math.min(Number(range[2]), size - 1)];
  const headers = {
    etag: '"bench"',
    'last-modified': new Date(0).toUTCString(),
    'content-length': end - start + 1,
    'accept-ranges': 'bytes',
  };
  response.writeHead(
    range === null ? 200 : 206,
    range === null ? headers : { ...headers, 'content-range': `bytes ${start}-${end}/${size}` },
  );
  if (request.method === 'HEAD') response.end();
  else
    createReadStream(file, { start, end, highWaterMark: 1 << 18 })
      .on('error', () => response.destroy())
      .pipe(response);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.on('end', () => process.exit(0)).resume();
