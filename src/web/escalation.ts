import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acknowledgeByLink } from '../escalate/acknowledge.ts';
import type { EscalateTools } from '../escalate/tools.ts';
import { rulesOf } from '../escalate/tools.ts';
import type { Matter } from '../escalation/matter.ts';
import { renderPage } from '../report/render.ts';
import { matterById } from '../store/state/matters.ts';
import { tokenOf } from '../store/state/tokens.ts';
import type { TemplateTexts } from '../system/templates.ts';
import { matterPage, overPage, takenPage, type EscalationView } from './escalation-view.ts';

export interface EscalationPages {
  /** With the plans as they are now. */
  readonly tools: () => EscalateTools;
  readonly template: TemplateTexts;
}

interface Asked {
  readonly Params: { readonly id: string };
  readonly Querystring: { readonly token?: unknown };
  readonly Body: unknown;
}

/**
 * The page behind the link of a message. Opening it does nothing: programs that check mails for viruses open links too. Only the button,
 * pressed with the contact's own single-use link, counts (escalation.md, section 4). Without a valid link nothing is told at all.
 */
export function registerEscalationPages(server: FastifyInstance, pages: EscalationPages): void {
  void server.register(async scope => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: 4_096 }, (_, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body as string)));
    });
    scope.route<Asked>({
      method: 'GET',
      url: '/escalations/:id',
      // The link is a secret: it must not get into a log.
      logLevel: 'silent',
      handler: (request, reply) => show(request, reply, pages),
    });
    scope.route<Asked>({
      method: 'POST',
      url: '/escalations/:id',
      logLevel: 'silent',
      handler: (request, reply) => take(request, reply, pages),
    });
    await Promise.resolve();
  });
}

async function show(request: FastifyRequest<Asked>, reply: FastifyReply, pages: EscalationPages): Promise<FastifyReply> {
  const { token } = request.query;
  const tools = pages.tools();
  const of = isToken(token) ? await tokenOf(tools.state, token) : undefined;
  const matter = of === undefined ? undefined : await tools.state.of(of.client, tx => matterById(tx, of.escalation));
  if (of === undefined || matter?.id !== request.params.id) return send(reply.code(404), overPage(), pages);
  const rules = rulesOf(tools.fleet, matter);
  const contact = rules.client.contacts[of.contact]?.name;
  if (contact === undefined) return send(reply.code(404), overPage(), pages);
  return send(reply, matterPage(matter, rules, { action: `/escalations/${matter.id}`, token: String(token), contact }), pages);
}

async function take(request: FastifyRequest<Asked>, reply: FastifyReply, pages: EscalationPages): Promise<FastifyReply> {
  const token = typeof request.body === 'object' && request.body !== null && 'token' in request.body ? request.body.token : undefined;
  const tools = pages.tools();
  const answered = isToken(token) ? await acknowledgeByLink({ token, escalation: request.params.id }, tools) : undefined;
  if (answered?.result !== 'taken') return send(reply.code(410), overPage(), pages);
  const { client, escalation } = answered.of;
  const matter: Matter | undefined = await tools.state.of(client, tx => matterById(tx, escalation));
  return send(reply, matter === undefined ? overPage() : takenPage(matter, rulesOf(tools.fleet, matter)), pages);
}

function isToken(token: unknown): token is string {
  return typeof token === 'string' && /^[A-Za-z0-9_-]{43}$/.test(token);
}

function send(reply: FastifyReply, view: EscalationView, { template }: EscalationPages): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  return reply
    .type('text/html; charset=utf-8')
    .header(
      'content-security-policy',
      `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    )
    .send(renderPage(template, { ...view, nonce }));
}
