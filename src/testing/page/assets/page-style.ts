/** The page's looks, light and dark. */
export const PAGE_STYLE: string = `
:root {
  color-scheme: light dark;
  --page: #f4f5f8; --card: #ffffff; --line: #e3e6ec; --text: #171a21; --soft: #667085;
  --accent: #2f6fed; --second: #d9822b; --good: #16915b; --warn: #b7791f; --bad: #d03a3a; --on-accent: #ffffff;
  --shadow: 0 1px 2px rgb(20 24 40 / 6%), 0 4px 16px rgb(20 24 40 / 5%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --card: #161a21; --line: #262c36; --text: #e8ebf1; --soft: #8c95a6;
    --accent: #6aa0ff; --second: #f0a95a; --good: #43c98b; --warn: #e3b341; --bad: #ff7b72; --on-accent: #0b1220;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 28px 20px 40px; max-width: 980px; background: var(--page); color: var(--text);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, Ubuntu, "DejaVu Sans", sans-serif;
}
h1, h2, h3, p, dl, dd, figure { margin: 0; }
header { display: flex; align-items: center; justify-content: space-between; margin-bottom: 18px; }
h1 { font-size: 17px; font-weight: 450; color: var(--soft); }
h1 b { color: var(--text); font-weight: 650; margin-right: 4px; }
h2 { font-size: 21px; line-height: 1.25; font-weight: 620; overflow-wrap: anywhere; }
h3 { font-size: 13px; font-weight: 600; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 20px; box-shadow: var(--shadow); }
main { display: grid; gap: 16px; grid-template-columns: repeat(2, minmax(0, 1fr)); }
.player, .plots { grid-column: 1 / -1; }

.chip {
  --tone: var(--soft);
  display: inline-flex; align-items: center; gap: 7px; white-space: nowrap; padding: 3px 11px 3px 9px;
  border-radius: 99px; font-size: 13px; color: var(--tone);
  background: color-mix(in srgb, var(--tone) 12%, transparent);
}
.chip::before { content: ""; width: 7px; height: 7px; border-radius: 50%; background: currentColor; }
.chip[data-tone="good"] { --tone: var(--good); }
.chip[data-tone="warn"] { --tone: var(--warn); }
.chip[data-tone="bad"] { --tone: var(--bad); }

nav { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 16px; }
nav[hidden] { display: none; }
nav button {
  font: inherit; font-size: 14px; color: var(--soft); background: none; cursor: pointer;
  border: 1px solid var(--line); border-radius: 99px; padding: 5px 14px;
}
nav button[aria-current="true"] { color: var(--text); background: var(--card); border-color: var(--accent); }

.player { display: grid; grid-template-columns: auto 1fr auto; gap: 4px 18px; align-items: center; }
.player .chip { align-self: start; margin-top: 4px; }
#status { color: var(--soft); min-height: 1.45em; font-variant-numeric: tabular-nums; }
#listen {
  font: inherit; font-weight: 600; cursor: pointer; color: var(--on-accent); background: var(--accent);
  border: 0; border-radius: 99px; padding: 0 24px 0 18px; height: 52px; min-width: 128px;
  display: flex; align-items: center; justify-content: center; gap: 8px; transition: filter .15s, opacity .15s;
}
#listen:hover { filter: brightness(1.08); }
#listen[aria-pressed="true"]:hover { filter: none; }
#listen:disabled { opacity: .45; cursor: default; filter: none; }
#listen svg { width: 22px; height: 22px; fill: currentColor; }
#listen .stop, #listen[aria-pressed="true"] .play { display: none; }
#listen[aria-pressed="true"] .stop { display: inline; }
#listen[aria-pressed="true"] { background: color-mix(in srgb, var(--accent) 16%, var(--card)); color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
#scope { grid-column: 1 / -1; width: 100%; height: 120px; margin-top: 18px; }
.meter { grid-column: 1 / -1; display: flex; align-items: center; gap: 14px; color: var(--soft); font-size: 13px; margin-top: 6px; }
.meter .bar { position: relative; flex: 1; height: 8px; border-radius: 4px; background: var(--line); overflow: hidden; }
.meter .bar i {
  position: absolute; inset: 0; clip-path: inset(0 100% 0 0);
  background: linear-gradient(90deg, var(--accent) 60%, var(--second) 85%, var(--bad));
}
.meter .bar b { position: absolute; top: 0; bottom: 0; width: 2px; left: 0; background: var(--text); opacity: 0; }
.meter output { width: 62px; text-align: right; font-variant-numeric: tabular-nums; }
.meter label { display: flex; align-items: center; gap: 8px; }
.meter input { width: 96px; accent-color: var(--accent); }
#screen {
  grid-column: 1 / -1; position: relative; display: grid; place-items: center; margin-top: 18px; overflow: hidden;
  aspect-ratio: 16 / 9; max-height: 64vh; width: 100%; border-radius: 10px; background: #000;
}
#screen video { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
#format {
  position: absolute; right: 12px; bottom: 12px; padding: 2px 10px; border-radius: 99px; font-size: 12px; color: #fff;
  background: rgb(0 0 0 / 55%); font-variant-numeric: tabular-nums;
}
#screen[hidden], #format:empty, #problem[hidden], .picture[hidden], audio { display: none; }
#screen:not([hidden]) ~ #scope { height: 64px; margin-top: 14px; }
#problem { grid-column: 1 / -1; color: var(--bad); margin-top: 10px; }

.plots { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
figcaption { display: flex; align-items: baseline; gap: 10px; margin-bottom: 12px; }
.hint { flex: 1; color: var(--soft); font-size: 12px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
figcaption output { font-size: 15px; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
figure canvas { width: 100%; height: 150px; display: block; }
.key { display: inline-block; width: 10px; height: 3px; border-radius: 2px; vertical-align: middle; margin: 0 3px 0 0; }
.key.a { background: var(--accent); }
.key.b { background: var(--second); margin-left: 6px; }

.numbers h3 { margin-bottom: 12px; }
dl { display: grid; grid-template-columns: repeat(3, 1fr); gap: 14px 12px; }
dt { color: var(--soft); font-size: 12px; }
dd { font-size: 17px; font-weight: 560; font-variant-numeric: tabular-nums; white-space: nowrap; min-height: 1.45em; }
dd.bad { color: var(--bad); }

@media (max-width: 720px) {
  main, .plots { grid-template-columns: minmax(0, 1fr); }
  .meter label { font-size: 0; gap: 0; }
  .player { grid-template-columns: auto 1fr; }
  .player .chip { grid-column: 1 / -1; grid-row: 2; justify-self: start; }
}
`;
