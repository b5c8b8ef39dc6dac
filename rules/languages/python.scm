; Python: the same captures as for the other languages.

(call) @call

(assignment left: (_) @bind.target right: (_) @bind.value)
(named_expression name: (_) @bind.target value: (_) @bind.value)
(as_pattern (_) @bind.value alias: (as_pattern_target (_) @bind.target))

(function_definition name: (identifier) @function.name) @function
(lambda) @scope

(class_definition name: (identifier) @class.name) @class

(return_statement (_) @return)

(import_statement) @import
(import_from_statement) @import
