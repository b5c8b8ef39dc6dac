; YAML, and JSON as a part of it: pairs, items and scalars; nesting follows from their spans.

(block_mapping_pair) @pair
(flow_pair) @pair
(block_sequence_item) @item
(flow_sequence (flow_node) @item)
(plain_scalar) @scalar
(single_quote_scalar) @scalar
(double_quote_scalar) @scalar
(block_scalar) @scalar
(alias) @alias
