/** The look of the page: ink, paper, one seal; the same tokens as the console. */
export const pageStyle = `
:root{--ink:#16232b;--soft:#4f5e67;--paper:#faf8f4;--line:#e4dfd5;--accent:#0b5d6b;--holds:#2e6b3f;--fails:#a3261b;--unknown:#5f6467;--tint:#eef4f3}
@media (prefers-color-scheme:dark){:root{--ink:#e9e6df;--soft:#a9b4b9;--paper:#12191d;--line:#2c373d;--accent:#6cc3d0;--holds:#7cc08d;--fails:#ef8a80;--unknown:#9aa3a7;--tint:#18282c}}
*{box-sizing:border-box}html{scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);font:400 1rem/1.5 "Source Sans 3 Variable","Source Sans 3",system-ui,sans-serif;font-variant-numeric:tabular-nums}
a{color:var(--accent);text-underline-offset:.2em;text-decoration-thickness:1px}h1,h2,h3,p,ul,ol{margin:0}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.mono{font-family:"IBM Plex Mono",ui-monospace,monospace;font-size:.85em;overflow-wrap:anywhere}
.skip{position:absolute;left:-100vw}.skip:focus{left:.5rem;top:.5rem;background:var(--paper);padding:.5rem 1rem}
.preview{margin:0;padding:.6rem 2rem;border-bottom:1px solid var(--line);background:var(--ink);color:var(--paper)}
header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;justify-content:space-between;align-items:center;padding:1.25rem 2rem;border-bottom:1px solid var(--line);color:var(--soft)}
header b{color:var(--ink);font-size:1.05rem}header img{max-height:2.5rem;max-width:14rem;align-self:center}header nav{display:flex;gap:1.25rem}
main{max-width:64rem;margin:0 auto;padding:3.25rem 2rem 5rem}
h1{font-size:2.4rem;line-height:1.15;font-weight:600;letter-spacing:-.01em;max-width:24ch;text-wrap:balance}
.lead{margin-top:1rem;max-width:62ch;color:var(--soft);font-size:1.125rem}
.sum{display:flex;flex-wrap:wrap;gap:.5rem 2rem;align-items:center;margin:2rem 0 .5rem;padding:1.1rem 0;border-top:1px solid var(--line)}
.sum button{margin-left:auto}
button,.button{font:inherit;font-weight:600;border:1px solid var(--accent);background:transparent;color:var(--accent);border-radius:6px;padding:.35rem .9rem;cursor:pointer}
.state{display:inline-flex;align-items:center;gap:.45em;font-weight:600}.state svg{width:1.05em;height:1.05em;flex:none}
.holds{color:var(--holds)}.fails{color:var(--fails)}.unknown{color:var(--unknown)}.attested,.declared{color:var(--accent)}
.contents{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,26rem),1fr));gap:.15rem 3rem;padding:0;list-style:none;margin:1rem 0 0}.contents li{display:flex;justify-content:space-between;gap:1rem;padding:.25rem 0;border-bottom:1px dotted var(--line)}.contents .state{text-align:right}
section{display:grid;grid-template-columns:15rem minmax(0,1fr);gap:.75rem 2.5rem;padding:1.9rem 0;border-top:1px solid var(--line);margin-top:1rem}
section h2{font-size:1.25rem;line-height:1.3;font-weight:600}section h2+.state{margin-top:.4rem}
.sentence{padding:.9rem 0}.sentence+.sentence{border-top:1px dotted var(--line)}.sentence:first-of-type{padding-top:0}
.sentence>p{max-width:58ch;font-size:1.0625rem}
.claim{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:.1rem 1.5rem;padding:.55rem 0 .55rem 1rem;border-left:2px solid var(--line);margin-top:.6rem;font-size:.9375rem}
.claim .meta{text-align:right;white-space:nowrap}.claim .limits,.claim .result{grid-column:1/-1}.limits{color:var(--soft);font-size:.9rem}.figures{margin:.35rem 0 0;font-size:.95rem}
.result{background:var(--tint);border-radius:8px;padding:.9rem 1.1rem;margin-top:.5rem}.result ol{padding-left:1.3rem}.result li{padding:.1rem 0;overflow-wrap:anywhere}.result p{margin-top:.5rem}.sum p:empty{display:none}
.result.bad{outline:2px solid var(--fails)}
.past{grid-column:1/-1;display:flex;flex-wrap:wrap;align-items:start;gap:.25rem 1rem;margin-top:.35rem;color:var(--soft);font-size:.85rem}.strip{width:15rem;max-width:100%;height:.75rem;margin-top:.35rem}.strip .holds{fill:var(--holds)}.strip .fails{fill:var(--fails)}.strip .unknown,.strip .none{fill:var(--unknown)}.past table{border-collapse:collapse;margin-top:.35rem}.past td,.past th{text-align:left;padding:.1rem 1.25rem .1rem 0}.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
pre{background:var(--tint);border-radius:6px;padding:.75rem 1rem;overflow-x:auto;font-size:.875rem}
footer{padding:1.5rem 2rem 3rem;max-width:64rem;margin:0 auto;color:var(--soft);display:flex;flex-wrap:wrap;gap:.5rem 1.5rem}
.prose{max-width:62ch}.prose>*+*{margin-top:.75rem}.prose h3{font-size:1rem;font-weight:600;margin-top:1.25rem}.prose>h3:first-child{margin-top:0}.prose h3+*{margin-top:.25rem}.prose ul{padding-left:1.15rem}.prose li+li{margin-top:.25rem}.prose summary{cursor:pointer;color:var(--accent)}.prose details pre{margin-top:.5rem}
@media (max-width:44rem){header{padding-inline:1.25rem}main{padding:2rem 1.25rem 3rem}h1{font-size:1.9rem}section{grid-template-columns:minmax(0,1fr)}.claim{grid-template-columns:minmax(0,1fr)}.claim .meta{text-align:left;white-space:normal}.sum button{margin-left:0}footer{padding-inline:1.25rem}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{:root{--ink:#000;--soft:#333;--paper:#fff;--line:#bbb;--accent:#000;--tint:#fff;--holds:#000;--fails:#000;--unknown:#000}button,nav,.skip{display:none}section{break-inside:avoid-page;display:block}a{text-decoration:none}}
`;
