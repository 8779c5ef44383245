import { expect, test } from 'vitest';
import type { Content, Message, Sent } from '../../../src/escalation/channel.ts';
import { readServer } from '../../../src/escalation/email/server.ts';
import { channelOf, never } from '../../fixtures/channel-effects.ts';
import { receiveMail, type ReceivedMail } from '../../fixtures/mail-server.ts';
import { messageOf, TOKEN } from '../../fixtures/messages.ts';

interface Delivery {
  readonly sent: Sent;
  readonly mails: readonly ReceivedMail[];
}

async function deliver(more: Partial<Message> = {}, content: Partial<Content> = {}, settings: object = {}): Promise<Delivery> {
  await using server = await receiveMail();
  const sent = await channelOf('email').send(messageOf(more, content), { server: `smtp://127.0.0.1:${server.port}`, ...settings }, never);
  return { sent, mails: server.mails };
}

function headersOf(mail: ReceivedMail | undefined): string {
  return mail?.raw.split('\r\n\r\n')[0] ?? '';
}

test('is the mail of the reference, read from a real server', async () => {
  const { sent, mails } = await deliver();
  const [mail] = mails;
  const headers = headersOf(mail);

  expect(sent).toEqual({ result: 'accepted', providerId: '<e-0001.1@resurgam.example>' });
  expect(mail).toMatchObject({ from: 'resurgam@resurgam.example', to: ['dana.reyes@lakeside.example'] });
  expect(mail?.parsed.subject).toBe('[P2] Lakeside EHR: drill failed (e-0001)');
  expect(mail?.parsed.messageId).toBe('<e-0001.1@resurgam.example>');
  expect(mail?.parsed.date?.toISOString()).toBe('2026-11-08T09:12:50.000Z');
  expect(headers).toMatch(/^From: Resurgam <resurgam@resurgam\.example>\r$/m);
  expect(headers).toMatch(/^To: Dana Reyes <dana\.reyes@lakeside\.example>\r$/m);
  expect(headers).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  expect(headers).toMatch(/^Importance: high\r$/m);
  expect(headers).toMatch(/^X-Resurgam-Escalation: e-0001\r$/m);
  expect(headers).toMatch(/^X-Resurgam-Severity: P2\r$/m);
  expect(headers).not.toMatch(/^(In-Reply-To|References|X-Mailer):/m);
});

test('has text first and HTML second, and both say how to answer', async () => {
  const { mails } = await deliver();
  const { raw, parsed } = mails[0] ?? { raw: '', parsed: undefined };

  expect(headersOf(mails[0])).toMatch(/^Content-Type: multipart\/alternative;/m);
  expect(raw.match(/^Content-Type: text\/\w+/gm)).toEqual(['Content-Type: text/plain', 'Content-Type: text/html']);
  for (const body of [parsed?.text, parsed?.html]) {
    expect(body).toContain(TOKEN);
    expect(body).toContain('Opening the link does nothing by itself');
    expect(body).toContain('ledger entry 18');
  }
});

test('continues the thread of the first mail', async () => {
  const { mails } = await deliver({ id: 'e-0001.4', inReplyTo: 'e-0001.1', kind: 'resolved' });

  expect(mails[0]?.parsed).toMatchObject({
    messageId: '<e-0001.4@resurgam.example>',
    inReplyTo: '<e-0001.1@resurgam.example>',
    references: '<e-0001.1@resurgam.example>',
    subject: '[P2] Resolved: Lakeside EHR, drill failed (e-0001)',
  });
});

test('calls high only what is', async () => {
  const { mails } = await deliver({}, { severity: 'P3' });

  expect(headersOf(mails[0])).not.toMatch(/^Importance:/m);
});

test('carries names in any writing', async () => {
  const contact = { id: 'a', name: 'Jörg 医生 "the boss", <x@y>', email: 'joerg@lakeside.example', phone: null };

  const { mails } = await deliver({ contact }, { system: 'Krankenhaus Köln 病院 👩‍⚕️' });

  expect(mails[0]?.parsed.subject).toBe('[P2] Krankenhaus Köln 病院 👩‍⚕️: drill failed (e-0001)');
  expect(mails[0]?.parsed.to).toMatchObject({ value: [{ address: 'joerg@lakeside.example', name: contact.name }] });
  expect(mails[0]?.to).toEqual(['joerg@lakeside.example']);
});

