// The other half of the comparison: reads what schema_judge reads and says of each instance what ajv says, in the same form.
'use strict';
const { Judge } = require('./judge_ajv.js');

let documents = [];
const answer = (task) => {
  let judge;
  try {
    judge = new Judge(task, documents);
  } catch (error) {
    return { id: task.id, error: error.message };
  }
  const explained = [];
  try {
    const verdicts = task.entries.map((entry) => {
      const validate = judge.entry(entry);
      return entry.instances.map((instance) => {
        const valid = validate(instance);
        if (task.explain) explained.push(valid ? [] : validate.errors.map(judge.explained));
        return valid ? '1' : '0';
      }).join('');
    });
    return task.explain ? { id: task.id, verdicts, violations: explained } : { id: task.id, verdicts };
  } catch (error) {
    return { id: task.id, error: error.message };
  }
};

require('readline').createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', (line) => {
  const task = JSON.parse(line);
  if (task.documents) documents = task.documents;
  else process.stdout.write(JSON.stringify(answer(task)) + '\n');
});
