// tree-divider.tsx — how wide the tree is beside the timeline. Kept in this browser, as a share.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

const KEY = "telemetry.tree";
const SHARE_DEFAULT = 0.34;
const WIDTH_MIN = 120;
const TIMELINE_MIN = 140;

export function useTreeWidth(total: number): [width: number, setWidth: (width: number) => void] {
  const [share, setShare] = useState(readShare);
  const widest = Math.max(WIDTH_MIN, total - TIMELINE_MIN);
  // On a phone half of the width is little for a name, and all that there is.
  const preferred = total < 560 ? total * 0.46 : total * share;
  const width = Math.round(Math.min(widest, Math.max(WIDTH_MIN, preferred)));
  const setWidth = (wished: number): void => {
    const next = Math.min(0.7, Math.max(0.1, wished / Math.max(1, total)));
    setShare(next);
    try {
      localStorage.setItem(KEY, String(next));
    } catch {
      // storage is forbidden or full: the width holds until the page closes
    }
  };
  return [width, setWidth];
}

function readShare(): number {
  try {
    const share = Number(localStorage.getItem(KEY) ?? SHARE_DEFAULT);
    return share > 0 && share < 1 ? share : SHARE_DEFAULT;
  } catch {
    return SHARE_DEFAULT;
  }
}

interface TreeDividerProps {
  width: number;
  total: number;
  onChange: (width: number) => void;
}

const STEP = 24;

export function TreeDivider({ width, total, onChange }: TreeDividerProps): JSX.Element {
  const [isHeld, setHeld] = useState(false);
  return (
    <div
      class={`tree-divider ${isHeld ? "is-held" : ""}`}
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the tree"
      aria-valuenow={total > 0 ? Math.round((width / total) * 100) : 0}
      aria-valuemin={10}
      aria-valuemax={70}
      tabIndex={0}
      style={{ left: `${width}px` }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setHeld(true);
      }}
      onPointerMove={(event) => {
        if (isHeld)
          onChange(event.clientX - event.currentTarget.parentElement!.getBoundingClientRect().left);
      }}
      onPointerUp={() => setHeld(false)}
      onPointerCancel={() => setHeld(false)}
      onKeyDown={(event) => {
        const step = event.key === "ArrowLeft" ? -STEP : event.key === "ArrowRight" ? STEP : 0;
        if (step === 0) return;
        event.preventDefault();
        onChange(width + step);
      }}
    />
  );
}
