import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiFailure } from '../api/api-failure.ts';
import { Button } from '../components/button.tsx';
import { Field, Select } from '../components/field.tsx';
import { formatDuration, formatTokens, formatUsd } from '../format/index.ts';
import { modelsQuery } from './models-query.ts';
import { sendTestRequest, type TestAnswer } from './send-test-request.ts';

/** Sends one real request with a key that was just created and shows what came back. */
export function TestRequest({ secret, allowedModels }: { secret: string; allowedModels: readonly string[] }) {
  const models = useQuery(modelsQuery);
  const all = models.data ?? [];
  const names = allowedModels.length > 0 ? all.filter((name) => allowedModels.includes(name)) : all;
  const [chosen, setChosen] = useState<string | null>(null);
  // Plain state, not a query: neither the secret nor an answer made with it belongs in a cache.
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<TestAnswer | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const model = chosen ?? names[0];

  const send = async () => {
    if (model === undefined) return;
    setBusy(true);
    setAnswer(null);
    setFailure(null);
    try {
      setAnswer(await sendTestRequest(secret, model));
    } catch (problem) {
      setFailure(problem instanceof ApiFailure ? problem : new ApiFailure(0, 'The answer could not be read.'));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="flex flex-col gap-4">
      <p className="text-ink-2">
        Sends one short chat request with this key, as your code would. It costs what such a request costs.
      </p>
      <div className="flex flex-wrap items-end gap-3">
        <Field label="Model" className="w-64">
          <Select
            value={model ?? ''}
            onChange={(event) => setChosen(event.target.value)}
            options={names.map((name) => ({ value: name, label: name }))}
          />
        </Field>
        <Button busy={busy} disabled={model === undefined} onClick={() => void send()}>
          Send a test request
        </Button>
      </div>
      <div role="status">
        {answer !== null && (
          <div className="border-success border-l-2 pl-4">
            <p className="text-control text-success">It works</p>
            <blockquote className="my-2 max-h-40 overflow-y-auto whitespace-pre-line">
              {answer.text === '' ? 'The model sent an empty answer.' : answer.text}
            </blockquote>
            <p className="text-ink-3 text-meta tabular-nums">{factsOf(answer).join(' · ')}</p>
          </div>
        )}
        {failure !== null && (
          <div className="border-danger border-l-2 pl-4">
            <p className="text-control text-danger">The request was refused</p>
            <p className="my-1 whitespace-pre-line text-ink-2 [overflow-wrap:anywhere]">{failure.message}</p>
            {failure.requestId !== null && (
              <p className="text-ink-3 text-meta">
                Request <code>{failure.requestId}</code>
              </p>
            )}
          </div>
        )}
      </div>
    </div>
  );
}

function factsOf(answer: TestAnswer): readonly string[] {
  const facts = [answer.model, formatDuration(answer.durationMs)];
  if (answer.promptTokens !== null && answer.completionTokens !== null) {
    facts.push(`${formatTokens(answer.promptTokens)} tokens in, ${formatTokens(answer.completionTokens)} out`);
  }
  if (answer.costNanoUsd !== null) facts.push(formatUsd(answer.costNanoUsd));
  return facts;
}
