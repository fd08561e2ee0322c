import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import { noUsage, readUsage } from '../../prices/read-usage.ts';
import { costNanoUsd, pricesOf, type TokenPrices, type TokenUsage } from '../../prices/token-prices.ts';
import type { ModelDirectory } from '../models/model-directory.ts';
import type { Calculation } from './spend.contract.ts';

/**
 * What the messages of a request cost to read, or what an answer has cost by its usage. A model is one that the
 * caller may use, else one of the public price list.
 * @throws ApiError 400 when there is nothing to calculate with, or the model has no price.
 */
export async function calculateSpend(
  models: ModelDirectory,
  call: Call,
  calculation: Calculation,
): Promise<{ cost: number }> {
  const { model, messages, completion_response: response } = calculation;
  if (model) {
    if (!messages) throw badRequest("Bad Request - messages must be provided if 'model' is provided");
    const prices = await findPrices(models, call, model);
    return costOf(prices, { ...noUsage, promptTokens: await models.countPrompt({ messages }) });
  }
  if (!response) throw badRequest("Bad Request - Either 'model' or 'completion_response' must be provided");
  const named = response['model'];
  if (typeof named !== 'string' || named === '') {
    throw badRequest('Bad Request - completion_response names no model. Send the whole answer of a model.');
  }
  return costOf(await findPrices(models, call, named), usageOf(response['usage']));
}

function costOf(prices: TokenPrices, usage: TokenUsage): { cost: number } {
  return { cost: nanoUsdToUsd(costNanoUsd(prices, usage)) };
}

async function findPrices(models: ModelDirectory, call: Call, model: string): Promise<TokenPrices> {
  const [served] = (await models.modelsOf(call)).deploymentsOf(model);
  const slash = model.indexOf('/');
  const prices = served
    ? served.tokenPrices
    : pricesOf({
        prices: null,
        provider: slash === -1 ? 'openai' : model.slice(0, slash),
        providerModel: slash === -1 ? model : model.slice(slash + 1),
        baseModel: null,
      });
  if (!prices) {
    throw badRequest(
      `Bad Request - model=${model.slice(0, 100)} has no known price. Name a model of GET /v1/models, or provider/model of the public price list.`,
    );
  }
  return prices;
}

/** The usage of an answer, as it is read where answers are charged for. */
function usageOf(value: unknown): TokenUsage {
  if (typeof value !== 'object' || value === null) {
    throw badRequest('Bad Request - completion_response has no usage. Send the whole answer of a model.');
  }
  return readUsage(value) ?? noUsage;
}

function badRequest(message: string): ApiError {
  return new ApiError(400, message, { type: 'bad_request_error', param: 'model' });
}
