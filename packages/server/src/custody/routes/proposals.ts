import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { sessionOf } from '../../identity/authenticate.ts';
import { actorOfSession } from '../../identity/caller.ts';
import { Problem } from '../../platform/http/problem.ts';
import { customerParams, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId } from '../../platform/ids/ids.ts';
import type { ActingAdmin, Proposal, Proposals } from '../erasure/proposals.ts';
import { coolingMinutes, orderShape } from './erasure-answer.ts';
import type { ErasureCustomers } from './erasure-customer.ts';

export interface ProposalRoutesOptions {
  readonly proposals: Proposals;
  readonly customers: ErasureCustomers;
  readonly coolingMinutes: number;
}

const proposalShape = Type.Object({
  proposal: uuid('the proposal'),
  mine: Type.Boolean({ description: 'proposed by whoever asks: somebody else confirms it' }),
  state: Type.Enum(['open', 'confirmed', 'ended', 'expired']),
  proposedAt: time('when'),
  expiresAt: time('void by then'),
  coolingMinutes,
  order: Type.Union([uuid('what came of it'), Type.Null()]),
});

/** Only admins of the customer itself: what staff may order is in `erasures.ts`, and takes the wait. */
function adminOf(request: FastifyRequest): ActingAdmin {
  const session = sessionOf(request);
  if (session.kind !== 'admin') throw new Problem('forbidden');
  return { account: session.account, actor: actorOfSession(session) };
}

const asProposal = (found: Proposal, request: FastifyRequest) => ({
  proposal: found.proposal,
  mine: found.by === sessionOf(request).account,
  state: found.state,
  proposedAt: found.proposedAt.toISOString(),
  expiresAt: found.expiresAt.toISOString(),
  coolingMinutes: found.coolingMinutes,
  order: found.order ?? null,
});

export function proposalRoutes(server: HttpServer, options: ProposalRoutesOptions): void {
  const { proposals, customers } = options;
  const params = Type.Object({ customer: uuid('the customer'), proposal: uuid('the proposal') });
  const nothing = Type.Object({}, { additionalProperties: false });

  server.get(
    '/v1/customers/:customer/erasure-proposals',
    {
      config: { guard: 'none', session: 'erasures.read' },
      schema: {
        summary: 'Proposals to erase the whole customer, newest first',
        tags: ['erasure'],
        params: customerParams,
        response: { 200: Type.Object({ proposals: Type.Array(proposalShape) }) },
      },
    },
    async (request) => {
      const found = await proposals.list(await customers.of(request.params.customer));
      return { proposals: found.map((one) => asProposal(one, request)) };
    },
  );

  server.post(
    '/v1/customers/:customer/erasure-proposals',
    {
      config: { guard: 'none', session: 'portal.erase', fresh: true },
      schema: {
        summary: 'Propose to erase the whole customer: another of its admins confirms it',
        tags: ['erasure'],
        params: customerParams,
        body: Type.Object({ coolingMinutes: Type.Optional(coolingMinutes) }, { additionalProperties: false }),
        response: { 201: proposalShape },
      },
    },
    async (request, reply) => {
      const customer = await customers.notTheOperator(request.params.customer);
      const minutes = request.body.coolingMinutes ?? options.coolingMinutes;
      const made = await proposals.make(customer, adminOf(request), minutes);
      return reply.code(201).send(asProposal(made, request));
    },
  );

  server.post(
    '/v1/customers/:customer/erasure-proposals/:proposal/confirmation',
    {
      config: { guard: 'none', session: 'portal.erase', fresh: true },
      schema: {
        summary: 'Confirm what another admin proposed: the customer is ordered away',
        tags: ['erasure'],
        params,
        body: nothing,
        response: { 202: orderShape },
      },
    },
    async (request, reply) => {
      const by = adminOf(request);
      const { customer, proposal } = request.params;
      const order = await proposals.confirm(await customers.of(customer), asId(proposal), by);
      return reply.code(202).send(customers.answer(order));
    },
  );

  server.post(
    '/v1/customers/:customer/erasure-proposals/:proposal/end',
    {
      config: { guard: 'none', session: 'portal.erase' },
      schema: { summary: 'End a proposal', tags: ['erasure'], params, body: nothing, response: { 200: proposalShape } },
    },
    async (request) => {
      const by = adminOf(request);
      const { customer, proposal } = request.params;
      return asProposal(await proposals.end(await customers.of(customer), asId(proposal), by), request);
    },
  );
}
