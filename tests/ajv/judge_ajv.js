// ajv, set up for one schema by the rules of its dialect: nothing about `strict`, which is ajv's own, and no loading of anything.
'use strict';
const classes = {
  'draft4': () => require('ajv-draft-04').default,
  'draft6': () => require('ajv').default,
  'draft7': () => require('ajv').default,
  'draft2019-09': () => require('ajv/dist/2019').default,
  'draft2020-12': () => require('ajv/dist/2020').default,
  'openapi3.0': () => require('ajv-draft-04').default,
  'openapi3.1': () => require('ajv/dist/2020').default,
};
const addFormats = require('ajv-formats').default;
// Those that both know; ajv-formats has some more of its own.
const formats = ['date-time', 'date', 'time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uri-reference', 'uri-template', 'json-pointer', 'relative-json-pointer', 'regex', 'uuid', 'int32',
  'int64', 'float', 'double', 'byte'];

class Judge {
  /// `task.bundle`, if there is one, is what `task.root` comes to for ajv: definitions that entries name by `key`.
  constructor(task, documents = [], options = {}) {
    const Ajv = classes[task.dialect]();
    this.ajv = new Ajv({ strict: false, validateSchema: false, validateFormats: task.formats, allErrors: task.explain === true, logger: false,
      unicodeRegExp: !task.bundle, // publishers escape what need not be escaped, which the flag `u` forbids
     
      ignoreKeywordsWithRef: ['draft4', 'draft6', 'draft7', 'openapi3.0'].includes(task.dialect), ...options });
    if (task.formats) addFormats(this.ajv, formats);
    if (task.dialect === 'draft6') this.ajv.addMetaSchema(require('ajv/dist/refs/json-schema-draft-06.json'));
    for (const [url, root] of documents) {
      try {
        if (!this.ajv.getSchema(url)) this.ajv.addSchema(root, url);
      } catch { /* of another draft: nothing that this one refers to */ }
    }
    this.task = task;
    if (task.bundle) this.ajv.addSchema(task.bundle, 'bundle');
  }

  entry(entry) {
    if (!this.task.bundle) return this.ajv.compile(this.task.root);
    const validate = this.ajv.getSchema('bundle#/definitions/' + entry.key);
    if (!validate) throw new Error('no definition ' + entry.key);
    return validate;
  }

  /// Pointer and keyword, as we tell them: of a member that must not be there the member, not its object.
  explained(error) {
    const { additionalProperty, unevaluatedProperty } = error.params;
    const member = additionalProperty ?? unevaluatedProperty;
    const pointer = member === undefined ? error.instancePath : error.instancePath + '/' + member.replace(/~/g, '~0').replace(/\//g, '~1');
    return [pointer, error.keyword, error.schemaPath];
  }
}
module.exports = { Judge };
