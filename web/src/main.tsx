import './styles.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query-client.ts';
import { router } from './routes.tsx';

// A page that the browser kept alive may belong to a session that has ended since.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});

const container = document.getElementById('root');
if (container === null) throw new Error('index.html has lost its #root');
createRoot(container).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
