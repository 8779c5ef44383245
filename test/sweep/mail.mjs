// A mail server that takes its time, and sometimes refuses for now.
import { SMTPServer } from 'smtp-server';

/** `host`: where it listens; with `key` and `cert` it offers TLS, without which nobody sends over a network. */
export async function receiveMail(random, { host, key, cert }) {
  const accepted = [];
  const refused = { count: 0 };
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    ...(key === undefined ? { disabledCommands: ['STARTTLS'] } : { key, cert }),
    logger: false,
    onConnect: (_session, done) => void setTimeout(done, 20),
    onRcptTo: (_address, _session, done) => {
      if (!random.happens(0.25)) return done();
      refused.count += 1;
      return done(Object.assign(new Error('greylisted, come again'), { responseCode: 451 }));
    },
    onData: (stream, _session, done) => {
      const chunks = [];
      stream.on('data', chunk => chunks.push(chunk));
      stream.on('end', () => {
        const id = /^Message-ID:\s*(<[^>]+>)/im.exec(Buffer.concat(chunks).toString('utf8'))?.[1] ?? '';
        setTimeout(() => {
          accepted.push(id);
          done();
        }, 60);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise(resolve => server.listen(0, host, resolve));
  return { url: `smtp://${host}:${server.server.address().port}`, accepted, refused };
}