test('lets no name add a header, a recipient or a part', async () => {
  const hostile = 'EHR\r\nBcc: all@evil.example\r\n\r\n<h1>hello</h1>\r\n.\r\nMAIL FROM:<x@evil.example>';
  const contact = { id: 'a', name: hostile, email: 'dana@lakeside.example', phone: null };

  const { sent, mails } = await deliver(
    { contact, id: hostile, inReplyTo: hostile, domain: hostile },
    { system: hostile, escalation: hostile, summary: hostile },
  );
  const [mail] = mails;

  expect(sent.result).toBe('accepted');
  expect(mails).toHaveLength(1);
  expect(mail?.to).toEqual(['dana@lakeside.example']);
  expect(headersOf(mail)).not.toMatch(/^Bcc:/im);
  expect(mail?.parsed.html).not.toContain('<h1>');
  expect(mail?.parsed.messageId).toMatch(/^<[A-Za-z0-9._-]+@resurgam\.local>$/);
});

test.each([
  'a@b.example, c@evil.example',
  'a@b.example;c@evil.example',
  'a@b.example\r\nRCPT TO:<c@evil.example>',
  '<a@b.example> c@evil.example',
  '"a b"@b.example',
  'group: a@b.example;',
  'a@@b.example',
  'nobody',
  '',
])('sends nothing to the address %j', async email => {
  const { sent, mails } = await deliver({ contact: { id: 'a', name: 'A', email, phone: null } });

  expect(sent).toMatchObject({ result: 'failed', error: 'address-unusable', again: false });
  expect(mails).toEqual([]);
});

test('says that a contact has no address', async () => {
  const { sent } = await deliver({ contact: { id: 'a', name: 'A', email: null, phone: null } });

  expect(sent).toMatchObject({ result: 'failed', error: 'no-address', again: false });
});

test('comes from whom the setting says', async () => {
  const { mails } = await deliver({}, {}, { from: 'backup@lakeside.example' });
  const { sent } = await deliver({}, {}, { from: 'a@b.example, c@d.example' });

  expect(mails[0]?.from).toBe('backup@lakeside.example');
  expect(sent).toMatchObject({ error: 'settings-unusable' });
});

test('tries again when it is greylisted, and is taken the second time under the same id', async () => {
  const codes = [451];
  await using server = await receiveMail({ recipientCode: () => codes.pop() ?? 250 });
  const settings = { server: `smtp://127.0.0.1:${server.port}` };

  const first = await channelOf('email').send(messageOf(), settings, never);
  const second = await channelOf('email').send(messageOf(), settings, never);

  expect(first).toMatchObject({ result: 'failed', error: 'smtp-451', again: true });
  expect(second).toMatchObject({ result: 'accepted' });
  expect(server.mails.map(mail => mail.parsed.messageId)).toEqual(['<e-0001.1@resurgam.example>']);
});

test('does not try again when there is no such person', async () => {
  await using server = await receiveMail({ recipientCode: () => 550 });

  const sent = await channelOf('email').send(messageOf(), { server: `smtp://127.0.0.1:${server.port}` }, never);

  expect(sent).toMatchObject({ result: 'failed', error: 'smtp-550', again: false });
});

test('is for people: no sign of life', async () => {
  expect((await deliver({ kind: 'heartbeat' })).sent).toMatchObject({ error: 'not-for-this-channel', again: false });
});

test.each([
  ['smtps://user:p%40ss%3Aw@mail.example', { host: 'mail.example', port: 465, secure: true, login: { user: 'user', password: 'p@ss:w' } }],
  ['smtps://mail.example:2465', { host: 'mail.example', port: 2465, secure: true, login: null }],
  ['smtp://user:pw@Mail.Example', { host: 'mail.example', port: 587, secure: false, login: { user: 'user', password: 'pw' } }],
  ['smtp://mail.example:25/', { host: 'mail.example', port: 25, secure: false, login: null }],
  ['smtp://[::1]', { host: '::1', port: 25, secure: false, login: null }],
  [undefined, { host: 'localhost', port: 25, secure: false, login: null }],
])('reads the server %s', (setting, server) => {
  expect(readServer(setting)).toEqual(server);
});

test.each(['mail.example', 'https://mail.example', 'smtp://', 'smtp://host/path', 'smtp://host?tls=no', 'smtp://%zz:x@host', ''])(
  'reads no server in "%s"',
  setting => expect(readServer(setting)).toBeUndefined(),
);
