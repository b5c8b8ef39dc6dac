; Only in JavaScript's grammar; read after ecmascript.scm.
(field_definition property: (_) @field.target value: (_) @field.value)
