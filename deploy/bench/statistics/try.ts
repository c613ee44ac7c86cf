import { noises, madeUp } from "./noises.ts";
import { seededRandom } from "../../../hub/src/verdict/statistics/random.ts";
import { verdictOn } from "./deciding.ts";
const random=seededRandom(11);
const N=Number(process.argv[2]??400);
for (const noise of noises) {
  const c: Record<string,number>={}; let wrong=0; const t=performance.now();
  for(let i=0;i<N;i++){ const s=madeUp({noise,sd:.03,runsEach:8,slowerBy:0,order:"interleaved"},random); const k=verdictOn(s,.001,"interleaved"); if (k==="regression"||k==="improvement") wrong++; }
  const ms=(performance.now()-t)/N; 
  for (const by of [.05,.1]) for (const d of ["interleaved","separate"] as const) { let ok=0; for(let i=0;i<N;i++){ const s=madeUp({noise,sd:.03,runsEach:8,slowerBy:by,order:"interleaved"},random); if (verdictOn(s,.05,d)==="regression") ok++; } c[by+" judged "+d]=ok/N; }
  console.log(noise.name,"A/A",wrong/N,c,ms.toFixed(1));
}
