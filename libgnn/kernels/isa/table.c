/* The table of this instruction set. */
#include "kernels/isa/isa.h"

extern const gnn_i_kernels ISA(gnn_i_kernels);
const gnn_i_kernels ISA(gnn_i_kernels) = {
    .spmm = ISA(gnn_i_spmm_rows),
    .sddmm = ISA(gnn_i_sddmm_rows),
    .row_dots = ISA(gnn_i_row_dots),
    .max_backward = ISA(gnn_i_max_backward_rows),
    .max_backward_w = ISA(gnn_i_max_backward_w_rows),
    .relu_add = ISA(gnn_i_relu_add_rows),
    .relu_add_de = ISA(gnn_i_relu_add_de_rows),
    .relu_add_dx = ISA(gnn_i_relu_add_dx_rows),
    .segment_backward = ISA(gnn_i_segment_backward),
    .segment_softmax = ISA(gnn_i_segment_softmax),
    .segment_softmax_backward = ISA(gnn_i_segment_softmax_backward),
    .gather_rows = ISA(gnn_i_gather_rows),
    .scatter_add_columns = ISA(gnn_i_scatter_add_columns),
    .gemm = ISA(gnn_i_gemm_block),
    .attention = ISA(gnn_i_attention_rows),
    .attention_facts = ISA(gnn_i_attention_facts),
    .attention_sources = ISA(gnn_i_attention_sources),
    .attention_targets = ISA(gnn_i_attention_targets),
    .attention2_rows = ISA(gnn_i_attention2_rows),
    .attention2_sources = ISA(gnn_i_attention2_sources),
};
