// ajv's half of ./do bench contract: JSON.parse and a compiled validator, on the texts of the file that is named, in rounds that are asked for by lines.
//   "use 1011"  only these texts from now on       "round 100"  so many passes over all texts; answers nanoseconds of CPU for one text
'use strict';
const { Judge } = require('./judge_ajv.js');
const setup = JSON.parse(require('fs').readFileSync(process.argv[2], 'utf8'));
const judges = Object.fromEntries(Object.entries(setup.bundles).map(([name, task]) => [name, new Judge({ ...task, formats: true })]));
let cases = setup.cases.map(({ document, key, text }) => {
  try {
    const validate = judges[document].entry({ key });
    return { validate, text, valid: validate(JSON.parse(text)) };
  } catch {
    return { valid: false };
  }
});
const say = (line) => process.stdout.write(line + '\n');
say('ready ' + cases.map((one) => (one.valid ? '1' : '0')).join(''));

const round = (passes) => {
  let bad = 0;
  const before = process.cpuUsage();
  for (let pass = 0; pass < passes; ++pass) {
    for (const { validate, text } of cases) if (!validate(JSON.parse(text))) ++bad;
  }
  const { user, system } = process.cpuUsage(before);
  if (bad > 0) throw new Error('a text that was valid is not');
  return ((user + system) * 1000) / passes / cases.length;
};

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const [word, argument] = line.split(' ');
  if (word === 'use') {
    cases = cases.filter((_, i) => argument[i] === '1');
    say('using ' + cases.length);
  } else {
    say(round(Number(argument)).toFixed(1));
  }
});
