// watch-rows.ts — runs inside the page: notes when the row of a trace first stood in a painted frame.

declare global {
  interface Window {
    firstPaintedAtMs: Record<string, number>;
  }
}

/**
 * Starts watching. The browser gets the text of this function alone, so it uses nothing from around it. A row that is in the document when a frame begins is on the screen when the next one
 * begins, so that is the time that counts. Epoch milliseconds.
 */
export function watchRows(): void {
  const tracePath = /\/trace\/([0-9a-f]{32})/;
  window.firstPaintedAtMs = {};
  const seen = new Set<string>();
  const look = (): void => {
    const fresh: string[] = [];
    for (const link of document.querySelectorAll('a[href*="/trace/"]')) {
      const id = tracePath.exec(link.getAttribute("href") ?? "")?.[1];
      if (id === undefined || seen.has(id)) continue;
      seen.add(id);
      fresh.push(id);
    }
    requestAnimationFrame(() => {
      const nowMs = performance.timeOrigin + performance.now();
      for (const id of fresh) window.firstPaintedAtMs[id] = nowMs;
      look();
    });
  };
  look();
}
