// Runs before the first paint, so that no page flashes in the wrong theme.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem('latchkey.theme');
  } catch {
    // Storage may be forbidden; the system's theme is a fine answer.
  }
  const dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
