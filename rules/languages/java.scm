; Java: the same captures as for the other languages.

(method_invocation) @call
(object_creation_expression) @call

(variable_declarator name: (_) @bind.target value: (_) @bind.value)
(resource name: (_) @bind.target value: (_) @bind.value)
(assignment_expression left: (_) @bind.target right: (_) @bind.value)
(enhanced_for_statement name: (_) @bind.target value: (_) @bind.value)

(method_declaration) @function
(constructor_declaration) @function
(lambda_expression) @scope

(class_declaration) @class
(record_declaration) @class
(interface_declaration) @class
(enum_declaration) @class

(field_declaration) @field
(type_identifier) @constant
(field_access object: (identifier) @constant)
(method_invocation object: (identifier) @constant)
(import_declaration) @import
