import { Check, Circle } from 'lucide-react';

/** What a new password must satisfy, as the gateway declares it. */
export interface PasswordPolicy {
  min_length: number;
  /** Sentences such as "at least one digit". */
  rules: readonly string[];
}

/** A rule and whether the password meets it; `null`: only the gateway can tell. */
export interface CheckedRule {
  words: string;
  met: boolean | null;
}

/** Checks a password against the policy. Rules whose words the console does not know are left to the gateway. */
export function checkPassword(policy: PasswordPolicy, password: string): readonly CheckedRule[] {
  const length: CheckedRule = {
    words: `At least ${policy.min_length} characters`,
    met: [...password].length >= policy.min_length,
  };
  const others = policy.rules
    .filter((words) => !/\bat least \d+ characters?\b|\bcharacters long\b|\bminimum length\b/i.test(words))
    .map((words) => ({ words: sentence(words), met: meets(words, password) }));
  return [length, ...others];
}

/** True when no rule that the console can check is broken. */
export function passesKnownRules(rules: readonly CheckedRule[]): boolean {
  return rules.every((rule) => rule.met !== false);
}

/** The rules, each ticked as soon as it is met. Tie to the field by `id` and the field's `describedBy`. */
export function PasswordRules({ id, rules }: { id: string; rules: readonly CheckedRule[] }) {
  return (
    <ul id={id} className="mt-1 flex flex-col gap-0.5 text-meta">
      {rules.map(({ words, met }) => {
        const Icon = met === true ? Check : Circle;
        return (
          <li
            key={words}
            className={met === true ? 'flex items-center gap-1.5 text-success' : 'flex items-center gap-1.5 text-ink-3'}
          >
            <Icon aria-hidden className={met === true ? 'size-3.5' : 'mx-1 size-1.5'} strokeWidth={2} />
            {words}
            {met !== null && <span className="sr-only">{met ? ', met' : ', not met yet'}</span>}
          </li>
        );
      })}
    </ul>
  );
}

function meets(words: string, password: string): boolean | null {
  if (/upper/i.test(words)) return /\p{Lu}/u.test(password);
  if (/lower/i.test(words)) return /\p{Ll}/u.test(password);
  if (/digit|number/i.test(words)) return /\p{Nd}/u.test(password);
  if (/special|symbol/i.test(words)) return /[^\p{L}\p{N}\s]/u.test(password);
  return null;
}

function sentence(words: string): string {
  const text = words.trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
