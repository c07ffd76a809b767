// NLP.js as an engine of the benchmark; see engine.py for what comes in and what goes out.
//
//     npm install --prefix /tmp/nlpjs @nlpjs/basic @nlpjs/lang-en
//     NODE_PATH=/tmp/nlpjs/node_modules node engine_nlpjs.cjs JOB.json
const { readFileSync } = require("node:fs");

const MIB = 2 ** 20;
const say = (found) => process.stdout.write(`${JSON.stringify(found)}\n`);
const memory = () => { globalThis.gc?.(); return process.memoryUsage().rss / MIB; };

function libraries() {
  try {
    require("@nlpjs/lang-en");
    return require("@nlpjs/basic");
  } catch {
    return null;
  }
}

async function learn({ dockStart }, articles) {
  const settings = { nlp: { languages: ["en"], autoSave: false, forceNER: false }, "nlu-en": { log: false } };
  const dock = await dockStart({ settings, use: ["Basic", "LangEn"] });
  const nlp = dock.get("nlp");
  nlp.addLanguage("en");
  for (const { id, title, questions, body } of articles) {
    for (const text of [title, ...(questions.length ? questions : [body])]) nlp.addDocument("en", text, id);
  }
  await nlp.train();
  return nlp;
}

async function main(file) {
  const { articles, queries } = JSON.parse(readFileSync(file, "utf8"));
  const atFirst = memory();
  const found = libraries();
  if (!found) return say({ missing: "the npm packages @nlpjs/basic and @nlpjs/lang-en (see NODE_PATH)" });
  const imported = memory();
  let started = performance.now();
  const nlp = await learn(found, articles);
  const build_seconds = (performance.now() - started) / 1000;
  for (const [text] of queries.slice(0, 20)) await nlp.process("en", text);
  const took = [];
  let right = 0;
  for (const [text, expected] of queries) {
    started = performance.now();
    const { intent } = await nlp.process("en", text);
    took.push(performance.now() - started);
    if (expected && intent === expected) right += 1;
  }
  took.sort((a, b) => a - b);
  return say({
    accuracy: right / Math.max(1, queries.filter(([, id]) => id).length),
    build_seconds,
    p50: took[Math.floor(took.length / 2)],
    p99: took[Math.floor(took.length * 99 / 100)],
    import_mb: imported - atFirst,
    index_mb: memory() - imported,
  });
}

console.log = () => {}; // it tells about each epoch of its training
main(process.argv[2]);
