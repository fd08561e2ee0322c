import type { PreviewOutcome } from './single-sign-on.contract.ts';

/** The page that ends a dry run. It has no script, and shows everything that came from outside as text. */
export function previewPage({ claims, refusal, user, changes }: PreviewOutcome): string {
  const verdict = refusal
    ? `<p class="refused">This person would <strong>not</strong> be signed in (<code>${escapeHtml(refusal.code)}</code>). ${escapeHtml(refusal.message)}</p>`
    : '<p>This person would be signed in. Nothing was changed, and nobody was signed in.</p>';
  const facts = user
    ? [
        ['Account', `${user.user_email ?? 'no address'} (${user.user_id})${user.is_new ? ', new' : ''}`],
        ['Role', user.user_role],
        ['Teams', user.teams.map((team) => team.team_alias ?? team.team_id).join(', ') || 'none'],
        [
          'Would be written',
          changes.map(({ action, object_type, object_id }) => `${object_type} ${object_id} ${action}`).join('; ') ||
            'nothing',
        ],
      ]
    : [];
  const rows = facts.map(
    ([name = '', value = '']) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dry run of a sign-in</title>
<style>
body { max-width: 45rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
th { text-align: left; vertical-align: top; padding-right: 1.5rem; white-space: nowrap; }
pre { padding: 1rem; overflow: auto; background: color-mix(in srgb, currentColor 7%, transparent); }
.refused { border-left: 3px solid firebrick; padding-left: 0.75rem; }
:root { color-scheme: light dark; }
</style>
</head>
<body>
<h1>Dry run of a sign-in</h1>
${verdict}
<table>${rows.join('')}</table>
<h2>Claims</h2>
<pre>${escapeHtml(JSON.stringify(claims, null, 2))}</pre>
<p>You can close this window.</p>
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
