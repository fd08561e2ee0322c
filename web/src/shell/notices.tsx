import { onlineManager } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useSyncExternalStore } from 'react';
import { linkClass } from '../components/link-class.ts';
import { useSession } from '../session/use-session.ts';

/** Lines below the top bar that concern every page. */
export function Notices() {
  const session = useSession();
  const online = useSyncExternalStore(
    (changed) => onlineManager.subscribe(changed),
    () => onlineManager.isOnline(),
  );
  return (
    <div role="status">
      {!online && (
        <Notice>You are offline. Reconnecting as soon as the network is back; what you see may be old.</Notice>
      )}
      {session.password_reset_required && (
        <Notice>
          Your password no longer meets this gateway’s rules.{' '}
          <Link to="/profile" className={linkClass}>
            Choose a new one
          </Link>
          .
        </Notice>
      )}
    </div>
  );
}

function Notice({ children }: { children: ReactNode }) {
  return <p className="border-line border-b bg-warning-paper px-4 py-2 text-warning md:px-8">{children}</p>;
}
